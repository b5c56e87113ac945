import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { ed25519Key, LIMITS } from '../../../../src/protocol/wire/index.js'
import { factsOps } from '../../../../src/node/chats/about/fact-records.js'
import { NO_FACTS } from '../../../../src/node/chats/about/facts.js'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'

// With what a thousand accounts have on each this is more than twice what a batch takes.
const MESSAGES = 75

const sessionOf = (who: SmallPerson): ReturnType<SmallPerson['core']['chats']['all']>[number] => who.core.chats.all()[0]!

describe('reactions to messages that a thousand accounts have reacted to', function () {
  this.timeout(30_000)

  let world: SmallWorld
  beforeEach(async () => { world = await SmallWorld.make() })
  afterEach(async () => { await world.close() })

  it('are taken in batches that fit, after a time away', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')]
    await world.introduce(ann, bob)
    const sent = await Promise.all(Array.from({ length: MESSAGES }, async (_, i) => await ann.node.send('bob', `message ${i}`, { wait: 'stored' })))
    await eventually(() => sessionOf(bob).chat.cursor.seq >= sessionOf(ann).chat.cursor.seq)
    const emoji = Array.from({ length: LIMITS.reactionEmoji }, (_, i) => `${i}`.repeat(64))
    const reactions = Array.from({ length: LIMITS.factAccounts }, () => ({ account: ed25519Key(new Uint8Array(randomBytes(32))), emoji }))
    const { chat } = sessionOf(bob)
    for (const { id } of sent) {
      const { seq } = await bob.node.getMessage(chat.id, id)
      const row = await chat.timeline.at(seq!)
      await chat.deps.kv.batch(factsOps(chat, seq!, row!.id, { ...NO_FACTS, reactions }))
    }
    await bob.close()
    for (const { id } of sent) await ann.node.react('bob', id, ['👍'])
    await eventually(() => sessionOf(ann).chat.outbox.size === 0)
    let most = 0
    bob.disk.beforeWrite = async ops => { most = Math.max(most, ops.reduce((sum, op) => sum + (op.type === 'put' ? op.value.length : 0), 0)) }
    await bob.open()
    await eventually(async () => {
      const last = await bob.node.getMessage(sessionOf(bob).chat.id, sent.at(-1)!.id)
      return last.reactions.some(one => one.emoji === '👍')
    })
    assert.ok(most > LIMITS.factBytesAtOnce / 2 && most < 2 * LIMITS.factBytesAtOnce, `${most} bytes in one batch`)
  })
})
