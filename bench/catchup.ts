/**
 * A device that was away: how soon it shows the newest line of a chat in which much was written meanwhile, and how fast it
 * takes the rest, beside hashing and decrypting the same bytes alone. In one process with the relay and the other, on
 * stores in memory; processor time is what both are compared by. BENCH_FULL=1: 100,000 messages too, which take minutes to
 * write. Run: npm run bench -- catchup
 */
import { SmallWorld } from '../test/node/small-world.js'
import { bareHistory, cpuSeconds } from './kit/bare.js'
import { compare, isSmoke, round, say } from './kit/figures.js'

const SIZES = isSmoke ? [200] : process.env['BENCH_FULL'] === '1' ? [10_000, 100_000] : [10_000]

/** Waits without using the processor, which is what is measured. */
async function until (holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise(resolve => { setTimeout(resolve, 5) })
}

/** One chat; the receiver is away while so many messages are written, and comes back. */
async function catchUp (count: number): Promise<void> {
  const world = await SmallWorld.make()
  try {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')]
    await world.introduce(ann, bob)
    const [mine, theirs] = [ann.core.chats.all()[0]?.chat, bob.core.chats.all()[0]]
    if (mine === undefined || theirs === undefined) throw new Error('they have no chat')
    bob.meets([])
    for (const relay of world.relays) relay.cutOff(bob.device.key)
    for (let n = 1; n <= count; n++) {
      await ann.node.send('bob', `message ${n}: so long as people write to each other`, { wait: 'queued' })
      if (n % 500 === 0) await until(() => mine.outbox.size < 5)
    }
    await until(() => mine.outbox.size === 0 && mine.cursor.seq > count)
    const [from, last] = [theirs.chat.cursor.seq, `message ${count}:`]
    const [begun, used] = [performance.now(), cpuSeconds()]
    bob.meets(world.relays)
    await until(async () => (await bob.node.showChat('ann', { limit: 1 })).messages.at(-1)?.text.startsWith(last) === true)
    say({ name: `catchup/${count}/newest line`, value: round(performance.now() - begun), unit: 'ms' })
    await until(() => theirs.chat.cursor.seq >= mine.cursor.seq)
    await until(async () => !await theirs.past.mayHaveMore())
    const ours = count / (cpuSeconds() - used)
    say({ name: `catchup/${count}/all lines`, value: round(performance.now() - begun), unit: 'ms' })
    compare(`catchup/${count}`, 'messages/processor s', [ours], [count / await bareHistory(theirs.chat, from)], 'more')
  } finally {
    await world.close()
  }
}

for (const count of SIZES) await catchUp(count)
