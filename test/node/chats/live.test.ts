/** What people do at the moment: told by pipes at a bounded rate, shown for a while, and kept nowhere. */
import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { Board, type ActivityNews, type Heard } from '../../../src/node/chats/live/board.js'
import { Live, type LiveFrame } from '../../../src/node/chats/live/live.js'
import type { ChatSession, PresenceSetting } from '../../../src/node/chats/index.js'
import { pipeAddress, sealPipeFrame } from '../../../src/protocol/crypto/index.js'
import { encodePipeFrame } from '../../../src/protocol/message/index.js'
import { LIMITS, peerIdText, RateLimitError, randomSeed, sameBytes, signerFromSeed, type KeyBytes } from '../../../src/protocol/wire/index.js'
import { copyOf, eventually, SmallWorld, type SmallPerson } from '../small-world.js'

const account = (): KeyBytes => signerFromSeed(randomSeed()).key
const TIMES = { typingEveryMs: 5000, typingMs: 8000, presenceEveryMs: 60_000, presenceMs: 90_000 }
const START = 1_790_000_000_000

describe('what others do at the moment', () => {
  const ann = account()
  let board: Board
  let told: ActivityNews[]

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START })
    board = new Board(() => Date.now(), TIMES)
    told = []
    board.watch(news => { told.push(news) })
  })
  afterEach(() => {
    board.stop()
    mock.timers.reset()
  })

  const word = (over: Partial<Heard> = {}): Heard => ({ chat: 'birds', account: ann, kind: 'typing', at: Date.now(), ms: 8000, ...over })
  const kinds = (): string[] => told.map(({ kind }) => kind)

  it('ends by itself, however long its author says that it lasts', () => {
    board.take(word({ ms: 10 ** 12 }))
    board.take(word({ kind: 'online', ms: 10 ** 12 }))
    mock.timers.tick(7999)
    assert.deepEqual([kinds(), board.all().length], [['typing', 'online'], 2])
    mock.timers.tick(1)
    assert.deepEqual([kinds(), board.all().length], [['typing', 'online', 'idle'], 1])
    mock.timers.tick(TIMES.presenceMs)
    assert.deepEqual([kinds(), board.all().length], [['typing', 'online', 'idle', 'offline'], 0])
  })

  it('goes on with the next word, and ends at once when its author says so or has sent what it wrote', () => {
    board.take(word())
    mock.timers.tick(5000)
    board.take(word())
    mock.timers.tick(5000)
    assert.deepEqual(kinds(), ['typing', 'typing'])
    board.take(word({ kind: 'idle', ms: 0 }))
    mock.timers.tick(5000)
    board.take(word({ kind: 'recording' }))
    board.said('birds', ann)
    assert.deepEqual(kinds(), ['typing', 'typing', 'idle', 'recording', 'idle'])
    board.said('birds', ann)
    assert.equal(told.length, 5)
  })

  it('is not shown again by a word that comes twice, late, or from another time', () => {
    board.take(word())
    mock.timers.tick(60_000)
    assert.deepEqual(kinds(), ['typing', 'idle'])
    for (const at of [START, START - 1, Date.now() - LIMITS.clockSkewMs - 1, Date.now() + LIMITS.clockSkewMs + 1]) assert.equal(board.take(word({ at })), false, String(at))
    assert.equal(told.length, 2)
    // Once it is forgotten, it is too old to be taken.
    mock.timers.tick(LIMITS.clockSkewMs + 1)
    board.take(word({ at: START }))
    assert.equal(told.length, 2)
  })

  it('takes no flood: words of one member that come too fast, and of more members than can be', () => {
    for (let n = 0; n < 50; n++) board.take(word({ at: START + n }))
    assert.equal(told.length, 1)
    for (let n = 0; n < LIMITS.activitiesKept + 10; n++) board.take(word({ chat: `chat ${n}` }))
    assert.equal(board.all().length, LIMITS.activitiesKept)
  })
})

