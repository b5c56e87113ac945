/** Who tries to move a chat that is not theirs, homes that the log has left, and two who move it at once. */
import assert from 'node:assert/strict'
import { systemRandom } from '../../src/protocol/crypto/index.js'
import { ENTRY_KIND, ForbiddenError, handOver, signerFromSeed, signOwnerAction, type Append, type NextCaps, type Signer, type TermAction } from '../../src/protocol/wire/index.js'
import type { Chat } from '../../src/node/chats/chat.js'
import { eventually, SmallWorld, type SmallPerson, type SmallRelay } from '../node/small-world.js'
import { key } from '../protocol/wire/kit.js'

describe('moves of a chat', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson
  let [second, third]: SmallRelay[] = []
  const chatOf = (who: SmallPerson): Chat => who.core.chats.all()[0]!.chat
  const lines = async (who: SmallPerson, chat: string): Promise<string[]> => (await who.node.showChat(chat)).messages.map(m => `${m.seq} ${m.text}`)
  const isAt = (relay: SmallRelay): boolean => [alice, bob].every(who => Buffer.compare(chatOf(who).home.peer, relay.signer.key) === 0)
  /** Each follows its own order. */
  const isAtOwn = (): boolean => [[alice, world.relays[0]!], [bob, second!]].every(([who, relay]) => Buffer.compare(chatOf(who as SmallPerson).home.peer, (relay as SmallRelay).signer.key) === 0)
  const atRest = async (): Promise<boolean> => {
    const [left, right] = [await lines(alice, 'bob'), await lines(bob, 'alice')]
    return left.join('|') === right.join('|') && !left.some(line => line.startsWith('null'))
  }
  const unaccused = (): void => { for (const who of [alice, bob]) assert.equal(chatOf(who).cursor.alarm, null) }

  beforeEach(async () => {
    world = await SmallWorld.make(4)
    ;[, second, third] = world.relays
    alice = await world.person('alice')
    bob = await world.person('bob', {}, second)
    await alice.node.addRelay(third!.address)
    await world.introduce(alice, bob)
    await alice.node.moveChat('bob', { to: third!.address })
    await bob.node.send('alice', 'before', { wait: 'delivered' })
  })
  afterEach(async () => { await world.close() })

  function order (by: Signer, change: Partial<TermAction> = {}): Uint8Array {
    const { log, cursor: { seq, hash } } = chatOf(alice)
    return signOwnerAction({ op: 'term', log, term: 9, home: second!.signer.key, addrs: [second!.address], seq, hash, by: 'takeover', ...change }, by)
  }

  it('are nobody\'s but the holder\'s of its owner key, whoever brings the order', async () => {
    const session = alice.core.chats.all()[0]!
    for (const by of [key(77), signerFromSeed(bob.deviceSeed), bob.account]) await assert.rejects(session.heardOfMove(order(by)), (e: Error & { code: string }) => e.code === 'ERR_PROOF')
    const { ownerSeed, home } = chatOf(alice).record
    const owner = signerFromSeed(ownerSeed!)
    await assert.rejects(session.heardOfMove(order(owner, { log: chatOf(alice).log.with(9, 1) })), (e: Error & { code: string }) => e.code === 'ERR_PROOF')
    await session.heardOfMove(order(owner, { term: 2, seq: 0 }))
    assert.deepEqual(chatOf(alice).record.home, home, 'an older order changes nothing')
    chatOf(bob).record = { ...chatOf(bob).record, ownerSeed: null }
    await assert.rejects(bob.node.moveChat('alice'), ForbiddenError)
    await bob.node.send('alice', 'still here', { wait: 'delivered' })
    unaccused()
  })

  it('leave a home behind that may come back: it is no liar, and what it alone had is brought back', async () => {
    const session = bob.core.chats.all()[0]!
    // He sees nothing of what the home acknowledges now, and of the second message's author that he had seen the first.
    await session.stop()
    for (const text of ['acknowledged', 'and this']) {
      await alice.node.send('bob', text, { wait: 'stored' })
      await eventually(() => chatOf(alice).outbox.size === 0)
    }
    const place = chatOf(alice).cursor.seq
    third!.cut(true)
    session.start()
    await bob.node.moveChat('alice', { lost: true })
    assert.ok(chatOf(bob).record.home!.seq < place, 'it is taken over from below')
    third!.back()
    await eventually(async () => isAt(second!) && await atRest())
    await bob.node.send('alice', 'after', { wait: 'delivered' })
    assert.deepEqual((await lines(alice, 'bob')).map(line => line.replace(/^\d+ /, '')).toSorted(), ['acknowledged', 'after', 'and this', 'before'])
    unaccused()
  })

  async function goOnElsewhere (makeEntry: (caps: NextCaps) => Partial<Append>): Promise<void> {
    const { link, log, keys } = chatOf(bob)
    const entry = makeEntry({ append: keys.append.key, read: keys.read.key, owner: key(78).key })
    const [result] = await link.append(log, [{ id: systemRandom(16), kind: ENTRY_KIND.data, payload: new Uint8Array(), ...entry }])
    assert.ok(!(result instanceof Error), 'he holds the owner key, so the home takes it')
    await eventually(() => [alice, bob].every(who => chatOf(who).cursor.alarm !== null))
    for (const who of [alice, bob]) assert.match(chatOf(who).cursor.alarm!.message, /replaces the owner key/)
    await alice.node.moveChat('bob', { to: world.relays[0]!.address, lost: true })
    await eventually(() => isAt(world.relays[0]!))
    await bob.node.resumeChat('alice')
    await alice.node.send('bob', 'after', { wait: 'delivered' })
    unaccused()
  }

  it('are not prevented by a commit that gives the log another owner key', async () => {
    const { log, cursor: { lastCommit: base }, record: { ownerSeed } } = chatOf(bob)
    await goOnElsewhere(caps => ({ kind: ENTRY_KIND.commit, payload: systemRandom(200), base, caps: handOver(log, caps, signerFromSeed(ownerSeed!)) }))
  })

  it('are not prevented by a void that gives the log another owner key', async () => {
    const { log, cursor: { lastCommit: seq }, record: { ownerSeed } } = chatOf(bob)
    await goOnElsewhere(caps => ({ kind: ENTRY_KIND.control, payload: signOwnerAction({ op: 'void', log, seq, caps }, signerFromSeed(ownerSeed!)) }))
  })

  it('are decided by the present home when both move it at once', async () => {
    const fourth = world.relays[3]!
    await bob.node.addRelay(fourth.address)
    const results = await Promise.allSettled([alice.node.moveChat('bob', { to: world.relays[0]!.address }), bob.node.moveChat('alice', { to: fourth.address })])
    assert.equal(results.filter(r => r.status === 'fulfilled').length, 1)
    const lost = results.find(r => r.status === 'rejected')
    assert.equal((lost?.reason as { code: string }).code, 'ERR_CONFLICT')
    await alice.node.send('bob', 'where are we?', { wait: 'delivered' })
    assert.deepEqual(chatOf(alice).home.peer, chatOf(bob).home.peer)
    assert.deepEqual([chatOf(alice).record.move, chatOf(bob).record.move], [undefined, undefined])
    unaccused()
  })

  it('end at one home when both take it over at once, with every message', async () => {
    third!.cut(true)
    await alice.node.send('bob', 'from alice', { wait: 'queued' })
    await bob.node.send('alice', 'from bob', { wait: 'queued' })
    await Promise.allSettled([alice.node.moveChat('bob', { to: world.relays[0]!.address, lost: true }), bob.node.moveChat('alice', { lost: true })])
    await eventually(async () => (isAt(second!) || isAt(world.relays[0]!)) && (await lines(alice, 'bob')).length === 3 && await atRest())
    await alice.node.send('bob', 'together', { wait: 'delivered' })
    unaccused()
  })

  it('end at one home when both took it over, and went on there before they heard of each other: nobody is accused of what was seen there', async () => {
    const sessions = [alice, bob].map(who => who.core.chats.all()[0]!)
    const heard: Array<() => Promise<void>> = []
    for (const session of sessions) {
      const hear = session.heardOfMove.bind(session)
      session.heardOfMove = (...order) => { heard.push(async () => { await hear(...order) }); return Promise.resolve() }
    }
    third!.cut(true)
    await alice.node.moveChat('bob', { to: world.relays[0]!.address, lost: true })
    await bob.node.moveChat('alice', { lost: true })
    assert.ok(isAtOwn())
    for (const [who, other, name] of [[alice, 'bob', 'alice'], [bob, 'alice', 'bob']] as const) {
      await eventually(() => chatOf(who).cursor.term === 3)
      for (const n of ['one', 'two', 'three']) await who.node.send(other, `${name} ${n}`, { wait: 'stored' })
      await eventually(() => chatOf(who).outbox.size === 0)
    }
    assert.ok(isAtOwn())
    for (const session of sessions) delete (session as Partial<typeof session>).heardOfMove
    for (const hear of heard) await hear()
    await eventually(async () => (isAt(second!) || isAt(world.relays[0]!)) && (await lines(alice, 'bob')).length === 7 && await atRest())
    unaccused()
    await alice.node.send('bob', 'together', { wait: 'delivered' })
    await bob.node.send('alice', 'we are', { wait: 'delivered' })
    unaccused()
  })
})
