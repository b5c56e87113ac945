/**
 * MP4 and QuickTime films: what plays stays; places, days, makers, titles, tracks of positions and all unknown boxes
 * are blanked where they stand, so that no sample moves and a film of gigabytes costs its index only.
 */
import { Damaged } from '../damaged.js'
import { latin1, u32, type Window } from '../window.js'
import { blank, boxes, content, uint, type Box } from './boxes.js'
import { Edits } from './in-place.js'
import type { Looked } from './looked.js'
import { sampleRanges } from './samples.js'

const TOP = new Set(['ftyp', 'styp', 'mdat', 'moov', 'moof', 'mfra', 'sidx', 'ssix', 'pdin', 'wide'])
const FILM = new Set(['mvhd', 'trak', 'mvex', 'pssh'])
const TRACK = new Set(['tkhd', 'edts', 'tref', 'trgr', 'mdia', 'tapt'])
const MEDIA = new Set(['mdhd', 'hdlr', 'elng', 'minf'])
const FRAGMENT = new Set(['mfhd', 'traf', 'pssh'])
/** Pictures, sound and words. A track of anything else may say where the camera was, or what time it was. */
const HANDLERS = new Set(['vide', 'soun', 'text', 'sbtl', 'subt', 'subp', 'clcp', 'auxv', 'pict'])
const HANDLER_NAME = 24

interface Film { readonly edits: Edits, scale: number, durationMs?: number, width?: number, height?: number, hasVideo: boolean, tracks: number, fragments: boolean }

/** How {@link lookAtFilm} works. `tags`: what music players show of a sound (title, artist, cover) stays. */
export interface FilmOptions { readonly tags: boolean }

/** Looks a film's index through. @throws Damaged when it has none */
export async function lookAtFilm (file: Window, { tags }: FilmOptions): Promise<Looked> {
  const film: Film = { edits: new Edits(), scale: 0, hasVideo: false, tracks: 0, fragments: false }
  const top = await boxes(file, 0, file.size)
  film.fragments = top.some(box => box.name === 'moof')
  for (const box of top) {
    if (!TOP.has(box.name)) blank(box, film.edits)
    if (box.name === 'moov') await inFilm(file, box, film, tags)
    if (box.name === 'moof') for (const inner of await boxes(file, box.body, box.end)) if (!FRAGMENT.has(inner.name)) blank(inner, film.edits)
  }
  if (film.tracks === 0) throw new Damaged('it has no index of what is in it')
  const { edits, tracks: _, fragments: __, scale: ___, ...facts } = film
  return { ...facts, recipe: edits.recipe(file.size) }
}

async function inFilm (file: Window, moov: Box, film: Film, tags: boolean): Promise<void> {
  for (const box of await boxes(file, moov.body, moov.end)) {
    if (box.name === 'mvhd') await header(file, box, film)
    else if (box.name === 'mvex') await length(file, box, film)
    else if (box.name === 'trak') await track(file, box, film)
    else if (!FILM.has(box.name) && !(tags && box.name === 'udta')) blank(box, film.edits)
  }
}

/** How long it is; the days it was made and changed are blanked. */
async function header (file: Window, box: Box, film: Film): Promise<void> {
  const body = await content(file, box)
  const wide = timesBlanked(box, body, film.edits)
  film.scale = u32(body, wide ? 20 : 12)
  lasts(film, u32OrU64(body, wide ? 24 : 16, wide))
}

/** A film in fragments says here how long they are together. */
async function length (file: Window, mvex: Box, film: Film): Promise<void> {
  const box = (await boxes(file, mvex.body, mvex.end)).find(({ name }) => name === 'mehd')
  if (box === undefined) return
  const body = await content(file, box)
  lasts(film, u32OrU64(body, 4, body[0] === 1))
}

/** All ones mean that it is not known. */
const u32OrU64 = (body: Uint8Array, at: number, wide: boolean): number => u32(body, at) === 0xffffffff ? 0 : uint(body, at, wide ? 8 : 4)

function lasts (film: Film, duration: number): void {
  if (film.scale > 0 && duration > 0) film.durationMs = Math.round(duration / film.scale * 1000)
}

/** Whether the box has times of 64 bits. */
function timesBlanked (box: Box, body: Uint8Array, edits: Edits): boolean {
  const wide = body[0] === 1
  if (body.length < (wide ? 32 : 20)) throw new Damaged(`its ${box.name} is too short`)
  edits.add({ start: box.body + 4, end: box.body + (wide ? 20 : 12) })
  return wide
}

async function track (file: Window, trak: Box, film: Film): Promise<void> {
  const parts = await boxes(file, trak.body, trak.end)
  const mdia = parts.find(box => box.name === 'mdia')
  if (mdia === undefined) { blank(trak, film.edits); return }
  const inner = await boxes(file, mdia.body, mdia.end)
  const handler = await handlerOf(file, inner)
  if (!HANDLERS.has(handler)) { await dropped(file, trak, inner, film); return }
  film.tracks++
  if (handler === 'vide') film.hasVideo = true
  for (const box of parts) {
    if (!TRACK.has(box.name)) blank(box, film.edits)
    if (box.name === 'tkhd') await shape(file, box, film, handler === 'vide')
  }
  for (const box of inner) {
    if (!MEDIA.has(box.name)) blank(box, film.edits)
    if (box.name === 'mdhd') timesBlanked(box, await content(file, box), film.edits)
    if (box.name === 'hdlr') film.edits.add({ start: Math.min(box.end, box.body + HANDLER_NAME), end: box.end })
  }
}

async function handlerOf (file: Window, mdia: readonly Box[]): Promise<string> {
  const box = mdia.find(({ name }) => name === 'hdlr')
  return box === undefined ? '' : latin1(await content(file, box), 8, 12)
}

/** A track that nobody watches or hears goes with all its samples. */
async function dropped (file: Window, trak: Box, mdia: readonly Box[], film: Film): Promise<void> {
  if (film.fragments) throw new Damaged('it has a track of unknown kind, in fragments')
  const minf = mdia.find(box => box.name === 'minf')
  const stbl = minf === undefined ? undefined : (await boxes(file, minf.body, minf.end)).find(box => box.name === 'stbl')
  if (stbl !== undefined) for (const [start, end] of await sampleRanges(file, stbl)) film.edits.add({ start, end: Math.min(end, file.size) })
  blank(trak, film.edits)
}

/** Width and height as they are shown: a matrix that turns by a quarter swaps them. */
async function shape (file: Window, box: Box, film: Film, isPicture: boolean): Promise<void> {
  const body = await content(file, box)
  const wide = timesBlanked(box, body, film.edits)
  const matrix = wide ? 52 : 40
  if (!isPicture || film.width !== undefined || body.length < matrix + 44) return
  const width = u32(body, matrix + 36) / 0x10000
  const height = u32(body, matrix + 40) / 0x10000
  if (width < 1 || height < 1) return
  const turned = u32(body, matrix) === 0 && u32(body, matrix + 4) !== 0
  film.width = Math.round(turned ? height : width)
  film.height = Math.round(turned ? width : height)
}
