import assert from 'node:assert/strict'
import { createMlsEngine, newPqSecret } from '../../../../src/protocol/crypto/index.js'
import { pqSecretHash } from '../../../../src/protocol/crypto/pq.js'
import { base32Text, BadInputError, ConflictError, DecryptError, ForbiddenError, InternalError, NotFoundError, ProofError, UnsupportedError } from '../../../../src/protocol/wire/index.js'
import { MLS_EXTENSIONS } from '../../../../src/protocol/crypto/mls/extensions.js'
import { inspectCommit } from '../../../../src/protocol/crypto/mls/process.js'
import { requirePatch } from '../../../../src/protocol/crypto/mls/library.js'
import { accept, bytes, DAY, groupOf, keyPackage, NOW, spread, text, trusting } from './people.js'

const engine = trusting()
/** An engine that vouches for everyone but Mallory. */
const wary = createMlsEngine({ validateCredential: ({ identity }) => text(identity) !== 'mallory', now: () => NOW })
const roles = (data: string): { type: number, data: Uint8Array } => ({ type: MLS_EXTENSIONS.roles, data: bytes(data) })

describe('the MLS engine', () => {
  it('refuses to start on a ts-mls without the patch', () => {
    assert.throws(() => { requirePatch({}) }, InternalError)
    assert.throws(() => { requirePatch({ petrelPatch: 0 }) }, /npm run patch/u)
  })

  it('tells of a commit who made it, what it authenticates and what it changes', async () => {
    const [ann, bob, cem] = await groupOf(engine, ['ann', 'bob', 'cem'])
    const dan = await keyPackage(engine, 'dan')
    const pending = await engine.commit(bob!.state, { add: [dan.public], remove: [cem!.state.ownLeaf], aad: bytes('seen 7') })
    const taken = await engine.process(ann!.state, pending.commit, accept)
    assert.equal(text(taken.sender.identity), 'bob')
    assert.equal(taken.sender.leaf, bob!.state.ownLeaf)
    assert.equal(text(taken.aad), 'seen 7')
    assert.equal(taken.epoch, ann!.state.epoch)
    assert.deepEqual(taken.removed.map(m => text(m.identity)), ['cem'])
    assert.deepEqual(taken.added.map(m => [text(m.identity), m.leaf, m.notAfter]), [['dan', cem!.state.ownLeaf, (NOW + 30 * DAY) / 1000]])
    assert.equal(taken.removedSelf, false)
    assert.equal(taken.state.epoch, ann!.state.epoch + 1)
    const claim = inspectCommit(pending.commit)
    assert.deepEqual([claim.epoch, claim.senderLeaf, text(claim.aad), claim.removed], [taken.epoch, taken.sender.leaf, 'seen 7', [cem!.state.ownLeaf]])
    assert.deepEqual(claim.added.map(m => text(m.identity)), ['dan'])
  })

  it('tells a removed member so, also when the same commit fills its slot', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    for (const add of [[], [(await keyPackage(engine, 'cem')).public]]) {
      const pending = await engine.commit(ann!.state, { remove: [bob!.state.ownLeaf], add })
      const taken = await engine.process(bob!.state, pending.commit, accept)
      assert.equal(taken.removedSelf, true)
      assert.equal(taken.state, undefined)
    }
  })

  it('seals to one member alone, for one use, under the leaf\'s key of that state', async () => {
    const [ann, bob, cem] = await groupOf(engine, ['ann', 'bob', 'cem'])
    const use = { label: 'petrel/v1 test', context: bytes('here') }
    const sealed = await engine.sealToMember(ann!.state, bob!.state.ownLeaf, bytes('for bob'), use)
    assert.equal(text(await engine.openAsMember(bob!.state, sealed, use)), 'for bob')
    const wrong = [[cem!.state, sealed, use], [ann!.state, sealed, use], [bob!.state, sealed, { ...use, label: 'petrel/v1 other' }], [bob!.state, sealed, { ...use, context: bytes('there') }], [bob!.state, sealed.with(40, sealed[40]! ^ 1), use], [bob!.state, sealed.subarray(0, 47), use]] as const
    for (const [state, given, how] of wrong) await assert.rejects(engine.openAsMember(state, given, how), DecryptError)
    const renewed = await engine.commit(bob!.state)
    await assert.rejects(engine.openAsMember(renewed.state, sealed, use), DecryptError)
    await assert.rejects(engine.sealToMember(ann!.state, 9, sealed, use), BadInputError)
    const again = engine.decodeState(engine.encodeState(bob!.state))
    assert.equal(text(await engine.openAsMember(again, sealed, use)), 'for bob')
  })

  it('cuts a Welcome of several to what one of them needs, and no other can join by that', async () => {
    const [ann] = await groupOf(engine, ['ann', 'bob'])
    const newcomers = await Promise.all(['cem', 'dan', 'eve'].map(async name => await keyPackage(engine, name)))
    const { welcome, state } = await engine.commit(ann!.state, { add: newcomers.map(one => one.public) })
    const [cem, dan] = newcomers
    const own = engine.welcomeFor(welcome!, dan!.ref)
    assert.ok(own.length < welcome!.length - 150)
    assert.deepEqual(engine.epochAuthenticator(await engine.join({ welcome: own, keyPackage: dan!.private })), engine.epochAuthenticator(state))
    await assert.rejects(engine.join({ welcome: own, keyPackage: cem!.private }))
    assert.throws(() => engine.welcomeFor(own, cem!.ref), BadInputError)
  })

  it('never changes the state it is given', async () => {
    const people = await groupOf(engine, ['ann', 'bob', 'cem'])
    const before = people.map(p => Buffer.from(engine.encodeState(p.state)))
    const pending = await engine.commit(people[0]!.state, { remove: [2], extensions: [roles('new')] })
    await engine.process(people[1]!.state, pending.commit, accept)
    await engine.process(people[2]!.state, pending.commit, accept)
    await assert.rejects(engine.process(people[1]!.state, pending.commit, () => { throw new ForbiddenError('no') }), ForbiddenError)
    assert.deepEqual(people.map(p => Buffer.from(engine.encodeState(p.state))), before)
  })

  it('gives every lone remove, every change of extensions and every update a path', async () => {
    const [ann, bob, cem] = await groupOf(engine, ['ann', 'bob', 'cem'])
    for (const options of [{ remove: [cem!.state.ownLeaf] }, { extensions: [roles('r')] }, {}, { update: true }]) {
      const pending = await engine.commit(ann!.state, options)
      assert.notEqual(inspectCommit(pending.commit).updated, undefined)
      const taken = await engine.process(bob!.state, pending.commit, accept)
      assert.deepEqual(engine.epochAuthenticator(taken.state!), engine.epochAuthenticator(pending.state))
    }
  })

  it('sets extensions and removes a member in one commit', async () => {
    const [ann, bob, cem] = await groupOf(engine, ['ann', 'bob', 'cem'])
    const pending = await engine.commit(ann!.state, { extensions: [roles('r')], remove: [cem!.state.ownLeaf] })
    const taken = await engine.process(bob!.state, pending.commit, accept)
    assert.deepEqual(taken.extensions?.after.map(e => text(e.data)), ['r'])
    assert.deepEqual(engine.epochAuthenticator(taken.state!), engine.epochAuthenticator(pending.state))
  })

  it('adds and renews the own leaf in one commit without showing a change of extensions', async () => {
    const gpq = newPqSecret()
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'], { gpq })
    const cem = await keyPackage(engine, 'cem')
    const pending = await engine.commit(ann!.state, { add: [cem.public], update: { identity: bytes('ann, manifest 2') } })
    const taken = await engine.process(bob!.state, pending.commit, accept)
    assert.equal(taken.extensions, undefined)
    assert.equal(text(taken.updated!.before.identity), 'ann')
    assert.equal(text(taken.updated!.after.identity), 'ann, manifest 2')
    const joined = await engine.join({ welcome: pending.welcome!, keyPackage: cem.private, gpq })
    assert.deepEqual(engine.members(joined).map(m => text(m.identity)), ['ann, manifest 2', 'bob', 'cem'])
    assert.deepEqual(engine.epochAuthenticator(joined), engine.epochAuthenticator(taken.state!))
  })

  it('leaves the tree out of the Welcome when asked, and joins with it beside', async () => {
    const [ann] = await groupOf(engine, ['ann', 'bob'])
    const cem = await keyPackage(engine, 'cem')
    const pending = await engine.commit(ann!.state, { add: [cem.public], treeInWelcome: false })
    await assert.rejects(engine.join({ welcome: pending.welcome!, keyPackage: cem.private }), ProofError)
    const joined = await engine.join({ welcome: pending.welcome!, keyPackage: cem.private, tree: pending.tree! })
    assert.deepEqual(engine.epochAuthenticator(joined), engine.epochAuthenticator(pending.state))
  })

  it('refuses a credential nobody vouches for: in an own add, in another\'s add, on joining, after decoding a state', async () => {
    const mallory = await keyPackage(engine, 'mallory')
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    await assert.rejects(wary.commit(ann!.state, { add: [mallory.public] }), ForbiddenError)
    const pending = await engine.commit(ann!.state, { add: [mallory.public] })
    await assert.rejects(wary.process(bob!.state, pending.commit, accept), ForbiddenError)
    await assert.rejects(wary.process(wary.decodeState(wary.encodeState(bob!.state)), pending.commit, accept), ForbiddenError)
    const taken = await engine.process(bob!.state, pending.commit, accept)
    const cem = await keyPackage(engine, 'cem')
    const next = await engine.commit(taken.state!, { add: [cem.public] })
    await assert.rejects(wary.join({ welcome: next.welcome!, keyPackage: cem.private }), ForbiddenError)
  })

  it('refuses a leaf that takes an identity nobody vouches for, and shows the policy a swapped one', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const swap = await engine.commit(bob!.state, { update: { identity: bytes('mallory') } })
    await assert.rejects(wary.process(ann!.state, swap.commit, accept), ForbiddenError)
    const asAnn = await engine.commit(bob!.state, { update: { identity: bytes('ann') } })
    await assert.rejects(wary.process(ann!.state, asAnn.commit, ({ updated }) => {
      if (updated !== undefined && text(updated.before.identity) !== text(updated.after.identity)) throw new ForbiddenError('credential swap')
    }), /credential swap/u)
  })

  it('lets the policy refuse an add or a remove', async () => {
    const [ann, bob, cem] = await groupOf(engine, ['ann', 'bob', 'cem'])
    const pending = await engine.commit(bob!.state, { remove: [cem!.state.ownLeaf] })
    await assert.rejects(engine.process(ann!.state, pending.commit, async ({ sender, removed }) => {
      if (removed.length > 0 && text(sender.identity) !== 'ann') throw new ForbiddenError('only ann removes')
    }), /only ann removes/u)
  })

  it('refuses a commit of another epoch, of another group, and altered at any place', async () => {
    const people = await groupOf(engine, ['ann', 'bob'])
    const [ann, bob] = people
    const old = bob!.state
    const pending = await engine.commit(ann!.state)
    await spread(engine, people, ann!, pending)
    await assert.rejects(engine.process(bob!.state, pending.commit, accept), ConflictError)
    const lone = await keyPackage(engine, 'eve')
    const other = await engine.createGroup({ groupId: bytes('other'), keyPackage: lone.private })
    await assert.rejects(engine.process(other, pending.commit, accept), BadInputError)
    for (let i = 3; i < pending.commit.length; i += 23) {
      const altered = pending.commit.slice()
      altered[i]! ^= 1
      await assert.rejects(engine.process(old, altered, accept), (e: Error) => e instanceof ProofError || e instanceof BadInputError || e instanceof ConflictError || e instanceof UnsupportedError, `byte ${i}`)
    }
    await assert.rejects(engine.process(old, Buffer.concat([pending.commit, Buffer.of(0)]), accept), BadInputError)
  })

  it('names the pending state to adopt when a twin device meets its leaf\'s own commit', async () => {
    const [ann] = await groupOf(engine, ['ann', 'bob'])
    const twin = engine.decodeState(engine.encodeState(ann!.state))
    const pending = await engine.commit(ann!.state, { update: true })
    await assert.rejects(engine.process(twin, pending.commit, accept), (e: Error) =>
      e instanceof NotFoundError && e.details.commitHash === base32Text(pending.commitHash))
    const adopted = engine.decodeState(engine.encodeState(pending.state))
    assert.deepEqual(engine.epochAuthenticator(adopted), engine.epochAuthenticator(pending.state))
    // An add without a path has no private part, so the twin can take it like any other commit.
    const add = await engine.commit(ann!.state, { add: [(await keyPackage(engine, 'cem')).public] })
    const taken = await engine.process(twin, add.commit, accept)
    assert.deepEqual(engine.epochAuthenticator(taken.state!), engine.epochAuthenticator(add.state))
  })

  it('keeps two devices that share a leaf in one epoch while they race', async () => {
    const people = await groupOf(engine, ['ann', 'bob'])
    const [ann, bob] = people
    let twin = ann!.state
    for (let round = 0; round < 6; round++) {
      const one = await engine.commit(ann!.state)
      const two = await engine.commit(twin)
      const winner = round % 2 === 0 ? one : two
      // The loser finds the winner's pending state in the vault, under the commit's hash.
      bob!.state = (await engine.process(bob!.state, winner.commit, accept)).state!
      ann!.state = winner.state
      twin = engine.decodeState(engine.encodeState(winner.state))
      assert.deepEqual(engine.epochAuthenticator(twin), engine.epochAuthenticator(bob!.state))
    }
  })

  it('checks a key package\'s life when adding, by its own clock, and never when taking a commit', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const cem = await keyPackage(engine, 'cem')
    const later = createMlsEngine({ validateCredential: () => true, now: () => NOW + 400 * DAY })
    await assert.rejects(later.commit(ann!.state, { add: [cem.public] }), ProofError)
    await assert.rejects(later.readKeyPackage(cem.public), /expired/u)
    const pending = await engine.commit(ann!.state, { add: [cem.public] })
    await later.process(bob!.state, pending.commit, accept)
    await later.join({ welcome: pending.welcome!, keyPackage: cem.private })
  })

  it('makes no key package that lives longer than 90 days or has no identity', async () => {
    await assert.rejects(engine.createKeyPackage({ identity: bytes('x'), notBefore: NOW, notAfter: NOW + 91 * DAY }), BadInputError)
    await assert.rejects(engine.createKeyPackage({ identity: bytes('x'), notBefore: NOW, notAfter: NOW }), BadInputError)
    await assert.rejects(engine.createKeyPackage({ identity: bytes(''), notBefore: NOW, notAfter: NOW + DAY }), BadInputError)
  })

  it('joins only with the G_pq whose hash the group has', async () => {
    const gpq = newPqSecret()
    const [ann] = await groupOf(engine, ['ann', 'bob'], { gpq })
    assert.deepEqual(engine.extensions(ann!.state), [{ type: MLS_EXTENSIONS.pqHash, data: pqSecretHash(gpq) }])
    const cem = await keyPackage(engine, 'cem')
    const { welcome } = await engine.commit(ann!.state, { add: [cem.public] })
    const join = { welcome: welcome!, keyPackage: cem.private }
    await assert.rejects(engine.join(join), ProofError)
    await assert.rejects(engine.join({ ...join, gpq: newPqSecret() }), ProofError)
    await engine.join({ ...join, gpq, groupId: bytes('test group') })
    await assert.rejects(engine.join({ ...join, gpq, groupId: bytes('another') }), ForbiddenError)
    await assert.rejects(engine.commit(ann!.state, { extensions: [roles('r')] }), /G_pq/u)
  })

  it('opens no Welcome with another key package', async () => {
    const [ann] = await groupOf(engine, ['ann', 'bob'])
    const pending = await engine.commit(ann!.state, { add: [(await keyPackage(engine, 'cem')).public] })
    await assert.rejects(engine.join({ welcome: pending.welcome!, keyPackage: (await keyPackage(engine, 'cem')).private }), ProofError)
  })

  it('refuses what cannot be committed', async () => {
    const [ann] = await groupOf(engine, ['ann', 'bob'])
    const cem = await keyPackage(engine, 'cem')
    await assert.rejects(engine.commit(ann!.state, { remove: [0] }), BadInputError)
    await assert.rejects(engine.commit(ann!.state, { remove: [7] }), BadInputError)
    await assert.rejects(engine.commit(ann!.state, { remove: [1.5] }), BadInputError)
    await assert.rejects(engine.commit(ann!.state, { remove: [1, 1] }), BadInputError)
    await assert.rejects(engine.commit(ann!.state, { add: [cem.public, cem.public] }), BadInputError)
    await assert.rejects(engine.commit(ann!.state, { extensions: [{ type: 5, data: bytes('') }] }), BadInputError)
    await assert.rejects(engine.commit({ ...ann!.state }), BadInputError)
  })

  it('serves secret chats with the X-Wing suite, and keeps the suites apart', async () => {
    const secret = createMlsEngine({ suite: 'secret', validateCredential: () => true, now: () => NOW })
    const people = await groupOf(secret, ['ann', 'bob'])
    await spread(secret, people, people[1]!, await secret.commit(people[1]!.state))
    assert.deepEqual(secret.epochAuthenticator(people[0]!.state), secret.epochAuthenticator(people[1]!.state))
    await assert.rejects(engine.commit(people[0]!.state), BadInputError)
    assert.throws(() => engine.decodeState(secret.encodeState(people[0]!.state)), UnsupportedError)
    await assert.rejects(engine.readKeyPackage((await keyPackage(secret, 'ann')).public), UnsupportedError)
  })
})
