/** Matroska and WebM (RFC 9559, EBML RFC 8794): what plays stays; tags, titles, days, attachments and all unknown parts are blanked where they stand. */
import { Damaged } from '../damaged.js'
import { type Window } from '../window.js'
import { uint } from './boxes.js'
import { Edits } from './in-place.js'
import { MANY, type Looked } from './looked.js'

const ID = {
  header: 0x1a45dfa3, segment: 0x18538067, seekHead: 0x114d9b74, info: 0x1549a966, tracks: 0x1654ae6b, cluster: 0x1f43b675, cues: 0x1c53bb6b, chapters: 0x1043a770,
  crc: 0xbf, time: 0xe7, scale: 0x2ad7b1, duration: 0x4489, muxer: 0x4d80, writer: 0x5741, uid: 0x73a4,
  entry: 0xae, type: 0x83, video: 0xe0, width: 0xb0, height: 0xba, shownWidth: 0x54b0, shownHeight: 0x54ba, unit: 0x54b2
} as const

/** Parts of a segment, and of clusters that do not say how long they are. */
const STAYS = new Set<number>([ID.header, ID.segment, ID.seekHead, ID.info, ID.tracks, ID.cluster, ID.cues, ID.chapters, ID.time, 0xa3, 0xa0, 0xab, 0xa7, 0x5854])
const VOID = 0xec
const VIDEO = 1
const PART_BYTES = 4 * 1024 * 1024
/** Blocks of a film of hours, where each is a part of its own. */
const PARTS = MANY * 20

interface Element { readonly id: number, readonly start: number, readonly body: number, readonly end: number, readonly open: boolean }
interface Film { readonly edits: Edits, scale: number, ticks?: number, lastTime: number, width?: number, height?: number, hasVideo: boolean, tracks: number }

/** Looks a film through. @throws Damaged when it has no tracks */
export async function lookAtMatroska (file: Window): Promise<Looked> {
  const film: Film = { edits: new Edits(), scale: 1_000_000, lastTime: 0, hasVideo: false, tracks: 0 }
  let at = 0
  for (let n = 0; at + 2 <= file.size; n++) {
    if (n > PARTS) throw new Damaged('it has too many parts')
    const element = await elementAt(file, at, file.size)
    at = await part(file, element, film)
  }
  if (film.tracks === 0) throw new Damaged('it does not say what is in it')
  const ticks = film.ticks ?? film.lastTime
  return {
    hasVideo: film.hasVideo, recipe: film.edits.recipe(file.size),
    ...(ticks > 0 ? { durationMs: Math.round(ticks * film.scale / 1_000_000) } : {}),
    ...(film.width === undefined || film.height === undefined ? {} : { width: film.width, height: film.height })
  }
}

/** Where to go on: inside of what holds others, behind everything else. */
async function part (file: Window, element: Element, film: Film): Promise<number> {
  const { id, body, end, open } = element
  if (!STAYS.has(id)) { voided(element, film.edits); return end }
  if (id === ID.info) await info(file, element, film)
  if (id === ID.tracks) await tracks(file, element, film)
  if (id === ID.time) film.lastTime = Math.max(film.lastTime, uint(await held(file, element), 0, end - body))
  if (id === ID.segment || open) return body
  // The first thing in a cluster is its time.
  if (id === ID.cluster && film.ticks === undefined && body < end) {
    const first = await elementAt(file, body, end)
    if (first.id === ID.time) film.lastTime = Math.max(film.lastTime, uint(await held(file, first), 0, first.end - first.body))
  }
  return end
}

async function elementAt (file: Window, at: number, to: number): Promise<Element> {
  const head = await file.bytes(at, Math.min(12, file.size - at))
  const idLength = Math.clz32(head[0] ?? 0) - 23
  const sizeLength = Math.clz32(head[idLength] ?? 0) - 23
  if (idLength > 4 || sizeLength > 8 || idLength + sizeLength > head.length) throw new Damaged('one of its parts has no head')
  const body = at + idLength + sizeLength
  const mask = 0xff >> sizeLength
  const open = ((head[idLength] ?? 0) & mask) === mask && head.subarray(idLength + 1, idLength + sizeLength).every(byte => byte === 0xff)
  const first = (head[idLength] ?? 0) & mask
  const size = open ? 0 : uint(Uint8Array.of(first, ...head.subarray(idLength + 1, idLength + sizeLength)), 0, sizeLength)
  return { id: uint(head, 0, idLength), start: at, body, end: Math.min(to, open ? to : body + size), open }
}

async function children (file: Window, element: Element): Promise<Element[]> {
  const out: Element[] = []
  for (let at = element.body; at + 2 <= element.end;) {
    if (out.length > MANY) throw new Damaged('it has too many parts')
    const child = await elementAt(file, at, element.end)
    out.push(child)
    at = child.end
  }
  return out
}

async function held (file: Window, { body, end }: Element): Promise<Uint8Array> {
  if (end - body > PART_BYTES) throw new Damaged('one of its parts is too large')
  return (await file.bytes(body, end - body)).slice()
}

/** The part becomes a Void of the same length. */
function voided ({ start, end }: Element, edits: Edits): void {
  const length = end - start
  const rest = length - 9
  const bytes = length < 9
    ? Uint8Array.of(VOID, 0x80 | (length - 2))
    : Uint8Array.of(VOID, 1, rest / 2 ** 48, (rest / 2 ** 40) & 255, (rest / 2 ** 32) & 255, rest >>> 24, (rest >>> 16) & 255, (rest >>> 8) & 255, rest & 255)
  edits.add({ start, end, bytes })
}

async function info (file: Window, element: Element, film: Film): Promise<void> {
  for (const child of await children(file, element)) {
    if (child.id === ID.scale) film.scale = uint(await held(file, child), 0, child.end - child.body)
    else if (child.id === ID.duration) film.ticks = float(await held(file, child))
    // A film must say what wrote it; an empty name is one.
    else if (child.id === ID.muxer || child.id === ID.writer) film.edits.add({ start: child.body, end: child.end })
    else if (child.id !== ID.uid) voided(child, film.edits)
  }
}

function float (bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const value = bytes.length === 4 ? view.getFloat32(0) : bytes.length === 8 ? view.getFloat64(0) : 0
  return Number.isFinite(value) ? value : 0
}

async function tracks (file: Window, element: Element, film: Film): Promise<void> {
  for (const entry of await children(file, element)) {
    if (entry.id === ID.crc) voided(entry, film.edits)
    if (entry.id !== ID.entry) continue
    film.tracks++
    const parts = await children(file, entry)
    const type = parts.find(({ id }) => id === ID.type)
    if (type === undefined || uint(await held(file, type), 0, type.end - type.body) !== VIDEO) continue
    film.hasVideo = true
    const video = parts.find(({ id }) => id === ID.video)
    if (video !== undefined && film.width === undefined) await shape(file, video, film)
  }
}

async function shape (file: Window, video: Element, film: Film): Promise<void> {
  const values = new Map<number, number>()
  for (const child of await children(file, video)) if (child.end - child.body <= 8) values.set(child.id, uint(await held(file, child), 0, child.end - child.body))
  // A display size may be in pixels or only a ratio.
  const inPixels = (values.get(ID.unit) ?? 0) === 0
  const width = (inPixels ? values.get(ID.shownWidth) : undefined) ?? values.get(ID.width)
  const height = (inPixels ? values.get(ID.shownHeight) : undefined) ?? values.get(ID.height)
  if (width !== undefined && height !== undefined) Object.assign(film, { width, height })
}
