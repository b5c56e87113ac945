import assert from 'node:assert/strict'
import { checkCapability, LABELS, proveCapability, RIGHT, type CapabilityClaim } from '../../../src/protocol/wire/index.js'
import { fill, flipped, key } from './kit.js'

describe('a proof of capability', () => {
  const capability = key(3)
  const claim: CapabilityClaim = { log: fill(34), right: RIGHT.append, verifier: key(1).key, prover: key(2).key, nonce: fill(32) }
  const proof = proveCapability(claim, capability)

  it('holds for the very claim it was made for', () => { assert.equal(checkCapability(claim, capability.key, proof), true) })

  for (const [what, change] of Object.entries<Partial<CapabilityClaim>>({
    'on another connection': { nonce: fill(32, 1) },
    'on another log': { log: fill(34, 1) },
    'for another right': { right: RIGHT.owner },
    'before another relay': { verifier: key(5).key },
    'from another device': { prover: key(5).key }
  })) {
    it(`does not hold ${what}`, () => { assert.equal(checkCapability({ ...claim, ...change }, capability.key, proof), false) })
  }

  it('does not hold for another key, nor altered, nor signed for another purpose', () => {
    assert.equal(checkCapability(claim, key(4).key, proof), false)
    assert.equal(checkCapability(claim, capability.key, flipped(proof, 1)), false)
    assert.equal(checkCapability(claim, capability.key, proof.subarray(1)), false)
    const { log, right, verifier, prover, nonce } = claim
    assert.equal(checkCapability(claim, capability.key, capability.sign(LABELS.ownerAction, Buffer.from([1, ...log, right, ...verifier, ...prover, ...nonce]))), false)
  })
})
