import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import type { KeyValueOp } from '../../../src/store/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

const MESSAGES = 3
// So many of these lie between two edits that each edit has a page of its own, which holds them too.
const BETWEEN = 3
const WORDS = '海'.repeat(4000)

const sessionOf = (who: SmallPerson): ReturnType<SmallPerson['core']['chats']['all']>[number] => who.core.chats.all()[0]!

/** Pages of entries that a batch writes. */
const pages = (ops: readonly KeyValueOp[]): number => ops.filter(op => op.type === 'put' && op.value.length > 2 * WORDS.length).length

describe('messages with hundreds of edits that one order takes back', function () {
  this.timeout(60_000)

  let world: SmallWorld
  beforeEach(async () => { world = await SmallWorld.make() })
  afterEach(async () => { await world.close() })

  it('go with all their words, in no batch that would be too large, even if the node is killed between them', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')]
    await world.introduce(ann, bob)
    const sent: string[] = []
    for (let i = 0; i < MESSAGES; i++) sent.push((await ann.node.send('bob', `message ${i}`, { wait: 'stored' })).id)
    for (let i = 0; i < LIMITS.editsPerMessage; i++) {
      for (const id of sent) {
        await ann.node.editMessage('bob', id, `edit ${i}`)
        for (let n = 0; n < BETWEEN; n++) await ann.node.send('bob', WORDS, { wait: 'queued' })
      }
    }
    const all = MESSAGES + LIMITS.editsPerMessage * MESSAGES * (1 + BETWEEN)
    await eventually(() => sessionOf(ann).chat.outbox.size === 0 && sessionOf(bob).chat.cursor.seq >= all)
    const { log } = sessionOf(ann).chat
    const edits: number[] = []
    for (let seq = 1; seq <= sessionOf(bob).chat.cursor.seq; seq++) {
      const row = await sessionOf(bob).chat.timeline.at(seq)
      if (row?.kind === 'other' && row.body !== null) edits.push(seq)
    }
    assert.equal(edits.length, MESSAGES * LIMITS.editsPerMessage)

    const written: number[] = []
    ann.disk.beforeWrite = async ops => { written.push(pages(ops)) }
    const killed = bob.at(1, 'after', ops => pages(ops) > 0)
    await ann.node.deleteMessages('bob', sent, { wait: 'stored' })
    const left = await killed
    await bob.crash(left)
    bob.disk.beforeWrite = async ops => { written.push(pages(ops)) }
    for (const who of [ann, bob]) await eventually(async () => (await Promise.all(sent.map(async id => await who.node.getMessage(sessionOf(who).chat.id, id)))).every(({ deleted }) => deleted))
    assert.ok(Math.max(...written) > 0 && Math.max(...written) <= LIMITS.erasedAtOnce, `pages in one batch: ${Math.max(...written)}`)
    for (const who of [ann, bob]) {
      const { chat } = sessionOf(who)
      for (const seq of edits) assert.deepEqual([(await chat.timeline.at(seq))?.body, (await chat.raw.at(seq))?.payload], [null, null], `${who.name} has no words of ${seq}`)
    }
    await eventually(async () => {
      const { entries } = await world.relay.store.logs.read(log, (edits.at(-1) ?? 0) - 1, 1, 1)
      return entries[0]?.erased === true
    })
    for (const seq of edits) assert.ok((await world.relay.store.logs.read(log, seq - 1, 1, 1)).entries[0]?.erased, `the relay has no words of ${seq}`)
  })
})
