import assert from 'node:assert/strict'
import sharp from 'sharp'
import { createProber, type ByteSource, type Prober } from '../../../src/node/probe/index.js'
import { BadInputError } from '../../../src/protocol/wire/index.js'
import { all, secretsIn, sourceOf, telling } from './files.js'
import { box, DAY, film, mp3, NOISE, opus, PICTURES, SILENCE, u32, wav, webm } from './films.js'

describe('films and sounds that are sent', () => {
  let prober: Prober
  before(() => { prober = createProber() })
  after(async () => { await prober.close() })

  it('tell how long they are and their size as it is shown, and lose where and when they were made, in place', async () => {
    for (const [brand, type] of [['mp42', 'video/mp4'], ['qt  ', 'video/quicktime'], ['3gp4', 'video/3gpp']] as const) {
      const file = film({ brand })
      const { stripped, ...probed } = await prober.probe(sourceOf(file), {})
      assert.deepEqual(probed, { as: 'video', type, width: 1080, height: 1920, duration: 5000, notes: [] })
      const clean = await all(stripped!)
      assert.deepEqual(secretsIn(clean), [])
      assert.ok(!clean.includes(u32(DAY)), 'a day is left')
      assert.equal(clean.length, file.length)
      assert.equal(clean.indexOf(PICTURES), file.indexOf(PICTURES), 'samples have moved')
      assert.equal((await prober.probe(sourceOf(clean), {})).stripped, undefined)
    }
  })

  it('of gigabytes cost their index only', async () => {
    const whole = film()
    const ftyp = whole.subarray(0, 20)
    const moov = whole.subarray(whole.indexOf('moov') - 4)
    const size = 4 * 1024 ** 3 - moov.length - 20
    const head = Buffer.concat([ftyp, u32(1), Buffer.from('mdat'), u32(Math.floor(size / 2 ** 32), size % 2 ** 32)])
    let read = 0
    const huge: ByteSource = {
      size: 20 + size + moov.length,
      read: async (start, end) => {
        read += end - start
        const out = Buffer.alloc(end - start)
        if (start < head.length) head.copy(out, 0, start)
        if (end > 20 + size) moov.copy(out, Math.max(0, 20 + size - start), Math.max(0, start - 20 - size))
        return out
      }
    }
    const { duration, stripped } = await prober.probe(huge, {})
    assert.deepEqual([duration, stripped?.size], [5000, huge.size])
    assert.ok(read < 4 * 1024 * 1024, `${read} bytes were read`)
  })

  it('without an index are refused, unless they may tell everything', async () => {
    const file = film()
    const cut = file.subarray(0, file.indexOf('moov') - 4)
    await assert.rejects(prober.probe(sourceOf(cut), {}), BadInputError)
    assert.equal((await prober.probe(sourceOf(cut), { keepMetadata: true })).as, 'file')
  })

  it('with boxes that hold themselves, too many or without end, are no trouble', async () => {
    const small = box('ftyp', Buffer.from('mp42'), u32(0))
    for (const hostile of [u32(0, 0x6d6f6f76), u32(4, 0x6d6f6f76), u32(1, 0x6d6f6f76, 0, 3), u32(1, 0x6d6f6f76, 0xffffffff, 0xffffffff), Buffer.alloc(400_000), Buffer.concat(Array.from({ length: 210_000 }, () => u32(8, 0x66726565)))]) {
      await assert.rejects(prober.probe(sourceOf(Buffer.concat([small, hostile])), {}), BadInputError)
    }
  })

  it('in WebM lose title, day, maker and tags, also where they were recorded live', async () => {
    for (const live of [false, true]) {
      const file = webm({ live })
      const { stripped, ...probed } = await prober.probe(sourceOf(file), {})
      assert.deepEqual(probed, { as: 'video', type: 'video/webm', width: 640, height: 360, duration: 2000, notes: [] })
      const clean = await all(stripped!)
      assert.deepEqual(secretsIn(clean), [])
      assert.ok(!clean.includes(Buffer.alloc(8, 7)), 'the day is left')
      assert.equal(clean.indexOf(PICTURES), file.indexOf(PICTURES))
      assert.equal((await prober.probe(sourceOf(clean), {})).stripped, undefined)
    }
  })

  it('without pictures are sounds; a voice note loses its tags, music keeps them', async () => {
    const { as, type, width } = await prober.probe(sourceOf(film({ pictures: false })), {})
    assert.deepEqual({ as, type, width }, { as: 'audio', type: 'audio/mp4', width: undefined })
    const song = film({ brand: 'M4A ', pictures: false })
    const music = await all((await prober.probe(sourceOf(song), {})).stripped!)
    assert.ok(music.includes('+51.5072'), 'the tags of music are gone')
    const voice = await prober.probe(sourceOf(song), { as: 'voice' })
    assert.equal(voice.as, 'voice')
    assert.deepEqual(secretsIn(await all(voice.stripped!)), [])
  })

  it('tell how long and how loud they are: WAV', async () => {
    const { waveform, ...probed } = await prober.probe(sourceOf(wav()), { as: 'voice' })
    assert.deepEqual(probed, { as: 'voice', type: 'audio/wav', duration: 2000, notes: [] })
    assert.equal(waveform!.length, 100)
    assert.deepEqual([...waveform!.subarray(0, 50)], Array.from({ length: 50 }, () => 0))
    assert.ok(waveform!.subarray(50).every(bar => bar > 240))
    assert.equal((await prober.probe(sourceOf(wav()), {})).waveform, undefined, 'only voice notes have one')
  })

  it('tell how long and how loud they are: Opus', async () => {
    const packets = Array.from({ length: 150 }, (_, i) => i < 100 ? SILENCE : NOISE)
    const { waveform, ...probed } = await prober.probe(sourceOf(opus(packets)), { as: 'voice' })
    assert.deepEqual(probed, { as: 'voice', type: 'audio/ogg', duration: 3000, notes: [] })
    assert.equal(waveform!.length, 100)
    const mean = (bars: Uint8Array): number => bars.reduce((sum, bar) => sum + bar, 0) / bars.length
    assert.ok(mean(waveform!.subarray(0, 60)) < 10 && mean(waveform!.subarray(70)) > 60, [...waveform!].join())
  })

  it('tell how long they are: MP3', async () => {
    const { as, type, duration } = await prober.probe(sourceOf(mp3(200)), {})
    assert.deepEqual({ as, type }, { as: 'audio', type: 'audio/mpeg' })
    assert.ok(Math.abs(duration! - 5224) < 60, String(duration))
  })

  it('that are damaged go as files', async () => {
    const broken = Buffer.concat([Buffer.from('OggS'), Buffer.alloc(30, 0xff), Buffer.from('OpusHead'), Buffer.alloc(3000, 0xff)])
    const { as, notes } = await prober.probe(sourceOf(broken), { as: 'audio' })
    assert.deepEqual({ as, notes }, { as: 'file', notes: ['not-readable'] })
    const cut = opus([SILENCE, NOISE]).subarray(0, 90)
    assert.equal((await prober.probe(sourceOf(cut), { as: 'voice' })).waveform, undefined)
  })
})

