/** The node as a Connect service: the same calls as over JSON-RPC, in protobuf. */
import { createConnectRouter, type ConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import type { Message } from '@bufbuild/protobuf'
import { UnavailableError, type MethodParams, type MethodResult, type MethodName, type StreamName } from '../../../protocol/api/index.js'
import { paramsFromMessage, PetrelService, resultToMessage } from '../../../protocol/api/protobuf.js'
import { callNode, STREAM_NAMES, streamNode, UNARY_NAMES, type UnaryName } from '../calls.js'
import { admit } from '../gate.js'
import { byteMethods } from './byte-methods.js'
import { enter, failure, streamFailure, TOKEN, type ServiceContext } from './entry.js'

/** A timer of Node's holds no longer, and ends at once for more: that would be the opposite of what was asked for. */
const LONGEST_MS = 2 ** 31 - 1

/** The handlers by request path. They speak Connect, gRPC and gRPC-Web. */
export function serviceHandlers (context: ServiceContext): Map<string, UniversalHandler> {
  const router: ConnectRouter = createConnectRouter({
    // Without compression a small request cannot unfold into a large one, and nothing leaks through sizes.
    acceptCompression: [],
    readMaxBytes: context.limits.apiBodyBytes,
    writeMaxBytes: context.limits.apiReplyBytes,
    maxTimeoutMs: LONGEST_MS,
    jsonOptions: { ignoreUnknownFields: false, alwaysEmitImplicit: true }
  })
  router.service(PetrelService, implementation(context))
  return new Map(router.handlers.map(handler => [handler.requestPath, handler]))
}

function implementation (context: ServiceContext): ServiceImpl<typeof PetrelService> {
  const unary = UNARY_NAMES.map(method => [method, async (request: Message, handler: HandlerContext) => await callOnce(method, request, handler, context)] as const)
  const streams = STREAM_NAMES.map(method => [method, (request: Message, handler: HandlerContext) => stream(method, request, handler, context)] as const)
  // The names and messages of METHODS and of the service are the same: a test goes through all of them.
  return { ...Object.fromEntries<unknown>([...unary, ...streams]), ...byteMethods(context) } as unknown as ServiceImpl<typeof PetrelService>
}

async function callOnce <M extends UnaryName> (method: M, request: Message, handler: HandlerContext, context: ServiceContext): Promise<Message> {
  try {
    const params = paramsOf(method, request, handler, context)
    return resultToMessage(method, await callNode(context.petrel, method, params, handler.signal) as MethodResult<M>)
  } catch (error) {
    throw failure(error, method, handler, context)
  }
}

async function * stream <M extends StreamName> (method: M, request: Message, handler: HandlerContext, context: ServiceContext): AsyncIterable<Message> {
  const signal = AbortSignal.any([handler.signal, context.draining])
  try {
    const params = paramsOf(method, request, handler, context)
    for await (const value of streamNode(context.petrel, method, params, signal)) {
      // A token that is taken back ends its streams, too.
      admit(context.gate, handler.values.get(TOKEN), method)
      yield resultToMessage(method, value)
    }
    if (context.draining.aborted) throw new UnavailableError('the daemon is stopping')
  } catch (error) {
    throw streamFailure(error, method, handler, context)
  }
}

function paramsOf <M extends MethodName> (method: M, request: Message, handler: HandlerContext, context: ServiceContext): MethodParams[M] {
  enter(method, handler, context)
  return paramsFromMessage(method, request)
}