describe('what this person does at the moment', () => {
  let sent: Array<{ to: number, frame: LiveFrame }>
  let live: Live

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START })
    sent = []
  })
  afterEach(() => {
    live.stop()
    mock.timers.reset()
  })

  const me = account()
  const chat = (members: number, direct = false): ChatSession => {
    const peers = Array.from({ length: members - 1 }, account)
    return { chat: { id: `chat of ${members}`, record: { direct, stage: 'ready', members: [me, ...peers].map(one => ({ account: one })) }, peers, peer: direct ? peers[0] : undefined, hasPeer: true } } as unknown as ChatSession
  }
  const make = (setting: PresenceSetting, sessions: ChatSession[] = [], isBlocked: (who: KeyBytes) => boolean = () => false): void => {
    live = new Live({ me, now: () => Date.now(), timing: TIMES, setting, isBlocked, sessions: () => sessions, send: async (_session, to, frame) => { sent.push({ to: to.length, frame }) } })
  }
  const tick = async (ms: number): Promise<void> => {
    mock.timers.tick(ms)
    for (let n = 0; n < 4; n++) await Promise.resolve()
  }
  const words = (): string[] => sent.map(({ frame }) => frame.kind === 'typing' ? frame.action : frame.online ? 'online' : 'offline')

  it('is told once in five seconds at the most, and that it has ended only after that it began', async () => {
    make('on')
    const birds = chat(3)
    live.typing(birds, 'idle')
    for (let n = 0; n < 100; n++) {
      live.typing(birds, 'typing')
      await tick(100)
    }
    assert.deepEqual(words(), ['typing', 'typing'])
    for (let n = 0; n < 5; n++) {
      live.typing(birds, 'idle')
      await tick(10)
      live.typing(birds, 'typing')
      await tick(10)
    }
    assert.ok(words().length <= 5, words().join())
    assert.ok(sent.every(({ frame }, i) => i === 0 || frame.at > sent[i - 1]!.frame.at))
  })

  it('is told to have ended behind the word that is still on its way', async () => {
    const gone = Promise.withResolvers<undefined>()
    sent = []
    live = new Live({ me, now: () => Date.now(), timing: TIMES, setting: 'on', isBlocked: () => false, sessions: () => [], send: async (_session, to, frame) => { sent.push({ to: to.length, frame }); await gone.promise } })
    const birds = chat(3)
    for (const kind of ['typing', 'idle', 'idle'] as const) live.typing(birds, kind)
    assert.deepEqual(words(), ['typing'])
    gone.resolve(undefined)
    await tick(0)
    assert.deepEqual(words(), ['typing', 'idle'])
  })

  it('is not told in a large group, nor to who is blocked', async () => {
    const [small, large, three] = [chat(LIMITS.typingMembers), chat(LIMITS.typingMembers + 1), chat(3)]
    const blocked = three.chat.peers[0]!
    make('on', [], who => sameBytes(who, blocked))
    for (const one of [small, large, three]) live.typing(one, 'typing')
    await tick(0)
    assert.deepEqual(sent.map(({ to }) => to), [LIMITS.typingMembers - 1, 1])
    for (const one of [small, large, three]) live.heard(one, { kind: 'typing', from: one.chat.peers[0]!, action: 'typing', at: Date.now(), ms: 1000 })
    assert.deepEqual(live.board.all().map(({ chat: id }) => id), [small.chat.id])
  })

  it('is told to contacts alone, again while it lasts, and ends by itself', async () => {
    make('on', [chat(2, true), chat(2, true), chat(3)])
    live.setOnline(true)
    await tick(0)
    assert.deepEqual([words(), sent.map(({ to }) => to)], [['online', 'online'], [1, 1]])
    live.setOnline(true)
    await tick(59_000)
    live.setOnline(true)
    assert.equal(sent.length, 2)
    await tick(1000)
    assert.equal(sent.length, 4)
    await tick(TIMES.presenceMs)
    assert.deepEqual([words().slice(-2), live.board.all()], [['offline', 'offline'], []])
    const before = sent.length
    await tick(10 * TIMES.presenceMs)
    assert.equal(sent.length, before)
  })

  it('is answered when a contact comes, and not again', async () => {
    const direct = chat(2, true)
    make('on', [direct])
    const from = direct.chat.peers[0]!
    live.setOnline(true)
    for (let n = 0; n < 3; n++) {
      live.heard(direct, { kind: 'presence', from, online: true, at: Date.now(), ms: 90_000 })
      await tick(1000)
    }
    assert.deepEqual(words(), ['online', 'online'])
    assert.deepEqual(live.board.all().map(({ kind, name }) => [kind, name]), [['online', peerIdText(from)]])
  })

  it('is told and shown as the person lets it', async () => {
    for (const [setting, out, shown] of [['on', ['typing', 'online'], ['typing', 'online']], ['typing', ['typing'], ['typing']], ['off', [], []]] as const) {
      sent = []
      const direct = chat(2, true)
      make(setting, [direct])
      const from = direct.chat.peers[0]!
      live.heard(direct, { kind: 'typing', from, action: 'typing', at: Date.now(), ms: 8000 })
      live.heard(direct, { kind: 'typing', from, action: 'something newer', at: Date.now() + 1, ms: 8000 })
      live.heard(direct, { kind: 'presence', from, online: true, at: Date.now(), ms: 8000 })
      live.typing(direct, 'typing')
      live.setOnline(true)
      await tick(0)
      assert.deepEqual([words(), live.board.all().map(({ kind }) => kind)], [out, shown], setting)
      live.stop()
    }
  })
})

