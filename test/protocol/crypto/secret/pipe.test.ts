import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { openSecretFrame, sealSecretFrame, secretAddress } from '../../../../src/protocol/crypto/secret/pipe.js'
import { secretStartAddress } from '../../../../src/protocol/crypto/secret/start.js'
import { BadInputError, DecryptError, LIMITS, TooLargeError, UnsupportedError } from '../../../../src/protocol/wire/index.js'
import { hex, unhex, vectors } from '../vectors.js'

interface Vector { pipe: string, chat: string, epoch: number, to: number, address: string, nonce: string, plaintext: string, sealed: string }
const all = vectors<Vector>('secret-pipe')
const placeOf = (v: Vector): { chat: Uint8Array, epoch: number, to: number } => ({ chat: unhex(v.chat), epoch: v.epoch, to: v.to })

describe('pipes of a secret chat', () => {
  it('have the addresses and frames of the vectors', () => {
    for (const v of all) {
      assert.equal(hex(secretAddress(unhex(v.pipe), v.to)), v.address)
      assert.equal(hex(sealSecretFrame(unhex(v.pipe), unhex(v.plaintext), placeOf(v), () => unhex(v.nonce))), v.sealed)
      assert.equal(hex(openSecretFrame(unhex(v.pipe), unhex(v.sealed), placeOf(v))), v.plaintext)
    }
  })

  it('have the addresses that KEYS.md gives, computed again with node:crypto', () => {
    for (const v of all) {
      const info = Buffer.concat([Buffer.from('petrel/v1 secret address\0'), Buffer.of(v.to), Buffer.of(1)])
      assert.equal(createHmac('sha256', unhex(v.pipe)).update(info).digest('hex'), v.address)
    }
  })

  it('have an address for a beginning that KEYS.md gives, computed again with node:crypto', () => {
    const hash = new Uint8Array(32).fill(9)
    assert.equal(hex(secretStartAddress(hash)), createHash('sha256').update('petrel/v1 secret start\0').update(hash).digest('hex'))
    assert.throws(() => secretStartAddress(new Uint8Array(31)), BadInputError)
  })

  it('open for their chat, their epoch and their leaf alone', () => {
    const v = all[1]!
    const place = placeOf(v)
    const sealed = unhex(v.sealed)
    for (const other of [{ ...place, epoch: 1 }, { ...place, to: 1 - place.to }, { ...place, chat: place.chat.with(9, 0) }]) assert.throws(() => openSecretFrame(unhex(v.pipe), sealed, other), DecryptError)
    assert.throws(() => openSecretFrame(unhex(all[2]!.pipe), sealed, place), DecryptError)
    assert.throws(() => openSecretFrame(unhex(v.pipe), sealed.with(0, 2), place), UnsupportedError)
    assert.throws(() => openSecretFrame(unhex(v.pipe), new Uint8Array(), place), BadInputError)
    assert.throws(() => openSecretFrame(unhex(v.pipe), new Uint8Array(LIMITS.pipeFrameBytes + 1), place), TooLargeError)
    assert.throws(() => sealSecretFrame(unhex(v.pipe), new Uint8Array(LIMITS.pipeFrameBytes), place), TooLargeError)
    assert.throws(() => secretAddress(new Uint8Array(31), 0), BadInputError)
    assert.throws(() => secretAddress(unhex(v.pipe), 2), BadInputError)
  })
})
