import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chainStart, verifyRun, type Append, type Receipt, type StoredEntry } from '../../../src/protocol/wire/index.js'
import { operator } from '../../../src/relay/index.js'
import { data, type Client } from './client.js'
import { TestLog } from './people.js'
import { RealPerson } from './real.js'

/** A relay that runs as a process of its own. */
export interface RelayProcess {
  readonly child: ChildProcess
  /** Resolves when it is gone, also for who asks later. */
  readonly gone: Promise<unknown>
  readonly addresses: () => string[]
  readonly key: Uint8Array
}

/** Starts a relay on a directory. */
export async function startRelay (directory: string): Promise<RelayProcess> {
  const script = fileURLToPath(new URL('./relay-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const [line] = await once(createInterface(child.stdout), 'line') as [string]
  const { addresses, key } = JSON.parse(line) as { addresses: string[], key: string }
  return { child, gone, addresses: () => addresses, key: new Uint8Array(Buffer.from(key, 'hex')) }
}

/** What was acknowledged, by the entry's id. */
type Ledger = Map<string, Receipt>

const nameOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/**
 * Appends while the relay is killed (-9) `kills` times, each time with appends under way; whatever had no answer is
 * appended again with the same id. Then the log must hold every acknowledged entry at the place of its receipt, each
 * id once, without a gap.
 */
export async function appendUnderKills (kills: number, perLife: number): Promise<{ acknowledged: number, unknown: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'petrel-relay-kills-'))
  const person = await RealPerson.create()
  const ledger: Ledger = new Map()
  let relay: RelayProcess | undefined
  let open: Append[] = []
  let unknown = 0
  try {
    relay = await startRelay(directory)
    const log = new TestLog(relay.key)
    for (let life = 0; life <= kills; life++) {
      relay ??= await startRelay(directory)
      const client = await person.dial(relay)
      await client.open(person)
      await client.createLog(log)
      await client.proveAll(log)
      open.push(...Array.from({ length: perLife }, () => data('x'.repeat(200))))
      const last = life === kills
      open = await appendAll(client, log, open, ledger, last ? Infinity : Math.floor(perLife / (life % 3 + 2)), relay.child)
      if (!last) {
        unknown += open.length
        await relay.gone
        relay = undefined
      } else await check(client, log, ledger)
    }
    assert.equal(open.length, 0)
    relay?.child.kill('SIGKILL')
    await relay?.gone
    relay = undefined
    const { ok, checks } = await operator.doctor(directory)
    assert.ok(ok, JSON.stringify(checks))
    return { acknowledged: ledger.size, unknown }
  } finally {
    relay?.child.kill('SIGKILL')
    await person.host.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

/** Calls under way at a time: they must not all be in one write, or a kill after an answer would meet none. */
const CALLS = 8

/** Appends in small calls, some at a time; kills the relay when `killAfter` are acknowledged. Returns what has no answer. */
async function appendAll (client: Client, log: TestLog, items: Append[], ledger: Ledger, killAfter: number, child: ChildProcess): Promise<Append[]> {
  const unanswered: Append[] = []
  const waiting = chunksOf(items, 5)
  let acknowledged = 0
  const append = async (chunk: Append[]): Promise<void> => {
    for (const [i, outcome] of (await client.append(log.id, chunk)).entries()) {
      if (outcome instanceof Error) throw outcome
      const receipt = outcome.receipt as Receipt
      const earlier = ledger.get(nameOf(chunk[i]!.id))
      if (earlier !== undefined) assert.deepEqual(receipt, earlier)
      ledger.set(nameOf(chunk[i]!.id), receipt)
      if (++acknowledged === killAfter) child.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: CALLS }, async () => {
    for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
      try {
        await append(chunk)
      } catch (error) {
        if ((error as { code?: string }).code === 'ERR_ASSERTION') throw error
        unanswered.push(...chunk)
      }
    }
  }))
  return unanswered
}

async function check (client: Client, log: TestLog, ledger: Ledger): Promise<void> {
  const entries: StoredEntry[] = []
  for (;;) {
    const page = await client.read(log.id, entries.length)
    if (page.entries.length === 0) break
    entries.push(...page.entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })))
  }
  const run = verifyRun({ seq: 0, hash: chainStart(log.id, client.channel.remotePeer) }, entries)
  const byId = new Map(run.entries.map(entry => [nameOf(entry.leaf.id), entry]))
  assert.equal(byId.size, entries.length, 'an id stands there twice')
  for (const [id, receipt] of ledger) {
    const entry = byId.get(id)
    assert.ok(entry !== undefined, `entry ${receipt.seq} was acknowledged and is lost`)
    assert.deepEqual([entry.leaf.seq, nameOf(entry.hash)], [receipt.seq, nameOf(receipt.hash)])
  }
}

function chunksOf<T> (items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
