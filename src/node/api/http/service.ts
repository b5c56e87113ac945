/** The node as a Connect service: the same calls as over JSON-RPC, in protobuf. */
import { Code, ConnectError, createConnectRouter, createContextKey, type ConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import type { Message } from '@bufbuild/protobuf'
import { DeadlineError, UnavailableError, type MethodName, type MethodResult, type Petrel } from '../../../protocol/api/index.js'
import { paramsFromMessage, PetrelService, resultToMessage } from '../../../protocol/api/protobuf.js'
import type { Logger } from '../../../relay/index.js'
import { callNode, shownError, UNARY_NAMES, type UnaryName } from '../calls.js'
import { admit, type Gate } from '../gate.js'
import type { ApiLimits } from '../types.js'
import { connectErrorOf } from './failures.js'

/** The bearer token that a request has shown, or null. */
export const TOKEN = createContextKey<string | null>(null, { description: 'bearer token' })

/** What the service works with. */
export interface ServiceContext {
  readonly petrel: Petrel
  readonly gate: Gate
  readonly limits: ApiLimits
  readonly log: Logger
  readonly draining: AbortSignal
}

/** The handlers by request path. They speak Connect, gRPC and gRPC-Web. */
export function serviceHandlers (context: ServiceContext): Map<string, UniversalHandler> {
  const router: ConnectRouter = createConnectRouter({
    // Without compression a small request cannot unfold into a large one, and nothing leaks through sizes.
    acceptCompression: [],
    readMaxBytes: context.limits.apiBodyBytes,
    writeMaxBytes: context.limits.apiReplyBytes,
    jsonOptions: { ignoreUnknownFields: false, alwaysEmitImplicit: true }
  })
  router.service(PetrelService, implementation(context))
  return new Map(router.handlers.map(handler => [handler.requestPath, handler]))
}

function implementation (context: ServiceContext): ServiceImpl<typeof PetrelService> {
  const unary = UNARY_NAMES.map(method => [method, async (request: Message, handler: HandlerContext) => await callOnce(method, request, handler, context)] as const)
  const receive = (request: Message, handler: HandlerContext): AsyncIterable<Message> => stream(request, handler, context)
  // The names and messages of METHODS and of the service are the same: a test goes through all of them.
  return { ...Object.fromEntries(unary), receive } as unknown as ServiceImpl<typeof PetrelService>
}

async function callOnce <M extends UnaryName> (method: M, request: Message, handler: HandlerContext, context: ServiceContext): Promise<Message> {
  try {
    const params = enter(method, request, handler, context)
    return resultToMessage(method, await callNode(context.petrel, method, params, handler.signal) as MethodResult<M>)
  } catch (error) {
    throw failure(error, method, handler, context)
  }
}

async function * stream (request: Message, handler: HandlerContext, context: ServiceContext): AsyncIterable<Message> {
  const signal = AbortSignal.any([handler.signal, context.draining])
  try {
    const params = enter('receive', request, handler, context)
    for await (const update of context.petrel.receive({ ...params, signal })) {
      // A token that is taken back ends its streams, too.
      admit(context.gate, handler.values.get(TOKEN), 'receive')
      yield resultToMessage('receive', update)
    }
    if (context.draining.aborted) throw new UnavailableError('the daemon is stopping')
  } catch (error) {
    const stopping = context.draining.aborted && !handler.signal.aborted
    throw failure(stopping ? new UnavailableError('the daemon is stopping') : error, 'receive', handler, context)
  }
}

function enter <M extends MethodName> (method: M, request: Message, handler: HandlerContext, context: ServiceContext): ReturnType<typeof paramsFromMessage<M>> {
  if (context.draining.aborted) throw new UnavailableError('the daemon is stopping')
  admit(context.gate, handler.values.get(TOKEN), method)
  return paramsFromMessage(method, request)
}

function failure (error: unknown, method: string, handler: HandlerContext, { log }: ServiceContext): ConnectError {
  const reason: unknown = handler.signal.aborted ? handler.signal.reason : undefined
  const late = reason instanceof ConnectError && reason.code === Code.DeadlineExceeded
  return connectErrorOf(shownError(late ? new DeadlineError('the deadline passed') : error, method, log))
}
