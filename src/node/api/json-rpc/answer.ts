/** From one request to its answer. */
import {
  BadInputError, BYTE_METHODS, isMethodName, isStreamName, paramsFromJson, RPC_CODES, rpcError, SessionError, toJson, UnsupportedError,
  type Json, type MethodParams, type Petrel, type PetrelError, type RpcId, type RpcNotice, type StreamName
} from '../../../protocol/api/index.js'
import type { Logger } from '../../../relay/index.js'
import { callNode, shownError, streamNode, type UnaryName } from '../calls.js'
import { admit, type Gate } from '../gate.js'
import type { InFlight, InFlightCalls } from './in-flight.js'
import type { LineWriter } from './line-writer.js'
import { errorOf, resultOf, type RpcRequest, type RpcResponse } from './message.js'

/** What answering needs. `token` is what the client has shown on this connection. */
export interface AnswerContext {
  readonly petrel: Petrel
  readonly gate: Gate
  readonly log: Logger
  readonly inFlight: InFlightCalls
  readonly writer: LineWriter
  token: string | null
}

/** What goes out for a request: nothing for a notification. `follow` runs after it was written, until it resolves. */
export interface Answer { readonly response?: RpcResponse, readonly follow?: () => Promise<void>, readonly hangUp?: boolean }

/** Answers a request. Never throws: an error is an answer. */
export async function answer (request: RpcRequest, context: AnswerContext): Promise<Answer> {
  const { id, method } = request
  try {
    const result = await dispatch(request, context)
    return id === undefined ? omit(result) : { ...result, response: resultOf(id, result.value) }
  } catch (thrown) {
    const error = shownError(thrown, isMethodName(method) ? method : 'unknown', context.log)
    return { ...(id === undefined ? {} : { response: errorOf(id, error, codeOf(error, thrown)) }), hangUp: method === 'auth' }
  }
}

interface Result { readonly value: Json, readonly follow?: () => Promise<void> }

function omit ({ follow }: Result): Answer { return follow === undefined ? {} : { follow } }

class UnknownMethodError extends UnsupportedError {}

function codeOf (error: PetrelError, thrown: unknown): number | undefined {
  if (thrown instanceof UnknownMethodError) return RPC_CODES.methodNotFound
  return error instanceof BadInputError ? RPC_CODES.invalidParams : undefined
}

// Not async up to the call itself, so that calls of one connection begin in the order of its lines.
function dispatch ({ id, method, params }: RpcRequest, context: AnswerContext): Result | Promise<Result> {
  if (method === 'auth') return { value: authenticate(params, context) }
  if (method === 'cancel') return cancel(params, context.inFlight)
  if (Object.hasOwn(BYTE_METHODS, method)) throw new UnknownMethodError('bytes do not travel in lines: PUT /media/NAME and GET /media/CHAT/MESSAGE over HTTP on this socket')
  if (!isMethodName(method)) throw new UnknownMethodError(`there is no method "${method.slice(0, 80)}"`)
  admit(context.gate, context.token, method)
  const checked = paramsFromJson(method, params)
  const call = context.inFlight.begin(id, isStreamName(method))
  if (!isStreamName(method)) return callOnce(method, checked as MethodParams[UnaryName], call, context)
  return { value: { subscription: call.subscription }, follow: async () => { await stream(method, checked as MethodParams[StreamName], call, context) } }
}

async function callOnce <M extends UnaryName> (method: M, params: MethodParams[M], call: InFlight, { petrel }: AnswerContext): Promise<Result> {
  try {
    return { value: toJson(await callNode(petrel, method, params, call.abort.signal)) }
  } finally {
    call.end()
  }
}

/** A stream's value as a notice. */
const NOTICES: Readonly<Record<StreamName, (subscription: string, value: Json) => RpcNotice>> = {
  receive: (subscription, update) => ({ method: 'update', params: { subscription, update } }),
  transfers: (subscription, transfer) => ({ method: 'transfer', params: { subscription, transfer } }),
  activity: (subscription, activity) => ({ method: 'activity', params: { subscription, activity } })
}

/** Sends a stream's values as notices at the reader's pace, then says that and why it ended. */
async function stream (method: StreamName, params: MethodParams[StreamName], call: InFlight, context: AnswerContext): Promise<void> {
  const { petrel, writer, log, gate } = context
  const subscription = call.subscription ?? ''
  const { signal } = call.abort
  try {
    for await (const value of streamNode(petrel, method, params, signal)) {
      if (signal.aborted) break
      // A token that is taken back ends its streams, too.
      admit(gate, context.token, method)
      writer.notify(NOTICES[method](subscription, toJson(value)))
      await writer.ready()
    }
    if (signal.aborted) throw signal.reason
    writer.notify({ method: 'end', params: { subscription, error: null } })
  } catch (thrown) {
    const error = shownError(signal.aborted ? signal.reason : thrown, method, log)
    writer.notify({ method: 'end', params: { subscription, error: rpcError(error) } })
  } finally {
    call.end()
  }
}

function authenticate (params: Json, context: AnswerContext): Json {
  const token = field(params, 'token')
  if (typeof token !== 'string') throw new BadInputError('auth takes {"token": TEXT}')
  const scope = context.gate.scope(token)
  if (scope === null) throw new SessionError('the token is unknown, has expired or was taken back')
  context.token = token
  return { scope }
}

function cancel (params: Json, inFlight: InFlightCalls): Result {
  const subscription = field(params, 'subscription')
  const id = field(params, 'id')
  if (typeof subscription === 'string') inFlight.cancel({ subscription })
  else if (typeof id === 'string' || typeof id === 'number') inFlight.cancel({ id: id satisfies RpcId })
  else throw new BadInputError('cancel takes {"id": ID OF A CALL} or {"subscription": TEXT}')
  return { value: null }
}

function field (params: Json, name: string): Json | undefined {
  return typeof params === 'object' && params !== null && !Array.isArray(params) && Object.hasOwn(params, name) ? params[name] : undefined
}
