/** A stream of values: a connection of its own, so that a slow reader holds up nothing else. */
import { AbortedError, errorFromRpc, PetrelError, resultFromJson, toJson, UnavailableError, type CallOptions, type MethodParams, type MethodResult, type StreamName } from '../../protocol/api/index.js'
import { dial, type Target } from './dial.js'
import { isMessage, readMessages, type Message } from './messages.js'
import { understood } from './understood.js'

/**
 * Values until the daemon ends the stream, the loop is left, or the signal aborts. The daemon is read at
 * the pace of the loop.
 *
 * @throws whatever ends the stream, AbortedError, UnavailableError when the connection is lost
 */
export async function * subscribe <M extends StreamName> (target: Target, method: M, options: CallOptions & MethodParams[M], closed: AbortSignal): AsyncGenerator<MethodResult<M>, void, undefined> {
  const { signal, ...params } = options
  const either = signal === undefined ? closed : AbortSignal.any([signal, closed])
  const socket = await dial(target, either)
  const onAbort = (): void => { socket.destroy() }
  either.addEventListener('abort', onAbort, { once: true })
  // The reader hears of it as the end of the messages.
  socket.on('error', () => undefined)
  if (either.aborted) onAbort()
  try {
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: toJson(params) })}\n`)
    for await (const message of readMessages(socket)) {
      const read = isMessage(message) ? readMessage(method, message) : undefined
      if (read === 'end') return
      if (read !== undefined) yield read
      if (either.aborted) break
    }
    throw new UnavailableError('the connection to the daemon was lost: connect again')
  } catch (error) {
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    if (closed.aborted) throw new UnavailableError('this connection to the daemon was closed')
    throw error instanceof PetrelError ? error : new UnavailableError('the connection to the daemon was lost: connect again', { cause: error })
  } finally {
    either.removeEventListener('abort', onAbort)
    socket.destroy()
  }
}

/** What a method's notices are called, and the field with the value. */
const NOTICES: Readonly<Record<StreamName, string>> = { receive: 'update', transfers: 'transfer', activity: 'activity' }

/** A value, the end, or nothing of interest. @throws the error that ends the stream */
function readMessage <M extends StreamName> (method: M, message: Message): MethodResult<M> | 'end' | undefined {
  if (message.error !== undefined) throw errorFromRpc(message.error)
  const params = isMessage(message.params) ? message.params : {}
  const notice = NOTICES[method]
  if (message.method === notice) return understood(() => resultFromJson(method, params[notice]))
  if (message.method !== 'end') return undefined
  if (isMessage(params.error)) throw errorFromRpc(params.error)
  return 'end'
}
