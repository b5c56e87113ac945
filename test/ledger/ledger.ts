/** The ledger: what was acknowledged must arrive exactly once and in order, whatever is killed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Daemon, petrel, Process } from './processes.js'

interface Entry { index: number, id: string, seq: number }

/** `lan`: there is no relay, and the node of one of the two is the home. */
export interface Sizes { messages: number, kills: number, seed: number, lan?: boolean }

/** A small reproducible generator (mulberry32): the schedule of kills is in the seed. */
function generator (seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

async function sendAll (from: Daemon, to: string, prefix: string, count: number): Promise<Entry[]> {
  const ledger: Entry[] = []
  for (let index = 0; index < count; index++) {
    const message = await from.ask(async p => await p.send(to, `${prefix}-${index}`, { idempotencyKey: `${prefix}-${index}`, wait: 'stored' }))
    assert.notEqual(message.state, 'queued')
    ledger.push({ index, id: message.id, seq: message.seq ?? 0 })
  }
  return ledger
}

/** Receives until the last text is there, as a named consumer that acknowledges: what it was told, in order. */
async function receiveAll (who: Daemon, last: string): Promise<string[]> {
  const texts: string[] = []
  let seen = 0
  for (;;) {
    const done = await who.ask(async p => {
      for await (const { n, event } of p.receive({ consumer: 'ledger', follow: true })) {
        assert.ok(n <= seen || n === seen + 1, `update ${n} came after ${seen}: one is missing`)
        if (n > seen && event.type === 'message') texts.push(event.message.text)
        seen = Math.max(seen, n)
        if (n % 50 === 0) await p.acknowledge('ledger', n)
        if (event.type === 'message' && event.message.text === last) return true
      }
      return false
    })
    if (done) return texts
  }
}

async function lines (who: Daemon, chat: string): Promise<Array<{ text: string, id: string }>> {
  const found: Array<{ text: string, id: string }> = []
  let before: number | undefined
  for (;;) {
    const page = await who.ask(async p => await p.showChat(chat, { limit: 200, ...(before === undefined ? {} : { before }) }))
    found.unshift(...page.messages.map(m => ({ text: m.text, id: m.id })))
    if (!page.hasMore) return found
    before = page.messages[0]!.seq!
  }
}

/** What each was acknowledged, and was told. */
interface Told { readonly fromAlice: Entry[], readonly fromBob: Entry[], readonly toBob: string[], readonly toAlice: string[] }

async function tell (alice: Daemon, bob: Daemon, messages: number): Promise<Told> {
  // Bob may write as soon as the invitation has reached him.
  await bob.ask(async p => { for await (const { event } of p.receive({ follow: true })) if (event.type === 'chat' && event.change === 'joined') return })
  const [fromAlice, fromBob, toBob, toAlice] = await Promise.all([
    sendAll(alice, 'bob', 'a', messages), sendAll(bob, 'alice', 'b', messages), receiveAll(bob, `a-${messages - 1}`), receiveAll(alice, `b-${messages - 1}`)
  ])
  return { fromAlice, fromBob, toBob, toAlice }
}

async function compare (alice: Daemon, bob: Daemon, { fromAlice, fromBob, toBob, toAlice }: Told): Promise<void> {
  const wanted = (prefix: string, { length }: Entry[]): string[] => Array.from({ length }, (_, i) => `${prefix}-${i}`)
  assert.deepEqual(toBob, wanted('a', fromAlice), 'bob was told each message once and in order')
  assert.deepEqual(toAlice, wanted('b', fromBob), 'alice was told each message once and in order')
  const [aliceLines, bobLines] = [await lines(alice, 'bob'), await lines(bob, 'alice')]
  assert.deepEqual(aliceLines, bobLines, 'both show one transcript')
  for (const [prefix, ledger] of [['a', fromAlice], ['b', fromBob]] as const) {
    const shown = bobLines.filter(l => l.text.startsWith(`${prefix}-`))
    assert.deepEqual(shown.map(l => l.text), wanted(prefix, ledger))
    assert.deepEqual(shown.map(l => l.id), ledger.map(e => e.id), 'under the ids that were acknowledged')
  }
}

/** A relay's process at a port of its own, which it keeps over its kills. `made`: is told of each process before it starts. */
export async function startRelay (dir: string, made: (process: Process) => void = () => undefined): Promise<{ relay: Process, address: string }> {
  const relayDir = join(dir, 'relay')
  const first = new Process('relay', 'run', '--dir', relayDir, '--listen', '/ip4/127.0.0.1/tcp/0', '--admission', 'open')
  made(first)
  await first.start()
  const address = (first.ready.relay as { addresses: string[] }).addresses[0]!
  await first.kill('SIGTERM')
  const relay = new Process('relay', 'run', '--dir', relayDir, '--listen', address.replace(/\/p2p\/.*$/, ''), '--admission', 'open')
  made(relay)
  await relay.start()
  return { relay, address }
}

/** Flags of a node that needs no relay, at a port of its own on loopback. */
async function lanFlags (): Promise<string[]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return ['--lan', '--listen', `/ip4/127.0.0.1/tcp/${port}`]
}

