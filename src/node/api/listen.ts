/** Listening addresses: a unix socket that is the owner's alone, and TCP on loopback. */
import { once } from 'node:events'
import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { BadInputError, ExistsError, LockedError, UnavailableError } from '../../protocol/api/index.js'
import { makeDirectory } from '../../store/index.js'
import { checkSocketDirectory, isPipe, socketPlaces } from '../client/index.js'

function makeServer (maxConnections: number, onSocket: (socket: Socket) => void): Server {
  // Half-open, so that `echo REQUEST | socat` gets its answer.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onSocket)
  server.maxConnections = maxConnections
  return server
}

async function listening (server: Server, start: () => void): Promise<void> {
  const ready = once(server, 'listening')
  start()
  await ready
}

/**
 * Listens on a unix socket of mode 0600 in a directory of mode 0700.
 *
 * @throws ForbiddenError when others can reach the directory
 * @throws LockedError when another daemon answers there
 * @throws ExistsError when a file that is no socket is there
 * @throws BadInputError when no place for the socket can be found
 */
export async function listenUnix (wanted: string, env: Readonly<Record<string, string | undefined>>, maxConnections: number, onSocket: (socket: Socket) => void): Promise<{ server: Server, path: string }> {
  const uid = process.getuid?.() ?? 0
  const path = await preparePlace(socketPlaces(wanted, env, uid), uid)
  const server = makeServer(maxConnections, onSocket)
  try {
    await listening(server, () => { server.listen(path) })
  } catch (cause) {
    throw isCode(cause, 'EADDRINUSE') ? new LockedError(`another daemon listens on ${path}`, { cause }) : new UnavailableError(`cannot listen on ${path}`, { cause })
  }
  if (!isPipe(path)) await chmod(path, 0o600)
  return { server, path }
}

/** Listens on loopback. @throws BadInputError for another host, UnavailableError when the port is taken */
export async function listenTcp (host: string, port: number, maxConnections: number, onSocket: (socket: Socket) => void): Promise<{ server: Server, port: number }> {
  if (host !== '127.0.0.1' && host !== '::1') throw new BadInputError(`the local API listens on loopback only (127.0.0.1 or ::1), not on "${host.slice(0, 80)}"`)
  const server = makeServer(maxConnections, onSocket)
  try {
    await listening(server, () => { server.listen({ host, port, exclusive: true }) })
  } catch (cause) {
    throw new UnavailableError(`cannot listen on ${host}:${port}: choose another port`, { cause })
  }
  const address = server.address()
  return { server, port: typeof address === 'object' && address !== null ? address.port : port }
}

/** The first place that a socket can be made at; its directory is there and closed to others. */
async function preparePlace (places: string[], uid: number): Promise<string> {
  let refusal: unknown = new BadInputError('the socket\'s path is too long, and there is no other place for it')
  for (const path of places) {
    try {
      await prepare(path, uid)
      return path
    } catch (error) {
      if (error instanceof LockedError || error instanceof ExistsError) throw error
      refusal = error
    }
  }
  throw refusal
}

async function prepare (path: string, uid: number): Promise<void> {
  if (isPipe(path)) return
  await makeDirectory(dirname(path))
  await checkSocketDirectory(path, 'daemon', uid)
  const found = await lstat(path).catch((error: unknown) => { if (isCode(error, 'ENOENT')) return undefined; throw error })
  if (found === undefined) return
  if (!found.isSocket()) throw new ExistsError(`${path} is there and is no socket: move it away, or choose another path`)
  if (await answers(path)) throw new LockedError(`another daemon answers on ${path}: stop it first`)
  await unlink(path)
}

/** Whether somebody accepts connections on a socket file. */
async function answers (path: string): Promise<boolean> {
  const socket = connectSocket(path)
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    // Anything else (a full backlog, no permission) may be a living daemon.
    return !isCode(error, 'ECONNREFUSED')
  } finally {
    socket.destroy()
  }
}

function isCode (error: unknown, code: string): boolean { return error instanceof Error && 'code' in error && error.code === code }
