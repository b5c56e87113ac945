/** One file over HTTP: head, then body as fast as the reader takes it. */
import { once } from 'node:events'
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AbortedError, InternalError, toPetrelError } from '../../../protocol/api/index.js'
import { answerTo, type ServedFile } from './answer.js'
import type { Stretch } from './range.js'

/** Where one file's bytes come from. */
export interface FileSource {
  /** What is known of it, without any byte. @throws NotFoundError and whatever stands in the way */
  file (options: { signal: AbortSignal }): Promise<ServedFile>
  /** The plaintext of a stretch, in order and whole, and no faster than it is taken. @throws whatever stands in the way */
  read (stretch: Stretch, options: { signal: AbortSignal }): AsyncIterable<Uint8Array>
}

/**
 * Answers a request for a file.
 *
 * @throws what stood in the way before anything was answered: it is the caller's to tell. Later the answer is cut off,
 * so that nobody takes a part for the whole, and it throws too.
 */
export async function serveFile (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse, source: FileSource): Promise<void> {
  const gone = new AbortController()
  const onClose = (): void => { gone.abort(new AbortedError('the reader is gone')) }
  response.once('close', onClose)
  try {
    const { signal } = gone
    const { status, headers, body } = answerTo({ method: request.method ?? '', headers: request.headers }, await source.file({ signal }))
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.statusCode = status
    if (body === null || body.start === body.end) response.end()
    else await pump(response, source.read(body, { signal }), body, signal)
  } catch (error) {
    if (response.headersSent) cut(response)
    // They were the file's, and would belie the refusal.
    else for (const name of response.getHeaderNames()) response.removeHeader(name)
    throw toPetrelError(error)
  } finally {
    response.off('close', onClose)
  }
}

/** At most one piece waits for the reader: the next is not asked for before it has gone. */
async function pump (response: ServerResponse | Http2ServerResponse, pieces: AsyncIterable<Uint8Array>, { start, end }: Stretch, signal: AbortSignal): Promise<void> {
  let left = end - start
  for await (const piece of pieces) {
    left -= piece.length
    if (left < 0) throw new InternalError('a file gave more bytes than it has')
    // Both kinds of response take bytes; their union's overloads do not show it.
    if (!(response as ServerResponse).write(piece)) await once(response, 'drain', { signal })
  }
  if (left > 0) throw new InternalError('a file gave fewer bytes than it has')
  response.end()
}

/** The head said how long the answer is, so its end before that shows. */
function cut (response: ServerResponse | Http2ServerResponse): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.destroy()
}
