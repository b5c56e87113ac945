import assert from 'node:assert/strict'
import { ReadOnlyError } from '../../../src/protocol/wire/index.js'
import { faultyLevel, ioError, type Faults } from '../../store/faulty-level.js'
import { nextTick, TestClock } from '../../store/support.js'
import { until, untilText, World, type Person } from '../world.js'

const FULL = ioError('', 'No space left on device')
/** Nobody waits long in a test. */
const SOON = { retryBaseMs: 20, retryCapMs: 100, awayMs: 50 }
const EIO = ioError('EIO', 'Input/output error')

describe('a node whose disk refuses', () => {
  let world: World
  let alice: Person
  let bob: Person
  let faults: Faults
  let clock: TestClock

  /** Bob's disk is the one that fails. */
  const disk = (): { makeLevel: ReturnType<typeof faultyLevel>, clock: TestClock, probe: () => Promise<void> } =>
    ({ makeLevel: faultyLevel(faults), clock, probe: async () => { if (faults.write !== undefined) throw faults.write } })

  /** What bob's chat with alice must hold in the end. */
  const all: string[] = []
  before(async () => {
    faults = { opened: 0 }
    clock = new TestClock()
    world = await World.make()
    alice = await world.person('alice', { timing: SOON })
    bob = await world.person('bob', { store: disk(), timing: SOON })
    await world.introduce(alice, bob)
    await say(alice, 'before')
  })
  after(async () => {
    faults.write = undefined
    await world.close()
  })
  afterEach(async () => {
    faults.writesThrough = false
    await heal()
  })

  /** A message that arrives. */
  async function say (who: Person, text: string, key = text): Promise<void> {
    await who.node.send(who === alice ? 'bob' : 'alice', text, { idempotencyKey: key, wait: 'delivered' })
    all.push(text)
  }

  /** Gives the disk back, and waits until the store has noticed. */
  async function heal (): Promise<void> {
    faults.write = undefined
    while ((await bob.node.status()).store !== 'open') {
      if (clock.waiting > 0) clock.advance(60_000)
      await nextTick()
    }
  }

  const refused = (unknown: boolean) => (error: Error): boolean => {
    assert.ok(error instanceof ReadOnlyError, String(error))
    assert.match(error.message, /the store is read-only.*writing resumes by itself/)
    assert.equal(error.details.unknown, unknown)
    return true
  }
  /** The disk fails, and this is the first write that meets it: what the node writes by itself may come before, and then it is done again. */
  async function meets (fault: Partial<Faults>, write: () => Promise<unknown>): Promise<void> {
    for (;;) {
      Object.assign(faults, fault)
      const error = await write().then(() => assert.fail('the disk took it'), (thrown: unknown) => thrown)
      assert.ok(error instanceof ReadOnlyError, String(error))
      if (error.details.unknown !== false) {
        refused(true)(error)
        return
      }
      faults.writesThrough = false
      await heal()
    }
  }

  const texts = async (who: Person, chat: string): Promise<string[]> => (await who.node.showChat(chat)).messages.map(m => m.text)

  it('says so while it is full, goes on reading, and loses and doubles nothing once it is well', async () => {
    await meets({ write: FULL }, async () => await bob.node.send('alice', 'one', { idempotencyKey: 'k1' }))
    await assert.rejects(bob.node.send('alice', 'two', { idempotencyKey: 'k2' }), refused(false))
    const status = await bob.node.status()
    assert.equal(status.store, 'read-only')
    assert.ok(status.warnings.some(w => /the disk takes no writes/.test(w)), status.warnings.join())
    assert.ok((await bob.node.doctor()).some(f => f.check === 'store' && !f.ok && /disk is full.*free some space/.test(f.message)))
    assert.deepEqual(await texts(bob, 'alice'), all)
    const waiting = await alice.node.send('bob', 'while it was refusing')
    assert.equal(waiting.state, 'stored', 'what was not written is not acknowledged')
    await heal()
    await untilText(bob.node, 'while it was refusing')
    all.push('while it was refusing')
    await say(bob, 'one', 'k1')
    await say(bob, 'two', 'k2')
    assert.deepEqual((await bob.node.status()).warnings, [])
  })

  it('says so for a failing one (EIO) too, and sends once what was on it after all, as far as nobody could tell', async () => {
    await meets({ write: EIO, writesThrough: true }, async () => await bob.node.send('alice', 'perhaps', { idempotencyKey: 'k' }))
    assert.ok((await bob.node.status()).warnings.some(w => w.includes('Input/output error')))
    await heal()
    await say(bob, 'perhaps', 'k')
    await say(bob, 'for sure')
  })

  it('takes the word that a message came back with the message that it could not write, and says it once it can', async () => {
    for (const writesThrough of [false, true]) {
      Object.assign(faults, { write: FULL, writesThrough })
      const text = `while it was full, ${writesThrough ? 'as it said' : 'in truth'}`
      const sent = await alice.node.send('bob', text)
      while ((await bob.node.status()).store === 'open') await nextTick()
      await heal()
      await until(alice.node, e => e.type === 'messageState' && e.id === sent.id && e.state === 'delivered')
      all.push(text)
      await say(bob, `answer to: ${text}`)
    }
    for (const who of [alice, bob]) assert.deepEqual((await who.node.listChats()).map(({ alarm, gaps }) => ({ alarm, gaps })), [{ alarm: null, gaps: [] }])
  })

  it('keeps what it had accepted and not sent yet, in order', async () => {
    const listen = world.address.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    for (const text of ['first', 'second']) await bob.node.send('alice', text, { wait: 'queued' })
    await meets({ write: FULL }, async () => await bob.node.send('alice', 'third', { wait: 'queued' }))
    await world.startRelay(listen)
    await untilText(alice.node, 'second')
    await heal()
    all.push('first', 'second')
    await say(bob, 'fourth')
  })

  it('has written all of it, once, and so has who it was written to', async () => {
    await world.restart(bob, { store: disk(), timing: SOON })
    assert.deepEqual(await texts(bob, 'alice'), all)
    assert.deepEqual(await texts(alice, 'bob'), all)
  })

  it('has a new contact and its chat, and has them after a restart, when their letter came meanwhile', async () => {
    const dave = await world.person('dave', { timing: SOON })
    const { link } = await bob.node.createInvite()
    faults.write = FULL
    await dave.node.addContact(link)
    await dave.node.send('bob', 'are you there?')
    while (!(await bob.node.status()).warnings.some(w => /letters of new contacts do not come in/.test(w))) await nextTick()
    assert.deepEqual((await bob.node.listContacts()).map(c => c.name), ['alice'])
    await heal()
    await untilText(bob.node, 'are you there?')
    assert.equal((await bob.node.send('dave', 'yes', { wait: 'delivered' })).state, 'delivered')
    const before = await bob.node.listContacts()
    await world.restart(bob, { store: disk(), timing: SOON })
    assert.deepEqual(await bob.node.listContacts(), before)
    assert.deepEqual(before.map(c => c.name).sort(), ['alice', 'dave'])
  })

  it('shows no change that it refused: not a name, an invite, a relay or an answered request', async () => {
    const carol = await world.person('carol', { timing: SOON })
    await carol.node.addContact((await bob.node.identity()).link)
    await until(bob.node, e => e.type === 'request')
    const [request] = await bob.node.listRequests()
    const shown = async (): Promise<unknown> => [
      await bob.node.listContacts(), (await bob.node.listInvites()).map(i => i.id), (await bob.node.listRequests()).map(r => r.id), (await bob.node.listRelays()).map(r => r.address)
    ]
    const before = await shown()
    faults.write = FULL
    await assert.rejects(bob.node.renameContact('alice', 'Al'), ReadOnlyError)
    await assert.rejects(bob.node.setVerified('alice', true), ReadOnlyError)
    await assert.rejects(bob.node.blockContact('alice', true), ReadOnlyError)
    await assert.rejects(bob.node.createInvite(), ReadOnlyError)
    await assert.rejects(bob.node.declineRequest(request!.id), ReadOnlyError)
    await assert.rejects(bob.node.acceptRequest(request!.id, { alias: 'C' }), ReadOnlyError)
    await assert.rejects(bob.node.addRelay(world.address, { token: 'another' }), ReadOnlyError)
    assert.deepEqual(await shown(), before)
    await heal()
    assert.deepEqual(await shown(), before)
    await bob.node.acceptRequest(request!.id, { alias: 'C' })
    await bob.node.renameContact('alice', 'Al')
    const after = await shown()
    await world.restart(bob, { store: disk(), timing: SOON })
    assert.deepEqual(await shown(), after)
    assert.deepEqual((await bob.node.listContacts()).map(c => c.name).sort(), ['Al', 'C', 'dave'])
  })
})
