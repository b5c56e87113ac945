/** What every call over HTTP passes: who may come in, and how an error goes out. */
import { Code, ConnectError, createContextKey, type HandlerContext } from '@connectrpc/connect'
import { DeadlineError, UnavailableError, type ByteMethodName, type MethodName, type Petrel } from '../../../protocol/api/index.js'
import type { Logger } from '../../../relay/index.js'
import { shownError } from '../calls.js'
import { admit, whileAdmitted, type Gate } from '../gate.js'
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

/** Lets a call in. @throws UnavailableError while the daemon stops, SessionError, ForbiddenError */
export function enter (method: MethodName | ByteMethodName, handler: HandlerContext, context: ServiceContext): void {
  if (context.draining.aborted) throw new UnavailableError('the daemon is stopping')
  admit(context.gate, handler.values.get(TOKEN), method)
}

/** What a call gives or takes piece by piece, for as long as its token holds. @throws SessionError, ForbiddenError */
export function admitted <T> (method: MethodName | ByteMethodName, pieces: AsyncIterable<T>, handler: HandlerContext, { gate }: ServiceContext): AsyncIterable<T> {
  return whileAdmitted(gate, handler.values.get(TOKEN), method, pieces)
}

/** What went wrong, for the caller. */
export function failure (error: unknown, method: string, handler: HandlerContext, { log }: ServiceContext): ConnectError {
  const reason: unknown = handler.signal.aborted ? handler.signal.reason : undefined
  const late = reason instanceof ConnectError && reason.code === Code.DeadlineExceeded
  return connectErrorOf(shownError(late ? new DeadlineError('the deadline passed') : error, method, log))
}

/** What ends a stream: the daemon's end goes before what that made of it. */
export function streamFailure (error: unknown, method: string, handler: HandlerContext, context: ServiceContext): ConnectError {
  const stopping = context.draining.aborted && !handler.signal.aborted
  return failure(stopping ? new UnavailableError('the daemon is stopping') : error, method, handler, context)
}
