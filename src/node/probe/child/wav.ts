/** WAV: peaks of PCM samples, read here and there. */
import { Damaged } from '../damaged.js'
import type { ByteSource } from '../types.js'
import { latin1, u16le, u32le, Window } from '../window.js'

const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe
/** Of each part at most so much is read. */
const PART_BYTES = 64 * 1024
const CHUNKS = 1000

interface Sound { readonly start: number, readonly end: number, readonly frame: number, readonly bytes: number, readonly float: boolean }

/** The peak of each of `parts` equal parts, 0 to 1. @throws Damaged when there are no samples of a known form */
export async function loudnessOfWav (source: ByteSource, parts: number): Promise<number[]> {
  const file = new Window(source, 2 * parts * PART_BYTES + 1024 * 1024)
  const sound = await soundOf(file)
  const frames = Math.floor((sound.end - sound.start) / sound.frame)
  const out: number[] = []
  for (let i = 0; i < Math.min(parts, frames); i++) {
    const count = Math.min(parts, frames)
    const from = sound.start + Math.floor(i * frames / count) * sound.frame
    const to = sound.start + Math.floor((i + 1) * frames / count) * sound.frame
    out.push(peak(await file.bytes(from, Math.min(to - from, PART_BYTES - PART_BYTES % sound.frame)), sound))
  }
  return out
}

async function soundOf (file: Window): Promise<Sound> {
  let format: Omit<Sound, 'start' | 'end'> | undefined
  let at = 12
  for (let n = 0; at + 8 <= file.size && n < CHUNKS; n++) {
    const head = await file.bytes(at, 8)
    const name = latin1(head, 0, 4)
    const end = Math.min(file.size, at + 8 + u32le(head, 4))
    if (name === 'fmt ' && end - at >= 24) format = formOf(await file.bytes(at + 8, end - at - 8))
    if (name === 'data' && format !== undefined) return { ...format, start: at + 8, end }
    at = end + (end - at) % 2
  }
  throw new Damaged('there are no samples in it')
}

function formOf (body: Uint8Array): Omit<Sound, 'start' | 'end'> {
  const tag = u16le(body, 0) === EXTENSIBLE && body.length >= 26 ? u16le(body, 24) : u16le(body, 0)
  const frame = u16le(body, 12)
  const bytes = u16le(body, 14) / 8
  if (!((tag === PCM && [1, 2, 3, 4].includes(bytes)) || (tag === FLOAT && bytes === 4)) || frame < bytes || frame > 256) throw new Damaged('its samples have an unknown form')
  return { frame, bytes, float: tag === FLOAT }
}

/** Of the first channel. */
function peak (part: Uint8Array, { frame, bytes, float }: Sound): number {
  const view = new DataView(part.buffer, part.byteOffset, part.length)
  let most = 0
  for (let at = 0; at + bytes <= part.length; at += frame) most = Math.max(most, Math.abs(float ? view.getFloat32(at, true) : sample(view, at, bytes)))
  return Number.isFinite(most) ? most : 0
}

function sample (view: DataView, at: number, bytes: number): number {
  switch (bytes) {
    case 1: return (view.getUint8(at) - 128) / 128
    case 2: return view.getInt16(at, true) / 0x8000
    case 3: return view.getInt16(at + 1, true) / 0x8000
    default: return view.getInt32(at, true) / 0x80000000
  }
}
