/** Clients that use one log of a relay at once, and the history of what they saw. */
import { ConflictError, decodeLeaf, type Append } from '../../../src/protocol/wire/index.js'
import type { Relay } from '../../../src/relay/index.js'
import { data, type Client } from '../kit/client.js'
import { TestLog } from '../kit/people.js'
import { commit } from '../kit/start.js'
import type { Scene } from '../kit/real.js'
import type { Seen } from './check.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** One client with its own connection. */
class Worker {
  readonly #client: Client
  readonly #log: TestLog
  readonly #name: string
  readonly #history: Seen[]
  #head = 0
  #lastCommit = 0
  #items: Append[] = []

  constructor (client: Client, log: TestLog, name: string, history: Seen[]) {
    this.#client = client
    this.#log = log
    this.#name = name
    this.#history = history
  }

  async work (calls: number): Promise<void> {
    for (let i = 0; i < calls; i++) await this.#call(`${this.#name} ${i}`)
  }

  async #call (what: string): Promise<void> {
    const dice = Math.random()
    if (dice < 0.3) await this.#append(`${what} appends`, data(what))
    else if (dice < 0.5) await this.#append(`${what} appends behind ${this.#head}`, data(what, { expectHead: this.#head }), { head: this.#head })
    else if (dice < 0.6) await this.#append(`${what} commits`, commit(this.#log, this.#lastCommit, this.#log.epoch))
    else if (dice < 0.7 && this.#items.length > 0) await this.#append(`${what} appends again`, this.#items[Math.floor(Math.random() * this.#items.length)]!)
    else if (dice < 0.9) await this.#read(`${what} reads`)
    else await this.#see(`${what} asks for the head`, async () => ({ head: (await this.#client.head(this.#log.id)).seq }))
  }

  async #append (what: string, item: Append, expected?: { head: number }): Promise<void> {
    this.#items.push(item)
    await this.#see(what, async () => {
      try {
        const { receipt, duplicate } = await this.#client.appendOne(this.#log.id, item)
        if (item.base !== undefined) this.#lastCommit = receipt.seq
        return { appended: { seq: receipt.seq, id: hex(item.id), duplicate }, ...expected === undefined || duplicate ? {} : { expected } }
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        const { head, lastCommit } = error.details
        if (typeof lastCommit === 'number') this.#lastCommit = lastCommit
        return { head: Number(head), ...expected === undefined ? {} : { expected } }
      }
    })
  }

  async #read (what: string): Promise<void> {
    const after = Math.max(0, this.#head - Math.floor(Math.random() * 5))
    await this.#see(what, async () => {
      const { entries, head } = await this.#client.read(this.#log.id, after)
      return { head: head.seq, entries: entries.map(({ leaf }) => { const { seq, id } = decodeLeaf(leaf); return { seq, id: hex(id) } }) }
    })
  }

  async #see (what: string, call: () => Promise<Omit<Seen, 'what' | 'begin' | 'end'>>): Promise<void> {
    const begin = performance.now()
    const told = await call()
    this.#history.push({ what, begin, end: performance.now(), ...told })
    this.#head = Math.max(this.#head, told.head ?? 0, told.appended?.seq ?? 0)
  }
}

/** Lets so many clients make so many calls each, at once. The history, and the log's ids at the end, in order. */
export async function concurrently (scene: Scene, relay: Relay, clients: number, calls: number): Promise<{ history: Seen[], log: string[] }> {
  const log = new TestLog(relay.key)
  const history: Seen[] = []
  const all: Client[] = []
  for (let i = 0; i < clients; i++) {
    const person = await scene.person()
    const client = await person.dial(relay)
    await client.open(person)
    if (i === 0) await client.createLog(log)
    await client.proveAll(log)
    all.push(client)
  }
  await Promise.all(all.map(async (client, i) => { await new Worker(client, log, `client ${i}`, history).work(calls) }))
  return { history, log: await idsOf(all[0]!, log) }
}

async function idsOf (client: Client, log: TestLog): Promise<string[]> {
  const ids: string[] = []
  for (;;) {
    const { entries, head } = await client.read(log.id, ids.length)
    ids.push(...entries.map(({ leaf }) => hex(decodeLeaf(leaf).id)))
    if (ids.length >= head.seq) return ids
    if (entries.length === 0) throw new Error('the log gives no more')
  }
}
