/**
 * The door of `protocol/api`: the local API's contract. It loads nothing heavy, so that the command line
 * starts at once; what needs the protobuf runtime has its own door, `protobuf.ts`.
 */
export type * from './petrel.js'
export type * from './activity.js'
export type * from './secrets.js'
export type * from './call-options.js'
export type * from './caught.js'
export type * from './changes.js'
export type * from './devices.js'
export type * from './groups.js'
export type * from './media.js'
export type * from './people.js'
export type * from './reactions.js'
export type * from './search.js'
export type * from './words.js'
export { BYTE_METHODS, METHODS, METHOD_NAMES, isMethodName, isStreamName, scopeAllows, type ByteMethodName, type Method, type MethodName, type MethodParams, type MethodResult, type ReadMediaParams, type Scope, type StreamName } from './methods.js'
export { addedFromJson, draftFromJson, paramsFromJson, resultFromJson, toJson, type Json } from './json.js'
export { errorFromRpc, rpcError, RPC_CODES, type RpcError, type RpcId, type RpcNotice } from './json-rpc.js'
export { jsonSchemas, schemaId, SCHEMA_VERSION } from './schema.js'
export * from '../wire/errors.js'
export { LIMITS } from '../wire/limits.js'
