/** The first job: the file's own structure. Plain code over a bounded number of reads; no library. */
import { lookAtFilm } from '../formats/film.js'
import { lookAtGif } from '../formats/gif.js'
import { lookAtHeif } from '../formats/heif.js'
import { lookAtJpeg } from '../formats/jpeg.js'
import type { Looked } from '../formats/looked.js'
import { lookAtMatroska } from '../formats/matroska.js'
import { lookAtPng } from '../formats/png.js'
import { lookAtWebp } from '../formats/webp.js'
import { isTurned } from '../formats/exif.js'
import type { ByteSource } from '../types.js'
import { Window } from '../window.js'
import { cooked, lengthOf, sizeOf, type Recipe } from '../recipe.js'
import type { LookResult } from './messages.js'

const LOOKS: Readonly<Record<string, (file: Window) => Promise<Looked>>> = {
  'image/jpeg': lookAtJpeg,
  'image/png': lookAtPng,
  'image/webp': lookAtWebp,
  'image/gif': lookAtGif,
  'image/avif': lookAtHeif,
  'image/heic': lookAtHeif,
  'video/mp4': async file => await lookAtFilm(file, { tags: false }),
  'video/quicktime': async file => await lookAtFilm(file, { tags: false }),
  'video/3gpp': async file => await lookAtFilm(file, { tags: false }),
  // Music: its title, artist and cover are what a listener wants.
  'audio/mp4': async file => await lookAtFilm(file, { tags: true }),
  'video/webm': lookAtMatroska,
  'video/x-matroska': lookAtMatroska
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
  const made = cooked(source, recipe.pieces)
  let at = 0
  for (const piece of recipe.pieces) {
    const end = at + lengthOf(piece)
    if ('start' in piece && piece.start !== at) return true
    for (let from = at; !('start' in piece) && from < end; from += STEP) {
      const to = Math.min(end, from + STEP)
      if (Buffer.compare(await source.read(from, to, {}), await made.read(from, to, {})) !== 0) return true
    }
    at = end
  }
  return false
}

const STEP = 256 * 1024
