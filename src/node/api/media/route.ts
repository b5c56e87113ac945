/** Files on the local API's HTTP: PUT takes one in, GET and HEAD give one of a message, of a chat or a secret chat. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { AbortedError, LIMITS, NotFoundError, UnavailableError, type Petrel } from '../../../protocol/api/index.js'
import type { Logger } from '../../../relay/index.js'
import { shownError } from '../calls.js'
import { admit, whileAdmitted, type Gate } from '../gate.js'
import { bearerToken } from '../http/guard.js'
import { refuse } from '../http/refuse.js'
import { serveFile, type FileSource } from './serve-file.js'
import { takeIn } from './take-in.js'
import type { MediaPlace } from './tickets.js'

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

/** What the route works with. */
export interface MediaRouteContext { readonly petrel: Petrel, readonly gate: Gate, readonly log: Logger, readonly draining: AbortSignal, readonly limits: { readonly apiRequestMs: number } }

/** Whether a path is about files. */
export function isMediaPath (path: string): boolean { return path === '/media' || path.startsWith('/media/') || path.startsWith(SECRET) }

const SECRET = '/secret-media/'

/** Answers a request about a file, with an error where that is the answer. Never throws. */
export async function answerMedia (request: Request, response: Response, context: MediaRouteContext): Promise<void> {
  const { petrel, gate, log, draining, limits } = context
  const { url = '' } = request
  const method = url.startsWith(SECRET) ? 'readSecretMedia' : request.method === 'PUT' ? 'addMedia' : 'readMedia'
  const gone = new AbortController()
  response.once('close', () => { gone.abort(new AbortedError('the client is gone')) })
  try {
    if (draining.aborted) throw new UnavailableError('the daemon is stopping')
    const token = bearerToken(request.headers.authorization)
    admit(gate, token, method)
    const signal = AbortSignal.any([gone.signal, draining])
    const whileIn = (pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => whileAdmitted(gate, token, method, pieces)
    if (method === 'addMedia') await takeIn({ addMedia: async (draft, bytes, options) => await petrel.addMedia(draft, whileIn(bytes), options) }, request, response, { signal, idleMs: limits.apiRequestMs })
    else {
      const source = method === 'readMedia' ? fileOf(petrel, placeOf(url)) : secretFileOf(petrel, placeOf(url))
      await serveFile(request, response, { file: async options => await source.file(options), read: (stretch, options) => whileIn(source.read(stretch, options)) })
    }
  } catch (error) {
    const stopping = draining.aborted && !gone.signal.aborted
    const shown = shownError(stopping ? new UnavailableError('the daemon is stopping') : error, method, log)
    if (response.headersSent || response.destroyed) log('debug', 'api.media.cut', { method, code: shown.code })
    else refuse(response, shown, { keep: true })
  }
  drop(request, limits.apiRequestMs)
}

/** A sender that is still sending gets to see its answer: what it sends is thrown away, for a while. */
function drop (request: Request, patienceMs: number): void {
  if (request.readableEnded || request.destroyed) return
  const timer = setTimeout(() => { request.destroy() }, patienceMs)
  request.once('close', () => { clearTimeout(timer) })
  request.resume()
}

/** The file that `/media/CHAT/MESSAGE` or `/media/CHAT/MESSAGE/ITEM` names, or one of a secret chat in place of CHAT. @throws NotFoundError */
function placeOf (url: string): MediaPlace {
  const [, chat, message, item = '0'] = /^\/(?:secret-)?media\/([^/?]+)\/([^/?]+)(?:\/(\d{1,3}))?(?:\?|$)/.exec(url) ?? []
  try {
    if (chat !== undefined && message !== undefined && Number(item) < LIMITS.albumItems) return { chat: decodeURIComponent(chat), message: decodeURIComponent(message), item: Number(item) }
  } catch {
    // What is not percent-encoded names nothing either.
  }
  throw new NotFoundError('a file is at /media/CHAT/MESSAGE, and at /media/CHAT/MESSAGE/ITEM in an album, from 0; of a secret chat at /secret-media/…')
}

function fileOf (petrel: Pick<Petrel, 'mediaInfo' | 'readMedia'>, { chat, message, item }: MediaPlace): FileSource {
  return {
    file: async ({ signal }) => {
      const { id, size, type, name } = (await petrel.mediaInfo(chat, message, { item, signal })).file
      return { size, type, name, tag: id }
    },
    read: (stretch, { signal }) => petrel.readMedia(chat, message, { item, ...stretch, signal })
  }
}

function secretFileOf (petrel: Pick<Petrel, 'secretMediaInfo' | 'readSecretMedia'>, { chat: secret, message, item }: MediaPlace): FileSource {
  return {
    file: async ({ signal }) => {
      const { id, size, type, name } = await petrel.secretMediaInfo(secret, message, { item, signal })
      return { size, type, name, tag: id }
    },
    read: (stretch, { signal }) => petrel.readSecretMedia(secret, message, { item, ...stretch, signal })
  }
}
