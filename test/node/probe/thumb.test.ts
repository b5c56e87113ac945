import assert from 'node:assert/strict'
import sharp, { type Sharp } from 'sharp'
import { checkThumb } from '../../../src/node/probe/index.js'
import { mediaFileView } from '../../../src/node/chats/index.js'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import { bomb } from './files.js'

const picture = (width: number, height: number): Sharp => sharp({ create: { width, height, channels: 3, background: '#345' } })

describe('a thumbnail that somebody else made', () => {
  it('is handed on only if it is one, with the size that it really has', async () => {
    const { root, key, sha256 } = { root: new Uint8Array(36).fill(1), key: new Uint8Array(32), sha256: new Uint8Array(32) }
    const view = (bytes: Uint8Array) => mediaFileView({ as: 'photo', file: { root, key, sha256, size: 1, at: [], thumb: { bytes, type: 'text/html', width: 9, height: 9 } } }).thumb
    const jpeg = await picture(320, 200).jpeg().toBuffer()
    assert.deepEqual(view(jpeg), { type: 'image/jpeg', width: 320, height: 200, bytes: jpeg.toString('base64') })
    assert.equal(view(Buffer.from('<script>')), null)
    assert.equal(view(bomb(60_000, 60_000)), null)
  })

  it('may be a JPEG of either kind, a PNG or a simple WebP', async () => {
    const forms = [picture(30, 20).jpeg(), picture(30, 20).jpeg({ progressive: true }), picture(30, 20).png(), picture(30, 20).webp(), picture(30, 20).webp({ lossless: true })]
    for (const form of forms) {
      const bytes = await form.toBuffer()
      const found = checkThumb({ bytes })
      assert.deepEqual([found?.width, found?.height], [30, 20])
    }
  })

  it('may not be large, by bytes or by pixels, nor say two sizes', async () => {
    assert.equal(checkThumb({ bytes: new Uint8Array(LIMITS.thumbBytes + 1) }), null)
    for (const bytes of [await picture(2000, 2).jpeg().toBuffer(), await picture(641, 1).png().toBuffer(), await picture(900, 900).webp().toBuffer()]) assert.equal(checkThumb({ bytes }), null)
    const small = await picture(10, 10).jpeg().toBuffer()
    const frame = small.indexOf(Buffer.from([0xff, 0xc0]))
    const twice = Buffer.concat([small.subarray(0, frame), small.subarray(frame, frame + 19), small.subarray(frame)])
    twice.writeUInt16BE(60_000, frame + 19 + 5)
    assert.equal(checkThumb({ bytes: twice }), null)
    assert.equal(checkThumb({ bytes: await picture(10, 10).webp().withExif({ IFD0: { Make: 'x' } }).toBuffer() }), null, 'a canvas and a picture may differ')
  })

  it('may be cut anywhere: it is one, or none, and nothing else happens', async () => {
    for (const form of [picture(30, 20).jpeg(), picture(30, 20).png(), picture(30, 20).webp()]) {
      const bytes = await form.toBuffer()
      for (let end = 0; end < bytes.length; end++) {
        const found = checkThumb({ bytes: bytes.subarray(0, end) })
        assert.ok(found === null || (found.width === 30 && found.height === 20))
      }
    }
  })
})
