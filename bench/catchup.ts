/**
 * A device that was away: how soon it shows the newest line of a chat in which much was written meanwhile, and how fast it
 * takes the rest, and has it in its search, beside hashing and decrypting the same bytes alone. Relay, writer and reader are
 * processes of their own, with stores on the disk and libp2p between them; what is compared is the processor time of the
 * reader's process, run as the daemon is. Each round begins with the same homes, copied. BENCH_FULL=1: 100,000 messages too, which take minutes to
 * write. Run: npm run bench -- catchup
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, isSmoke, median, round, say, sized, spread } from './kit/figures.js'
import { Side } from './kit/side.js'

const SIZES = isSmoke ? [100] : process.env['BENCH_FULL'] === '1' ? [10_000, 100_000] : [10_000]
const ROUNDS = sized(3, 1)

const person = (): Side => new Side('catchup/person.ts')

async function relayAt (dir: string, port = '0'): Promise<{ side: Side, address: string }> {
  const side = new Side('relay/server.ts', dir, port)
  return { side, address: (await side.ready as { address: string }).address }
}

/** Homes of a relay, of one who wrote so many messages, and of one who has none of them yet. */
async function prepare (dir: string, count: number): Promise<{ port: string, seq: number, from: number }> {
  const { side: relay, address } = await relayAt(join(dir, 'relay'))
  const [ann, bob] = [person(), person()]
  await Promise.all([ann.ready, bob.ready])
  await ann.do('init', { dir: join(dir, 'ann'), name: 'ann', relay: address })
  await bob.do('init', { dir: join(dir, 'bob'), name: 'bob', relay: address })
  await ann.do('meet', await bob.do('invite'))
  const { seq: from } = await bob.do<{ seq: number }>('seq')
  await bob.do('close')
  bob.end()
  const { seq } = await ann.do<{ seq: number }>('write', { count })
  await ann.do('close')
  ann.end()
  await relay.do('stop')
  relay.end()
  return { port: /\/tcp\/(\d+)/.exec(address)?.[1] ?? '0', seq, from }
}

async function measure (count: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
  try {
    const { port, seq, from } = await prepare(join(dir, 'before'), count)
    const [newest, all, ours, found, bare]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []]
    for (let n = 0; n < ROUNDS; n++) {
      const now = join(dir, `round ${n}`)
      await cp(join(dir, 'before'), now, { recursive: true })
      const { side: relay } = await relayAt(join(now, 'relay'), port)
      const bob = person()
      await bob.ready
      await bob.do('open', { dir: join(now, 'bob') })
      const { newestMs = 0, allMs = 0, us = 0, foundUs = 0 } = await bob.do('catchUp', { count, seq })
      newest.push(newestMs)
      all.push(allMs)
      ours.push(count / us * 1e6)
      found.push(count / foundUs * 1e6)
      bare.push(count / ((await bob.do('bare', { from })).us ?? 0) * 1e6)
      await bob.do('close')
      bob.end()
      await relay.do('stop')
      relay.end()
      await rm(now, { recursive: true })
    }
    say({ name: `catchup/${count}/newest line`, value: round(median(newest)), unit: 'ms', spread: spread(newest) })
    say({ name: `catchup/${count}/all lines`, value: round(median(all)), unit: 'ms', spread: spread(all) })
    compare(`catchup/${count}`, 'messages/processor s', ours, bare, 'more')
    compare(`catchup/${count}/until search has them`, 'messages/processor s', found, bare, 'more')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

for (const count of SIZES) await measure(count)