describe('typing in a chat', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  const QUIET = { pipes: { headExchangeMs: 3_600_000, pipeTickMs: 5, typingEveryMs: 0, typingMs: 60_000, presenceMs: 60_000 } }

  before(async () => {
    world = await SmallWorld.make(2)
    ;[ann, bob] = [await world.person('ann', QUIET), await world.person('bob', QUIET)]
    await world.introduce(ann, bob)
    await ann.node.send('bob', 'hello', { wait: 'delivered' })
  })
  after(async () => { await world.close() })

  const shown = (who: SmallPerson): string[] => who.core.chats.live.board.all().map(({ name, kind }) => `${name} ${kind}`)
  /** Says it again until the other shows it: a frame that comes while nobody listens yet is lost. */
  const said = async (say: () => Promise<void>, isShown: () => boolean): Promise<void> => {
    await eventually(async () => {
      if (!isShown()) await say()
      return isShown()
    })
  }
  const bytesOf = ({ disk }: SmallPerson): Array<[string, string]> => [...copyOf(disk).map.slice({})].map(([key, value]) => [Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex')])
  const bobs = (kind: string): string => `${peerIdText(bob.account.key)} ${kind}`

  it('leaves nothing in the log and on no disk, neither of the two nor of the relay', async () => {
    const side = ann.core.chats.all()[0]!
    const kept = (): string => JSON.stringify([side.chat.cursor.seq, bytesOf(ann), bytesOf(bob), world.relay.disk.map.slice({}).length])
    // What was on its way before may be written meanwhile. A word that leaves something does so each time that it is said.
    await eventually(async () => {
      const before = kept()
      await said(async () => { await bob.node.setTyping('ann') }, () => shown(ann).includes(bobs('typing')))
      await said(async () => { await bob.node.setOnline(true) }, () => shown(ann).includes(bobs('online')))
      await bob.node.setTyping('ann', { action: 'idle' })
      await bob.node.setOnline(false)
      await eventually(() => !shown(ann).some(line => [bobs('typing'), bobs('online')].includes(line)))
      return kept() === before
    })
    for await (const { event } of ann.node.receive({ after: 0 })) assert.ok(!JSON.stringify(event).includes('typing'))
  })

  it('ends when the message comes', async () => {
    await said(async () => { await bob.node.setTyping('ann', { action: 'recording' }) }, () => shown(ann).includes(bobs('recording')))
    await bob.node.send('ann', 'here it is')
    await eventually(() => !shown(ann).includes(bobs('recording')))
  })

  it('goes in a group to every member, be it a contact or not, and at home wherever', async () => {
    const cat = await world.person('cat', QUIET, world.relays[1])
    await world.introduce(ann, cat)
    const { chat: { id } } = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(s => s.chat.id === id))
    const words = `${peerIdText(cat.account.key)} typing`
    await said(async () => { await cat.node.setTyping('Birds') }, () => [ann, bob].every(one => shown(one).includes(words)))
  })

  it('of who is blocked is not shown, and nothing is told to it', async () => {
    await said(async () => { await bob.node.setTyping('ann') }, () => shown(ann).includes(bobs('typing')))
    await ann.node.blockContact('bob', true)
    assert.deepEqual(shown(ann).filter(line => line.startsWith(peerIdText(bob.account.key))), [])
    // A frame that is right in everything else, by hand: a node that does not care for blocks.
    const side = ann.core.chats.all().find(s => s.chat.record.direct && s.chat.peers.some(p => sameBytes(p, bob.account.key)))!
    ann.core.chats.live.heard(side, { kind: 'typing', from: bob.account.key, action: 'typing', at: Date.now() + 1, ms: 1000 })
    const group = ann.core.chats.all().find(s => !s.chat.record.direct)!
    ann.core.chats.live.heard(group, { kind: 'typing', from: bob.account.key, action: 'typing', at: Date.now() + 1, ms: 1000 })
    assert.deepEqual(shown(ann).filter(line => line.startsWith(peerIdText(bob.account.key))), [])
    await ann.node.setOnline(true)
    await ann.node.setTyping('bob').catch(() => undefined)
    const cat = world.people.find(({ name }) => name === 'cat')!
    await said(async () => { await ann.node.setTyping('Birds') }, () => shown(cat).some(line => line.startsWith(peerIdText(ann.account.key))))
    assert.deepEqual(shown(bob).filter(line => line.startsWith(peerIdText(ann.account.key))), [])
  })

  it('is not believed from who is no member', async () => {
    const side = ann.core.chats.all().find(s => !s.chat.record.direct)!
    const { chat: { keys, log, deps } } = side
    const stranger = account()
    const link = bob.core.pool.link(world.relay.signer.key, [])
    const sealed = (key: Uint8Array, from: KeyBytes): Uint8Array => sealPipeFrame(key, encodePipeFrame({ kind: 'typing', from, action: 'typing', at: Date.now() + 5, ms: 1000 }), { log, epoch: keys.epoch, to: deps.me })
    // What was said before counts against the same bound.
    const send = async (frame: Uint8Array): Promise<void> => {
      await eventually(async () => await link.sendPipe(pipeAddress(keys.pipe, deps.me), frame, {}).then(() => true, (error: unknown) => {
        if (error instanceof RateLimitError) return false
        throw error
      }))
    }
    for (const frame of [sealed(keys.pipe, stranger), sealed(new Uint8Array(32).fill(9), world.people[2]!.account.key)]) await send(frame)
    await send(sealed(keys.pipe, world.people[2]!.account.key))
    await eventually(() => shown(ann).includes(`${peerIdText(world.people[2]!.account.key)} typing`))
    assert.ok(!shown(ann).some(line => line.startsWith(peerIdText(stranger))))
  })
})
