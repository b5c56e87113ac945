/** The first job: the file's own structure. Plain code over a bounded number of reads; no library. */
import { lookAtGif } from '../formats/gif.js'
import { lookAtJpeg } from '../formats/jpeg.js'
import type { Looked } from '../formats/looked.js'
import { lookAtPng } from '../formats/png.js'
import { lookAtWebp } from '../formats/webp.js'
import { isTurned } from '../formats/exif.js'
import type { ByteSource } from '../types.js'
import { Window } from '../window.js'
import { lengthOf, sizeOf, type Recipe } from '../recipe.js'
import type { LookResult } from './messages.js'

const LOOKS: Readonly<Record<string, (file: Window) => Promise<Looked>>> = {
  'image/jpeg': lookAtJpeg,
  'image/png': lookAtPng,
  'image/webp': lookAtWebp,
  'image/gif': lookAtGif
}

/** Reading the same stride twice at a seam, and headers: no sound file needs more. */
const readLimit = (size: number): number => 2 * size + 1024 * 1024

/** Looks a file of a known type through. @throws Damaged */
export async function look (source: ByteSource, type: string): Promise<LookResult> {
  const found = await LOOKS[type]?.(new Window(source, readLimit(source.size)))
  const recipe = found?.recipe ?? null
  const turned = isTurned(found?.orientation)
  return {
    width: (turned ? found?.height : found?.width) ?? null,
    height: (turned ? found?.width : found?.height) ?? null,
    orientation: found?.orientation ?? 1,
    durationMs: found?.durationMs ?? null,
    hasVideo: found?.hasVideo ?? null,
    decodeBytes: found?.decodeBytes ?? 0,
    pieces: recipe !== null && await changes(recipe, source) ? recipe.pieces : null,
    cannotClean: recipe === null
  }
}

/** Whether the pieces are anything else than the source: what is clean goes as it is, and is sealed once. */
async function changes (recipe: Recipe, source: ByteSource): Promise<boolean> {
  if (sizeOf(recipe.pieces) !== source.size) return true
  let at = 0
  for (const piece of recipe.pieces) {
    const length = lengthOf(piece)
    if ('start' in piece ? piece.start !== at : !await reads(source, at, 'bytes' in piece ? piece.bytes : new Uint8Array(length))) return true
    at += length
  }
  return false
}

async function reads (source: ByteSource, at: number, bytes: Uint8Array): Promise<boolean> {
  return Buffer.compare(await source.read(at, at + bytes.length, {}), bytes) === 0
}
