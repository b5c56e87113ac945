/** Films and sounds made by hand, byte by byte. */

/** A box of an MP4 file. */
export function box (name: string, ...body: Uint8Array[]): Buffer {
  const content = Buffer.concat(body)
  return Buffer.concat([u32(content.length + 8), Buffer.from(name, 'latin1'), content])
}

/** A number in four bytes, most significant first. */
export function u32 (...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => out.writeUInt32BE(value >>> 0, i * 4))
  return out
}

const full = (name: string, ...body: Uint8Array[]): Buffer => box(name, u32(0), ...body)
/** 1 March 2026, in seconds since 1904. */
export const DAY = 3_855_168_300

const handler = (kind: string): Buffer => full('hdlr', u32(0), Buffer.from(kind), Buffer.alloc(12), Buffer.from('Petrelcam\0'))
const UPRIGHT = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
const TURNED = [0, 0x10000, 0, 0xffff0000, 0, 0, 0, 0, 0x40000000]

function track (kind: string, { offset, samples, turned = false }: { offset: number, samples: number[], turned?: boolean }): Buffer {
  const tkhd = full('tkhd', u32(DAY, DAY, 1, 0, 5000, 0, 0, 0, 0), u32(...(turned ? TURNED : UPRIGHT)), u32(1920 * 0x10000, 1080 * 0x10000))
  const stbl = box('stbl', full('stsd', u32(0)), full('stsz', u32(0, samples.length, ...samples)), full('stsc', u32(1, 1, samples.length, 1)), full('stco', u32(1, offset)))
  const mdia = box('mdia', full('mdhd', u32(DAY, DAY, 1000, 5000, 0)), handler(kind), box('minf', stbl))
  return box('trak', tkhd, mdia, box('udta', box('name', Buffer.from('Ada Lovelace'))))
}

/** What plays in {@link film}. */
export const PICTURES = Buffer.from('these are the pictures and the sound')
const POSITIONS = Buffer.from('secret lane 7, then secret lane 7 again')

/** A film of five seconds, on its side, that tells where and when it was made: in boxes, in its times and in a track of positions. */
export function film ({ brand = 'mp42', pictures = true }: { brand?: string, pictures?: boolean } = {}): Buffer {
  const ftyp = box('ftyp', Buffer.from(brand), u32(0), Buffer.from('isom'))
  const mdat = box('mdat', PICTURES, POSITIONS)
  const offset = ftyp.length + 8
  const moov = box('moov',
    full('mvhd', u32(DAY, DAY, 1000, 5000, 0x10000), Buffer.alloc(76)),
    ...(pictures ? [track('vide', { offset, samples: [PICTURES.length], turned: true })] : [track('soun', { offset, samples: [PICTURES.length] })]),
    track('meta', { offset: offset + PICTURES.length, samples: [20, POSITIONS.length - 20] }),
    box('udta', box('\u00a9xyz', Buffer.from('+51.5072-000.1276/ secret lane 7'))),
    full('meta', handler('mdta'), box('keys', Buffer.from('com.apple.quicktime.make Petrelcam'))),
    box('uuid', Buffer.from('Ada Lovelace')))
  return Buffer.concat([ftyp, mdat, box('free', Buffer.from('secret lane 7')), moov, box('uuid', Buffer.from('secret lane 7'))])
}

/** An element of Matroska. */
function element (id: number, ...body: Uint8Array[]): Buffer {
  const content = Buffer.concat(body)
  const name = Buffer.from(id.toString(16).padStart(id.toString(16).length + id.toString(16).length % 2, '0'), 'hex')
  return Buffer.concat([name, Buffer.from([0x10 | (content.length >>> 24), content.length >>> 16, content.length >>> 8, content.length]), content])
}

const float = (value: number): Buffer => { const out = Buffer.alloc(8); out.writeDoubleBE(value); return out }

