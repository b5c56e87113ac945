/**
 * A secret chat: from its beginning to the first message, and messages by the relay and straight to the other device,
 * beside the bare MLS engine in the same run: two sessions in memory, turn by turn, each keeping its state as bytes. Real
 * nodes, relay and disks, in one process. Run: npm run bench -- secret
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLevelStore } from '../src/store/index.js'
import { hears, openSecretChat, stands } from '../test/node/secret/meeting.js'
import { LanWorld, meet } from '../test/node/own-home/lan-world.js'
import { World, type Person } from '../test/node/world.js'
import { pair, type Side } from '../test/protocol/crypto/secret/pair.js'
import { compare, quantile, round, say, sized } from './kit/figures.js'

const MESSAGES = sized(200, 4)
const ROUNDS = sized(3, 1)
const WORDS = 'so long as people write to each other'

/** One message after the other, and each answered: what the engine alone takes, with a durable write of its state where a node has one. */
async function bare (dir: string, count: number): Promise<number> {
  const { ann, bob } = await pair()
  const store = await openLevelStore(dir)
  const keep = async (side: Side): Promise<void> => { await store.kv.batch([{ type: 'put', key: Uint8Array.of(side === ann ? 1 : 2), value: side.options.mls.encodeState(side.session.mls) }]) }
  const begun = performance.now()
  for (let n = 0; n < count; n++) {
    const [from, to] = n % 2 === 0 ? [ann, bob] as const : [bob, ann] as const
    const frame = await from.say(WORDS)
    await keep(from)
    await to.hear(frame)
    await keep(to)
  }
  const took = performance.now() - begun
  await store.close()
  return count / took * 1000
}

/** The same between two nodes: each says something once it has heard the other. */
async function turns (a: Person, b: Person, id: string, count: number): Promise<{ perSecond: number, times: number[] }> {
  const times: number[] = []
  const begun = performance.now()
  for (let n = 0; n < count; n++) {
    const [from, to] = n % 2 === 0 ? [a, b] as const : [b, a] as const
    const sent = performance.now()
    await from.node.sendSecret(id, `${n}: ${WORDS}`)
    await hearsLast(to, id, `${n}: ${WORDS}`)
    times.push(performance.now() - sent)
  }
  return { perSecond: count / (performance.now() - begun) * 1000, times }
}

/** Waits for the newest line, from the newest update on. */
async function hearsLast (person: Person, id: string, text: string): Promise<void> {
  const stop = new AbortController()
  const is = async (): Promise<boolean> => (await person.node.secretLines(id, { limit: 1 }))[0]?.text === text
  const { updates } = await person.node.status()
  if (await is()) return
  for await (const { event } of person.node.receive({ after: updates, follow: true, signal: stop.signal })) if (event.type === 'secret' && await is()) return
}

async function measured (name: string, a: Person, b: Person, dir: string): Promise<void> {
  const began = performance.now()
  const { id } = await openSecretChat(a, b)
  await a.node.sendSecret(id, 'the first')
  await hears(b, id, 'the first')
  say({ name: `secret/${name}/start to first message`, value: round(performance.now() - began), unit: 'ms' })
  const [ours, alone, times]: [number[], number[], number[]] = [[], [], []]
  for (let n = 0; n < ROUNDS; n++) {
    const run = await turns(a, b, id, MESSAGES)
    ours.push(run.perSecond)
    times.push(...run.times)
    alone.push(await bare(join(dir, `${name}-${n}`), MESSAGES))
  }
  compare(`secret/${name}/turn by turn`, 'messages/s', ours, alone, 'more')
  say({ name: `secret/${name}/send to shown, p50`, value: round(quantile(times, 0.5)), unit: 'ms' })
  say({ name: `secret/${name}/send to shown, p99`, value: round(quantile(times, 0.99)), unit: 'ms' })
  await stands(a, id, ({ waiting }) => waiting <= 1)
}

const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
const [world, lan] = [await World.make(), await LanWorld.make()]
try {
  const [ann, bob] = [await world.person('ann'), await world.person('bob')]
  await world.introduce(ann, bob)
  await measured('by the relay', ann, bob, dir)
  const [cem, dan] = [await lan.person('cem'), await lan.person('dan')]
  await meet(cem, dan)
  await measured('straight', cem, dan, dir)
  const { ann: one } = await pair()
  const frames = [(await one.say(WORDS)).frame.length, (await one.say(WORDS)).frame.length]
  say({ name: 'secret/bytes of a frame', value: frames[1] ?? 0, unit: 'bytes', text: WORDS.length })
} finally {
  await world.close()
  await lan.close()
  await rm(dir, { recursive: true, force: true })
}
