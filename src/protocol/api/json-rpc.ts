/** JSON-RPC 2.0 as the local API speaks it: one message a line. https://www.jsonrpc.org/specification */
import { BadInputError, errorFromCode, InternalError, type ErrorDetails, type PetrelError } from '../wire/errors.js'
import type { Json } from './json.js'

/** A call's id: the client's choice. */
export type RpcId = string | number | null

/** An error as it stands in a response: `data.code` is ours, `code` JSON-RPC's. */
export interface RpcError { code: number, message: string, data: { code: string, details: { [name: string]: Json } } }

/** Codes of the specification; everything else of ours is SERVER_ERROR. */
export const RPC_CODES = { parse: -32700, invalidRequest: -32600, methodNotFound: -32601, invalidParams: -32602, internal: -32603, server: -32000 } as const

/** What the server says by itself: one value of a subscription, its end, or that it is still there. */
export type RpcNotice =
  | { method: 'update', params: { subscription: string, update: Json } }
  | { method: 'transfer', params: { subscription: string, transfer: Json } }
  | { method: 'activity', params: { subscription: string, activity: Json } }
  | { method: 'end', params: { subscription: string, error: RpcError | null } }
  | { method: 'keepalive' }

/** An error as it goes over the wire. */
export function rpcError (error: PetrelError, code?: number): RpcError {
  const own = error instanceof BadInputError ? RPC_CODES.invalidParams : error instanceof InternalError ? RPC_CODES.internal : RPC_CODES.server
  const details = Object.entries(error.details).map(([name, fact]): [string, Json] => [name, typeof fact === 'object' ? [...fact] : fact])
  return { code: code ?? own, message: error.message, data: { code: error.code, details: Object.fromEntries(details) } }
}

/** The error that a response carries, as the class with that code. An error without a code of ours is an InternalError. */
export function errorFromRpc (error: unknown): PetrelError {
  const { message, data } = isMap(error) ? error : { message: undefined, data: undefined }
  const code = isMap(data) && typeof data.code === 'string' ? data.code : InternalError.code
  const details = isMap(data) && isMap(data.details) ? Object.entries(data.details).filter((entry): entry is [string, ErrorDetails[string]] => isFact(entry[1])) : []
  return errorFromCode(code, typeof message === 'string' ? message : 'the daemon answered with an error it did not name', Object.fromEntries(details))
}

function isMap (value: unknown): value is Record<string, unknown> { return typeof value === 'object' && value !== null && !Array.isArray(value) }

function isFact (value: unknown): value is ErrorDetails[string] {
  if (Array.isArray(value)) return value.every(item => typeof item === 'string')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
