import assert from 'node:assert/strict'
import { createHmac, hkdfSync } from 'node:crypto'
import { epochKeys, historyKeys, openLink, sealLink } from '../../../src/protocol/crypto/index.js'
import { LINK_BYTES } from '../../../src/protocol/crypto/schedule.js'
import { BadInputError, DecryptError, signerFromSeed, UnsupportedError } from '../../../src/protocol/wire/index.js'
import { hex, unhex, vectors } from './vectors.js'

interface Vector {
  exporterSecret: string, gpq: string, chat: string, epoch: number, history: string, append: string, read: string, mirror: string, topic: string, pipe: string
  content: string, link: string, handshake: string, members: string, previous: string, nonce: string, sealedLink: string
}
const all = vectors<Vector>('schedule')

describe('the epoch key schedule', () => {
  it('gives the keys of the vectors', () => {
    for (const v of all) {
      const chat = unhex(v.chat)
      const keys = epochKeys(unhex(v.exporterSecret), unhex(v.gpq), chat, v.epoch)
      assert.deepEqual([hex(keys.history), hex(keys.append.key), hex(keys.read.key), hex(keys.mirror), hex(keys.topic), hex(keys.pipe)], [v.history, v.append, v.read, v.mirror, v.topic, v.pipe])
      const history = historyKeys(keys.history, chat, v.epoch)
      assert.deepEqual([hex(history.content), hex(history.link), hex(history.handshake), hex(history.members)], [v.content, v.link, v.handshake, v.members])
      assert.equal(hex(sealLink(history.link, unhex(v.previous), chat, v.epoch, () => unhex(v.nonce))), v.sealedLink)
    }
  })

  it('is what KEYS.md says, computed again with node:crypto', () => {
    for (const v of all) {
      const chat = unhex(v.chat)
      const info = (label: string): Uint8Array => {
        const epoch = Buffer.alloc(8)
        epoch.writeBigUInt64BE(BigInt(v.epoch))
        return Buffer.concat([Buffer.from(`petrel/v1 ${label}`), Buffer.of(0), chat, epoch])
      }
      // From G_pq and the exporter secret in one step: extract and expand.
      const fromRoot = (label: string): Uint8Array => new Uint8Array(hkdfSync('sha256', unhex(v.exporterSecret), unhex(v.gpq), info(label), 32))
      assert.equal(hex(fromRoot('hist')), v.history)
      assert.equal(hex(fromRoot('topic')), v.topic)
      assert.equal(hex(fromRoot('mirror')), v.mirror)
      assert.equal(hex(fromRoot('pipe')), v.pipe)
      assert.equal(hex(signerFromSeed(fromRoot('append')).key), v.append)
      assert.equal(hex(signerFromSeed(fromRoot('read')).key), v.read)
      // From H_e by Expand alone, whose one block is HMAC(H_e, info ‖ 0x01).
      const fromHistory = (label: string): string => createHmac('sha256', unhex(v.history)).update(info(label)).update(Buffer.of(1)).digest('hex')
      assert.deepEqual([fromHistory('content'), fromHistory('link'), fromHistory('handshake'), fromHistory('members')], [v.content, v.link, v.handshake, v.members])
    }
  })

  it('gives other keys for another chat, epoch, G_pq or exporter secret', () => {
    const v = all[0]!
    const chat = unhex(v.chat)
    const other = unhex(v.previous)
    const found = new Set([
      epochKeys(unhex(v.exporterSecret), unhex(v.gpq), chat, 5), epochKeys(unhex(v.exporterSecret), unhex(v.gpq), chat, 6),
      epochKeys(unhex(v.exporterSecret), unhex(v.gpq), chat.with(33, 0), 5), epochKeys(other, unhex(v.gpq), chat, 5), epochKeys(unhex(v.exporterSecret), other, chat, 5)
    ].flatMap(k => [hex(k.history), hex(k.append.key), hex(k.read.key), hex(k.mirror), hex(k.topic), hex(k.pipe)]))
    assert.equal(found.size, 30)
  })

  it('refuses wrong lengths and epochs', () => {
    const s = new Uint8Array(32)
    for (const make of [
      () => epochKeys(new Uint8Array(31), s, s, 0), () => epochKeys(s, new Uint8Array(33), s, 0), () => epochKeys(s, s, new Uint8Array(), 0),
      () => epochKeys(s, s, new Uint8Array(65), 0), () => epochKeys(s, s, s, -1), () => epochKeys(s, s, s, 1.5), () => historyKeys(new Uint8Array(1), s, 0)
    ]) assert.throws(make, BadInputError)
  })
})

describe('the history link', () => {
  const v = all[1]!
  const chat = unhex(v.chat)

  it('walks back, and only in its chat, at its epoch, under its key', () => {
    const sealed = sealLink(unhex(v.link), unhex(v.previous), chat, v.epoch)
    assert.equal(sealed.length, LINK_BYTES)
    assert.equal(hex(openLink(unhex(v.link), sealed, chat, v.epoch)), v.previous)
    assert.throws(() => openLink(unhex(v.link), sealed, chat, v.epoch + 1), DecryptError)
    assert.throws(() => openLink(unhex(v.link), sealed, chat.with(5, 9), v.epoch), DecryptError)
    assert.throws(() => openLink(unhex(v.content), sealed, chat, v.epoch), DecryptError)
    assert.throws(() => openLink(unhex(v.link), sealed.subarray(1), chat, v.epoch), (e: Error) => e instanceof DecryptError || e instanceof UnsupportedError)
    assert.throws(() => openLink(unhex(v.link), sealed.with(0, 2), chat, v.epoch), UnsupportedError)
  })
})
