/** Files made by code, small ones, for tests of what files tell. */
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import type { ByteSource } from '../../../src/node/probe/index.js'

/** Bytes as a source, which also says what was read of it. */
export function sourceOf (bytes: Uint8Array): ByteSource & { readonly reads: [number, number][] } {
  const reads: [number, number][] = []
  return { size: bytes.length, reads, read: async (start, end) => { reads.push([start, end]); return bytes.subarray(start, end) } }
}

/** All of a source. */
export async function all (source: ByteSource): Promise<Buffer> { return Buffer.from(await source.read(0, source.size, {})) }

/** Words that must be in no cleaned file. */
export const SECRETS = ['Petrelcam', 'secret lane 7', 'Ada Lovelace', '2026:03:01 14:05']
/** 51° 30' 26" north, as EXIF has it: three fractions. */
const LATITUDE = '51/1 30/1 26/1'

/** A picture with edges and colours, turned as EXIF `orientation` says, that tells where, when, with what and by whom. */
export function telling (options: { width?: number, height?: number, orientation?: number } = {}): Sharp {
  const { width = 640, height = 480, orientation } = options
  const left = { input: { create: { width: Math.floor(width / 2), height: Math.floor(height / 2), channels: 3 as const, background: '#d02020' } }, left: 0, top: 0 }
  return sharp({ create: { width, height, channels: 3, background: '#2040c0' } })
    .composite([left])
    .withExif({
      IFD0: { Make: 'Petrelcam', Artist: 'Ada Lovelace', DateTime: '2026:03:01 14:05:00', ImageDescription: 'secret lane 7' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: LATITUDE, GPSLongitudeRef: 'W', GPSLongitude: '0/1 7/1 39/1' }
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description about="secret lane 7"/></rdf:RDF></x:xmpmeta>')
    .withIccProfile('p3')
    .withMetadata(orientation === undefined ? {} : { orientation })
}

/** The three words of a GPS position as they stand in a file, either byte order. */
function hasPosition (bytes: Uint8Array): boolean {
  const at = (write: (buffer: Buffer, value: number, offset: number) => unknown): Buffer => {
    const out = Buffer.alloc(24)
    for (const [i, value] of [51, 1, 30, 1, 26, 1].entries()) write(out, value, i * 4)
    return out
  }
  const file = Buffer.from(bytes)
  return file.includes(at((b, v, o) => b.writeUInt32LE(v, o))) || file.includes(at((b, v, o) => b.writeUInt32BE(v, o)))
}

/** Which of the {@link SECRETS} stand in a file. */
export function secretsIn (bytes: Uint8Array): string[] {
  const file = Buffer.from(bytes)
  return [...SECRETS.filter(word => file.includes(word)), ...(hasPosition(bytes) ? ['position'] : [])]
}

/** A PNG of one colour that is tiny as a file and says that it is enormous: a bomb. Its data is right, as far as it goes. */
export function bomb (width: number, height: number): Buffer {
  const data = deflateSync(Buffer.alloc((1 + Math.ceil(Math.min(width, 60_000) / 8)) * Math.min(height, 1000)), { level: 9 })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([1, 0, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

/** A PNG chunk. */
export function chunk (name: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body])
  const out = Buffer.alloc(named.length + 8)
  out.writeUInt32BE(body.length, 0)
  out.set(named, 4)
  out.writeUInt32BE(crc32(named), named.length + 4)
  return out
}
