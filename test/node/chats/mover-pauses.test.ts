/** When a move goes on: as soon as it can, and never later because something came at the wrong moment. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { sameBytes, type LogId } from '../../../src/protocol/wire/index.js'
import type { Chat } from '../../../src/node/chats/chat.js'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { Mover } from '../../../src/node/chats/mover.js'
import { Serial } from '../../../src/node/serial.js'
import { eventually, SmallWorld, type Fate, type SmallPerson, type SmallRelay } from '../small-world.js'

/** Lets the event loop go round so many times. */
async function rounds (n: number): Promise<void> { for (let i = 0; i < n; i++) await new Promise(resolve => setImmediate(resolve)) }

describe('a move of a chat', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson
  let second: SmallRelay
  let third: SmallRelay

  const session = ({ core }: SmallPerson): ChatSession => core.chats.all()[0]!
  const chat = (who: SmallPerson): Chat => session(who).chat
  const isAt = (relay: SmallRelay, term: number): boolean => sameBytes(chat(alice).home.peer, relay.signer.key) && chat(alice).cursor.term === term

  beforeEach(async () => {
    world = await SmallWorld.make(4)
    ;[, , second, third] = world.relays as [SmallRelay, SmallRelay, SmallRelay, SmallRelay]
    alice = await world.person('alice')
    bob = await world.person('bob', {}, world.relays[1])
    await world.introduce(alice, bob)
    for (const relay of [second, third]) await alice.node.addRelay(relay.address)
    await alice.node.send('bob', 'here', { wait: 'delivered' })
  })
  afterEach(async () => { await world.close() })

  describe('by agreement', () => {
    const { setTimeout } = globalThis
    // No pause of a move's ends by itself.
    beforeEach(() => { globalThis.setTimeout = ((run: () => void, ms = 0) => setTimeout(run, ms < 500 ? ms : 2 ** 30)) as typeof setTimeout })
    afterEach(() => { globalThis.setTimeout = setTimeout })

    it('goes on as soon as the log shows the order: the chat has no home until it does', async function () {
      this.timeout(20_000)
      await alice.node.moveChat('bob', { to: second.address })
      await eventually(() => isAt(second, 2))
    })

    it('is ordered anew as soon as what came before it was read', async function () {
      this.timeout(20_000)
      let said = 0
      alice.options.fate = async (log, [item]): Promise<Fate> => {
        if (sameBytes(log, chat(alice).log) && item?.expectHead !== undefined && said < 5) await bob.node.send('alice', `${++said}`, { wait: 'stored' })
        return 'pass'
      }
      await alice.node.moveChat('bob', { to: second.address })
      await eventually(() => isAt(second, 2))
      assert.equal(said, 5)
    })
  })

  describe('back to a relay from which it was taken over', () => {
    let show: () => void

    /** The log is taken over from the second relay, and the third, where it lives now, does not show that before it is let. */
    beforeEach(async () => {
      await alice.node.moveChat('bob', { to: second.address })
      await bob.node.send('alice', 'there', { wait: 'delivered' })
      alice.meets(world.relays.filter(relay => relay !== second))
      second.cutOff(alice.device.key)
      await bob.node.send('alice', 'unread', { wait: 'stored' })
      second.cut(true)
      bob.meets([])
      for (const relay of world.relays) relay.cutOff(bob.device.key)
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const { follows } = third.services
      const follow = follows.follow.bind(follows)
      follows.follow = async (...asked) => {
        await promise
        await follow(...asked)
      }
      show = () => { resolve(undefined) }
      await alice.node.moveChat('bob', { to: third.address, lost: true })
      assert.deepEqual([chat(alice).home.term, chat(alice).cursor.term], [3, 2])
      second.back()
      alice.meets(world.relays)
    })
    afterEach(() => { show() })

    /** That one has it, and all that was said. */
    async function isBack (): Promise<void> {
      await eventually(() => isAt(second, 4))
      bob.meets(world.relays)
      const texts = async (who: SmallPerson): Promise<string> => (await who.node.showChat(chat(who).id, { limit: 100 })).messages.map(({ seq, text }) => `${seq} ${text}`).join()
      await eventually(async () => /unread/.test(await texts(alice)) && await texts(alice) === await texts(bob) && chat(bob).outbox.size === 0)
      assert.deepEqual([chat(alice).cursor.alarm, chat(bob).cursor.alarm], [null, null])
    }

    it('shows that one first how it lost it, which stands in what is read only then', async () => {
      const { raw } = chat(alice)
      const page = raw.page.bind(raw)
      let pages = 0
      // As when what is read comes between two steps of the move.
      raw.page = async (...asked) => {
        const read = await page(...asked)
        if (chat(alice).cursor.term < 3 && ++pages === 2) await eventually(() => chat(alice).cursor.term === 3)
        return read
      }
      const moving = alice.node.moveChat('bob', { to: second.address })
      await eventually(() => chat(alice).record.move !== undefined)
      await rounds(50)
      show()
      await moving
      await isBack()
    })

    it('shows it that also when the relay of now is gone before it has shown it', async () => {
      third.cut(true)
      await alice.node.moveChat('bob', { to: second.address, lost: true })
      await isBack()
    })
  })
})

describe('a move that waits', () => {
  it('goes on whenever it is kicked: also in the very moment in which it has looked last', async () => {
    const peer = randomBytes(32)
    for (let n = 0; n < 40; n++) {
      const home = { term: 1, peer: randomBytes(32), addrs: [] }
      const log: LogId = randomBytes(34)
      const chat = {
        id: 'x', log, home, cursor: { seq: 0, term: 1 }, serial: new Serial(), recordOps: () => [], genesis: {},
        // Without the owner key there is nothing to be done before the log is elsewhere.
        record: { ownerSeed: null, move: { peer, addrs: [], lost: false, from: 1, action: null, id: randomBytes(16) } },
        deps: { kv: { batch: async () => { await Promise.resolve() } }, pool: { link: () => ({}), links: () => [] }, log: () => undefined }
      }
      const mover = new Mover(chat as unknown as Chat, () => undefined)
      mover.start()
      for (let i = 0; i < n; i++) await Promise.resolve()
      home.term = 2
      mover.kick()
      await rounds(5)
      assert.equal('move' in chat.record, false, `a kick ${n} turns after the one before was lost`)
      await mover.stop()
    }
  })
})
