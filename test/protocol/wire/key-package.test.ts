import assert from 'node:assert/strict'
import {
  encodeCbor, LABELS, LIMITS, openAccountDeletion, openKeyPackage, sha256, signAccountDeletion, signKeyPackage, signRecord, type KeyPackageRecord
} from '../../../src/protocol/wire/index.js'
import { Family, fill, flipped, key, refuses } from './kit.js'

const ann = new Family()
const record: KeyPackageRecord = {
  v: 1, use: 'cloud', account: ann.account.key, manifest: fill(32), bundle: fill(500), notBefore: 1, notAfter: 2, lastResort: false, unknown: { later: [1] }
}

describe('a published key package', () => {
  it('comes back as it was signed, with its device and the hash that the manifest lists', () => {
    for (const use of ['cloud', 'secret'] as const) {
      const bytes = signKeyPackage({ ...record, use }, ann.phone)
      assert.deepEqual(openKeyPackage(bytes), { record: { ...record, use }, device: ann.phone.key, hash: sha256(bytes) })
    }
  })

  it('does not hold altered or signed for another purpose', () => {
    const bytes = signKeyPackage(record, ann.phone)
    for (let at = 5; at < bytes.length; at += 11) assert.throws(() => openKeyPackage(flipped(bytes, at)), { code: /ERR_(PROOF|BAD_INPUT)/ })
    const { unknown: _unknown, ...body } = record
    refuses(() => openKeyPackage(signRecord(LABELS.certificate, encodeCbor(body), ann.phone)), 'ERR_PROOF')
  })

  it('is refused for a use that is not known, and over its size', () => {
    refuses(() => openKeyPackage(signKeyPackage({ ...record, use: 'club' as 'cloud' }, ann.phone)), 'ERR_BAD_INPUT', /cloud or secret/)
    refuses(() => openKeyPackage(signKeyPackage({ ...record, bundle: new Uint8Array() }, ann.phone)), 'ERR_BAD_INPUT')
    refuses(() => openKeyPackage(new Uint8Array(LIMITS.keyPackageBytes + 1281)), 'ERR_TOO_LARGE')
  })
})

describe('an account\'s last word', () => {
  const deletion = { account: ann.account.key, relay: key(1).key, time: 7 }

  it('names the account, the relay and who signed it', () => {
    assert.deepEqual(openAccountDeletion(signAccountDeletion(deletion, ann.phone)), { ...deletion, signer: ann.phone.key })
  })

  it('does not hold altered, nor in another form', () => {
    const bytes = signAccountDeletion(deletion, ann.phone)
    for (let at = 3; at < bytes.length; at += 7) assert.throws(() => openAccountDeletion(flipped(bytes, at)), { code: /ERR_(PROOF|BAD_INPUT)/ })
    refuses(() => openAccountDeletion(signRecord(LABELS.accountDelete, encodeCbor({ v: 1, account: ann.account.key, time: 1 }), ann.phone)), 'ERR_BAD_INPUT', /relay/)
  })
})
