/** The node's methods over Connect and gRPC. Loaded when somebody calls the first one. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createContextValues } from '@connectrpc/connect'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import { NotFoundError } from '../../../protocol/api/index.js'
import { cut } from './cut.js'
import { TOKEN, type ServiceContext } from './entry.js'
import { bearerToken } from './guard.js'
import { serviceHandlers } from './service.js'

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

/** Answers a request for a method. @throws NotFoundError for a path at which there is none; nothing else */
export type Answerer = (request: Request, response: Response) => Promise<void>

/** What answers the requests for all methods. */
export function connectMethods (context: ServiceContext): Answerer {
  const handlers = serviceHandlers(context)
  return async (request, response) => {
    const handler = handlers.get((request.url ?? '').split('?', 1)[0] ?? '')
    if (handler === undefined) throw new NotFoundError('there is no such method')
    await run(handler, request, response, context)
  }
}

async function run (handler: UniversalHandler, request: Request, response: Response, { log, draining }: ServiceContext): Promise<void> {
  // Over HTTP/1.1 nothing can follow a request that was answered before it was read (a file that is here already, a part of one that is too large). It may be gone itself.
  response.once('finish', () => { if (request.httpVersionMajor === 1 && !request.complete) (request.socket as Partial<Request['socket']> | null)?.destroySoon?.() })
  try {
    const values = createContextValues().set(TOKEN, bearerToken(request.headers.authorization))
    if (draining.aborted && request.httpVersionMajor === 1) response.setHeader('connection', 'close')
    const answer = await handler(universalRequestFromNodeRequest(request, response as ServerResponse, undefined, values))
    await universalResponseToNodeResponse(answer, response)
  } catch {
    // The client is gone, or spoke no HTTP that makes sense; what the node threw has been told already.
    log('debug', 'api.http.cut')
    cut(request)
  }
}
