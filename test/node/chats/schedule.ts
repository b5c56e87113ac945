/** Stories of two people under a seed's schedule of losses, refusals, crashes and commits. */
import assert from 'node:assert/strict'
import { sealHandshake, sealLink, systemRandom } from '../../../src/protocol/crypto/index.js'
import { encodeCommitPayload, encodeHandshake, signCommitStatement } from '../../../src/protocol/message/index.js'
import { encodeCaps, openManifest, QuotaError, UnavailableError, type PetrelError } from '../../../src/protocol/wire/index.js'
import { capsOf, engineFor, keysOf } from '../../../src/node/chats/chat-keys.js'
import { copyOf, SmallWorld, type Fate, type SmallPerson } from '../small-world.js'
import { until } from '../world.js'

/** Numbers from 0 up to 1 that a seed decides. */
function generator (seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6D2B79F5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Puts a commit that renews the own leaf into the chat's record, as it is kept before it is sent. */
export async function renewLeaf (who: SmallPerson): Promise<void> {
  const { chat } = who.core.chats.all()[0]!
  await chat.serial.run(async () => {
    const { record, keys, cursor } = chat
    if (record.stage !== 'ready' || record.commit !== null) return
    const engine = engineFor(record.members.map(m => openManifest(m.manifest)), Date.now)
    const state = engine.decodeState(record.mls)
    const id = systemRandom(16)
    const { term, seq, hash } = cursor
    const mine = openManifest(record.members.find(m => Buffer.compare(m.account, who.account.key) === 0)!.manifest)
    const aad = signCommitStatement({ v: 1, chat: record.log, epoch: record.epoch, id, seen: { term, seq, hash }, manifest: mine.hash }, who.device)
    const made = await engine.commit(state, { update: true, aad })
    const after = await keysOf(engine, made.state, record.gpq, record.log)
    const handshake = sealHandshake(keys.handshake, encodeHandshake({ v: 1, mls: made.commit, manifests: [], ...record.began === undefined ? {} : { began: record.began } }), { log: record.log, epoch: record.epoch, id })
    const payload = encodeCommitPayload({ v: 1, handshake, link: sealLink(after.link, keys.history, record.log, after.epoch) })
    const next = {
      ...record, stage: 'commit' as const,
      commit: { id, base: cursor.lastCommit, payload, caps: encodeCaps(capsOf(after)), mls: engine.encodeState(made.state), welcome: null, added: [] }
    }
    await chat.deps.updates.write(chat.recordOps(next), [])
    chat.record = next
  })
}

/** What happens to one append: mostly nothing. Whoever lost its answer lost its connection, and comes back. */
function fates (random: () => number, cut: () => void): (items: number) => Fate {
  return items => {
    const dice = random()
    if (dice < 0.6) return 'pass'
    setImmediate(cut)
    if (dice < 0.7) return 'lost-before'
    if (dice < 0.85) return 'lost-after'
    const why: PetrelError = new QuotaError('no room for now')
    return dice < 0.9 ? new UnavailableError('away') : { refusedFrom: Math.floor(random() * items), why }
  }
}

class Writer {
  readonly #who: SmallPerson
  readonly #to: string
  readonly sent: string[] = []

  constructor (who: SmallPerson, to: string) {
    this.#who = who
    this.#to = to
  }

  /** Hands texts over, each until it is acknowledged, whatever happens to the node meanwhile. */
  async write (prefix: string, count: number, random: () => number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const text = `${prefix}${i}`
      for (;;) {
        try {
          await this.#who.node.send(this.#to, text, { idempotencyKey: text, wait: 'queued' })
          break
        } catch (error) {
          if (!/stopping|dead|closed|read-only/.test(String(error))) throw error
          await new Promise(resolve => setImmediate(resolve))
        }
      }
      this.sent.push(text)
      // A person types; a program does not.
      if (random() < 0.3) await new Promise(resolve => setImmediate(resolve))
    }
  }
}

async function told (who: SmallPerson): Promise<string[]> {
  const texts: string[] = []
  for await (const { event } of who.node.receive()) if (event.type === 'message') texts.push(event.message.text)
  return texts
}

async function lines (who: SmallPerson, chat: string): Promise<string[]> { return (await who.node.showChat(chat, { limit: 500 })).messages.map(m => `${m.seq} ${m.text}`) }

/** One story under a seed's schedule. */
export async function runSchedule (seed: number, count: number, events: number): Promise<void> {
  const random = generator(seed)
  const world = await SmallWorld.make()
  let calm = true
  try {
    const make = async (name: string): Promise<SmallPerson> => {
      const decide = fates(random, () => { world.relay.cutOff(person.device.key) })
      const person: SmallPerson = await world.person(name, { fate: (_log, items) => calm ? 'pass' : decide(items.length) })
      return person
    }
    const [alice, bob] = [await make('alice'), await make('bob')]
    await alice.node.addContact((await bob.node.createInvite()).link)
    await until(bob.node, e => e.type === 'chat' && e.change === 'joined')
    await alice.node.send('bob', 'first', { wait: 'delivered' })
    calm = false
    const [fromAlice, fromBob] = [new Writer(alice, 'bob'), new Writer(bob, 'alice')]
    const writing = Promise.all([fromAlice.write('a', count, random), fromBob.write('b', count, random)])
    for (let i = 0; i < events; i++) {
      for (let ticks = 10 + random() * 60; ticks > 0; ticks--) await new Promise(resolve => setImmediate(resolve))
      const victim = random() < 0.5 ? alice : bob
      const dice = random()
      if (dice < 0.4) await victim.crash(copyOf(victim.disk))
      else {
        // Both at once, now and then: one of the commits loses.
        await Promise.all((dice < 0.6 ? [alice, bob] : [victim]).map(renewLeaf))
        world.relay.cut()
      }
    }
    await writing
    calm = true
    world.relay.cut()
    await alice.node.send('bob', 'last', { wait: 'delivered' })
    await bob.node.send('alice', 'last', { wait: 'delivered' })
    assert.deepEqual(await told(bob), ['first', ...fromAlice.sent, 'last'], `seed ${seed}: bob is told each once and in order`)
    assert.deepEqual(await told(alice), [...fromBob.sent, 'last'], `seed ${seed}: alice is told each once and in order`)
    assert.deepEqual(await lines(alice, 'bob'), await lines(bob, 'alice'), `seed ${seed}: one transcript`)
    for (const { core } of [alice, bob]) {
      const { chat } = core.chats.all()[0]!
      assert.equal(chat.cursor.alarm, null, `seed ${seed}`)
      assert.equal(chat.cursor.holes, 0, 'everybody can read everything')
      assert.ok(chat.keys.epoch > 1, 'epochs changed meanwhile')
    }
  } finally {
    calm = true
    await world.close()
  }
}

