/** /livez, /readyz and /metrics for the machine's own monitoring. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { BadInputError, UnavailableError } from '../../protocol/wire/index.js'
import { isLoopbackHost } from '../loopback.js'

/** What the pages ask. */
export interface HealthSources {
  /** Why the relay is not ready; undefined while it is. */
  readonly notReady: () => string | undefined
  readonly metrics: () => string
}

/** The running pages. */
export interface HealthPages {
  /** `http://host:port`. */
  readonly url: string
  close: () => Promise<void>
}

/**
 * Serves the pages. `onError` is told of a connection that could not be accepted, for want of file descriptors.
 *
 * @throws BadInputError for a host that others could reach, UnavailableError when the port cannot be had
 */
export async function serveHealth (at: { host: string, port: number }, sources: HealthSources, onError: (error: Error) => void): Promise<HealthPages> {
  if (!isLoopbackHost(at.host)) throw new BadInputError(`the health pages are for this machine alone: listen on 127.0.0.1 or ::1, not ${at.host.slice(0, 80)}`)
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 8192 }, (request, response) => { answer(request, response, sources) })
  server.maxConnections = 64
  try {
    server.listen(at.port, at.host)
    await once(server, 'listening')
  } catch (cause) {
    throw new UnavailableError(`the health pages cannot listen on ${at.host}:${at.port}: choose another port`, { cause })
  }
  // Without a listener one failed accept would end the whole relay.
  server.on('error', onError)
  return { url: urlOf(server, at.host), close: () => stop(server) }
}

function answer (request: IncomingMessage, response: ServerResponse, sources: HealthSources): void {
  const send = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  // A web page that was resolved to this machine names itself here.
  if (!isOwnName(request.headers.host)) { send(403, 'this name is not served here\n'); return }
  if (request.method !== 'GET' && request.method !== 'HEAD') { send(405, 'only GET\n'); return }
  switch ((request.url ?? '').split('?')[0]) {
    case '/livez': send(200, 'alive\n'); break
    case '/readyz': {
      const reason = sources.notReady()
      send(reason === undefined ? 200 : 503, `${reason ?? 'ready'}\n`)
      break
    }
    case '/metrics': send(200, sources.metrics(), 'text/plain; version=0.0.4; charset=utf-8'); break
    default: send(404, 'there are /livez, /readyz and /metrics\n')
  }
}

/** An address or localhost, with or without a port: whatever else is a name that somebody else controls. */
function isOwnName (host: string | undefined): boolean {
  return host !== undefined && /^(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d+)?$/i.test(host)
}

function urlOf (server: Server, host: string): string {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function stop (server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>(resolve => { server.close(() => { resolve() }) })
}
