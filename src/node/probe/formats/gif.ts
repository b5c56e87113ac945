/** GIF (89a): pictures, their timing and how often they repeat stay; comments and what applications added go. */
import { Damaged } from '../damaged.js'
import { Recipe } from '../recipe.js'
import { latin1, u16le, type Window } from '../window.js'
import { MANY, type Looked } from './looked.js'

const EXTENSION = 0x21
const PICTURE = 0x2c
const TRAILER = 0x3b
const CONTROL = 0xf9
const APPLICATION = 0xff
/** Both extensions that stay have one length: in a longer one something else hides. */
const CONTROL_BYTES = 8
const REPEAT_BYTES = 19
const REPEATS = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0'])

const table = (flags: number): number => (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)

/** Looks a GIF through. @throws Damaged when there is no picture in it */
export async function lookAtGif (file: Window): Promise<Looked> {
  const recipe = new Recipe()
  const head = await file.bytes(0, 13)
  const width = u16le(head, 6)
  const height = u16le(head, 8)
  let at = 13 + table(head[10] ?? 0)
  recipe.keep(0, Math.min(at, file.size))
  let pictures = 0
  for (let n = 0; at < file.size; n++) {
    if (n > MANY) throw new Damaged('it has too many blocks')
    const [kind = 0] = await file.bytes(at, 1)
    if (kind === TRAILER) { recipe.keep(at, at + 1); break }
    if (kind !== EXTENSION && kind !== PICTURE) break
    const end = kind === PICTURE ? await pictureEnd(file, at) : await blocksEnd(file, at + 2)
    if (end === null) {
      // Cut off in the middle: what there is of a picture is shown.
      if (kind === PICTURE) { pictures++; recipe.keep(at, file.size) }
      break
    }
    if (kind === PICTURE) pictures++
    if (kind === PICTURE || await stays(file, at, end)) recipe.keep(at, end)
    at = end
  }
  if (pictures === 0) throw new Damaged('there is no picture in it')
  return { width, height, decodeBytes: width * height * 10, recipe }
}

async function pictureEnd (file: Window, at: number): Promise<number | null> {
  if (at + 10 > file.size) return null
  const flags = (await file.bytes(at + 9, 1))[0] ?? 0
  return await blocksEnd(file, at + 10 + table(flags) + 1)
}

/** Behind the last of the blocks of up to 255 bytes that begin at `from`. */
async function blocksEnd (file: Window, from: number): Promise<number | null> {
  for (let at = from; at < file.size;) {
    const bytes = await file.some(at)
    let local = 0
    while (local < bytes.length) {
      const length = bytes[local] ?? 0
      local += 1 + length
      if (length === 0) return at + local
    }
    at += local
  }
  return null
}

async function stays (file: Window, at: number, end: number): Promise<boolean> {
  const [, label = 0] = await file.bytes(at, 2)
  if (label === CONTROL) return end - at === CONTROL_BYTES
  return label === APPLICATION && end - at === REPEAT_BYTES && REPEATS.has(latin1(await file.bytes(at + 3, 11)))
}
