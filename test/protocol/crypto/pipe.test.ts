import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { openPipeFrame, pipeAddress, sealPipeFrame } from '../../../src/protocol/crypto/index.js'
import { BadInputError, DecryptError, LIMITS, signerFromSeed, TooLargeError, UnsupportedError } from '../../../src/protocol/wire/index.js'
import { hex, unhex, vectors } from './vectors.js'

interface Vector { pipe: string, log: string, epoch: number, to: string, address: string, nonce: string, plaintext: string, sealed: string }
const all = vectors<Vector>('pipe')
const placeOf = (v: Vector): { log: Uint8Array, epoch: number, to: Uint8Array } => ({ log: unhex(v.log), epoch: v.epoch, to: unhex(v.to) })

describe('pipes of a chat', () => {
  it('have the addresses and frames of the vectors', () => {
    for (const v of all) {
      assert.equal(hex(pipeAddress(unhex(v.pipe), unhex(v.to))), v.address)
      assert.equal(hex(sealPipeFrame(unhex(v.pipe), unhex(v.plaintext), placeOf(v), () => unhex(v.nonce))), v.sealed)
      assert.equal(hex(openPipeFrame(unhex(v.pipe), unhex(v.sealed), placeOf(v))), v.plaintext)
    }
  })

  it('have the addresses that KEYS.md gives, computed again with node:crypto', () => {
    for (const v of all) {
      const info = Buffer.concat([Buffer.from('petrel/v1 pipe address\0'), unhex(v.to), Buffer.of(1)])
      assert.equal(createHmac('sha256', unhex(v.pipe)).update(info).digest('hex'), v.address)
    }
  })

  it('open for their epoch, their account and their chat alone', () => {
    const v = all[1]!
    const place = placeOf(v)
    const sealed = unhex(v.sealed)
    for (const other of [{ ...place, epoch: 1 }, { ...place, to: signerFromSeed(unhex(v.pipe)).key }, { ...place, log: place.log.with(9, 0) }]) assert.throws(() => openPipeFrame(unhex(v.pipe), sealed, other), DecryptError)
    assert.throws(() => openPipeFrame(unhex(all[2]!.pipe), sealed, place), DecryptError)
    assert.throws(() => openPipeFrame(unhex(v.pipe), sealed.with(0, 2), place), UnsupportedError)
    assert.throws(() => openPipeFrame(unhex(v.pipe), new Uint8Array(), place), BadInputError)
    assert.throws(() => openPipeFrame(unhex(v.pipe), new Uint8Array(LIMITS.pipeFrameBytes + 1), place), TooLargeError)
    assert.throws(() => pipeAddress(new Uint8Array(31), place.to), BadInputError)
    assert.throws(() => pipeAddress(unhex(v.pipe), new Uint8Array(34)), BadInputError)
  })

  it('carry a whole entry, and nothing that a relay would refuse', () => {
    const v = all[0]!
    assert.ok(sealPipeFrame(unhex(v.pipe), new Uint8Array(LIMITS.entryBytes + 200), placeOf(v)).length <= LIMITS.pipeFrameBytes)
    assert.throws(() => sealPipeFrame(unhex(v.pipe), new Uint8Array(LIMITS.pipeFrameBytes), placeOf(v)), TooLargeError)
  })
})
