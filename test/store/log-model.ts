import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ReadOnlyError } from '../../src/protocol/wire/index.js'
import type { AppendItem, AppendResult, Store } from '../../src/store/index.js'
import { building, bytes, chain, newId, textOf, ZERO_HASH } from './support.js'

/** One step of a random history. Numbers choose among the logs and ids there are. */
export type Step =
  | { do: 'append', calls: Choice[][] }
  | { do: 'create' | 'remove', log: number }
  | { do: 'trim' | 'erase', log: number, at: number }
  | { do: 'read', log: number, after: number, limit: number, bytes: number }
  | { do: 'reopen' }
  | { do: 'fail', through: boolean, calls: Choice[][] }
interface Choice { log: number, id: number, head: number, base: number, commit: boolean, text: string, refuse: boolean }

const LOGS = 3
const small = fc.nat({ max: 9 })
const choice: fc.Arbitrary<Choice> = fc.record({
  log: fc.nat({ max: LOGS - 1 }), id: fc.nat({ max: 60 }), head: fc.nat({ max: 5 }), base: fc.nat({ max: 5 }),
  commit: fc.boolean(), text: fc.string({ maxLength: 20 }), refuse: fc.nat({ max: 9 }).map(n => n === 0)
})
const calls = fc.array(fc.array(choice, { maxLength: 4 }), { maxLength: 5 })
const log = fc.nat({ max: LOGS - 1 })

/** Random histories. */
export function histories (withFaults: boolean): fc.Arbitrary<Step[]> {
  return fc.array(fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), calls }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('create' as const, 'create' as const, 'remove' as const), log }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('trim' as const, 'erase' as const), log, at: small }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), log, after: small, limit: fc.integer({ min: 1, max: 9 }), bytes: fc.nat({ max: 100 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
    ...withFaults ? [{ weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), through: fc.boolean(), calls }) }] : []
  ), { maxLength: 40, size: 'max' })
}

interface ModelEntry { id: number, text: string, commit: boolean, erased: boolean }
interface ModelLog { entries: ModelEntry[], first: number, lastCommit: number }

/** What a history is played on. */
export interface Stage {
  store: () => Store
  reopen: () => Promise<void>
  /** Makes writes fail, writing through or not, until the returned function is awaited. */
  fail?: (through: boolean) => () => Promise<void>
}