/** A WebM film of two seconds that tells its title, its day, its maker and more in its tags. `live`: made while it ran, without lengths. */
export function webm ({ live = false }: { live?: boolean } = {}): Buffer {
  const head = element(0x1a45dfa3, element(0x4282, Buffer.from('webm')))
  const info = element(0x1549a966, element(0x2ad7b1, Buffer.from([0x0f, 0x42, 0x40])), ...(live ? [] : [element(0x4489, float(2000))]),
    element(0x4461, Buffer.alloc(8, 7)), element(0x7ba9, Buffer.from('secret lane 7')), element(0x4d80, Buffer.from('Petrelcam')), element(0x5741, Buffer.from('Petrelcam')))
  const video = element(0xe0, element(0xb0, Buffer.from([2, 0x80])), element(0xba, Buffer.from([1, 0x68])))
  const tracks = element(0x1654ae6b, element(0xae, element(0xd7, Buffer.from([1])), element(0x83, Buffer.from([1])), video))
  const cluster = Buffer.concat([element(0xe7, Buffer.from([7, 0xd0])), element(0xa3, PICTURES)])
  const tags = element(0x1254c367, Buffer.from('Ada Lovelace at secret lane 7'))
  if (live) return Buffer.concat([head, Buffer.from([0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255]), info, tracks, Buffer.from([0x1f, 0x43, 0xb6, 0x75, 255]), cluster, tags])
  return Buffer.concat([head, element(0x18538067, info, tracks, element(0x1f43b675, cluster), tags)])
}

/** A WAV file: one second of silence, then one second of a loud tone, at 8 kHz. */
export function wav (): Buffer {
  const samples = Buffer.alloc(32_000)
  for (let i = 8000; i < 16_000; i++) samples.writeInt16LE(Math.round(Math.sin(i) * 30_000), i * 2)
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(8000, 4)
  format.writeUInt32LE(16_000, 8)
  format.writeUInt16LE(2, 12)
  format.writeUInt16LE(16, 14)
  const part = (name: string, body: Buffer): Buffer => { const head = Buffer.alloc(8); head.write(name); head.writeUInt32LE(body.length, 4); return Buffer.concat([head, body]) }
  return part('RIFF', Buffer.concat([Buffer.from('WAVE'), part('fmt ', format), part('data', samples)]))
}

/** A voice note: packets of Opus, 20 ms each, in pages of Ogg. */
export function opus (packets: readonly Buffer[]): Buffer {
  const head = Buffer.from('OpusHead\u0001\u0001\0\0\0\0\0\0\0\0\0', 'latin1')
  head.writeUInt32LE(48_000, 12)
  const tags = Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1')
  const pages = [page([head], 0, 2), page([tags], 0, 0)]
  for (let i = 0; i < packets.length; i += 50) {
    const some = packets.slice(i, i + 50)
    pages.push(page(some, (i + some.length) * 960, i + 50 >= packets.length ? 4 : 0))
  }
  return Buffer.concat(pages.map((made, i) => { made.writeUInt32LE(i, 18); made.writeUInt32LE(checksum(made), 22); return made }))
}

function page (packets: readonly Buffer[], granule: number, flags: number): Buffer {
  const laces = packets.flatMap(({ length }) => [...Array.from({ length: Math.floor(length / 255) }, () => 255), length % 255])
  const head = Buffer.alloc(27)
  head.write('OggS')
  head[5] = flags
  head.writeBigUInt64LE(BigInt(granule), 6)
  head.writeUInt32LE(7, 14)
  head[26] = laces.length
  return Buffer.concat([head, Buffer.from(laces), ...packets])
}

function checksum (bytes: Buffer): number {
  let sum = 0
  for (const byte of bytes) {
    sum ^= byte << 24
    for (let i = 0; i < 8; i++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1
  }
  return sum >>> 0
}

/** A packet of silence, and one of noise: whatever bits a coder of this kind reads, it plays something. */
export const SILENCE = Buffer.from([0xf8, 0xff, 0xfe])
export const NOISE = Buffer.from([0xf8, ...Array.from({ length: 120 }, (_, i) => (i * 73 + 41) & 255)])

/** MPEG audio, layer III: frames of silence, 26 ms each. */
export function mp3 (frames: number): Buffer {
  const frame = Buffer.alloc(417)
  frame.set([0xff, 0xfb, 0x90, 0x00])
  return Buffer.concat(Array.from({ length: frames }, () => frame))
}
