import assert from 'node:assert/strict'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { cleanProfile } from '../../../src/node/probe/formats/icc.js'
import { secretsIn } from './files.js'

/** A colour profile with tags more: text of a maker, as cameras and screens add it. */
function withTags (profile: Buffer, tags: Record<string, Buffer>): Buffer {
  const count = profile.readUInt32BE(128)
  const names = Object.keys(tags)
  const room = names.length * 12
  const table = Buffer.from(profile.subarray(132, 132 + count * 12))
  for (let i = 0; i < count; i++) table.writeUInt32BE(table.readUInt32BE(i * 12 + 4) + room, i * 12 + 4)
  let at = profile.length + room
  const more = names.map(name => {
    const entry = Buffer.alloc(12)
    entry.write(name, 'latin1')
    entry.writeUInt32BE(at, 4)
    entry.writeUInt32BE(tags[name]!.length, 8)
    at += tags[name]!.length
    return entry
  })
  const out = Buffer.concat([profile.subarray(0, 132), table, ...more, profile.subarray(132 + count * 12), ...Object.values(tags)])
  out.writeUInt32BE(out.length, 0)
  out.writeUInt32BE(count + names.length, 128)
  return out
}

describe('colour profiles', () => {
  let profile: Buffer
  before(async () => {
    const file = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#a52' } }).withIccProfile('p3').png().toBuffer()
    profile = Buffer.from((await sharp(file).metadata()).icc!)
  })

  it('keep colours and lose maker, model, day and text', async () => {
    const telling = withTags(profile, { dmnd: Buffer.from('text\0\0\0\0Petrelcam secret lane 7'), dmdd: Buffer.from('text\0\0\0\0Ada Lovelace') })
    telling.write('Petr', 48, 'latin1')
    telling.write('elca', 52, 'latin1')
    telling.fill(9, 24, 36)
    telling.fill(7, 84, 100)
    const clean = Buffer.from(cleanProfile(telling)!)
    assert.deepEqual(secretsIn(clean), [])
    assert.ok(clean.subarray(24, 36).every(byte => byte === 0) && clean.subarray(48, 56).every(byte => byte === 0) && clean.subarray(80, 100).every(byte => byte === 0))
    const raw = { raw: { width: 2, height: 1, channels: 3 as const } }
    const pixels = Buffer.from([200, 30, 60, 10, 220, 120])
    const shown = async (icc: Buffer): Promise<Buffer> => {
      const png = await sharp(pixels, raw).png().toBuffer()
      const end = png.indexOf('IDAT') - 4
      const body = Buffer.concat([Buffer.from('iCCPx\0\0', 'latin1'), deflateSync(icc)])
      const chunk = Buffer.alloc(body.length + 8)
      chunk.writeUInt32BE(body.length - 4, 0)
      chunk.set(body, 4)
      chunk.writeUInt32BE(crc32(body), body.length + 4)
      return await sharp(Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)])).raw().toBuffer()
    }
    assert.deepEqual(await shown(clean), await shown(profile))
    assert.notDeepEqual(await shown(clean), pixels, 'the profile says nothing')
    assert.deepEqual(Buffer.from(cleanProfile(clean)!), clean)
  })

  it('that are none, or say what they do not have, are dropped', () => {
    assert.equal(cleanProfile(Buffer.from('no profile')), undefined)
    assert.equal(cleanProfile(profile.subarray(0, 140)), undefined)
    const huge = Buffer.from(profile)
    huge.writeUInt32BE(0xffffffff, 128)
    assert.equal(cleanProfile(huge), undefined)
    const outside = Buffer.from(profile)
    outside.writeUInt32BE(0xfffffff0, 136)
    assert.equal(cleanProfile(outside), undefined)
  })
})
