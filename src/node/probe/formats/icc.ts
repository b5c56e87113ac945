/**
 * Colour profiles (ICC.1:2022): what colours need stays, and what tells of a maker, a model, a day or a person goes.
 * Without a profile the photos of many telephones would show wrong colours.
 */
import { be32, latin1, u32 } from '../window.js'

const HEADER = 128
const TAGS = 128
const ENTRY = 12

/** The tags that colours are computed from. */
const NEEDED = new Set([
  'rXYZ', 'gXYZ', 'bXYZ', 'wtpt', 'bkpt', 'rTRC', 'gTRC', 'bTRC', 'kTRC', 'chad', 'cicp', 'gamt',
  'A2B0', 'A2B1', 'A2B2', 'B2A0', 'B2A1', 'B2A2'
])

/** In the header: preferred module, day, maker, model, attributes' owner, creator, id. */
const TELLING: readonly (readonly [number, number])[] = [[4, 8], [24, 36], [48, 56], [80, 100]]

type Tag = readonly [name: string, start: number, length: number]

/** The profile with nothing in it but colours; undefined where it is none. */
export function cleanProfile (profile: Uint8Array): Uint8Array | undefined {
  if (profile.length < HEADER + 4 || latin1(profile, 36, 40) !== 'acsp') return undefined
  const count = u32(profile, HEADER)
  if (count > TAGS || HEADER + 4 + count * ENTRY > profile.length) return undefined
  const tags: Tag[] = []
  for (let i = 0; i < count; i++) {
    const entry = HEADER + 4 + i * ENTRY
    const name = latin1(profile, entry, entry + 4)
    const start = u32(profile, entry + 4)
    const length = u32(profile, entry + 8)
    if (start < HEADER || start + length > profile.length) return undefined
    if (NEEDED.has(name)) tags.push([name, start, length])
  }
  return tags.length === 0 ? undefined : assembled(profile, tags)
}

function assembled (profile: Uint8Array, tags: readonly Tag[]): Uint8Array {
  const version4 = (profile[8] ?? 0) >= 4
  const bodies = new Map<string, Uint8Array>(tags.map(([name, start, length]) => [name, profile.subarray(start, start + length)]))
  // A profile must name itself and its rights; readers may insist.
  bodies.set('desc', version4 ? unicode('RGB') : description('RGB'))
  bodies.set('cprt', version4 ? unicode('none') : plain('none'))
  let size = HEADER + 4 + bodies.size * ENTRY
  const placed: { name: string, body: Uint8Array, at: number }[] = []
  const seen = new Map<string, number>()
  for (const [name, body] of bodies) {
    // Tags may share their data: red, green and blue often have one curve.
    const key = `${body.byteOffset}:${body.length}`
    const shared = body.buffer === profile.buffer ? seen.get(key) : undefined
    placed.push({ name, body, at: shared ?? size })
    if (shared !== undefined) continue
    if (body.buffer === profile.buffer) seen.set(key, size)
    size += Math.ceil(body.length / 4) * 4
  }
  const out = new Uint8Array(size)
  out.set(profile.subarray(0, HEADER))
  for (const [from, to] of TELLING) out.fill(0, from, to)
  out.set(be32(size), 0)
  out.set(be32(placed.length), HEADER)
  placed.forEach(({ name, body, at }, i) => {
    const entry = HEADER + 4 + i * ENTRY
    out.set(ascii(name), entry)
    out.set(be32(at), entry + 4)
    out.set(be32(body.length), entry + 8)
    out.set(body, at)
  })
  return out
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))

/** textDescriptionType of version 2: the text, and empty places for two more scripts. */
function description (text: string): Uint8Array {
  const out = new Uint8Array(12 + text.length + 1 + 78)
  out.set(ascii('desc'))
  out.set(be32(text.length + 1), 8)
  out.set(ascii(text), 12)
  return out
}

function plain (text: string): Uint8Array {
  const out = new Uint8Array(8 + text.length + 1)
  out.set(ascii('text'))
  out.set(ascii(text), 8)
  return out
}

/** multiLocalizedUnicodeType with one record. */
function unicode (text: string): Uint8Array {
  const out = new Uint8Array(28 + text.length * 2)
  out.set(ascii('mluc'))
  out.set(be32(1), 8)
  out.set(be32(12), 12)
  out.set(ascii('enUS'), 16)
  out.set(be32(text.length * 2), 20)
  out.set(be32(28), 24)
  ascii(text).forEach((code, i) => { out[28 + i * 2 + 1] = code })
  return out
}
