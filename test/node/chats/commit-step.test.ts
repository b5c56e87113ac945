/** What a member's commit may do to a direct chat, and what the home may do with it: bytes alone decide. */
import assert from 'node:assert/strict'
import { createCloudKeyPackage, createMlsEngine, sealHandshake, sealLink } from '../../../src/protocol/crypto/index.js'
import { encodeCommitPayload, encodeHandshake, signCommitStatement, type CommitStatement } from '../../../src/protocol/message/index.js'
import { chainNext, chainStart, decodeCaps, encodeLeaf, encodeCaps, ENTRY_KIND, leafFor, sameBytes, sha256, signerFromSeed, signKeyPackage, type CheckedManifest, type Signer, type VerifiedEntry } from '../../../src/protocol/wire/index.js'
import { capsOf, engineFor, keysOf, leafIdentityFor, memberCapsOf, type ChatKeys } from '../../../src/node/chats/chat-keys.js'
import { takeCommit, type CommitOutcome } from '../../../src/node/chats/commit-step.js'
import type { ChatRecord } from '../../../src/node/chats/chat-record.js'
import { makeDirectChat } from '../../../src/node/chats/create-direct.js'
import { takenAway } from '../../../src/node/chats/group/taken-away.js'
import { joinChat } from '../../../src/node/chats/join.js'
import { Family, fill, key } from '../../protocol/wire/kit.js'

const NOW = 1_700_000_000_000
const HOME = key(1).key
/** Makes what an honest engine would not. */
const trusting = createMlsEngine({ now: () => NOW, validateCredential: () => true })
const ann = new Family(10)
const bob = new Family(20)

interface Side { record: ChatRecord, keys: ChatKeys }

async function sideOf (record: ChatRecord): Promise<Side> {
  return { record, keys: await keysOf(trusting, trusting.decodeState(record.mls), record.gpq, record.log) }
}

/** A direct chat of Ann and Bob, both in epoch 1, and the log's end. */
async function directChat (): Promise<{ ann: Side, bob: Side, first: VerifiedEntry, pending: Side, manifests: { ann: CheckedManifest, bob: CheckedManifest } }> {
  const annManifest = ann.sign(ann.first())
  const bobFirst = bob.sign(bob.first())
  const own = await createCloudKeyPackage(engineFor([bobFirst], () => NOW), { identity: leafIdentityFor(bobFirst, bob.phone), notBefore: NOW, notAfter: NOW + 1e9 })
  const keyPackage = signKeyPackage({ v: 1, use: 'cloud', account: bob.account.key, manifest: bobFirst.hash, bundle: own.public, notBefore: NOW, notAfter: NOW + 1e9, lastResort: false }, bob.phone)
  const bobManifest = bob.next(bobFirst, { keyPackages: [sha256(keyPackage)] })
  const { record } = await makeDirectChat({ me: annManifest, device: ann.phone, peer: bobManifest, keyPackage, home: { peer: HOME, addrs: [] }, now: NOW })
  const { commit } = record
  assert.ok(commit !== null && commit.welcome !== null)
  const first = entryOf(record, { seq: 1, id: commit.id, payload: commit.payload, caps: commit.caps, base: 0 })
  const pending = await sideOf(record)
  const taken = await takeCommit(record, pending.keys, first, { now: NOW, hashAt: () => undefined })
  assert.ok(taken.ok, taken.ok ? '' : taken.error.message)
  const joined = await joinChat({
    me: bob.account.key, sender: annManifest, keyPackage: own.private, now: NOW,
    invitation: {
      genesis: record.genesis, addrs: [], direct: true, title: null, welcome: commit.welcome, pq: commit.added[0]!.pq, keyPackage: commit.added[0]!.keyPackage,
      at: { term: 1, seq: 1, hash: first.hash }, manifests: [annManifest.bytes, bobManifest.bytes]
    }
  })
  return { ann: { record: taken.record, keys: taken.keys }, bob: await sideOf(joined.record), first, pending, manifests: { ann: annManifest, bob: bobManifest } }
}

function entryOf (record: ChatRecord, { seq, id, payload, caps, base }: { seq: number, id: Uint8Array, payload: Uint8Array, caps: Uint8Array, base: number }): VerifiedEntry {
  const leaf = { ...leafFor({ id, kind: ENTRY_KIND.commit, payload, base }, seq, NOW), caps }
  return { leaf, hash: chainNext(chainStart(record.log, HOME), encodeLeaf(leaf)), payload }
}

interface Making { device?: Signer, update?: true | { identity: Uint8Array }, manifests?: CheckedManifest[], statement?: Partial<CommitStatement>, id?: Uint8Array, caps?: Uint8Array, aad?: Uint8Array, link?: null | { leadsTo: Uint8Array } }

