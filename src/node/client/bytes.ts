/** A file's bytes to and from a daemon: over HTTP, so that a large file holds up no other call. */
import { once } from 'node:events'
import { addedFromJson, BadInputError, type AddedMedia, type BackupParams, type MediaDraft, type ReadMediaParams } from '../../protocol/api/index.js'
import { bodyOf, ByteCall, type Until } from './byte-call.js'
import type { Target } from './dial.js'
import { understood } from './understood.js'

/**
 * Sends a file. Its bytes are read at the daemon's pace, and not at all when it answers before it wants them.
 *
 * @throws what the daemon answers, what reading the bytes throws, BadInputError when there are more or fewer of them than
 * the draft says, AbortedError, UnavailableError when the connection is lost
 */
export async function putMedia (target: Target, { name, size, ...rest }: MediaDraft, bytes: AsyncIterable<Uint8Array>, until: Until): Promise<AddedMedia> {
  const query = new URLSearchParams(Object.entries(rest).map(([field, value]): [string, string] => [field, String(value)]))
  const path = `/media${name === undefined ? '' : `/${encodeURIComponent(name)}`}?${query.toString()}`
  const call = await ByteCall.open(target, 'PUT', path, { 'content-length': String(size), expect: '100-continue' }, until)
  try {
    const answered = call.answer()
    const wanted = once(call.request, 'continue').then(() => undefined)
    call.request.flushHeaders()
    if (await Promise.race([answered, wanted]) === undefined) await Promise.race([answered, pour(bytes, size, call)])
    const body: unknown = JSON.parse(await bodyOf(await answered))
    return understood(() => addedFromJson(body))
  } catch (error) {
    throw call.told(error)
  } finally {
    call.end()
  }
}

/** Writes the bytes at the daemon's pace and ends the request. */
async function pour (bytes: AsyncIterable<Uint8Array>, size: number, call: ByteCall): Promise<void> {
  const { request } = call
  let left = size
  for await (const piece of bytes) {
    left -= piece.length
    if (left < 0) throw new BadInputError(`there are more bytes than the ${size} that were announced`)
    if (request.destroyed) return
    if (!request.write(piece)) await call.drained()
  }
  if (left > 0) throw new BadInputError(`there are ${left} bytes fewer than the ${size} that were announced`)
  request.end()
}

/** Reads a stretch of a file of a chat, or of a secret chat at another `route`, at the pace of the loop. @throws what the daemon answers, BadInputError for a range outside the file, AbortedError, UnavailableError when the connection is lost */
export async function * getMedia (target: Target, { chat, message, item = 0, start = 0, end }: ReadMediaParams, until: Until, route = '/media'): AsyncGenerator<Uint8Array, void, undefined> {
  if (end !== undefined && end < start) throw new BadInputError('that range ends before it begins')
  const path = `${route}/${encodeURIComponent(chat)}/${encodeURIComponent(message)}/${item}`
  const empty = end === start
  // A range has a last byte, so that none is empty: then only the head is asked for.
  const range: Record<string, string> = empty || (start === 0 && end === undefined) ? {} : { range: `bytes=${start}-${end === undefined ? '' : end - 1}` }
  const call = await ByteCall.open(target, empty ? 'HEAD' : 'GET', path, range, until)
  try {
    const answered = call.answer()
    call.request.end()
    const response = await answered
    const { statusCode, headers } = response
    const size = sizeIn(empty || statusCode === 200 ? headers['content-length'] : headers['content-range'])
    if (start > size || (end !== undefined && end > size)) throw new BadInputError(`that range is outside the file, which has ${size} bytes`)
    if (empty || statusCode === 416) return
    for await (const piece of response as AsyncIterable<Uint8Array>) yield piece
  } catch (error) {
    throw call.told(error)
  } finally {
    call.end()
  }
}

/** A backup's bytes, at the pace of the loop. @throws what the daemon answers, AbortedError, UnavailableError when the connection is lost */
export async function * getBackup (target: Target, params: BackupParams, until: Until): AsyncGenerator<Uint8Array, void, undefined> {
  const call = await ByteCall.open(target, 'POST', '/backup', { 'content-type': 'application/json' }, until)
  try {
    const answered = call.answer()
    call.request.end(JSON.stringify(params))
    for await (const piece of await answered as AsyncIterable<Uint8Array>) yield piece
  } catch (error) {
    throw call.told(error)
  } finally {
    call.end()
  }
}

/** The size of the whole in `123` or in `bytes 0-9/123`. RFC 9110 section 14.4. */
function sizeIn (header: string | undefined): number { return Number(header?.split('/').at(-1) ?? Number.NaN) }
