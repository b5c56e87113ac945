/** Opus in Ogg (RFC 7845, RFC 3533): peaks of its packets. The decoder is WebAssembly, which can reach nothing but its own memory. */
import { OpusDecoder } from 'opus-decoder'
import { Damaged } from '../damaged.js'
import type { ByteSource } from '../types.js'
import { latin1, u16le, u32le, Window } from '../window.js'

/** A voice note of two hours; what is longer has no waveform. */
const READ_BYTES = 32 * 1024 * 1024
/** Of longer notes not every packet is decoded: so many, evenly. */
const DECODED = 15_000
const PACKETS = 1_000_000
const PACKET_BYTES = 64 * 1024

/** The peak of each packet, or of each so many-th, 0 to 1. @throws Damaged when it is no Opus for one or two ears */
export async function loudnessOfOpus (source: ByteSource): Promise<number[]> {
  if (source.size > READ_BYTES) throw new Damaged('it is too long')
  const [head, _tags, ...packets] = await packetsOf(new Window(source, 2 * READ_BYTES))
  if (head === undefined || latin1(head, 0, 8) !== 'OpusHead' || head.length < 19 || head[18] !== 0) throw new Damaged('it is no plain Opus')
  const decoder = new OpusDecoder({ channels: head[9] === 2 ? 2 : 1, preSkip: u16le(head, 10), sampleRate: 8000 })
  await decoder.ready
  try {
    const step = Math.ceil(packets.length / DECODED)
    const out: number[] = []
    for (let i = 0; i < packets.length; i += step) {
      const { channelData: [samples = new Float32Array(0)] } = decoder.decodeFrame(packets[i] ?? new Uint8Array(0))
      out.push(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0))
    }
    return out
  } finally {
    decoder.free()
  }
}

/** All packets of the first stream. */
async function packetsOf (file: Window): Promise<Uint8Array[]> {
  const out: Uint8Array[] = []
  let serial: number | undefined
  let begun: Uint8Array[] = []
  for (let at = 0; at + 27 <= file.size;) {
    const head = await file.bytes(at, 27)
    if (latin1(head, 0, 4) !== 'OggS') throw new Damaged('one of its pages has no head')
    const mine = (serial ??= u32le(head, 14)) === u32le(head, 14)
    const laces = (await file.bytes(at + 27, head[26] ?? 0)).slice()
    let place = at + 27 + laces.length
    let length = 0
    for (const lace of laces) {
      length += lace
      if (lace === 255) continue
      if (mine) { out.push(await packet(file, begun, place, length)); begun = [] }
      place += length
      length = 0
      if (out.length > PACKETS) throw new Damaged('it has too many packets')
    }
    if (mine && length > 0) begun.push((await file.bytes(place, length)).slice())
    at = place + length
  }
  return out
}

async function packet (file: Window, begun: readonly Uint8Array[], at: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.concat([...begun, await file.bytes(at, length)])
  if (bytes.length > PACKET_BYTES) throw new Damaged('one of its packets is too large')
  return bytes
}