/** One story, which can be ended at any time with all that it started. */
export class Ledger {
  /** All processes of the story, whether they run or not. */
  readonly processes: Process[] = []
  #isOver = false
  #story: Promise<unknown> = Promise.resolve()

  /** Plays the whole story; the returned figures are for the one who looks. */
  async run (sizes: Sizes): Promise<{ kills: number, seconds: number }> {
    const story = this.#run(sizes)
    this.#story = story.catch(() => undefined)
    return await story
  }

  /** Ends the story, however far it came: nothing of it runs any more when this resolves. For after the test, also one that failed or took too long. */
  async stop (): Promise<void> {
    this.#isOver = true
    await this.#endAll()
    await this.#story
  }

  async #run (sizes: Sizes): Promise<{ kills: number, seconds: number }> {
    const dir = await mkdtemp(join(tmpdir(), 'petrel-ledger-'))
    try {
      return await this.#play(dir, sizes)
    } finally {
      await this.#endAll()
      await rm(dir, { recursive: true, force: true })
    }
  }

  async #endAll (): Promise<void> { await Promise.all(this.processes.map(async process => { await process.end() })) }

  #made <P extends Process>(process: P): P {
    if (this.#isOver) throw new Error('the story is over')
    this.processes.push(process)
    return process
  }

  async #play (dir: string, sizes: Sizes): Promise<{ kills: number, seconds: number }> {
    const served = sizes.lan === true ? undefined : await startRelay(dir, process => { this.#made(process) })
    const daemon = async (name: string): Promise<Daemon> => this.#made(new Daemon(join(dir, name), ...sizes.lan === true ? await lanFlags() : []))
    const [alice, bob] = [await daemon('alice'), await daemon('bob')]
    const started = Date.now()
    for (const [who, name] of [[alice, 'alice'], [bob, 'bob']] as const) {
      await petrel(who.home, 'init', '--name', name, '--no-input')
      await who.start()
      if (served !== undefined) await who.ask(async p => await p.addRelay(served.address))
    }
    const { link } = await bob.ask(async p => await p.createInvite())
    await alice.ask(async p => await p.addContact(link))
    const victims = [...served === undefined ? [] : [served.relay], alice, bob]
    let over = false
    const murders = async (): Promise<void> => {
      const random = generator(sizes.seed)
      for (let i = 0; i < sizes.kills && !over; i++) {
        await new Promise(resolve => setTimeout(resolve, 150 + random() * 900))
        const victim = victims[Math.floor(random() * victims.length)]!
        await victim.kill()
        await victim.start()
      }
    }
    const [told] = await Promise.all([tell(alice, bob, sizes.messages).finally(() => { over = true }), murders()])
    await compare(alice, bob, told)
    return { kills: victims.reduce((sum, p) => sum + p.kills, 0), seconds: (Date.now() - started) / 1000 }
  }
}