/** A commit of one side's leaf as entry 2, honest unless told otherwise. */
async function commitOf (side: Side, standing: CheckedManifest, family: Family, seen: { hash: Uint8Array, seq: number }, making: Making = {}): Promise<VerifiedEntry> {
  return (await commitAndAfter(side, standing, family, seen, making)).entry
}

/** {@link commitOf}, and its maker's side after it. */
async function commitAndAfter (side: Side, standing: CheckedManifest, family: Family, seen: { hash: Uint8Array, seq: number }, making: Making): Promise<{ entry: VerifiedEntry, after: Side }> {
  const { record, keys } = side
  const id = fill(16, 77)
  const statement: CommitStatement = { v: 1, chat: record.log, epoch: record.epoch, id, seen: { term: 1, ...seen }, manifest: standing.hash, ...making.statement }
  const made = await trusting.commit(trusting.decodeState(record.mls), { update: making.update ?? true, aad: making.aad ?? signCommitStatement(statement, making.device ?? family.phone) })
  const after = await keysOf(trusting, made.state, record.gpq, record.log)
  const entryId = making.id ?? id
  const members = record.members.map(m => making.manifests?.map(({ manifest: { account }, bytes }) => ({ account, manifest: bytes })).find(({ account }) => sameBytes(account, m.account)) ?? m)
  const was = takenAway(record, { members }, family.account.key)
  const payload = encodeCommitPayload({
    v: 1, link: making.link === null ? null : sealLink(after.link, making.link?.leadsTo ?? keys.history, record.log, after.epoch),
    handshake: sealHandshake(keys.handshake, encodeHandshake({ v: 1, mls: made.commit, manifests: (making.manifests ?? []).map(m => m.bytes), ...was === undefined ? {} : { before: was } }), { log: record.log, epoch: record.epoch, id: entryId })
  })
  const entry = entryOf(record, { seq: 2, id: entryId, payload, caps: making.caps ?? encodeCaps(capsOf(after)), base: 1 })
  return { entry, after: await sideOf({ ...record, members, mls: trusting.encodeState(made.state), epoch: made.state.epoch }) }
}

