/** Files of fake nodes: one store for all of them, everything there at once. */
import { createHash } from 'node:crypto'
import { BadInputError, LIMITS, NotFoundError, TooLargeError, type MediaDraft, type MediaFile, type MediaTransfer } from '../../../src/protocol/api/index.js'

/** A file as a fake keeps it. */
export interface FakeFile { file: MediaFile, bytes: Buffer }

/** Takes a file in, as the interface says: all of it or none. */
export async function takeIn (draft: MediaDraft, bytes: AsyncIterable<Uint8Array>, known: (sha256: string) => FakeFile | undefined): Promise<FakeFile> {
  if (draft.size > 4 * 2 ** 30) throw new TooLargeError('a file has at most 4 GiB')
  const there = draft.sha256 === undefined ? undefined : known(draft.sha256)
  const whole = there?.bytes ?? Buffer.concat(await Array.fromAsync(bytes))
  if (whole.length !== draft.size) throw new BadInputError(`the draft says ${draft.size} bytes, ${whole.length} came`)
  const sha256 = createHash('sha256').update(whole).digest('hex')
  if (draft.sha256 !== undefined && draft.sha256 !== sha256) throw new BadInputError('the bytes have another SHA-256 than the draft says')
  const file: MediaFile = {
    id: `bafy${sha256.slice(0, 40)}`, as: draft.as ?? 'file', name: draft.name ?? null, type: draft.type ?? null, size: whole.length, sha256,
    width: null, height: null, duration: null, thumb: null, waveform: null, state: { here: whole.length, held: true, transfer: null }
  }
  return { file, bytes: whole }
}

/** A stretch of a file in pieces, as a real node gives chunks. */
export async function * stretch ({ bytes }: FakeFile, start = 0, end = bytes.length): AsyncGenerator<Uint8Array> {
  if (start > end || end > bytes.length) throw new BadInputError('that range is outside the file')
  for (let at = start; at < end; at += LIMITS.apiBodyBytes / 4) yield bytes.subarray(at, Math.min(end, at + LIMITS.apiBodyBytes / 4))
}

/** The file of an album at a place. */
export function itemOf (files: readonly MediaFile[], item = 0): MediaFile {
  const file = files[item]
  if (file === undefined) throw new NotFoundError('this message has no such file')
  return file
}

/** A transfer that is over. */
export function transferOf (file: MediaFile, direction: MediaTransfer['direction']): MediaTransfer {
  return { media: file.id, direction, state: 'done', bytes: file.size, total: file.size, rate: 0, error: null }
}
