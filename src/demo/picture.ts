/** A picture for the demo, made here so that nobody's photo is needed: a sunset with some grain. */
import { deflateSync } from 'node:zlib'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** The check sum of PNG's chunks. ISO/IEC 15948 annex D. */
function crc32 (bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

function chunk (type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A PNG of three bytes a pixel. The grain makes it large enough for several chunks, and the same every time. */
export function sunset (width: number, height: number): Buffer {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  let grain = 0x2545f491
  for (let y = 0, at = 0; y < height; y++) {
    at++
    for (let x = 0; x < width; x++) {
      const sun = (x - width / 2) ** 2 + (y - height * 0.6) ** 2 < (height / 6) ** 2 ? 90 : 0
      for (const [top, bottom] of [[40, 250], [30, 120], [90, 60]] as const) {
        // xorshift, Marsaglia 2003.
        grain ^= grain << 13; grain ^= grain >>> 17; grain ^= grain << 5
        rows[at++] = Math.max(0, Math.min(255, top + (bottom - top) * y / height + sun + (grain & 15)))
      }
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', new Uint8Array())])
}