describe('a commit in a direct chat', () => {
  let chat: Awaited<ReturnType<typeof directChat>>
  before(async () => { chat = await directChat() })

  const withoutLaptop = (): CheckedManifest => bob.next(chat.manifests.bob, { revoked: [{ key: bob.laptop.key, version: 3 }], devices: [bob.certify(bob.phone)] })
  const seen = (): { seq: number, hash: Uint8Array } => ({ seq: 1, hash: chat.first.hash })
  const take = async (entry: VerifiedEntry, side = chat.ann): Promise<CommitOutcome> =>
    await takeCommit(side.record, side.keys, entry, { now: NOW, hashAt: seq => seq === 1 ? chat.first.hash : undefined })
  const refused = async (entry: VerifiedEntry, words: RegExp, side?: Side): Promise<void> => {
    const outcome = await take(entry, side)
    assert.ok(!outcome.ok, 'the commit was taken')
    assert.match(outcome.error.message, words)
  }

  it('renews a member\'s leaf, and may bring its newer manifest', async () => {
    const newer = withoutLaptop()
    const plain = await take(await commitOf(chat.bob, chat.manifests.bob, bob, seen()))
    assert.ok(plain.ok && plain.lie === undefined && plain.record.epoch === 2, plain.ok ? 'lie' : plain.error.message)
    const identity = await renewed(chat.bob, newer, bob.phone)
    const brought = await take(await commitOf(chat.bob, newer, bob, seen(), { update: { identity }, manifests: [newer] }))
    assert.ok(brought.ok, brought.ok ? '' : brought.error.message)
    assert.deepEqual(brought.record.members.map(m => m.manifest), [chat.manifests.ann.bytes, newer.bytes])
  })

  it('puts no other account into a leaf', async () => {
    const eve = new Family(40)
    const eves = eve.sign(eve.first())
    const identity = await renewed(chat.bob, eves, eve.phone)
    await refused(await commitOf(chat.bob, eves, eve, seen(), { update: { identity }, manifests: [eves] }), /another account/)
  })

  it('brings no older manifest back, so that a revoked device that kept a copy of the keys stays out', async () => {
    const { bob: older } = chat.manifests
    const newer = withoutLaptop()
    const step = await commitAndAfter(chat.bob, newer, bob, seen(), { update: { identity: await renewed(chat.bob, newer, bob.phone) }, manifests: [newer] })
    const taken = await take(step.entry)
    assert.ok(taken.ok)
    const back = await commitOf(step.after, older, bob, seen(), { update: { identity: await renewed(step.after, older, bob.laptop) }, manifests: [older], device: bob.laptop })
    await refused(back, /older than the version/, { record: taken.record, keys: taken.keys })
  })

  it('is made by a device that the committer\'s manifest lists, and by no revoked one', async () => {
    await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { device: key(99) }), /does not list/)
    await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { device: ann.phone }), /does not list/)
    const newer = withoutLaptop()
    const identity = await renewed(chat.bob, newer, bob.phone)
    await refused(await commitOf(chat.bob, newer, bob, seen(), { update: { identity }, manifests: [newer], device: bob.laptop }), /does not list/)
    await refused(await commitOf(chat.bob, newer, bob, seen()), /does not list/)
    await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { aad: new Uint8Array() }), /./)
  })

  it('stands where its device put it: not at another id, epoch or chat', async () => {
    for (const statement of [{ id: fill(16, 5) }, { epoch: 7 }, { chat: fill(34) }]) {
      await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { statement }), /another place/)
    }
    await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { id: fill(16, 8) }), /another place/)
  })

  it('tells when its author was shown another chain', async () => {
    const fork = await take(await commitOf(chat.bob, chat.manifests.bob, bob, { seq: 1, hash: fill(32) }))
    assert.match(fork.ok ? fork.lie?.message ?? '' : '', /another history/)
    const ahead = await take(await commitOf(chat.bob, chat.manifests.bob, bob, { seq: 2, hash: fill(32) }))
    assert.match(ahead.ok ? ahead.lie?.message ?? '' : '', /left out/)
  })

  it('installs the capability keys that its members derive, and no others', async () => {
    await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { caps: encodeCaps({ append: key(5).key, read: key(6).key }) }), /do not derive/)
    // The mirror key and the owner's are not for a renewal to change.
    const { entry: { leaf, ...rest }, after } = await commitAndAfter(chat.bob, chat.manifests.bob, bob, seen(), {})
    const own = memberCapsOf(after.keys)
    await refused({ ...rest, leaf: { ...leaf, caps: encodeCaps(own) } }, /do not derive/)
    await refused({ ...rest, leaf: { ...leaf, caps: encodeCaps({ ...capsOf(after.keys), owner: key(7).key }) } }, /another owner key/)
    assert.ok((await take({ ...rest, leaf: { ...leaf, caps: encodeCaps(capsOf(after.keys)) } })).ok)
  })

  it('names the mirror key when it adds somebody: the one that both derive, or none, as an earlier version did', async () => {
    const { commit } = chat.pending.record
    assert.ok(commit !== null)
    assert.deepEqual(chat.ann.record.mirror, chat.bob.record.mirror)
    assert.deepEqual(decodeCaps(commit.caps).mirrors, [signerFromSeed(chat.bob.keys.mirror).key])
    const { append, read } = decodeCaps(commit.caps)
    const with_ = (caps: Uint8Array): VerifiedEntry => ({ ...chat.first, leaf: { ...chat.first.leaf, caps } })
    await refused(with_(encodeCaps({ append, read, mirrors: [key(5).key] })), /do not derive/, chat.pending)
    const older = await take(with_(encodeCaps({ append, read })), chat.pending)
    assert.ok(older.ok)
    assert.notDeepEqual(older.record.mirror, older.keys.mirror)
  })

  it('leads back to what was before, so that nobody takes the past from those who read the log again', async () => {
    await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { link: null }), /leaves out the link/)
    await refused(await commitOf(chat.bob, chat.manifests.bob, bob, seen(), { link: { leadsTo: fill(32) } }), /does not lead/)
  })

  it('is adopted as the own one only with the very bytes that were sent', async () => {
    const { commit } = chat.pending.record
    assert.ok(commit !== null)
    const other = entryOf(chat.pending.record, { seq: 1, id: commit.id, payload: fill(commit.payload.length), caps: commit.caps, base: 0 })
    await refused(other, /./, chat.pending)
    const erased = { ...chat.first, payload: null }
    assert.ok((await take(erased, chat.pending)).ok)
  })

  it('counts for all when it is another\'s under the id of an own one, which the home knew: nobody stays behind', async () => {
    const { commit } = chat.pending.record
    assert.ok(commit !== null)
    const entry = await commitOf(chat.bob, chat.manifests.bob, bob, seen())
    const taken = await take(entry, { ...chat.ann, record: { ...chat.ann.record, commit: { ...commit, id: entry.leaf.id } } })
    assert.ok(taken.ok, taken.ok ? '' : taken.error.message)
    assert.deepEqual([taken.won, taken.record.epoch, taken.record.commit], [false, 2, null])
  })
})

/** An identity for a side's leaf key, naming another manifest. */
async function renewed (side: Side, manifest: CheckedManifest, device: Signer): Promise<Uint8Array> {
  const state = trusting.decodeState(side.record.mls)
  const own = trusting.members(state).find(m => m.leaf === state.ownLeaf)
  assert.ok(own !== undefined)
  return leafIdentityFor(manifest, device)(own.signatureKey)
}
