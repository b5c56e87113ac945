/** A file that comes by HTTP: `PUT /media/NAME?type=…&as=…&sha256=…&keepMetadata=true&secret=true`, the bytes as its body. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { AbortedError, BadInputError, DeadlineError, draftFromJson, toJson, type CallOptions, type MediaDraft, type Petrel } from '../../../protocol/api/index.js'

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

/**
 * What a request says of its file: the name in its path, the size in its Content-Length, all else in its query.
 *
 * @internal
 * @throws BadInputError for what is none of it, or without a length
 */
export function draftOf ({ url, headers }: Pick<Request, 'url' | 'headers'>): MediaDraft {
  const [path = '', query = ''] = (url ?? '').split('?', 2)
  const fields = [...new URLSearchParams(query)]
  const repeated = fields.find(([name], i) => fields.findIndex(([other]) => other === name) !== i)
  if (repeated !== undefined) throw new BadInputError(`"${repeated[0].slice(0, 80)}" is given twice`)
  const given = Object.fromEntries(fields)
  if (Object.hasOwn(given, 'size')) throw new BadInputError('the size is told by Content-Length')
  if (!/^\d{1,15}$/.test(headers['content-length'] ?? '')) throw new BadInputError('a file needs a Content-Length')
  const { keepMetadata, secret, ...rest } = given
  const name = nameIn(path)
  return draftFromJson({ ...rest, ...(name === '' ? {} : { name }), ...wordOf('keepMetadata', keepMetadata), ...wordOf('secret', secret), size: Number(headers['content-length']) })
}

function wordOf (name: string, text: string | undefined): Record<string, boolean> {
  if (text === undefined) return {}
  if (text !== 'true' && text !== 'false') throw new BadInputError(`${name} is true or false`)
  return { [name]: text === 'true' }
}

function nameIn (path: string): string {
  const segment = path.slice('/media/'.length)
  if (segment.includes('/')) throw new BadInputError('a file is put at /media/NAME, and its name has no slash')
  try {
    return decodeURIComponent(segment)
  } catch (cause) {
    throw new BadInputError('the name in the path is not percent-encoded UTF-8', { cause })
  }
}

/** Hands the request's file to the node and answers with what it took in. @throws whatever the node throws */
export async function takeIn (petrel: Pick<Petrel, 'addMedia'>, request: Request, response: Response, { signal, idleMs }: Required<CallOptions> & { idleMs: number }): Promise<void> {
  const draft = draftOf(request)
  const added = await petrel.addMedia(draft, bodyOf(request, response, idleMs), { signal })
  const body = JSON.stringify(toJson(added))
  response.setHeader('content-type', 'application/json')
  response.setHeader('x-content-type-options', 'nosniff')
  response.statusCode = 200
  response.end(body)
}

/** The body at the node's pace. Who waits to be told (`Expect: 100-continue`) is told at the first byte that is wanted. */
async function * bodyOf (request: Request, response: Response, idleMs: number): AsyncGenerator<Uint8Array> {
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
  // Leaving early must not take the connection along: the answer still has to go out.
  const pieces = request.iterator({ destroyOnReturn: false })
  try {
    while (true) {
      const next = await inTime(request, idleMs, async () => await pieces.next() as IteratorResult<Uint8Array, undefined>)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // Who still listens for what can be read keeps the rest from being thrown away.
    await pieces.return?.()
  }
}

/** What comes of a read, unless no byte comes for too long. */
async function inTime<T> (request: Request, idleMs: number, read: () => Promise<T>): Promise<T> {
  let late = false
  const timer = setTimeout(() => { late = true; request.destroy() }, idleMs)
  try {
    return await read()
  } catch (cause) {
    throw late ? new DeadlineError(`no byte came for ${idleMs / 1000} seconds`, { cause }) : new AbortedError('the sender is gone', { cause })
  } finally {
    clearTimeout(timer)
  }
}
