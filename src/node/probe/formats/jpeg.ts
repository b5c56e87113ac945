/**
 * JPEG (ITU-T T.81): the segments that pictures are made of stay, by name; everything else goes, and with it what
 * stands behind the picture: second pictures, films, and what telephones append.
 */
import { Damaged } from '../damaged.js'
import { Recipe } from '../recipe.js'
import { latin1, u16, type Window } from '../window.js'
import { orientationOf, tiffWith } from './exif.js'
import { cleanProfile } from './icc.js'
import { isExact } from './jpeg-tables.js'
import { MANY, type Looked } from './looked.js'

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const APP0 = 0xe0
const APP1 = 0xe1
const APP2 = 0xe2
const APP14 = 0xee

/** Tables (arithmetic ones too), restart interval, number of lines. */
const TABLES = new Set([0xc4, 0xcc, 0xdb, 0xdc, 0xdd])
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
const isRestart = (marker: number): boolean => (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01
const PROGRESSIVE = new Set([0xc2, 0xc6, 0xca, 0xce])

const ICC = 'ICC_PROFILE\0'
const JFIF_BYTES = 14
const ADOBE_BYTES = 12
/** Segments of one profile are numbered by a byte; a profile larger than this is none. */
const PROFILE_BYTES = 1024 * 1024

interface Found {
  readonly recipe: Recipe
  readonly profile: Uint8Array[]
  frame?: Frame
  orientation?: number
  scans: number
}
interface Frame { readonly width: number, readonly height: number, readonly decodeBytes: number }

/** Looks a JPEG through. @throws Damaged when there is no picture in it */
export async function lookAtJpeg (file: Window): Promise<Looked> {
  const found: Found = { recipe: new Recipe(), profile: [], scans: 0 }
  found.recipe.keep(0, 2)
  let at: number | null = 2
  for (let n = 0; at !== null; n++) {
    if (n > MANY) throw new Damaged('it has too many segments')
    at = await segment(file, at, found)
  }
  if (found.frame === undefined || found.scans === 0) throw new Damaged('there is no picture in it')
  const { orientation, recipe, frame } = found
  return { ...frame, recipe, ...(orientation === undefined ? {} : { orientation }) }
}

/** One segment: where the next one begins, or null at the end. */
async function segment (file: Window, from: number, found: Found): Promise<number | null> {
  const at = await nextMarker(file, from)
  if (at === null) return null
  const marker = (await file.bytes(at + 1, 1))[0] ?? 0
  if (marker === EOI) {
    found.recipe.keep(at, at + 2)
    return null
  }
  if (isRestart(marker) || marker === SOI) return at + 2
  if (at + 4 > file.size) return null
  const end = at + 2 + u16(await file.bytes(at + 2, 2), 0)
  if (end < at + 4 || end > file.size) return null
  if (isFrame(marker) || TABLES.has(marker) || marker === SOS) {
    const body = (await file.bytes(at + 4, end - at - 4)).slice()
    // One that is longer than what it holds hides something, or is damaged.
    if (!isExact(marker, body)) return end
    if (marker === SOS) return await scan(file, at, end, found)
    if (isFrame(marker)) found.frame ??= frameOf(marker, body)
    found.recipe.keep(at, end)
  } else if (marker === APP0 || marker === APP1 || marker === APP2 || marker === APP14) application(marker, at, await file.bytes(at, end - at), found)
  return end
}

/** A marker is 0xff and a byte that is neither 0 nor 0xff; what stands before it belongs to nothing. */
async function nextMarker (file: Window, from: number): Promise<number | null> {
  for (let at = from; ;) {
    const bytes = await file.some(at)
    if (bytes.length === 0 || at + 1 >= file.size) return null
    const found = bytes.indexOf(0xff)
    if (found < 0) { at += bytes.length; continue }
    at += found
    if (at + 1 >= file.size) return null
    const next = (await file.bytes(at, 2))[1] ?? 0
    if (next !== 0xff && next !== 0) return at
    at += next === 0 ? 2 : 1
  }
}

function frameOf (marker: number, body: Uint8Array): Frame {
  const height = u16(body, 1)
  const width = u16(body, 3)
  const components = body[5] ?? 0
  let samples = 0
  let most = 1
  for (let i = 0; i < components && i < 4; i++) {
    const factors = body[7 + i * 3] ?? 0
    const area = (factors >> 4) * (factors & 15)
    samples += area
    most = Math.max(most, area)
  }
  // A progressive picture keeps all its coefficients, two bytes each; a baseline one is shrunk while it is read.
  const decodeBytes = PROGRESSIVE.has(marker) ? width * height * 2.2 * samples / most : width * height * 0.2
  return { width, height, decodeBytes }
}

/** A scan's header and its coded data, which end at the next marker that is no restart. */
async function scan (file: Window, at: number, headerEnd: number, found: Found): Promise<number> {
  flushProfile(found)
  found.scans++
  let end = headerEnd
  for (;;) {
    const bytes = await file.some(end)
    if (bytes.length === 0) { end = file.size; break }
    const local = endOfCoded(bytes)
    if (local.ended) { end += local.length; break }
    // A last 0xff may begin a marker: it is looked at again with what follows it.
    if (local.length === 0) {
      if (end + 1 >= file.size) { end = file.size; break }
      const [, second = 0] = await file.bytes(end, 2)
      if (second !== 0 && second !== 0xff && !isRestart(second)) break
      end += second === 0xff ? 1 : 2
      continue
    }
    end += local.length
  }
  found.recipe.keep(at, end)
  return end
}

function endOfCoded (bytes: Uint8Array): { length: number, ended: boolean } {
  for (let i = bytes.indexOf(0xff); i >= 0; i = bytes.indexOf(0xff, i)) {
    if (i + 1 >= bytes.length) return { length: i, ended: false }
    const next = bytes[i + 1] ?? 0
    if (next !== 0 && next !== 0xff && !isRestart(next)) return { length: i, ended: true }
    i += next === 0xff ? 1 : 2
  }
  return { length: bytes.length, ended: false }
}

/** Of the applications' segments: what says how colours are coded, which way is up, and the profile, cleaned. */
function application (marker: number, at: number, whole: Uint8Array, found: Found): void {
  const body = whole.subarray(4)
  const starts = (name: string): boolean => latin1(body, 0, name.length) === name
  if (marker === APP0 && starts('JFIF\0') && body.length >= JFIF_BYTES) {
    // Without its thumbnail, which may show what was cut off the picture.
    const clean = Uint8Array.of(0xff, APP0, 0, JFIF_BYTES + 2, ...body.subarray(0, JFIF_BYTES - 2), 0, 0)
    keepOrPut(found.recipe, at, whole, clean)
  } else if (marker === APP14 && starts('Adobe') && body.length >= ADOBE_BYTES) {
    keepOrPut(found.recipe, at, whole, Uint8Array.of(0xff, APP14, 0, ADOBE_BYTES + 2, ...body.subarray(0, ADOBE_BYTES)))
  } else if (marker === APP1 && starts('Exif\0\0') && found.orientation === undefined) {
    const orientation = orientationOf(body.subarray(6))
    if (orientation === undefined) return
    found.orientation = orientation
    const exif = Uint8Array.of(0x45, 0x78, 0x69, 0x66, 0, 0, ...tiffWith(orientation))
    if (orientation > 1) keepOrPut(found.recipe, at, whole, Uint8Array.of(0xff, APP1, 0, exif.length + 2, ...exif))
  } else if (marker === APP2 && starts(ICC)) {
    const size = found.profile.reduce((sum, part) => sum + part.length, 0)
    if (size + body.length <= PROFILE_BYTES) found.profile.push(body.slice(ICC.length + 2))
  }
}

function keepOrPut (recipe: Recipe, at: number, whole: Uint8Array, clean: Uint8Array): void {
  if (Buffer.compare(whole, clean) === 0) recipe.keep(at, at + whole.length)
  else recipe.put(clean)
}

const PART = 65_500

/** The profile stands before the first scan, cleaned, in as few segments as it needs. */
function flushProfile ({ profile, recipe }: Found): void {
  if (profile.length === 0) return
  const clean = cleanProfile(Buffer.concat(profile.splice(0)))
  if (clean === undefined) return
  const count = Math.ceil(clean.length / PART)
  for (let i = 0; i < count; i++) {
    const part = clean.subarray(i * PART, (i + 1) * PART)
    const length = part.length + ICC.length + 4
    recipe.put(Buffer.concat([Uint8Array.of(0xff, APP2, length >> 8, length & 255), Buffer.from(ICC, 'latin1'), Uint8Array.of(i + 1, count), part]))
  }
}
