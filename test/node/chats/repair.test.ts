/** The repair of a leaf that a revoked device may hold: when it is due, when it counts, and how long others wait for it. */
import assert from 'node:assert/strict'
import type { ChatMember } from '../../../src/node/chats/chat-record.js'
import { withoutRepairs } from '../../../src/node/chats/repair/judge-repair.js'
import { endsDevices, lostLeaves } from '../../../src/node/chats/repair/lost-leaf.js'
import { Repairs } from '../../../src/node/chats/repair/repairs.js'
import type { CommitChange, MlsCredential } from '../../../src/protocol/crypto/index.js'
import { signLeafIdentity } from '../../../src/protocol/message/index.js'
import { openManifest, sameBytes, signGeneration, signManifest, type CheckedManifest, type Signer } from '../../../src/protocol/wire/index.js'
import { Family, fill, key } from '../../protocol/wire/kit.js'

const ann = new Family(10)
const bob = new Family(30)
const first = ann.sign(ann.first())
const plain = ann.next(first, { time: 5 })
const revoking = ann.next(plain, { revoked: [{ key: ann.laptop.key, version: 3 }] })
const later = ann.next(revoking, { time: 9 })
const member = ({ manifest, bytes }: CheckedManifest): ChatMember => ({ account: manifest.account, manifest: bytes })
const leaf = (manifest: CheckedManifest, device: Signer): MlsCredential => {
  const { account, generation, version } = manifest.manifest
  const leafKey = key(90).key
  return { signatureKey: leafKey, identity: signLeafIdentity({ v: 1, account, generation, version, manifest: manifest.hash, leafKey }, device) }
}

describe('a leaf', () => {
  it('is lost once a device is out that spoke when it was made, or came since and was revoked; nothing else loses it', () => {
    const tablet = key(50)
    const came = ann.next(first, { devices: [...first.manifest.devices, ann.certify(tablet, ann.phone)] })
    const gone = ann.next(came, { revoked: [{ key: tablet.key, version: 3 }] })
    const raised = ann.sign(ann.first({ generation: 2, version: 2, prev: first.hash, devices: [ann.certify(ann.phone)], raised: signGeneration({ v: 1, account: ann.account.key, generation: 2, devices: [ann.phone.key], time: 2 }, ann.account) }))
    for (const [before, after] of [[first, revoking], [plain, later], [first, gone], [first, raised]] as const) assert.equal(endsDevices(before, after), true)
    for (const [before, after] of [[first, plain], [revoking, later], [revoking, first], [first, first], [first, came]] as const) assert.equal(endsDevices(before, after), false)
  })

  it('is one\'s own affair, and no affair of who knows no newer manifest, or one that contradicts it', () => {
    const members = [member(first), member(bob.sign(bob.first()))]
    const known = (manifest: CheckedManifest) => (account: Uint8Array) => sameBytes(account, ann.account.key) ? manifest.bytes : undefined
    assert.deepEqual(lostLeaves(members, bob.account.key, known(revoking)).map(({ account, newest }) => [account, newest.hash]), [[ann.account.key, revoking.hash]])
    assert.deepEqual(lostLeaves(members, ann.account.key, known(revoking)), [])
    assert.deepEqual(lostLeaves(members, bob.account.key, () => undefined), [])
    // A thief's device has signed it, and puts out the person's.
    const fork = ann.next(first, { prev: fill(32), revoked: [{ key: ann.phone.key, version: 2 }] }, ann.laptop)
    assert.deepEqual(lostLeaves(members, bob.account.key, known(fork)), [])
  })
})

