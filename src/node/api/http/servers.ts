/** The HTTP/1.1 and HTTP/2 servers behind the sniffing socket. They never listen: connections are handed to them. */
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { BYTE_METHODS, METHOD_NAMES, NotFoundError, RateLimitError, toPetrelError } from '../../../protocol/api/index.js'
import { answerMedia, isMediaPath } from '../media/route.js'
import { answerBackup, isBackupPath } from './backup-route.js'
import type { Answerer } from './connect.js'
import { cut } from './cut.js'
import type { ServiceContext } from './entry.js'
import { refuseWebPages } from './guard.js'
import { refuse } from './refuse.js'

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

const pathOf = (method: string): string => `/petrel.api.v1.Petrel/${method.charAt(0).toUpperCase()}${method.slice(1)}`
/** Where there are methods: told here, so that what asks for something else is refused at once. */
const PATHS: ReadonlySet<string> = new Set([...METHOD_NAMES, ...Object.keys(BYTE_METHODS)].map(pathOf))
/** The one method that takes a file's bytes. */
const ADD_MEDIA = pathOf('addMedia')

/** Takes connections that have begun to speak HTTP. */
export interface HttpServers {
  /** `socket` is paused and still has its first bytes. */
  accept (socket: Socket, spoken: 'http1' | 'http2'): void
  /** Ends idle connections and lets requests under way end. */
  drain (): void
}

/** Makes both servers for one listening address. */
export function httpServers (context: ServiceContext): HttpServers {
  const { limits } = context
  const onRequest = requestListener(context)
  const http1 = createHttp1({
    maxHeaderSize: limits.apiHeaderBytes,
    headersTimeout: limits.apiRequestMs,
    // A file may take as long as it flows; every other request has its deadline below.
    requestTimeout: 0,
    keepAliveTimeout: limits.apiIdleMs,
    connectionsCheckingInterval: Math.min(limits.apiRequestMs, 5_000)
  }, onRequest)
  // A server that does not listen looks after its timeouts only when it believes that it does.
  http1.emit('listening')
  // Whoever asks first is told to go on when its bytes are wanted.
  http1.on('checkContinue', onRequest)
  const http2 = createHttp2({
    maxSessionMemory: 16,
    // Each stream that is opened and reset costs a call: what nobody does in earnest ends the connection.
    streamResetBurst: 4 * limits.apiCallsInFlight,
    streamResetRate: limits.apiCallsInFlight,
    settings: { enablePush: false, maxConcurrentStreams: limits.apiCallsInFlight, maxHeaderListSize: limits.apiHeaderBytes }
  }, onRequest)
  http2.on('checkContinue', onRequest)
  const sessions = new Set<ServerHttp2Session>()
  http2.on('session', session => {
    watchSession(session, limits.apiIdleMs)
    sessions.add(session)
    session.once('close', () => { sessions.delete(session) })
  })
  return {
    accept (socket, spoken) {
      // Over HTTP, unlike over lines, whoever closes its sending side is gone.
      socket.allowHalfOpen = false
      const server = spoken === 'http1' ? http1 : http2
      server.emit('connection', socket)
      // HTTP/2 takes the first bytes by itself; HTTP/1.1 waits for them to flow.
      if (spoken === 'http1') socket.resume()
    },
    drain () {
      http1.close()
      for (const session of sessions) session.close()
    }
  }
}

/** Ends a session that has had no stream for the time. */
function watchSession (session: ServerHttp2Session, idleMs: number): void {
  let streams = 0
  session.on('error', () => { session.destroy() })
  session.on('stream', stream => {
    streams++
    stream.once('close', () => { streams-- })
  })
  session.setTimeout(idleMs, () => { if (streams === 0) session.close() })
}

function requestListener (context: ServiceContext): (request: Request, response: Response) => void {
  // Connect and the protobuf runtime take 5 MB, which a daemon that is never called over them does not need.
  let methods: Promise<Answerer> | undefined
  const call = async (request: Request, response: Response): Promise<void> => {
    methods ??= import('./connect.js').then(({ connectMethods }) => connectMethods(context))
    await (await methods)(request, response)
  }
  const busy = new WeakMap<object, number>()
  return (request, response) => {
    // HTTP/2's requests have a stand-in of a socket each.
    const connection = 'stream' in request ? request.stream.session ?? request : request.socket
    const running = busy.get(connection) ?? 0
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const deadline = carriesBytes(path) ? undefined : setTimeout(() => { cut(request) }, context.limits.apiRequestMs)
    request.once('end', () => { clearTimeout(deadline) })
    response.once('close', () => {
      clearTimeout(deadline)
      busy.set(connection, (busy.get(connection) ?? 1) - 1)
      // It was busy when the server began to stop, and nothing else would end it then.
      if (context.draining.aborted && request.httpVersionMajor === 1) request.socket.destroySoon()
    })
    throwAwayRest(request, context.limits.apiRequestMs)
    // Whoever reads it listens for this, and no longer than its answer takes: what is cut off in that very moment says so to nobody, and would end the process.
    request.on('error', () => undefined)
    busy.set(connection, running + 1)
    try {
      refuseWebPages(request.headers, context.gate)
      if (running >= context.limits.apiCallsInFlight) throw new RateLimitError('too many requests in flight on this connection: wait for answers')
      if (isMediaPath(path)) {
        void answerMedia(request, response, context)
        return
      }
      if (isBackupPath(path)) {
        void answerBackup(request, response, context)
        return
      }
      if (request.headers.expect !== undefined) response.writeContinue()
      // Connect's own word for a path that is none.
      if (!PATHS.has(path)) refuse(response, new NotFoundError('there is nothing at this path: methods are at /petrel.api.v1.Petrel/METHOD, files at /media, a backup at /backup'), { code: 'unimplemented' })
      else call(request, response).catch((error: unknown) => { refuse(response, toPetrelError(error)) })
    } catch (error) {
      refuse(response, toPetrelError(error))
    }
  }
}

/** Whether a request may take as long as its bytes flow. */
function carriesBytes (path: string): boolean { return isMediaPath(path) || path === ADD_MEDIA }

/** What is left of an HTTP/2 request that is answered already (it was too large) is not kept, nor its sender held up: for a while, then it is cut. */
function throwAwayRest (request: Request, patienceMs: number): void {
  if (!('stream' in request)) return
  const { stream } = request
  stream.once('finish', () => {
    // The request has stopped listening by then, and would pause its stream at every byte.
    stream.removeAllListeners('data').resume()
    // A file has no deadline by which it must have come whole, and while there is a stream, its connection is not idle.
    const timer = setTimeout(() => { cut(request) }, patienceMs)
    stream.once('close', () => { clearTimeout(timer) })
  })
}
