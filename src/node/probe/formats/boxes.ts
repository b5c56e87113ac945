/** Boxes of the ISO base media file format (ISO/IEC 14496-12), which MP4, QuickTime, HEIC and AVIF files are made of. */
import { Damaged } from '../damaged.js'
import { latin1, u32, type Window } from '../window.js'
import type { Edits } from './in-place.js'
import { MANY } from './looked.js'

/** One box. `body` is where its content begins. */
export interface Box { readonly name: string, readonly start: number, readonly body: number, readonly end: number }

/** A table of samples of a film of a day fits. */
const TABLE_BYTES = 16 * 1024 * 1024

/** The boxes between two places, in order. Those cut off by the end of the file end there. @throws Damaged */
export async function boxes (file: Window, from: number, to: number): Promise<Box[]> {
  const out: Box[] = []
  for (let at = from; at + 8 <= to;) {
    if (out.length > MANY) throw new Damaged('it has too many boxes')
    const box = await boxAt(file, at, to)
    out.push(box)
    at = box.end
  }
  return out
}

async function boxAt (file: Window, at: number, to: number): Promise<Box> {
  const head = await file.bytes(at, 8)
  const name = latin1(head, 4, 8)
  let size = u32(head, 0)
  let body = at + 8
  if (size === 1) {
    if (at + 16 > to) throw new Damaged('a box has no size')
    const large = await file.bytes(at + 8, 8)
    size = u32(large, 0) * 2 ** 32 + u32(large, 4)
    body = at + 16
  }
  if (size === 0) size = to - at
  if (size < body - at) throw new Damaged('a box is smaller than its own head')
  return { name, start: at, body, end: Math.min(at + size, to) }
}

/** A number in as many bytes, most significant first. @throws Damaged beyond what a number holds */
export function uint (bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0)
  if (!Number.isSafeInteger(value)) throw new Damaged('a number in it is too large')
  return value
}

/** A box's content, which must be small enough to be held. @throws Damaged */
export async function content (file: Window, box: Box): Promise<Uint8Array> {
  if (box.end - box.body > TABLE_BYTES) throw new Damaged(`its ${box.name} is too large`)
  return (await file.bytes(box.body, box.end - box.body)).slice()
}

/** The box becomes free space: its head stays as long as it is, its name and content go. */
export function blank (box: Box, edits: Edits): void {
  const name = Uint8Array.of(0x66, 0x72, 0x65, 0x65)
  edits.add({ start: box.start + 4, end: box.start + 8, bytes: name })
  edits.add({ start: box.body, end: box.end })
}

