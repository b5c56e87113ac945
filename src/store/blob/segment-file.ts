/** The files that blocks lie in: appended to, read at any place, and walked from one block's head to the next. */
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { isBlock, LIMITS, type Cid } from '../../protocol/wire/index.js'
import { decodeHead, HEAD_BYTES, type Place } from './layout.js'

const SUFFIX = '.seg'

/** The file of a segment. */
export function segmentPath (directory: string, segment: number): string { return join(directory, `${String(segment).padStart(8, '0')}${SUFFIX}`) }

/** The segment of a file's name; undefined for another file. */
export function segmentOfName (name: string): number | undefined {
  const digits = /^(\d{8,10})\.seg$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Opens a file, as the one of node:fs does. */
export type OpenFile = (path: string, flags: string | number, mode?: number) => Promise<FileHandle>

/** Writes all of the pieces at a place of the file. @throws the file system's error */
export async function writeAll (handle: FileHandle, pieces: readonly Uint8Array[], at: number): Promise<void> {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  let { bytesWritten: done } = await handle.writev([...pieces], at)
  if (done === total) return
  // A disk that is nearly full takes a part. The rest is tried once more, so that it says why.
  const rest = Buffer.concat(pieces)
  while (done < total) {
    const { bytesWritten } = await handle.write(rest, done, total - done, at + done)
    if (bytesWritten === 0) throw new Error('the disk took no bytes')
    done += bytesWritten
  }
}

const ZEROS = new Uint8Array(LIMITS.blobBytes)

/** Puts zeros in place of blocks' bytes, and syncs. Their heads stay, so that what follows is still found. @throws the file system's error */
export async function overwrite (directory: string, places: readonly Place[], openFile: OpenFile): Promise<void> {
  for (const segment of new Set(places.map(place => place.segment))) {
    const handle = await openFile(segmentPath(directory, segment), 'r+')
    try {
      for (const { at, length } of places.filter(place => place.segment === segment)) await writeAll(handle, [ZEROS.subarray(0, length)], at)
      await handle.datasync()
    } finally {
      await handle.close()
    }
  }
}

/** Gives memory for so many bytes, with anything in it. */
export type BlockMemory = (length: number) => Uint8Array

/** Bytes at a place of the file; fewer where it ends. @throws the file system's error */
export async function readAt (handle: FileHandle, at: number, length: number, memory: BlockMemory = unfilled): Promise<Uint8Array> {
  // Not zeroed first: what is not read is not given out either.
  const out = memory(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(out, done, length - done, at + done)
    if (bytesRead === 0) return out.subarray(0, done)
    done += bytesRead
  }
  return out
}

/** A block's head found in a segment, and where its bytes begin. */
export interface FoundHead { readonly cid: Cid, readonly at: number, readonly length: number }

/** The heads of a segment from one's place on, as far as they follow each other. The last block may be cut short. */
export async function * walkSegment (handle: FileHandle, from: number): AsyncGenerator<FoundHead, void, undefined> {
  for (let head = from; ;) {
    const found = decodeHead(await readAt(handle, head, HEAD_BYTES))
    if (found === undefined) return
    const at = head + HEAD_BYTES
    yield { ...found, at }
    head = at + found.length
  }
}

/** The bytes behind a head; undefined when they are not those it names. */
export async function readFound (handle: FileHandle, { cid, at, length }: FoundHead): Promise<Uint8Array | undefined> {
  const bytes = await readAt(handle, at, length)
  return bytes.length === length && isBlock(cid, bytes) ? bytes : undefined
}

/** Memory of its own, with anything in it. */
export function unfilled (length: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer, byteOffset, length)
}
