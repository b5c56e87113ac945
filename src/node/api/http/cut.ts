/** Ends requests that cannot go on. */
import type { IncomingMessage } from 'node:http'
import { constants, type Http2ServerRequest } from 'node:http2'

/** Ends a request that has not arrived whole: over HTTP/1.1 with its connection, over HTTP/2 only itself. */
export function cut (request: IncomingMessage | Http2ServerRequest): void {
  if ('stream' in request) request.stream.close(constants.NGHTTP2_CANCEL)
  else request.destroy()
}
