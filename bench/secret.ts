/**
 * A secret chat: from its beginning to the first message, and messages by the relay and straight to the other device, each
 * answered once it was heard. Real nodes, relay and disks, in one process. Beside it in the same run, as much in one process:
 *
 * - the bare MLS engine: two sessions in memory. It keeps the promise that a node keeps: what a frame was sealed with is
 *   synced to the disk before it leaves, and what it was opened with before anybody is told. Nothing else is written, and
 *   nothing goes anywhere;
 * - the same engine, its frames over the barest path that there is (kit/path.ts).
 *
 * Run: npm run bench -- secret
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
import { openPath } from './kit/path.js'

const MESSAGES = sized(100, 4)
const ROUNDS = sized(5, 1)
const WORDS = 'so long as people write to each other'

type Pair = Awaited<ReturnType<typeof pair>>
type Disk = Awaited<ReturnType<typeof openLevelStore>>

/** The bare engine, by a path or by none. */
class Bare {
  readonly #sides: Pair
  readonly #store: Disk
  #send: ((to: Side, frame: Uint8Array) => Promise<void>) | undefined
  readonly #ends: Array<() => Promise<void>> = []
  #address: Uint8Array = new Uint8Array(0)

  private constructor (sides: Pair, store: Disk) {
    this.#sides = sides
    this.#store = store
  }

  static async open (dir: string, path?: 'straight' | 'by another host'): Promise<Bare> {
    const bare = new Bare(await pair(), await openLevelStore(dir))
    if (path === undefined) return bare
    const { ann, bob } = bare.#sides
    const ways = new Map<Side, (frame: Uint8Array) => Promise<void>>()
    for (const side of [ann, bob]) {
      const { send, close } = await openPath(path === 'by another host', async frame => { await bare.#hear(side, frame) })
      ways.set(side, send)
      bare.#ends.push(close)
    }
    bare.#send = async (to, frame) => { await ways.get(to)?.(frame) }
    return bare
  }

  /** One message after the other, each answered. @returns how many a second */
  async turns (count: number): Promise<number> {
    const { ann, bob } = this.#sides
    const begun = performance.now()
    for (let n = 0; n < count; n++) {
      const [from, to] = n % 2 === 0 ? [ann, bob] as const : [bob, ann] as const
      const { address, frame } = await from.say(`${n}: ${WORDS}`)
      this.#address = address
      await this.#keep(from)
      await (this.#send === undefined ? this.#hear(to, frame) : this.#send(to, frame))
    }
    return count / (performance.now() - begun) * 1000
  }

  async close (): Promise<void> {
    for (const end of this.#ends) await end()
    await this.#store.close()
  }

  async #hear (side: Side, frame: Uint8Array): Promise<void> {
    if (await side.hear({ address: this.#address, frame }) === undefined) throw new Error('a frame was not heard')
    await this.#keep(side)
  }

  async #keep (side: Side): Promise<void> {
    await this.#store.kv.batch([{ type: 'put', key: Uint8Array.of(side === this.#sides.ann ? 1 : 2), value: side.options.mls.encodeState(side.session.mls) }])
  }
}

/** Somebody who looks at a chat, as an app does that follows the updates: for the newest line. */
class Reader {
  readonly #stop = new AbortController()
  readonly #done: Promise<void>
  #text = ''
  #shown: () => void = () => undefined

  constructor ({ node }: Person, id: string, after: number) {
    this.#done = (async () => {
      for await (const { event } of node.receive({ after, follow: true, signal: this.#stop.signal })) {
        if (event.type === 'secret' && event.change === 'message' && (await node.secretLines(id, { limit: 1 }))[0]?.text === this.#text) this.#shown()
      }
    })().catch((error: unknown) => { if (!this.#stop.signal.aborted) throw error })
  }

  /** Resolves once a text is shown. Asked for before it is sent. */
  async shows (text: string): Promise<void> {
    this.#text = text
    await new Promise<void>(resolve => { this.#shown = resolve })
  }

  async close (): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}

/** Between two nodes: each says something once it has heard the other. */
async function turns (sides: ReadonlyArray<{ readonly person: Person, readonly reader: Reader }>, id: string, count: number): Promise<{ perSecond: number, times: number[] }> {
  const times: number[] = []
  const begun = performance.now()
  for (let n = 0; n < count; n++) {
    const [from, to] = [sides[n % 2], sides[1 - n % 2]]
    const sent = performance.now()
    const shown = to?.reader.shows(`${n}: ${WORDS}`)
    await from?.person.node.sendSecret(id, `${n}: ${WORDS}`)
    await shown
    times.push(performance.now() - sent)
  }
  return { perSecond: count / (performance.now() - begun) * 1000, times }
}

async function measured (name: 'by the relay' | 'straight', a: Person, b: Person, dir: string): Promise<void> {
  const began = performance.now()
  const { id } = await openSecretChat(a, b)
  await a.node.sendSecret(id, 'the first')
  await hears(b, id, 'the first')
  say({ name: `secret/${name}/start to first message`, value: round(performance.now() - began), unit: 'ms' })
  const sides = await Promise.all([a, b].map(async person => ({ person, reader: new Reader(person, id, (await person.node.status()).updates) })))
  const [ours, engine, withPath]: [number[], number[], number[]] = [[], [], []]
  const times: number[] = []
  const bare = await Bare.open(join(dir, `${name}, bare`))
  const path = await Bare.open(join(dir, `${name}, path`), name === 'straight' ? 'straight' : 'by another host')
  // What comes first finds all cold.
  for (const one of [async () => await turns(sides, id, MESSAGES / 2), async () => await bare.turns(MESSAGES / 2), async () => await path.turns(MESSAGES / 2)]) await one()
  for (let n = 0; n < ROUNDS; n++) {
    const run = await turns(sides, id, MESSAGES)
    ours.push(run.perSecond)
    times.push(...run.times)
    engine.push(await bare.turns(MESSAGES))
    withPath.push(await path.turns(MESSAGES))
  }
  for (const one of [...sides.map(({ reader }) => reader), bare, path]) await one.close()
  compare(`secret/${name}/turn by turn, beside the engine and its path`, 'messages/s', ours, withPath, 'more')
  compare(`secret/${name}/turn by turn, beside the engine alone`, 'messages/s', ours, engine, 'more')
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
