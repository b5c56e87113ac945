/** HEIC and AVIF (ISO/IEC 23008-12): the items that are pictures stay; EXIF, XMP and all others are blanked where they stand. */
import { Damaged } from '../damaged.js'
import { latin1, u16, u32, type Window } from '../window.js'
import { blank, boxes, content, uint, type Box } from './boxes.js'
import { Edits } from './in-place.js'
import { lookAtFilm } from './film.js'
import { MANY, type Looked } from './looked.js'

const TOP = new Set(['ftyp', 'meta', 'mdat'])
const META = new Set(['hdlr', 'pitm', 'iinf', 'iref', 'iprp', 'iloc', 'idat', 'grpl', 'dinf'])
/** Coded pictures, and pictures that are put together from others. */
const PICTURES = new Set(['hvc1', 'lhv1', 'av01', 'avc1', 'jpeg', 'j2k1', 'vvc1', 'unci', 'grid', 'iovl', 'iden', 'tmap'])
/** A full box has version and flags before its content. */
const FULL = 4
/** AV1 decoders take about so much for each pixel (measured: 12 million pixels took 235 MB). */
const PER_PIXEL = 20

/** Looks a picture's items through. @throws Damaged when it has none */
export async function lookAtHeif (file: Window): Promise<Looked> {
  const edits = new Edits()
  const top = await boxes(file, 0, file.size)
  // A sequence of pictures is a film with another name, and may be both.
  if (top.some(box => box.name === 'moov')) return { ...await lookAtFilm(file, { tags: false }), decodeBytes: Infinity }
  const meta = top.find(box => box.name === 'meta')
  if (meta === undefined) throw new Damaged('there is no picture in it')
  for (const box of top) if (!TOP.has(box.name) || (box.name === 'meta' && box !== meta)) blank(box, edits)
  const inner = new Map<string, Box>()
  for (const box of await boxes(file, meta.body + FULL, meta.end)) {
    if (META.has(box.name) && !inner.has(box.name)) inner.set(box.name, box)
    else blank(box, edits)
  }
  const get = async (name: string): Promise<Uint8Array> => {
    const box = inner.get(name)
    if (box === undefined) throw new Damaged(`it has no ${name}`)
    return await content(file, box)
  }
  const items = await itemTypes(file, inner.get('iinf'))
  const other = new Set([...items].filter(([, type]) => !PICTURES.has(type)).map(([id]) => id))
  for (const { id, method, ranges } of itemPlaces(await get('iloc'))) {
    if (!other.has(id)) continue
    if (method > 1) throw new Damaged('an item of it is made of others')
    const base = method === 0 ? 0 : inner.get('idat')?.body ?? 0
    for (const [start, length] of ranges) edits.add({ start: base + start, end: Math.min(file.size, length === 0 ? file.size : base + start + length) })
  }
  const size = await primarySize(file, inner, await get('pitm'))
  return { ...size, decodeBytes: (size?.width ?? 0) * (size?.height ?? 0) * PER_PIXEL, recipe: edits.recipe(file.size) }
}

/** Items and their types; older entries, which have none, count as unknown. */
async function itemTypes (file: Window, iinf: Box | undefined): Promise<Map<number, string>> {
  if (iinf === undefined) throw new Damaged('it has no list of items')
  const version = (await file.bytes(iinf.body, 1))[0] ?? 0
  const out = new Map<number, string>()
  for (const box of await boxes(file, iinf.body + FULL + (version === 0 ? 2 : 4), iinf.end)) {
    const entry = await content(file, box)
    const long = entry[0] === 3
    const id = uint(entry, FULL, long ? 4 : 2)
    out.set(id, (entry[0] ?? 0) >= 2 ? latin1(entry, FULL + (long ? 6 : 4), FULL + (long ? 10 : 8)) : '')
  }
  return out
}

interface Place { readonly id: number, readonly method: number, readonly ranges: readonly (readonly [start: number, length: number])[] }

function itemPlaces (iloc: Uint8Array): Place[] {
  const version = iloc[0] ?? 0
  const sizes = u16(iloc, FULL)
  const [offsetSize, lengthSize, baseSize, indexSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15, version === 0 ? 0 : sizes & 15]
  let at = FULL + 2
  const next = (bytes: number): number => {
    if (at + bytes > iloc.length) throw new Damaged('its list of places is cut off')
    at += bytes
    return uint(iloc, at - bytes, bytes)
  }
  const wide = version < 2 ? 2 : 4
  const count = next(wide)
  const out: Place[] = []
  for (let i = 0; i < count; i++) {
    const id = next(wide)
    const method = version === 0 ? 0 : next(2) & 15
    next(2)
    const base = next(baseSize)
    const ranges = Array.from({ length: next(2) }, (): [number, number] => {
      next(indexSize)
      return [base + next(offsetSize), next(lengthSize)]
    })
    out.push({ id, method, ranges })
    if (out.length > MANY) throw new Damaged('it has too many items')
  }
  return out
}

/** Width and height of the picture that is shown, with its turn. */
async function primarySize (file: Window, inner: ReadonlyMap<string, Box>, pitm: Uint8Array): Promise<{ width: number, height: number } | undefined> {
  const iprp = inner.get('iprp')
  if (iprp === undefined) return undefined
  const parts = await boxes(file, iprp.body, iprp.end)
  const ipco = parts.find(box => box.name === 'ipco')
  const ipma = parts.find(box => box.name === 'ipma')
  if (ipco === undefined || ipma === undefined) return undefined
  const properties = await boxes(file, ipco.body, ipco.end)
  let size: { width: number, height: number } | undefined
  let turned = false
  for (const index of propertiesOf(await content(file, ipma), uint(pitm, FULL, pitm[0] === 0 ? 2 : 4))) {
    const box = properties[index - 1]
    if (box?.name === 'ispe') {
      const body = await content(file, box)
      size = { width: u32(body, FULL), height: u32(body, FULL + 4) }
    }
    if (box?.name === 'irot') turned = (((await content(file, box))[0] ?? 0) & 1) === 1
  }
  return size !== undefined && turned ? { width: size.height, height: size.width } : size
}

function propertiesOf (ipma: Uint8Array, item: number): number[] {
  const longIds = ipma[0] !== 0
  const longIndexes = ((ipma[3] ?? 0) & 1) === 1
  let at = FULL + 4
  for (let i = u32(ipma, FULL); i > 0 && at < ipma.length; i--) {
    const id = uint(ipma, at, longIds ? 4 : 2)
    at += longIds ? 4 : 2
    const count = ipma[at++] ?? 0
    const step = longIndexes ? 2 : 1
    if (id === item) return Array.from({ length: count }, (_, n) => uint(ipma, at + n * step, step) & (longIndexes ? 0x7fff : 0x7f))
    at += count * step
  }
  return []
}
