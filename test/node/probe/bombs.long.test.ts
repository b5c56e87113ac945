import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import sharp, { type Sharp } from 'sharp'
import { createProber } from '../../../src/node/probe/index.js'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import { bomb, sourceOf } from './files.js'

const plain = (width: number, height: number): Sharp => sharp({ create: { width, height, channels: 3, background: '#777' }, limitInputPixels: false })

/** A progressive JPEG, held as a whole by decoders, behind a first frame that says it is baseline and may be decoded. */
async function liar (): Promise<Buffer> {
  const heavy = await plain(9000, 7000).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer()
  const frame = heavy.indexOf(Buffer.from([0xff, 0xc2]))
  const lie = Buffer.from(heavy.subarray(frame, frame + 19))
  lie[1] = 0xc0
  return Buffer.concat([heavy.subarray(0, frame), lie, heavy.subarray(frame)])
}

const BOMBS: Readonly<Record<string, () => Promise<Buffer>>> = {
  'a progressive JPEG of 63 million pixels': async () => await plain(9000, 7000).jpeg({ progressive: true }).toBuffer(),
  'a progressive JPEG that says it is none': liar,
  'a PNG of 196 million pixels': async () => bomb(14_000, 14_000),
  'an interlaced PNG': async () => await plain(8000, 8000).png({ progressive: true }).toBuffer(),
  'a lossless WebP': async () => await plain(8_000, 8_000).webp({ lossless: true, effort: 0 }).toBuffer(),
  'a GIF': async () => await plain(6_000, 6_000).gif({ effort: 1 }).toBuffer(),
  'the largest JPEG that is decoded': async () => await plain(14_000, 14_000).jpeg().toBuffer(),
  'the largest interlaced PNG that is decoded': async () => await plain(3800, 3800).png({ progressive: true }).toBuffer(),
  'the largest lossless WebP that is decoded': async () => await plain(3900, 3900).webp({ lossless: true, effort: 0 }).toBuffer()
}

describe('bombs of images', () => {
  before(function () { if (process.platform !== 'linux') this.skip() })

  for (const [name, make] of Object.entries(BOMBS)) {
    it(`take no more memory than stated: ${name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'petrel-bomb-'))
      const seen = join(folder, 'peak')
      const first = join(folder, 'first.mjs')
      writeFileSync(first, `import { readFileSync, writeFileSync } from 'node:fs'
        process.on('exit', () => writeFileSync(${JSON.stringify(seen)}, /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]))
        process.on('message', message => { if (message.job?.size === 1) process.exit() })`)
      const prober = createProber({ nodeArguments: ['--import', pathToFileURL(first).href] })
      try {
        const file = await make()
        const { notes, thumb } = await prober.probe(sourceOf(file), {})
        // A file of one byte is never looked at: this ends the child in good order.
        await prober.smallerThumb({ bytes: new Uint8Array(1), type: '', width: 1, height: 1 }, 1, {})
        const peak = Number(readFileSync(seen, 'utf8')) * 1024
        console.log(`      ${file.length} bytes, ${thumb === undefined ? notes.join() : 'preview'}, ${Math.round(peak / 1e6)} MB`)
        assert.ok(peak < LIMITS.lookerBytes + 10_000_000)
      } finally {
        await prober.close()
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
})
