import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eraserHash, PetrelError, type pb } from '../../../src/protocol/wire/index.js'
import { operator } from '../../../src/relay/index.js'
import { data, type Client } from './client.js'
import { startRelay, type RelayProcess } from './kills.js'
import { bring, control, copyOf, termOrder } from './moves.js'
import { RealPerson } from './real.js'
import { commit, provesEpoch } from './start.js'
import { World, type TestLog } from './world.js'

const PAGE = 50

/**
 * Brings a log of `pages` pages to a relay that is killed (-9) `kills` times, each time with a page under way. Then the
 * log must be there whole, as it was, and once; and the relay must be well.
 */
export async function adoptUnderKills (kills: number, pages: number): Promise<{ seq: number, kept: number[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'petrel-adopt-kills-'))
  const person = await RealPerson.create()
  let relay: RelayProcess | undefined
  /** How far each life found the log. */
  const kept: number[] = []
  try {
    const a = await World.create({ rates: { appends: { perSecond: 1e6, burst: 1e6 } } })
    relay = await startRelay(directory)
    const { log, old } = await longLog(a, person, pages * PAGE)
    const order = termOrder(log, await copyOf(old, log, a.home.key), relay.key, 2, 'agreement')
    await old.appendOne(log.id, control(order))
    const { entries } = await copyOf(old, log, a.home.key)
    for (let life = 0; ; life++) {
      relay ??= await startRelay(directory)
      const client = await person.dial(relay)
      await client.open(person)
      if (life === kills) {
        kept.push((await client.adopt({ genesis: log.genesisBytes, action: order })).seq)
        await finish(client, log, order, entries)
        break
      }
      kept.push(await bringUntilKilled(client, log, order, entries, relay, Math.ceil(pages / (kills + 1))))
      relay = undefined
    }
    relay.child.kill('SIGKILL')
    await relay.gone
    relay = undefined
    const { ok, checks } = await operator.doctor(directory)
    assert.ok(ok, JSON.stringify(checks))
    return { seq: entries.length, kept }
  } finally {
    relay?.child.kill('SIGKILL')
    await person.host.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

/** A log at the first home: texts, commits in between, one of them void, and something erased. */
async function longLog (a: World, person: RealPerson, entries: number): Promise<{ log: TestLog, old: Client }> {
  const old = await a.client(person)
  const log = await a.log(old)
  const secret = new Uint8Array(32).fill(7)
  await old.appendOne(log.id, data('erased later', { erasers: [eraserHash(log.id, secret)] }))
  await old.erase(log.id, 1, secret)
  let last = 0
  for (let seq = 2; seq < entries;) {
    const texts = Math.min(60, entries - seq)
    for (const outcome of await old.append(log.id, Array.from({ length: texts }, (_, i) => data(`text ${seq + i} `.padEnd(300, 'x'))))) if (outcome instanceof Error) throw outcome
    seq += texts
    last = (await old.appendOne(log.id, commit(log, last, log.nextEpoch()))).receipt.seq
    await provesEpoch(old, log)
    seq++
  }
  return { log, old }
}

/** Sends pages; kills the relay right behind the last of them. Where the log was when this life began. */
async function bringUntilKilled (client: Client, log: TestLog, action: Uint8Array, entries: readonly pb.WireEntry[], relay: RelayProcess, pages: number): Promise<number> {
  const request = { genesis: log.genesisBytes, action, open: log.open() }
  const { seq: found } = await client.adopt(request)
  let seq = found
  for (let page = 0; page < pages; page++) {
    const answer = client.adopt({ ...request, after: seq, entries: entries.slice(seq, Math.min(seq + PAGE, entries.length - 1)) })
    if (page === pages - 1) {
      // Gone off, and in the middle of the page or right behind it.
      setImmediate(() => { relay.child.kill('SIGKILL') })
      await answer.catch((error: unknown) => { assert.equal(error instanceof PetrelError && error.code, 'ERR_UNAVAILABLE') })
      await relay.gone
    } else seq = (await answer).seq
  }
  return found
}

async function finish (client: Client, log: TestLog, order: Uint8Array, entries: pb.WireEntry[]): Promise<void> {
  const { head } = await bring(client, log, order, entries, { page: PAGE })
  assert.deepEqual([head!.term, head!.seq], [2, entries.length])
  await provesEpoch(client, log)
  const there: pb.WireEntry[] = []
  for (let page; (page = (await client.read(log.id, there.length)).entries).length > 0;) there.push(...page)
  assert.deepEqual(there, entries)
  assert.equal((await client.appendOne(log.id, data('on'))).receipt.seq, entries.length + 1)
}
