/** Keys to which nothing can be encrypted are known without trying them: as trying tells. */
import assert from 'node:assert/strict'
import { createPublicKey, diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto'
import { suiteOf } from '../../../../src/protocol/crypto/mls/library.js'
import { requireUsableKey } from '../../../../src/protocol/crypto/mls/sound.js'
import { ProofError } from '../../../../src/protocol/wire/index.js'

const { privateKey } = generateKeyPairSync('x25519')
const P = 2n ** 255n - 19n
const bytesOf = (n: bigint): Uint8Array => new Uint8Array(Buffer.from(n.toString(16).padStart(64, '0'), 'hex')).toReversed()

/** What the agreement itself says. */
function agrees (key: Uint8Array): boolean {
  try {
    const der = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), key])
    diffieHellman({ privateKey, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) })
    return true
  } catch { return false }
}

describe('an encryption key of a tree', () => {
  const eight = [325606250916557431795983626356110631294008115727848805560023387167927233504n, 39382357235489614581723060781553021112529911719440698176882885853963445705823n]
  const small = [0n, 1n, ...eight, P - 1n, P, P + 1n].flatMap(u => [u, u + 2n ** 255n]).map(bytesOf)
  const near = [2n, 3n, P - 2n, P + 2n, ...eight.flatMap(u => [u - 1n, u + 1n])].map(bytesOf)

  it('is refused exactly when nothing can be agreed with it', async () => {
    const impl = await suiteOf('cloud')
    for (const key of [...small, ...near, ...Array.from({ length: 50 }, () => new Uint8Array(randomBytes(32)))]) {
      const taken = await requireUsableKey(impl, key).then(() => true, (error: unknown) => { assert.ok(error instanceof ProofError); return false })
      assert.equal(taken, agrees(key), Buffer.from(key).toString('hex'))
    }
    assert.ok(small.every(key => !agrees(key)) && near.every(agrees))
    for (const length of [0, 31, 33]) await assert.rejects(requireUsableKey(impl, new Uint8Array(length).fill(9)), ProofError)
  })
})
