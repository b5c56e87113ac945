/** PNG (W3C, third edition): chunks that the picture is made of stay, by name; text, times, EXIF and all unknown ones go. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { Damaged } from '../damaged.js'
import { Recipe } from '../recipe.js'
import { be32, latin1, u32, type Window } from '../window.js'
import { orientationOf, tiffWith } from './exif.js'
import { cleanProfile } from './icc.js'
import { MANY, type Looked } from './looked.js'

const SIGNATURE = 8
/** What stays, and how many bytes each can have: in a longer one something else hides. */
const KEPT: ReadonlyMap<string, number> = new Map([
  ['IHDR', 13], ['PLTE', 768], ['IDAT', Infinity], ['IEND', 0], ['tRNS', 256], ['gAMA', 4], ['cHRM', 32], ['sRGB', 1], ['sBIT', 4], ['bKGD', 6], ['pHYs', 9],
  ['cICP', 4], ['mDCV', 24], ['cLLI', 8], ['acTL', 8], ['fcTL', 26], ['fdAT', Infinity]
])
/** A profile or EXIF block larger than this is none. */
const BLOCK_BYTES = 1024 * 1024
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Looks a PNG through. @throws Damaged when it has no header or no data */
export async function lookAtPng (file: Window): Promise<Looked> {
  const recipe = new Recipe()
  recipe.keep(0, SIGNATURE)
  const header = await file.bytes(SIGNATURE, 8 + 13)
  if (latin1(header, 4, 8) !== 'IHDR') throw new Damaged('its first chunk is no header')
  const width = u32(header, 8)
  const height = u32(header, 12)
  const decodeBytes = memoryOf(width * height, header[16] ?? 8, header[17] ?? 6, (header[20] ?? 0) !== 0)
  let orientation: number | undefined
  let data = false
  let at = SIGNATURE
  for (let n = 0; at + 12 <= file.size; n++) {
    if (n > MANY) throw new Damaged('it has too many chunks')
    const head = await file.bytes(at, 8)
    const name = latin1(head, 4, 8)
    const end = at + 12 + u32(head, 0)
    const whole = end <= file.size
    // What is cut off in the middle of its data is shown as far as it goes.
    if (end - at - 12 <= (KEPT.get(name) ?? -1)) recipe.keep(at, Math.min(end, file.size))
    if (name === 'IDAT') data = true
    if (name === 'eXIf' && whole && orientation === undefined && end - at - 12 <= BLOCK_BYTES) {
      orientation = orientationOf(await file.bytes(at + 8, end - at - 12))
      if (orientation !== undefined && orientation > 1) await keepOrPut(file, recipe, at, end, chunk('eXIf', tiffWith(orientation)))
    }
    if (name === 'iCCP' && whole && end - at - 12 <= BLOCK_BYTES) await profile(file, recipe, at, end)
    if (name === 'IEND') break
    at = end
  }
  if (!data) throw new Damaged('there is no picture in it')
  return { width, height, decodeBytes, recipe, ...(orientation === undefined ? {} : { orientation }) }
}

/** Line by line costs the same for all; an interlaced picture stands in memory as a whole. */
function memoryOf (pixels: number, depth: number, colour: number, interlaced: boolean): number {
  const bytes = (CHANNELS[colour] ?? 4) * (depth === 16 ? 2 : 1)
  return interlaced ? pixels * bytes * 1.5 : 20_000_000 + pixels * 0.5
}

async function profile (file: Window, recipe: Recipe, at: number, end: number): Promise<void> {
  const body = await file.bytes(at + 8, end - at - 12)
  const named = body.indexOf(0)
  if (named < 0) return
  let clean: Uint8Array | undefined
  try {
    clean = cleanProfile(inflateSync(body.subarray(named + 2), { maxOutputLength: BLOCK_BYTES }))
  } catch {
    return
  }
  if (clean === undefined) return
  await keepOrPut(file, recipe, at, end, chunk('iCCP', Buffer.concat([Buffer.from('RGB\0\0', 'latin1'), deflateSync(clean)])))
}

async function keepOrPut (file: Window, recipe: Recipe, at: number, end: number, clean: Uint8Array): Promise<void> {
  if (end - at === clean.length && Buffer.compare(await file.bytes(at, end - at), clean) === 0) recipe.keep(at, end)
  else recipe.put(clean)
}

function chunk (name: string, body: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body])
  return Buffer.concat([be32(body.length), named, be32(crc32(named))])
}