describe('a commit that takes an account out and in again', () => {
  const bobs = leaf(bob.sign(bob.first()), bob.phone)
  const all = [first, plain, revoking, later, bob.sign(bob.first())]
  /** The manifest of a leaf is the one it names. */
  const manifestOf = (one: MlsCredential): CheckedManifest => all.find(({ hash }) => Buffer.from(one.identity).includes(Buffer.from(hash)))!
  const change = (removed: MlsCredential[], added: MlsCredential[]): CommitChange => ({
    epoch: 4, sender: { ...bobs, leaf: 1 }, aad: new Uint8Array(), removed: removed.map((one, i) => ({ ...one, leaf: i })), added: added.map((one, i) => ({ ...one, leaf: i, notBefore: 0, notAfter: 1 })), removedSelf: false
  })

  it('is its repair when it shows a revocation, and a key package that is younger: any member may do it, and it is nothing else', () => {
    for (const manifest of [revoking, later]) {
      const { rest, accounts } = withoutRepairs(change([leaf(first, ann.laptop), bobs], [leaf(manifest, ann.phone)]), manifestOf)
      assert.deepEqual(accounts, [ann.account.key])
      assert.deepEqual([rest.added, rest.removed.map(({ identity }) => identity)], [[], [bobs.identity]], 'what it does beside is judged as ever')
    }
  })

  it('is refused without a revocation, with an older key package, and twice over', () => {
    const refused = (removed: MlsCredential[], added: MlsCredential[], why: RegExp): void => { assert.throws(() => withoutRepairs(change(removed, added), manifestOf), why) }
    refused([leaf(first, ann.laptop)], [leaf(plain, ann.phone)], /no revocation/)
    refused([leaf(first, ann.laptop)], [leaf(first, ann.phone)], /no revocation/)
    refused([leaf(later, ann.phone)], [leaf(revoking, ann.phone)], /no revocation/)
    refused([leaf(first, ann.laptop)], [leaf(later, ann.phone), leaf(revoking, ann.phone)], /twice/)
    // The manifest vouches for it still, and the revoked device knows its private part.
    assert.throws(() => withoutRepairs(change([leaf(first, ann.laptop)], [leaf(plain, ann.phone)]), one => manifestOf(one) === plain ? later : manifestOf(one)), /older than its last revocation/)
    assert.deepEqual(withoutRepairs(change([bobs], [leaf(later, ann.phone)]), manifestOf).accounts, [])
  })

  it('is refused by the word of a device that is out already, wherever the new leaf stands', () => {
    // It puts itself in again and the person's device out, by a number that is higher.
    const forged = signManifest({ ...later.manifest, version: 7, prev: fill(32), devices: [ann.certify(ann.phone), ann.certify(ann.laptop)], revoked: [{ key: ann.phone.key, version: 6 }] }, ann.laptop)
    const made = openManifest(forged)
    const vouch = (one: MlsCredential): CheckedManifest => Buffer.from(one.identity).includes(Buffer.from(made.hash)) ? made : manifestOf(one)
    assert.ok(endsDevices(later, made))
    assert.throws(() => withoutRepairs(change([leaf(later, ann.phone)], [leaf(made, ann.laptop)]), vouch), /does not list/)
  })
})

describe('what is said in a chat with a lost leaf', () => {
  let now = 0
  const repairs = (direct: boolean, waiting = 0): Repairs => new Repairs({
    deps: { me: bob.account.key, now: () => now, newest: account => sameBytes(account, ann.account.key) ? revoking.bytes : undefined, vault: { revision: 1 } as never, repair: { repairAfterMs: 100, repairSpreadMs: 0, repairHoldMs: 5000 } },
    record: { direct, stage: 'ready', members: [member(first), member(bob.sign(bob.first()))] }, outbox: { size: waiting }
  })

  it('waits for its repair, which is the account\'s own affair at first', () => {
    const one = repairs(true)
    assert.deepEqual([one.holds, one.due.length], [true, 0])
    now += 100
    assert.deepEqual([one.holds, one.due.map(({ account }) => account)], [true, [ann.account.key]])
    one.stop()
  })

  it('waits no longer than it may in a group, or one member could silence the others; in a direct chat it does', () => {
    const [group, direct] = [repairs(false), repairs(true)]
    assert.deepEqual([group.holds, direct.holds], [true, true])
    now += 5000
    assert.deepEqual([group.holds, direct.holds, group.due.length], [false, true, 1])
    for (const one of [group, direct]) one.stop()
  })

  it('waits no longer for one who publishes a newer manifest again and again', () => {
    const known = { newest: revoking, revision: 1 }
    const group = new Repairs({
      deps: { me: bob.account.key, now: () => now, newest: account => sameBytes(account, ann.account.key) ? known.newest.bytes : undefined, vault: known as never, repair: { repairAfterMs: 100, repairSpreadMs: 0, repairHoldMs: 5000 } },
      record: { direct: false, stage: 'ready', members: [member(first), member(bob.sign(bob.first()))] }, outbox: { size: 1 }
    })
    assert.equal(group.holds, true)
    now += 4000
    Object.assign(known, { newest: later, revision: 2 })
    assert.equal(group.holds, true)
    now += 1000
    assert.deepEqual([group.holds, group.due.map(({ newest }) => newest.hash)], [false, [later.hash]])
    group.stop()
  })

  it('is looked at again when its time has come by the clock, though the timer was ahead of that', async () => {
    const due = Promise.withResolvers<number>()
    const free = Promise.withResolvers<boolean>()
    const group = new Repairs({
      deps: { me: bob.account.key, now: () => performance.now() * 0.9, newest: account => sameBytes(account, ann.account.key) ? revoking.bytes : undefined, vault: { revision: 1 } as never, repair: { repairAfterMs: 30, repairSpreadMs: 0, repairHoldMs: 50 } },
      record: { direct: false, stage: 'ready', members: [member(first), member(bob.sign(bob.first()))] }, outbox: { size: 1 }
    })
    group.onDue = () => { due.resolve(group.due.length) }
    group.onFree = () => { free.resolve(group.holds) }
    assert.equal(group.holds, true)
    assert.deepEqual([await due.promise, await free.promise], [1, false])
    group.stop()
  })
})
