/** A thumbnail from somebody else: untrusted bytes that a program is about to decode. */
import { LIMITS } from '../../protocol/wire/limits.js'
import type { Thumb } from './types.js'
import { latin1, u16, u32, u16le, u32le } from './window.js'

/** A thumbnail has no reason to be larger. Its decoded size is what a small file can hide. */
const MAX_PIXELS = 640

type Size = readonly [width: number, height: number]

/**
 * The thumbnail with the type and size that its own header tells, or null where it is no picture of a known form,
 * too many bytes, or says that it decodes to more than a thumbnail. Only the header is looked at, nothing is decoded.
 */
export function checkThumb (thumb: Pick<Thumb, 'bytes'>): Thumb | null {
  const { bytes } = thumb
  if (bytes.length === 0 || bytes.length > LIMITS.thumbBytes) return null
  const found = ofJpeg(bytes) ?? ofPng(bytes) ?? ofWebp(bytes)
  if (found === undefined) return null
  const { type, size: [width, height] } = found
  if (width < 1 || height < 1 || width > MAX_PIXELS || height > MAX_PIXELS) return null
  return { bytes, type, width, height }
}

interface Found { readonly type: string, readonly size: Size }

function ofJpeg (bytes: Uint8Array): Found | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined
  let size: Size | undefined
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff || marker === 0xd8) return undefined
    if (marker === 0xd9) break
    const end = at + 2 + u16(bytes, at + 2)
    if (marker >= 0xc0 && marker <= 0xcf && !TABLES.has(marker)) {
      // A second frame would say another size to another reader; forms that nobody uses are not decoded.
      if (size !== undefined || !FRAMES.has(marker)) return undefined
      size = [u16(bytes, at + 7), u16(bytes, at + 5)]
    }
    at = marker === 0xda ? codedEnd(bytes, end) : end
  }
  return size === undefined ? undefined : { type: 'image/jpeg', size }
}

/** Baseline and progressive. */
const FRAMES = new Set([0xc0, 0xc2])
const TABLES = new Set([0xc4, 0xcc])

function codedEnd (bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from)
  while (at >= 0) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at
    at = bytes.indexOf(0xff, at + 1)
  }
  return bytes.length
}

function ofPng (bytes: Uint8Array): Found | undefined {
  if (bytes.length < 33 || u32(bytes, 0) !== 0x89504e47 || latin1(bytes, 12, 16) !== 'IHDR') return undefined
  return { type: 'image/png', size: [u32(bytes, 16), u32(bytes, 20)] }
}

function ofWebp (bytes: Uint8Array): Found | undefined {
  if (bytes.length < 30 || latin1(bytes, 0, 4) !== 'RIFF' || latin1(bytes, 8, 12) !== 'WEBP') return undefined
  const name = latin1(bytes, 12, 16)
  if (name === 'VP8 ') return { type: 'image/webp', size: [u16le(bytes, 26) & 0x3fff, u16le(bytes, 28) & 0x3fff] }
  // The extended form may say one size for the canvas and another for the picture in it.
  return name === 'VP8L' ? { type: 'image/webp', size: [1 + (u32le(bytes, 21) & 0x3fff), 1 + ((u32le(bytes, 21) >>> 14) & 0x3fff)] } : undefined
}
