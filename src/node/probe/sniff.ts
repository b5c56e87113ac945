/** What a file is, by its first bytes: names and claims of a sender tell what they want to. */
import type { Kind } from './types.js'
import { latin1, u32 } from './window.js'

/** What the first bytes say. */
export interface Sniffed {
  /** A media type; undefined where the bytes say nothing. */
  readonly type: string | undefined
  readonly kind: Kind
  /** Whether a {@link Prober} would find out more: without it the file can go as it is. */
  readonly probe: boolean
}

/** So many bytes from the start are enough. */
export const SNIFF_BYTES = 4096

type Rule = readonly [type: string, kind: Kind, test: (head: Uint8Array) => boolean]

const at = (offset: number, ...bytes: number[]) => (head: Uint8Array): boolean => bytes.every((byte, i) => head[offset + i] === byte)
const text = (offset: number, word: string) => (head: Uint8Array): boolean => head.length >= offset + word.length && latin1(head, offset, offset + word.length) === word
const riff = (form: string) => (head: Uint8Array): boolean => text(0, 'RIFF')(head) && text(8, form)(head)
const contains = (word: string) => (head: Uint8Array): boolean => latin1(head.subarray(0, 512)).includes(word)

const RULES: readonly Rule[] = [
  ['image/jpeg', 'image', at(0, 0xff, 0xd8, 0xff)],
  ['image/png', 'image', at(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
  ['image/gif', 'image', head => text(0, 'GIF87a')(head) || text(0, 'GIF89a')(head)],
  ['image/webp', 'image', riff('WEBP')],
  ['image/tiff', 'image', head => at(0, 0x49, 0x49, 0x2a, 0)(head) || at(0, 0x4d, 0x4d, 0, 0x2a)(head)],
  ['image/jxl', 'image', head => at(0, 0xff, 0x0a)(head) || at(0, 0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20)(head)],
  ['audio/wav', 'audio', riff('WAVE')],
  ['video/x-msvideo', 'video', riff('AVI ')],
  ['audio/flac', 'audio', text(0, 'fLaC')],
  ['audio/ogg', 'audio', head => text(0, 'OggS')(head) && (contains('OpusHead')(head) || contains('\u0001vorbis')(head) || contains('Speex ')(head) || contains('\u007fFLAC')(head))],
  ['video/ogg', 'video', text(0, 'OggS')],
  ['video/webm', 'video', head => at(0, 0x1a, 0x45, 0xdf, 0xa3)(head) && contains('webm')(head)],
  ['video/x-matroska', 'video', at(0, 0x1a, 0x45, 0xdf, 0xa3)],
  ['audio/aiff', 'audio', head => text(0, 'FORM')(head) && (text(8, 'AIFF')(head) || text(8, 'AIFC')(head))],
  ['audio/mpeg', 'audio', head => text(0, 'ID3')(head) || isMpegAudio(head)],
  ['audio/aac', 'audio', head => at(0, 0xff)(head) && ((head[1] ?? 0) & 0xf6) === 0xf0],
  ['application/pdf', 'other', text(0, '%PDF-')],
  ['application/zip', 'other', at(0, 0x50, 0x4b, 3, 4)],
  ['application/gzip', 'other', at(0, 0x1f, 0x8b, 8)]
]

/** What of these a look inside finds nothing in. */
const PLAIN = new Set(['application/pdf', 'application/zip', 'application/gzip'])

/** By the first bytes ({@link SNIFF_BYTES}, or all there are). Never throws. */
export function sniff (head: Uint8Array): Sniffed {
  const boxes = ofBoxes(head)
  if (boxes !== undefined) return boxes
  const rule = RULES.find(([, , test]) => test(head))
  if (rule === undefined) return { type: undefined, kind: 'other', probe: false }
  const [type, kind] = rule
  return { type, kind, probe: !PLAIN.has(type) }
}

const HEIC = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'])

/** Files of ISO boxes (MP4 and its family) say in their first box what they are. */
function ofBoxes (head: Uint8Array): Sniffed | undefined {
  if (head.length < 12) return undefined
  const name = latin1(head, 4, 8)
  // QuickTime of old has no first box of brands.
  if (name === 'moov' || name === 'mdat' || name === 'wide') return { type: 'video/quicktime', kind: 'video', probe: true }
  if (name !== 'ftyp') return undefined
  const end = Math.min(head.length, u32(head, 0), 256)
  const brands = [latin1(head, 8, 12)]
  for (let i = 16; i + 4 <= end; i += 4) brands.push(latin1(head, i, i + 4))
  const [major = ''] = brands
  if (brands.includes('avif') || brands.includes('avis')) return { type: 'image/avif', kind: 'image', probe: true }
  if (HEIC.has(major)) return { type: 'image/heic', kind: 'image', probe: true }
  if (/^M4[AB]/.test(major)) return { type: 'audio/mp4', kind: 'audio', probe: true }
  if (major === 'qt  ') return { type: 'video/quicktime', kind: 'video', probe: true }
  if (major.startsWith('3g')) return { type: 'video/3gpp', kind: 'video', probe: true }
  return { type: 'video/mp4', kind: 'video', probe: true }
}

/** A frame header of MPEG audio, layer I to III, none of its fields at a value that is not allowed. */
function isMpegAudio (head: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = head
  const layer = (second >> 1) & 3
  return first === 0xff && (second & 0xe0) === 0xe0 && ((second >> 3) & 3) !== 1 && layer !== 0 && (third >> 4) !== 15 && (third >> 4) !== 0 && ((third >> 2) & 3) !== 3
}
