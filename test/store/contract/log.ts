import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { ForbiddenError } from '../../../src/protocol/wire/index.js'
import type { AppendItem, AppendResult, LogEntry } from '../../../src/store/index.js'
import { appendOne, building, bytes, chain, collect, item, newId, newLog, textOf, ZERO_HASH, type Driver } from '../support.js'

const ALL = Number.MAX_SAFE_INTEGER

/** All that an entry says, in whatever form a driver keeps it. */
function fieldsOf ({ seq, id, term, time, isCommit, leaf, payload, erased, prevHash, hash }: LogEntry): LogEntry {
  return { seq, id, term, time, isCommit, leaf, payload, erased, prevHash, hash }
}

/** A result with its record as {@link fieldsOf} has it. */
function plain (result: AppendResult | undefined): unknown {
  return result !== undefined && 'record' in result && result.record !== null ? { ...result, record: fieldsOf(result.record) } : result
}

/** What every log driver does. */
export function logContract (open: () => Promise<Driver>): void {
  let driver: Driver
  beforeEach(async () => { driver = await open() })
  afterEach(async () => { await driver.dispose() })

  const texts = (entries: LogEntry[]): string[] => entries.map(e => textOf(e.payload))

  it('numbers entries from 1 without a gap, links them by hash, and keeps them over a restart', async () => {
    const log = await newLog(driver.store)
    const results = await driver.store.logs.append(['a', 'b', 'c'].map(text => item(log, text)))
    assert.deepEqual(results.map(r => r.status === 'appended' && r.seq), [1, 2, 3])
    await driver.reopen()
    const { entries, head } = await driver.store.logs.read(log, 0, 100, ALL)
    assert.deepEqual(texts(entries), ['a', 'b', 'c'])
    let hash: Uint8Array = ZERO_HASH
    for (const [i, entry] of entries.entries()) {
      assert.equal(entry.seq, i + 1)
      assert.equal(entry.time, driver.clock.now())
      assert.deepEqual(entry.prevHash, hash)
      hash = chain(hash, entry.leaf)
      assert.deepEqual(entry.hash, hash)
    }
    assert.deepEqual(head, { seq: 3, hash, lastCommit: 0, term: 0, meta: bytes(1), first: 1, bytes: 'a'.length * 3 + 'leaf a'.length * 3 })
    assert.deepEqual(results.map(r => r.status === 'appended' && fieldsOf(r.record)), entries)
  })

  it('numbers a thousand concurrent appends to several logs without gap or double', async () => {
    const logs = await Promise.all([1, 2, 3].map(() => newLog(driver.store)))
    const results = await Promise.all(Array.from({ length: 1000 }, (_, i) => appendOne(driver.store, item(logs[i % 3]!, `${i}`))))
    for (const [n, log] of logs.entries()) {
      const own = results.filter((_, i) => i % 3 === n)
      assert.deepEqual(own.map(r => r.status === 'appended' && r.seq), own.map((_, i) => i + 1))
      const { entries } = await driver.store.logs.read(log, 0, 1000, ALL)
      assert.deepEqual(texts(entries), own.map((_, i) => `${i * 3 + n}`))
    }
  })

  it('returns the first record for an id that is there: at once, later, and after a restart; and builds nothing', async () => {
    const log = await newLog(driver.store)
    const id = newId()
    let built = 0
    const one = item(log, 'once', { id, build: head => { built++; return building('once')(head, 0) } })
    const [first, second] = await driver.store.logs.append([one, one])
    assert.equal(first!.status, 'appended')
    const known = { ...plain(first) as object, status: 'duplicate' }
    assert.deepEqual(plain(second), known)
    assert.deepEqual(plain(await appendOne(driver.store, one)), known)
    await driver.reopen()
    assert.deepEqual(plain(await appendOne(driver.store, { ...one, expectHead: { seq: 77 }, baseCommit: 5 })), known, 'the id goes before the expectations')
    assert.equal(built, 1)
    assert.equal((await driver.store.logs.head(log)).seq, 1)
    assert.deepEqual(await driver.store.logs.find(log, id), first!.status === 'appended' && fieldsOf(first!.record))
    assert.equal(await driver.store.logs.find(log, newId()), undefined)
  })

  it('accepts the same id in another log', async () => {
    const id = newId()
    const [one, two] = [await newLog(driver.store), await newLog(driver.store)]
    const results = await driver.store.logs.append([item(one, 'x', { id }), item(two, 'y', { id })])
    assert.deepEqual(results.map(r => r.status), ['appended', 'appended'])
  })

  it('answers a head or commit that is not the expected one with the head, and writes nothing', async () => {
    const log = await newLog(driver.store)
    const commit = await appendOne(driver.store, item(log, 'c', { baseCommit: 0, build: building('c', { isCommit: true, meta: bytes(2), term: 3 }) }))
    assert.equal(commit.status, 'appended')
    const head = await driver.store.logs.head(log)
    assert.deepEqual([head.lastCommit, head.meta, head.term], [1, bytes(2), 3])
    for (const wrong of [{ expectHead: { seq: 0 } }, { expectHead: { seq: 1, hash: ZERO_HASH } }, { baseCommit: 0 }, { baseCommit: 2 }]) {
      assert.deepEqual(await appendOne(driver.store, item(log, 'x', wrong)), { status: 'conflict', head })
    }
    const right = await appendOne(driver.store, item(log, 'y', { expectHead: { seq: 1, hash: head.hash }, baseCommit: 1 }))
    assert.equal(right.status, 'appended')
  })

  it('lets one of many commits on the same base win', async () => {
    const log = await newLog(driver.store)
    const results = await Promise.all(Array.from({ length: 8 }, (_, i) =>
      appendOne(driver.store, item(log, `${i}`, { baseCommit: 0, build: building(`${i}`, { isCommit: true }) }))))
    assert.deepEqual(results.map(r => r.status), ['appended', ...Array<string>(7).fill('conflict')])
  })

  it('refuses only the item whose builder throws', async () => {
    const log = await newLog(driver.store)
    const results = await driver.store.logs.append([
      item(log, 'a'),
      item(log, 'b', { build: () => { throw new ForbiddenError('not you') } }),
      item(log, 'c', { build: head => ({ ...building('c')(head, 0), hash: bytes(1) }) }),
      item(log, 'd'),
      item(newId(34), 'e')
    ])
    assert.deepEqual(results.map(r => r.status === 'refused' ? r.error.code : r.status),
      ['appended', 'ERR_FORBIDDEN', 'ERR_BAD_INPUT', 'appended', 'ERR_NOT_FOUND'])
    assert.deepEqual(texts((await driver.store.logs.read(log, 0, 10, ALL)).entries), ['a', 'd'])
  })

  it('refuses what is pipelined behind a refused append, until a new lane begins', async () => {
    const log = await newLog(driver.store)
    const lane = {}
    const id = newId()
    const calls = [
      item(log, 'a', { lane, id }),
      item(log, 'b', { lane, expectHead: { seq: 9 } }),
      item(log, 'c', { lane }),
      item(log, 'other lane', { lane: {} }),
      item(log, 'a', { lane, id })
    ].map(one => appendOne(driver.store, one))
    const results = await Promise.all(calls)
    assert.deepEqual(results.map(r => r.status === 'refused' ? r.error.code : r.status), ['appended', 'conflict', 'ERR_CONFLICT', 'appended', 'duplicate'])
    assert.equal((await appendOne(driver.store, item(log, 'd', { lane }))).status, 'refused')
    assert.equal((await appendOne(driver.store, item(log, 'd', { lane: {} }))).status, 'appended')
  })

  it('hands each builder the head the one before it left', async () => {
    const log = await newLog(driver.store, bytes(0))
    const counting = (text: string): Parameters<typeof item>[2] => ({
      build: head => ({ ...building(text)(head, 0), meta: bytes(head.meta[0]! + 1) })
    })
    await Promise.all(Array.from({ length: 50 }, (_, i) => appendOne(driver.store, item(log, `${i}`, counting(`${i}`)))))
    assert.deepEqual((await driver.store.logs.head(log)).meta, bytes(50))
  })

  it('reads by number, count and bytes, and always gives at least one entry', async () => {
    const log = await newLog(driver.store)
    await driver.store.logs.append(Array.from({ length: 10 }, (_, i) => item(log, `${i}`)))
    const read = async (after: number, limit: number, maxBytes: number): Promise<string[]> => texts((await driver.store.logs.read(log, after, limit, maxBytes)).entries)
    assert.deepEqual(await read(7, 100, ALL), ['7', '8', '9'])
    assert.deepEqual(await read(2, 2, ALL), ['2', '3'])
    assert.deepEqual(await read(0, 100, 14), ['0', '1'])
    assert.deepEqual(await read(0, 100, 1), ['0'])
    assert.deepEqual(await read(10, 100, ALL), [])
    await assert.rejects(driver.store.logs.read(newId(34), 0, 1, 1), { code: 'ERR_NOT_FOUND' })
  })

  it('creates a log once: again with the same values is nothing, with others an error', async () => {
    const log = newId(34)
    const start = { meta: bytes(1), hash: ZERO_HASH }
    const made = await Promise.all([driver.store.logs.create(log, start), driver.store.logs.create(log, start)])
    assert.deepEqual(made[0], made[1])
    await assert.rejects(driver.store.logs.create(log, { meta: bytes(2), hash: ZERO_HASH }), { code: 'ERR_EXISTS' })
    await appendOne(driver.store, item(log, 'a'))
    await assert.rejects(driver.store.logs.create(log, start), { code: 'ERR_EXISTS' })
  })

  it('begins a moved log at its number, hash, term and commit', async () => {
    const log = newId(34)
    const hash = new Uint8Array(32).fill(5)
    await driver.store.logs.create(log, { meta: bytes(), hash, seq: 41, term: 2, lastCommit: 40 })
    const result = await appendOne(driver.store, item(log, 'a', { expectHead: { seq: 41, hash }, baseCommit: 40 }))
    assert.equal(result.status === 'appended' && result.seq, 42)
    const { entries, head } = await driver.store.logs.read(log, 0, 10, ALL)
    assert.deepEqual([entries[0]!.seq, entries[0]!.term, head.first], [42, 2, 42])
  })

  it('erases a payload to its digest and keeps the rest', async () => {
    const log = await newLog(driver.store)
    await driver.store.logs.append([item(log, 'a'), item(log, 'secret text'), item(log, 'c')])
    const before = (await driver.store.logs.read(log, 0, 10, ALL)).entries
    await assert.rejects(driver.store.logs.erase(log, 2, () => { throw new ForbiddenError('no') }), { code: 'ERR_FORBIDDEN' })
    const erased = await driver.store.logs.erase(log, 2, (entry, head) => {
      assert.equal(textOf(entry.payload), 'secret text')
      assert.equal(head.seq, 3)
      return { meta: bytes(9) }
    })
    const digest = new Uint8Array(createHash('sha256').update('secret text').digest())
    assert.deepEqual(erased, { ...before[1]!, erased: true, payload: digest })
    assert.deepEqual(await driver.store.logs.erase(log, 2, () => undefined), erased)
    await driver.reopen()
    const { entries, head } = await driver.store.logs.read(log, 0, 10, ALL)
    assert.deepEqual(entries, [before[0], erased, before[2]])
    assert.deepEqual([head.meta, head.bytes], [bytes(9), entries.reduce((sum, e) => sum + e.leaf.length + e.payload.length, 0)])
    await assert.rejects(driver.store.logs.erase(log, 4, () => undefined), { code: 'ERR_NOT_FOUND' })
  })

  it('takes an entry that was erased elsewhere, by its digest', async () => {
    const log = await newLog(driver.store)
    const digest = new Uint8Array(createHash('sha256').update('secret text').digest())
    const erased = (payload: Uint8Array): AppendItem => item(log, '', { build: head => ({ ...building('a')(head, 0), payload, erased: true }) })
    const [short, whole] = await driver.store.logs.append([erased(digest.subarray(1)), erased(digest)])
    assert.equal(short!.status === 'refused' && short!.error.code, 'ERR_BAD_INPUT')
    await driver.reopen()
    const { entries: [entry] } = await driver.store.logs.read(log, 0, 10, ALL)
    assert.deepEqual([entry!.seq, entry!.erased, entry!.payload], [1, true, digest])
    assert.deepEqual(whole!.status === 'appended' && fieldsOf(whole!.record), entry)
    assert.deepEqual(await driver.store.logs.erase(log, 1, () => undefined), entry)
  })

  it('trims entries but not ids or numbers', async () => {
    const log = await newLog(driver.store)
    const id = newId()
    await driver.store.logs.append([item(log, 'a', { id }), item(log, 'b'), item(log, 'c')])
    const head = await driver.store.logs.trim(log, 2, () => ({ meta: bytes(8) }))
    assert.deepEqual([head.first, head.seq, head.meta, head.bytes], [3, 3, bytes(8), 'leaf cc'.length])
    assert.deepEqual(await driver.store.logs.trim(log, 1), head)
    await driver.reopen()
    assert.deepEqual(texts((await driver.store.logs.read(log, 0, 10, ALL)).entries), ['c'])
    assert.deepEqual(await appendOne(driver.store, item(log, 'a', { id })), { status: 'duplicate', seq: 1, record: null })
    assert.equal(await driver.store.logs.find(log, id), null)
    await driver.store.logs.trim(log, 3)
    await driver.reopen()
    const next = await appendOne(driver.store, item(log, 'd'))
    assert.equal(next.status === 'appended' && next.seq, 4)
    await assert.rejects(driver.store.logs.trim(log, 9), { code: 'ERR_BAD_INPUT' })
  })

  it('changes meta and term under the log\'s turn, between appends', async () => {
    const log = await newLog(driver.store, bytes(0))
    const seen: number[] = []
    const work = [
      appendOne(driver.store, item(log, 'a')),
      driver.store.logs.updateMeta(log, head => { seen.push(head.seq); return { meta: bytes(head.meta[0]! + 1), term: 4 } }),
      driver.store.logs.updateMeta(log, head => { seen.push(head.term); return undefined }),
      appendOne(driver.store, item(log, 'b'))
    ]
    await Promise.all(work)
    const head = await driver.store.logs.head(log)
    assert.deepEqual([head.seq, head.meta, head.term, seen.length], [2, bytes(1), 4, 2])
    await assert.rejects(driver.store.logs.updateMeta(newId(34), () => undefined), { code: 'ERR_NOT_FOUND' })
  })

  it('removes a log whole, and its id begins anew', async () => {
    const log = await newLog(driver.store)
    const id = newId()
    await driver.store.logs.append([item(log, 'a', { id }), item(log, 'b')])
    assert.equal(await driver.store.logs.remove(log), true)
    assert.equal(await driver.store.logs.remove(log), false)
    await assert.rejects(driver.store.logs.head(log), { code: 'ERR_NOT_FOUND' })
    await driver.store.logs.create(log, { meta: bytes(1), hash: ZERO_HASH })
    const again = await appendOne(driver.store, item(log, 'a', { id }))
    assert.equal(again.status === 'appended' && again.seq, 1)
    await driver.reopen()
    assert.deepEqual(texts((await driver.store.logs.read(log, 0, 10, ALL)).entries), ['a'])
  })

  it('lists every log with its head', async () => {
    const logs = await Promise.all(Array.from({ length: 20 }, () => newLog(driver.store)))
    await driver.store.logs.append(logs.map((log, i) => item(log, `${i}`)))
    const listed = await collect(driver.store.logs.list())
    const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex')
    assert.deepEqual(listed.map(l => hex(l.log)).sort(), logs.map(hex).sort())
    assert.ok(listed.every(l => l.head.seq === 1))
  })

  it('gives up on a signal, and says that the outcome is unknown', async () => {
    const log = await newLog(driver.store)
    await assert.rejects(driver.store.logs.append([item(log, 'a')], { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
    const later = new AbortController()
    const id = newId()
    const call = driver.store.logs.append([item(log, 'b', { id })], { signal: later.signal })
    later.abort()
    await assert.rejects(call, { code: 'ERR_ABORTED', message: /unknown/ })
    const again = await appendOne(driver.store, item(log, 'b', { id }))
    assert.ok(again.status === 'appended' || again.status === 'duplicate')
    assert.equal((await driver.store.logs.head(log)).seq, 1)
  })

  it('tells by a call, too, once all of it is durable, and refuses at once what it does not take', async () => {
    const log = await newLog(driver.store)
    const { promise, resolve, reject } = Promise.withResolvers<AppendResult[]>()
    driver.store.logs.appendFor([item(log, 'a'), item(log, 'b')], { appended: resolve, failed: reject })
    assert.equal(driver.store.logs.headNow(log)?.seq ?? 0, 0)
    assert.deepEqual((await promise).map(r => r.status === 'appended' && r.seq), [1, 2])
    assert.equal((await driver.store.logs.head(log)).seq, 2)
    const told: unknown[] = []
    assert.throws(() => { driver.store.logs.appendFor([item(log, 'c', { id: bytes() })], { appended: results => told.push(results), failed: error => told.push(error) }) }, { code: 'ERR_BAD_INPUT' })
    assert.deepEqual(told, [])
  })

  it('has what was just appended at hand, and only what is durable', async () => {
    const log = await newLog(driver.store)
    await driver.store.logs.append(['a', 'b', 'c'].map(text => item(log, text)))
    const call = appendOne(driver.store, item(log, 'd'))
    assert.equal(driver.store.logs.headNow(log)?.seq, 3)
    const now = driver.store.logs.readNow(log, 1, 100, ALL)
    assert.deepEqual({ ...now, entries: now?.entries.map(fieldsOf) }, await driver.store.logs.read(log, 1, 2, ALL))
    await call
    assert.deepEqual(texts(driver.store.logs.readNow(log, 2, 100, ALL)?.entries ?? []), ['c', 'd'])
    assert.deepEqual(driver.store.logs.readNow(log, 4, 100, ALL)?.entries, [])
    await driver.reopen()
    assert.deepEqual([driver.store.logs.headNow(log), driver.store.logs.readNow(log, 0, 100, ALL)], [undefined, undefined])
  })

  it('refuses ids of a wrong length', async () => {
    const log = await newLog(driver.store)
    await assert.rejects(driver.store.logs.append([item(log, 'a', { id: bytes() })]), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(driver.store.logs.append([item(log, 'a', { id: new Uint8Array(65) })]), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(driver.store.logs.create(bytes(), { meta: bytes(), hash: ZERO_HASH }), { code: 'ERR_BAD_INPUT' })
  })

  it('tells the bus of what is durable, and only then', async () => {
    const log = await newLog(driver.store)
    const hints: number[] = []
    const cancel = driver.store.bus.subscribe(log, hint => { hints.push(hint.seq) })
    const all: number[] = []
    driver.store.bus.subscribeAll(hint => { all.push(hint.seq) })
    const call = driver.store.logs.append([item(log, 'a'), item(log, 'b')])
    assert.deepEqual(hints, [])
    await call
    assert.deepEqual(hints, [2])
    cancel()
    await appendOne(driver.store, item(log, 'c'))
    assert.deepEqual([hints, all], [[2], [2, 3]])
  })
}