describe('photos of the newer kinds', () => {
  let prober: Prober
  before(() => { prober = createProber() })
  after(async () => { await prober.close() })

  it('lose EXIF and XMP in place (AVIF), and can be shown as before', async () => {
    const file = await telling({ width: 128, height: 96 }).avif({ effort: 0 }).toBuffer()
    assert.ok(secretsIn(file).includes('position'))
    const { stripped, thumb, ...probed } = await prober.probe(sourceOf(file), {})
    assert.deepEqual(probed, { as: 'photo', type: 'image/avif', width: 128, height: 96, notes: [] })
    assert.ok(thumb !== undefined)
    const clean = await all(stripped!)
    assert.deepEqual(secretsIn(clean), [])
    assert.deepEqual(await sharp(clean).raw().toBuffer(), await sharp(file).raw().toBuffer())
  })

  it('are cleaned and go as files where not everybody can show them (HEIC)', async () => {
    const avif = await telling({ width: 64, height: 48 }).avif({ effort: 0 }).toBuffer()
    const file = Buffer.from(avif.toString('latin1').replaceAll('avif', 'heic'), 'latin1')
    const { stripped, ...probed } = await prober.probe(sourceOf(file), { as: 'photo' })
    assert.deepEqual(probed, { as: 'file', type: 'image/heic', width: 64, height: 48, notes: ['not-a-photo'] })
    assert.deepEqual(secretsIn(await all(stripped!)), [])
  })

  it('of which we do not know the form go as they are, with a note', async () => {
    const tiff = await telling({ width: 32, height: 32 }).tiff().toBuffer()
    assert.deepEqual(await prober.probe(sourceOf(tiff), {}), { as: 'file', type: 'image/tiff', notes: ['metadata-unknown'] })
  })
})