/** The simplest log store there could be, and the checks that a real one does the same. */
export class LogModel {
  readonly #ids = Array.from({ length: 61 }, () => newId())
  readonly #names = Array.from({ length: LOGS }, () => newId(34))
  readonly #logs = new Map<number, ModelLog>()
  readonly #stage: Stage
  constructor (stage: Stage) { this.#stage = stage }

  /** Plays a history and compares every answer. */
  async play (steps: readonly Step[]): Promise<void> {
    for (const n of [0, 1]) await this.#create(n)
    for (const step of steps) await this.#step(step)
    await this.#stage.reopen()
    for (const n of this.#logs.keys()) await this.#read(n, 0, 1000, 1e9)
  }

  async #step (step: Step): Promise<void> {
    switch (step.do) {
      case 'append': { await this.#append(step.calls); return }
      case 'create': { if (!this.#logs.has(step.log)) await this.#create(step.log); return }
      case 'remove': { assert.equal(await this.#stage.store().logs.remove(this.#name(step.log)), this.#logs.delete(step.log)); return }
      case 'trim': { await this.#trim(step.log, step.at); return }
      case 'erase': { await this.#erase(step.log, step.at); return }
      case 'read': { await this.#read(step.log, step.after, step.limit, step.bytes); return }
      case 'reopen': { await this.#stage.reopen(); return }
      case 'fail': { await this.#fail(step) }
    }
  }

  #name (n: number): Uint8Array { return this.#names[n]! }

  async #create (n: number): Promise<void> {
    await this.#stage.store().logs.create(this.#name(n), { meta: bytes(n), hash: ZERO_HASH })
    this.#logs.set(n, { entries: [], first: 1, lastCommit: 0 })
  }

  #item (c: Choice): AppendItem {
    return {
      log: this.#name(c.log), id: this.#ids[c.id]!,
      ...c.head < 4 ? {} : { expectHead: { seq: (this.#logs.get(c.log)?.entries.length ?? 0) + c.head - 4 } },
      ...c.base < 5 ? {} : { baseCommit: this.#logs.get(c.log)?.lastCommit ?? 0 },
      build: (head, now) => {
        if (c.refuse) throw new ReadOnlyError('refused by the test')
        return building(c.text, { isCommit: c.commit })(head, now)
      }
    }
  }

  async #append (calls: Choice[][]): Promise<void> {
    const items = calls.map(call => call.map(c => this.#item(c)))
    const results = await Promise.all(items.map(call => this.#stage.store().logs.append(call)))
    calls.forEach((call, i) => {
      call.forEach((c, j) => { assert.deepEqual(this.#outline(results[i]![j]!), this.#expected(c, items[i]![j]!)) })
    })
  }

  #outline (result: AppendResult): unknown[] {
    switch (result.status) {
      case 'appended': return ['appended', result.seq]
      case 'duplicate': return ['duplicate', result.seq, result.record === null ? null : Buffer.from(result.record.leaf).toString()]
      case 'conflict': return ['conflict', result.head.seq, result.head.lastCommit]
      case 'refused': return ['refused', result.error.code]
    }
  }

  #expected (c: Choice, item: AppendItem): unknown[] {
    const log = this.#logs.get(c.log)
    if (log === undefined) return ['refused', 'ERR_NOT_FOUND']
    const at = log.entries.findIndex(e => e.id === c.id)
    if (at >= 0) return ['duplicate', at + 1, at + 1 < log.first ? null : `leaf ${log.entries[at]!.text}`]
    const wrongHead = item.expectHead !== undefined && item.expectHead.seq !== log.entries.length
    const wrongBase = item.baseCommit !== undefined && item.baseCommit !== log.lastCommit
    if (wrongHead || wrongBase) return ['conflict', log.entries.length, log.lastCommit]
    if (c.refuse) return ['refused', 'ERR_READ_ONLY']
    this.#add(log, c)
    return ['appended', log.entries.length]
  }

  #add (log: ModelLog, c: Choice): void {
    log.entries.push({ id: c.id, text: c.text, commit: c.commit, erased: false })
    if (c.commit) log.lastCommit = log.entries.length
  }

  async #trim (n: number, at: number): Promise<void> {
    const log = this.#logs.get(n)
    if (log === undefined || at > log.entries.length) { await assert.rejects(this.#stage.store().logs.trim(this.#name(n), at)); return }
    log.first = Math.max(log.first, at + 1)
    assert.equal((await this.#stage.store().logs.trim(this.#name(n), at)).first, log.first)
  }

  async #erase (n: number, at: number): Promise<void> {
    const log = this.#logs.get(n)
    const erase = this.#stage.store().logs.erase(this.#name(n), at, () => undefined)
    if (log === undefined || at < log.first || at > log.entries.length) { await assert.rejects(erase, { code: 'ERR_NOT_FOUND' }); return }
    log.entries[at - 1]!.erased = true
    assert.equal((await erase).erased, true)
  }

  async #read (n: number, after: number, limit: number, maxBytes: number): Promise<void> {
    const log = this.#logs.get(n)
    const read = this.#stage.store().logs.read(this.#name(n), after, limit, maxBytes)
    if (log === undefined) { await assert.rejects(read, { code: 'ERR_NOT_FOUND' }); return }
    const { entries, head } = await read
    const from = Math.max(after + 1, log.first)
    const all = log.entries.slice(from - 1, from - 1 + limit)
    let sum = 0
    const wanted = all.filter((e, i) => (sum += Buffer.byteLength(`leaf ${e.text}`) + (e.erased ? 32 : Buffer.byteLength(e.text))) <= maxBytes || i === 0)
    assert.deepEqual(entries.map(e => e.seq), wanted.map((_, i) => from + i))
    entries.forEach((e, i) => {
      assert.deepEqual([e.id, e.erased, e.isCommit], [this.#ids[wanted[i]!.id], wanted[i]!.erased, wanted[i]!.commit])
      if (!e.erased) assert.equal(textOf(e.payload), wanted[i]!.text)
    })
    assert.deepEqual([head.seq, head.first, head.lastCommit], [log.entries.length, log.first, log.lastCommit])
    assert.deepEqual(head.hash, log.entries.reduce<Uint8Array>((hash, e) => chain(hash, Buffer.from(`leaf ${e.text}`)), ZERO_HASH))
  }

  /** A disk that fails meanwhile: whatever was rejected is there or is not, but in order, and once. */
  async #fail ({ through, calls }: { through: boolean, calls: Choice[][] }): Promise<void> {
    const heal = this.#stage.fail?.(through)
    if (heal === undefined) return
    const outcomes = await Promise.allSettled(calls.map(call => this.#stage.store().logs.append(call.map(c => this.#item(c)))))
    await heal()
    for (const [n, log] of this.#logs) {
      const { entries } = await this.#stage.store().logs.read(this.#name(n), log.entries.length, 1000, 1e9)
      const maybe = calls.filter((_, i) => outcomes[i]!.status === 'rejected').flat().filter(c => c.log === n)
      for (const entry of entries) {
        const at = maybe.findIndex(c => Buffer.compare(this.#ids[c.id]!, entry.id) === 0 && c.text === textOf(entry.payload))
        assert.ok(at >= 0, 'an entry that nobody sent, or out of order')
        this.#add(log, maybe[at]!)
        maybe.splice(0, at + 1)
      }
    }
  }
}
