import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { attest, LIMITS, verifyEvidence, type Digest, type Signer } from '../../../src/protocol/wire/index.js'
import { ToldHeads } from '../../../src/node/chats/pipes/told-heads.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('a head that another member tells', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson
  let told: ToldHeads

  beforeEach(async () => {
    world = await SmallWorld.make(2)
    alice = await world.person('alice')
    bob = await world.person('bob')
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'hello', { wait: 'delivered' })
    await eventually(() => alice.core.chats.all()[0]!.chat.outbox.size === 0)
    const session = alice.core.chats.all()[0]!
    told = new ToldHeads({ chat: session.chat, accuse: async error => { await session.accuse(error) }, checkPromised: async () => { await session.checkPromised() } })
  })
  afterEach(async () => { await world.close() })

  const chat = (): ReturnType<SmallPerson['core']['chats']['all']>[number]['chat'] => alice.core.chats.all()[0]!.chat

  async function tell (seq: number, { hash = randomBytes(32), time = chat().witness.saidAt ?? 0, term = 1, by = world.relay.signer }: { hash?: Digest, time?: number, term?: number, by?: Signer } = {}): Promise<void> {
    await told.take(bob.account.key, attest([{ type: 'head', log: chat().log, term, seq, hash, time }], by)[0]!)
  }

  /** What was found, and what anybody can be shown of it. */
  async function found (): Promise<[string | undefined, string | undefined]> {
    const [proof] = await alice.node.listProofs(chat().id)
    return [chat().cursor.alarm?.kind, proof === undefined ? undefined : verifyEvidence(Buffer.from(proof.evidence, 'base64')).kind]
  }

  it('says nothing against the home when it fits, or nobody knows who signed it', async () => {
    const { seq, hash } = chat().cursor
    await tell(seq, { hash })
    await tell(seq - 1, { hash: chat().hashAt(seq - 1)! })
    await tell(seq, { by: bob.device })
    assert.deepEqual(await found(), [undefined, undefined])
  })

  it('says nothing against a home that the log has left while it waited to be judged', async () => {
    const { seq } = chat().cursor
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const turn = chat().serial.run(async () => { await promise })
    const telling = tell(seq)
    chat().record = { ...chat().record, home: { term: 2, peer: world.relays[1]!.signer.key, addrs: [], seq: seq - 1, by: 'takeover', action: new Uint8Array() } }
    resolve(undefined)
    await turn
    await telling
    assert.deepEqual(await found(), [undefined, undefined])
  })

  it('proves a fork when it is of another entry', async () => {
    await tell(chat().cursor.seq)
    assert.deepEqual(await found(), ['fork', 'fork'])
  })

  it('proves that the home held entries back from the other, when it ends too early and was signed much later', async () => {
    const { seq } = chat().cursor
    await tell(seq - 1, { hash: chat().hashAt(seq - 1)!, time: chat().witness.saidAt! + LIMITS.proofMarginMs })
    assert.deepEqual(await found(), ['rollback', 'back'])
  })

  it('proves that the home holds entries back from here, when it was signed long before the end that is shown here', async () => {
    const { seq } = chat().cursor
    await tell(seq + 1, { time: chat().witness.signedAt! - LIMITS.proofMarginMs })
    assert.deepEqual(await found(), ['rollback', 'back'])
  })

  it('is asked after: a home whose log ends before it is caught', async () => {
    const { seq } = chat().cursor
    await tell(seq + 1)
    assert.equal((await found())[0], 'rollback')
    assert.match(chat().cursor.alarm!.message, /rolled back/)
  })

  it('is nothing any more when the log has been taken over meanwhile: its new home never signed that', async () => {
    const { seq } = chat().cursor
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const busy = chat().serial.run(async () => { await promise })
    const judged = tell(seq + 1)
    const { record, home } = chat()
    chat().record = { ...record, home: { ...home, addrs: [...home.addrs], term: 2, seq, by: 'takeover', action: new Uint8Array() } }
    resolve(undefined)
    await Promise.all([busy, judged])
    assert.deepEqual([chat().promisedTo, await found()], [0, [undefined, undefined]])
    chat().record = record
  })

  it('proves a fork when the home has another entry there, though it pushes none', async () => {
    const { contacts, updates } = alice.core
    // The log is not followed.
    await alice.node.blockContact('bob', true)
    await updates.write(contacts.put({ ...contacts.resolve('bob'), blocked: false }, 'changed').ops, [])
    const { seq } = chat().cursor
    await bob.node.send('alice', 'unseen', { wait: 'stored' })
    await eventually(async () => (await world.relay.store.logs.head(chat().log)).seq === seq + 1)
    await tell(seq + 1)
    assert.deepEqual(await found(), ['fork', 'fork'])
  })

  it('of a later term is kept until the log has come to that term, and judged then', async () => {
    const next = world.relays[1]!
    const { seq } = chat().cursor
    await tell(seq + 1, { term: 2, by: next.signer })
    assert.deepEqual([told.isDue, await found()], [false, [undefined, undefined]])
    await alice.node.addRelay(next.address)
    await alice.node.moveChat('bob', { to: next.address })
    await eventually(() => chat().cursor.term === 2 && chat().cursor.seq > seq)
    assert.equal(told.isDue, true)
    await told.takeDue()
    assert.equal((await found())[0], 'fork')
    assert.equal(told.isDue, false)
  })
})
