import assert from 'node:assert/strict'
import sharp, { type Sharp } from 'sharp'
import { checkThumb, createProber, type Prober } from '../../../src/node/probe/index.js'
import { BadInputError, LIMITS } from '../../../src/protocol/wire/index.js'
import { all, bomb, chunk, secretsIn, SECRETS, sourceOf, telling } from './files.js'

const FORMS: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  JPEG: picture => picture.jpeg(),
  'progressive JPEG': picture => picture.jpeg({ progressive: true }),
  PNG: picture => picture.png(),
  WebP: picture => picture.webp(),
  'lossless WebP': picture => picture.webp({ lossless: true })
}

describe('photos that are sent', () => {
  let prober: Prober
  before(() => { prober = createProber() })
  after(async () => { await prober.close() })

  const pixels = async (file: Uint8Array): Promise<Buffer> => await sharp(file).raw().toBuffer()

  for (const [form, make] of Object.entries(FORMS)) {
    it(`lose place, time, camera and names (${form}), and not one pixel, nor their turn and colours`, async () => {
      const file = await make(telling({ orientation: 6 })).toBuffer()
      assert.deepEqual(secretsIn(file), [...SECRETS, 'position'], 'the fixture tells nothing')
      const probed = await prober.probe(sourceOf(file), {})
      const clean = await all(probed.stripped!)
      assert.deepEqual(secretsIn(clean), [])
      assert.deepEqual(await pixels(clean), await pixels(file))
      const { orientation, icc, xmp, iptc, comments } = await sharp(clean).metadata()
      assert.deepEqual({ orientation, xmp, iptc, comments }, { orientation: 6, xmp: undefined, iptc: undefined, comments: undefined })
      assert.ok(icc !== undefined, 'the colours of the profile are lost')
      const again = await prober.probe(sourceOf(clean), {})
      assert.equal(again.stripped, undefined, 'what is clean was cleaned again')
    })
  }

  it('tell size and turn as they are shown, and come with a preview that is upright', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const file = await telling({ orientation }).jpeg().toBuffer()
      const { as, type, width, height, thumb, notes } = await prober.probe(sourceOf(file), {})
      assert.deepEqual({ as, type, width, height, notes }, { as: 'photo', type: 'image/jpeg', width: orientation < 5 ? 640 : 480, height: orientation < 5 ? 480 : 640, notes: [] })
      assert.deepEqual(checkThumb(thumb!), thumb)
      const expected = await sharp(file).autoOrient().resize(8, 8, { fit: 'fill' }).removeAlpha().toColourspace('srgb').raw().toBuffer()
      const shown = await sharp(thumb!.bytes).resize(8, 8, { fit: 'fill' }).raw().toBuffer()
      assert.ok(expected.every((value, i) => Math.abs(value - shown[i]!) < 40), `orientation ${orientation} is shown another way`)
    }
  })

  it('keep what they tell when their sender asks for it, who is reminded of it', async () => {
    const probed = await prober.probe(sourceOf(await telling().jpeg().toBuffer()), { keepMetadata: true })
    assert.deepEqual({ stripped: probed.stripped, notes: probed.notes }, { stripped: undefined, notes: ['metadata-kept'] })
  })

  it('are cleaned as files too', async () => {
    const probed = await prober.probe(sourceOf(await telling().jpeg().toBuffer()), { as: 'file' })
    assert.equal(probed.as, 'file')
    assert.deepEqual(secretsIn(await all(probed.stripped!)), [])
  })

  it('lose what stands behind the picture and between its parts: second pictures, films, comments', async () => {
    const jpeg = await telling().jpeg().toBuffer()
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 15]), Buffer.from('secret lane 7')])
    const late = Buffer.concat([jpeg.subarray(0, jpeg.length - 2), comment, jpeg.subarray(jpeg.length - 2), jpeg, Buffer.from('secret lane 7')])
    assert.deepEqual(secretsIn(await all((await prober.probe(sourceOf(late), {})).stripped!)), [])

    const png = await telling().png().toBuffer()
    const behind = Buffer.concat([png.subarray(0, 33), chunk('tEXt', Buffer.from('Author\0Ada Lovelace')), chunk('seCr', Buffer.from('secret lane 7')), png.subarray(33), Buffer.from('secret lane 7')])
    const clean = await all((await prober.probe(sourceOf(behind), {})).stripped!)
    assert.deepEqual(secretsIn(clean), [])
    assert.deepEqual(await pixels(clean), await pixels(png))

    const gif = await telling().gif().toBuffer()
    const said = Buffer.concat([gif.subarray(0, gif.length - 1), Buffer.from([0x21, 0xfe, 13]), Buffer.from('secret lane 7\0'), gif.subarray(-1), Buffer.from('Petrelcam')])
    const quiet = await all((await prober.probe(sourceOf(said), {})).stripped!)
    assert.deepEqual(secretsIn(quiet), [])
    assert.deepEqual(await pixels(quiet), await pixels(gif))
  })

  it('of which the end is missing are cleaned as far as they go', async () => {
    for (const make of [FORMS.JPEG!, FORMS.PNG!, FORMS.WebP!]) {
      const file = await make(telling({ width: 1200, height: 900 })).toBuffer()
      const cut = file.subarray(0, file.length - 40)
      const probed = await prober.probe(sourceOf(cut), {})
      assert.deepEqual(secretsIn(await all(probed.stripped ?? sourceOf(cut))), [])
    }
  })

  it('that are only a head are refused, since they may tell what they should not, unless they may', async () => {
    const file = await telling().jpeg().toBuffer()
    const head = file.subarray(0, file.indexOf(Buffer.from([0xff, 0xda])))
    assert.ok(secretsIn(head).length > 0)
    await assert.rejects(prober.probe(sourceOf(head), { name: 'a.jpg' }), (error: Error) => error instanceof BadInputError && error.message.includes('a.jpg') && error.message.includes('keep its metadata'))
    const { as, notes, stripped } = await prober.probe(sourceOf(head), { keepMetadata: true })
    assert.deepEqual({ as, notes, stripped }, { as: 'file', notes: ['not-readable', 'metadata-kept'], stripped: undefined })
  })

  it('that are bombs are not decoded, and go as files', async () => {
    for (const file of [bomb(60_000, 60_000), bomb(2 ** 31 - 1, 2 ** 31 - 1)]) {
      assert.ok(file.length < 20_000)
      const { as, thumb, notes } = await prober.probe(sourceOf(file), { as: 'photo' })
      assert.deepEqual({ as, thumb, notes }, { as: 'file', thumb: undefined, notes: ['not-a-photo', 'too-large-for-preview'] })
    }
    const { as, notes } = await prober.probe(sourceOf(bomb(12_000, 12_000)), {})
    assert.deepEqual({ as, notes }, { as: 'photo', notes: ['too-large-for-preview'] })
  })

  it('that lie about being photos go as files, with a note', async () => {
    const text = sourceOf(Buffer.from('no photo at all'))
    assert.deepEqual(await prober.probe(text, { as: 'photo', name: 'a.jpg', type: 'image/jpeg' }), { as: 'file', type: 'application/octet-stream', notes: ['not-a-photo'] })
    assert.deepEqual(text.reads, [[0, 15]], 'more than its head was read')
    assert.deepEqual(await prober.probe(sourceOf(Buffer.alloc(0)), { name: 'notes.txt' }), { as: 'file', type: 'text/plain', notes: [] })
  })

  it('whose data is damaged go as files, cleaned, and without a preview', async () => {
    const file = await telling().png().toBuffer()
    const data: number = file.indexOf('IDAT')
    file.fill(0x55, data + 4, data + 40)
    const { as, thumb, notes, stripped } = await prober.probe(sourceOf(file), {})
    assert.deepEqual({ as, thumb, notes }, { as: 'file', thumb: undefined, notes: ['not-readable'] })
    assert.deepEqual(secretsIn(await all(stripped!)), [])
  })

  it('have previews of at most 12 KiB, and smaller ones for albums', async () => {
    const noise = await sharp({ create: { width: 900, height: 700, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 60 } } }).jpeg({ quality: 95 }).toBuffer()
    const { thumb } = await prober.probe(sourceOf(noise), {})
    assert.ok(thumb!.bytes.length <= LIMITS.thumbBytes && thumb!.bytes.length > 1000)
    const share = LIMITS.albumThumbBytes / LIMITS.albumItems
    const small = await prober.smallerThumb(thumb!, share, {})
    assert.ok(small!.bytes.length <= share)
    assert.deepEqual(checkThumb(small!), small)
    assert.equal(await prober.smallerThumb({ ...thumb!, bytes: Buffer.from('none') }, share, {}), null)
  })

  it('are pieces of the original when they are read by range', async () => {
    const file = await telling({ orientation: 3 }).jpeg().toBuffer()
    const { stripped } = await prober.probe(sourceOf(file), {})
    const whole = await all(stripped!)
    assert.equal(whole.length, stripped!.size)
    for (let start = 0; start < whole.length; start += 97) {
      const end = Math.min(whole.length, start + 131)
      assert.deepEqual(Buffer.from(await stripped!.read(start, end, {})), whole.subarray(start, end))
    }
  })
})
