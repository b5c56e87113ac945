/** WebP (RFC 9649): the chunks of pictures stay, by name; EXIF, XMP and all unknown ones go. */
import { Damaged } from '../damaged.js'
import { Recipe, sizeOf } from '../recipe.js'
import { latin1, le32, u16le, u32le, type Window } from '../window.js'
import { orientationOf, tiffWith } from './exif.js'
import { cleanProfile } from './icc.js'
import { MANY, type Looked } from './looked.js'

const HEADER = 12
const KEPT = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF'])
const BLOCK_BYTES = 1024 * 1024
/** Flags of the extended header: profile, EXIF, XMP. */
const HAS_PROFILE = 0x20
const HAS_EXIF = 0x08
const HAS_XMP = 0x04

interface Found { readonly recipe: Recipe, flags?: number, extended?: Uint8Array, width: number, height: number, pictures: number, perPixel: number, profile: boolean, orientation?: number }

/** Looks a WebP through. @throws Damaged when there is no picture in it */
export async function lookAtWebp (file: Window): Promise<Looked> {
  const found: Found = { recipe: new Recipe(), width: 0, height: 0, pictures: 0, perPixel: 0.3, profile: false }
  const end = Math.min(file.size, 8 + u32le(await file.bytes(4, 4), 0))
  let at = HEADER
  for (let n = 0; at + 8 <= end; n++) {
    if (n > MANY) throw new Damaged('it has too many chunks')
    const head = await file.bytes(at, 8)
    const length = u32le(head, 4)
    const next = at + 8 + length + length % 2
    await chunk(file, { name: latin1(head, 0, 4), at, length: Math.min(length, file.size - at - 8), next: Math.min(next, file.size) }, found)
    at = next
  }
  if (found.pictures === 0) throw new Damaged('there is no picture in it')
  const { width, height, perPixel, orientation } = found
  return { width, height, decodeBytes: width * height * perPixel, recipe: await closed(file, found), ...(orientation === undefined ? {} : { orientation }) }
}

interface Chunk { readonly name: string, readonly at: number, readonly length: number, readonly next: number }

async function chunk (file: Window, { name, at, length, next }: Chunk, found: Found): Promise<void> {
  const { recipe } = found
  if (KEPT.has(name)) recipe.keep(at, next)
  if (name === 'VP8X' && length >= 10 && found.extended === undefined) {
    found.extended = (await file.bytes(at + 8, 10)).slice()
    found.width = 1 + u32le(found.extended, 4) % 0x1000000
    found.height = 1 + (u32le(found.extended, 6) >>> 8)
  } else if (name === 'VP8 ' || name === 'VP8L') {
    found.pictures++
    await size(file, name, at + 8, length, found)
  } else if (name === 'ANMF') {
    found.pictures++
    found.perPixel = 10
  } else if (name === 'ICCP' && length <= BLOCK_BYTES) {
    const clean = cleanProfile(await file.bytes(at + 8, length))
    if (clean === undefined) return
    found.profile = true
    recipe.put(made('ICCP', clean))
  } else if (name === 'EXIF' && length <= BLOCK_BYTES) {
    const body = await file.bytes(at + 8, length)
    const orientation = orientationOf(latin1(body, 0, 4) === 'Exif' ? body.subarray(6) : body)
    if (orientation === undefined) return
    found.orientation = orientation
    if (orientation > 1) recipe.put(made('EXIF', tiffWith(orientation)))
  }
}

/** A picture without an extended header says its own size. */
async function size (file: Window, name: string, at: number, length: number, found: Found): Promise<void> {
  if (name === 'VP8L') found.perPixel = Math.max(found.perPixel, 4.5)
  if (found.extended !== undefined || length < 10) return
  const body = await file.bytes(at, 10)
  if (name === 'VP8 ') {
    found.width = u16le(body, 6) & 0x3fff
    found.height = u16le(body, 8) & 0x3fff
  } else {
    const bits = u32le(body, 1)
    found.width = 1 + (bits & 0x3fff)
    found.height = 1 + ((bits >>> 14) & 0x3fff)
  }
}

/** The file's header is written anew, with its new size and with flags that say what is left. */
async function closed (file: Window, found: Found): Promise<Recipe> {
  const { recipe, extended } = found
  const head = [...Buffer.from('RIFF', 'latin1')]
  const body: number[] = []
  if (extended !== undefined) {
    const exif = found.orientation !== undefined && found.orientation > 1
    extended[0] = ((extended[0] ?? 0) & ~(HAS_PROFILE | HAS_EXIF | HAS_XMP)) | (found.profile ? HAS_PROFILE : 0) | (exif ? HAS_EXIF : 0)
    body.push(...made('VP8X', extended))
  }
  const rest = sizeOf(recipe.pieces)
  const start = Uint8Array.from([...head, ...le32(4 + body.length + rest), ...Buffer.from('WEBP', 'latin1'), ...body])
  const whole = new Recipe()
  if (Buffer.compare(start, await file.bytes(0, Math.min(start.length, file.size))) === 0) whole.keep(0, start.length)
  else whole.put(start)
  for (const piece of recipe.pieces) {
    if ('start' in piece) whole.keep(piece.start, piece.end)
    else if ('bytes' in piece) whole.put(piece.bytes)
  }
  return whole
}

function made (name: string, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(name, 'latin1'), le32(body.length), body, new Uint8Array(body.length % 2)])
}
