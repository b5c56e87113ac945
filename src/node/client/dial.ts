/** Opens a socket to a daemon. */
import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { AbortedError, DeadlineError, errorFromRpc, ForbiddenError, LIMITS, NotFoundError, NotRunningError, UnavailableError } from '../../protocol/api/index.js'
import { isMessage, readMessages } from './messages.js'
import { checkSocketDirectory, socketPlaces } from './socket-path.js'

/** Where a daemon is. */
export type Target = { readonly kind: 'unix', readonly path: string } | { readonly kind: 'tcp', readonly host: string, readonly port: number, readonly token: string }

/**
 * A socket that is connected and, over TCP, has shown its token.
 *
 * @throws NotRunningError when nobody listens
 * @throws ForbiddenError when it is somebody else's
 * @throws SessionError for a token that does not hold
 * @throws DeadlineError when nobody takes the connection, AbortedError
 */
export async function dial (target: Target, signal?: AbortSignal): Promise<Socket> {
  const socket = await reach(target, signal)
  if (target.kind === 'tcp') await authenticate(socket, target.token)
  return socket
}

/** A socket that is connected, and nothing was said on it. @throws as {@link dial}, but for the token */
export async function reach (target: Target, signal?: AbortSignal): Promise<Socket> {
  if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
  if (target.kind === 'tcp') {
    const socket = await open({ host: target.host, port: target.port }, signal)
    if (socket === null) throw notRunning(`${target.host}:${target.port}`)
    return socket
  }
  const uid = process.getuid?.() ?? 0
  for (const path of socketPlaces(target.path, process.env, uid)) {
    if (!await isTrusted(path, uid)) continue
    const socket = await open({ path }, signal)
    if (socket !== null) return socket
  }
  throw notRunning(target.path)
}

function notRunning (where: string): NotRunningError {
  return new NotRunningError(`no daemon answers on ${where}: start one with \`petrel daemon start\``)
}

/** False when the directory is not there; throws when somebody else could have put the socket there. */
async function isTrusted (path: string, uid: number): Promise<boolean> {
  try {
    await checkSocketDirectory(path, 'client', uid)
    return true
  } catch (error) {
    if (error instanceof NotFoundError) return false
    throw error
  }
}

/** Null when nobody listens there. */
async function open (where: { path: string } | { host: string, port: number }, signal?: AbortSignal): Promise<Socket | null> {
  const socket = connectSocket({ ...where, noDelay: true })
  const late = AbortSignal.timeout(LIMITS.apiSniffMs)
  try {
    await once(socket, 'connect', { signal: signal === undefined ? late : AbortSignal.any([signal, late]) })
    return socket
  } catch (cause) {
    socket.destroy()
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    if (late.aborted) throw new DeadlineError('the daemon does not take connections: is it overloaded or stopped?', { cause })
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null
    if (code === 'EACCES' || code === 'EPERM') throw new ForbiddenError('the daemon\'s socket belongs to another user', { cause })
    throw new UnavailableError('the daemon cannot be reached', { cause })
  }
}

async function authenticate (socket: Socket, token: string): Promise<void> {
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 'auth', method: 'auth', params: { token } })}\n`)
  for await (const message of readMessages(socket)) {
    if (isMessage(message) && message.id === 'auth') {
      if (message.error === undefined) return
      socket.destroy()
      throw errorFromRpc(message.error)
    }
  }
  throw new UnavailableError('the daemon closed the connection')
}
