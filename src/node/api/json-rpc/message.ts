/** What stands in one line: a request, several, or nothing that we know. Pure. */
import { BadInputError, RPC_CODES, rpcError, type Json, type RpcId } from '../../../protocol/api/index.js'

/** A request; `id` is undefined for a notification, which gets no answer. */
export interface RpcRequest { id: RpcId | undefined, method: string, params: Json }
/** A response as it goes out. */
export type RpcResponse = { [name: string]: Json }
/** A line's content. `bad` is the answer to what is no request. */
export type RpcItem = { request: RpcRequest, bad?: undefined } | { bad: RpcResponse }

/** The response with a result. */
export function resultOf (id: RpcId, result: Json): RpcResponse { return { jsonrpc: '2.0', id, result } }
/** The response with an error; `code` is JSON-RPC's, ours is in the error. */
export function errorOf (id: RpcId, error: Parameters<typeof rpcError>[0], code?: number): RpcResponse {
  return { jsonrpc: '2.0', id, error: rpcError(error, code) as unknown as Json }
}

/** Reads a line. A batch (JSON-RPC section 6) has several items and is answered in one line. */
export function parseLine (line: Buffer, maxItems: number): { batch: boolean, items: RpcItem[] } {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line))
  } catch {
    return { batch: false, items: [{ bad: errorOf(null, new BadInputError('a line must be one JSON value in UTF-8'), RPC_CODES.parse) }] }
  }
  if (!Array.isArray(value)) return { batch: false, items: [itemOf(value)] }
  if (value.length === 0 || value.length > maxItems) {
    return { batch: false, items: [{ bad: errorOf(null, new BadInputError(`a batch has 1 to ${maxItems} requests`), RPC_CODES.invalidRequest) }] }
  }
  return { batch: true, items: value.map(itemOf) }
}

function itemOf (value: unknown): RpcItem {
  const message = typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, Json | undefined> : {}
  const id = isId(message.id) ? message.id : null
  if (message.jsonrpc !== '2.0' || typeof message.method !== 'string' || !(message.id === undefined || isId(message.id))) {
    return { bad: errorOf(id, new BadInputError('a request has "jsonrpc":"2.0", a method and an id that is text, a number or null'), RPC_CODES.invalidRequest) }
  }
  return { request: { id: message.id, method: message.method, params: message.params ?? {} } }
}

function isId (value: unknown): value is RpcId {
  return value === null || (typeof value === 'string' && value.length <= 256) || (typeof value === 'number' && Number.isFinite(value))
}
