import assert from 'node:assert/strict'
import { LABELS, openDelegation, RIGHT, signDelegation, type Delegation } from '../../../src/protocol/wire/index.js'
import { fill, flipped, key, refuses } from './kit.js'

describe('a delegation', () => {
  const capability = key(3)
  const delegation: Delegation = { v: 1, log: fill(34), right: RIGHT.append, home: key(1).key, relay: key(2).key, expires: 1000 }
  const bytes = signDelegation(delegation, capability)

  it('names the log, the right, both relays and its end, and the key that signed it', () => {
    assert.deepEqual(openDelegation(bytes), { delegation, key: capability.key })
  })

  it('does not hold altered, nor signed for another purpose', () => {
    for (let at = 4; at < bytes.length; at += 7) assert.throws(() => openDelegation(flipped(bytes, at)))
    const other = { ...capability, sign: (_label: string, data: Uint8Array) => capability.sign(LABELS.capability, data) }
    refuses(() => openDelegation(signDelegation(delegation, other)), 'ERR_PROOF')
  })

  it('lends no owner\'s right', () => {
    refuses(() => openDelegation(signDelegation({ ...delegation, right: RIGHT.owner as never }, capability)), 'ERR_BAD_INPUT')
  })
})
