import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openLevelStore, type KeyValueOp, type LevelStore } from '../../src/store/index.js'
import { faultyLevel, ioError, type Faults } from './faulty-level.js'
import { appendOne, building, bytes, item, newId, newLog, nextTick, temporaryDirectory, TestClock, textOf } from './support.js'

const FULL = ioError('', 'No space left on device')
const put = (n: number): KeyValueOp[] => [{ type: 'put', key: bytes(n), value: bytes(n) }]

describe('a store whose disk refuses', () => {
  let home: string
  let faults: Faults
  let clock: TestClock
  let probes: number
  let probeError: Error | undefined
  let free: number
  let store: LevelStore
  const open = (): Promise<LevelStore> => openLevelStore(join(home, 's'), {
    clock,
    probeMs: 1000,
    sweepMs: 0,
    makeLevel: faultyLevel(faults),
    probe: () => {
      probes++
      return probeError === undefined ? Promise.resolve() : Promise.reject(probeError)
    },
    free: () => Promise.resolve(free)
  })
  beforeEach(async () => {
    home = await temporaryDirectory()
    faults = { opened: 0 }
    clock = new TestClock()
    probes = 0
    probeError = undefined
    free = Infinity
    store = await open()
  })
  afterEach(async () => {
    await store.close()
    await rm(home, { recursive: true })
  })

  /** The store's next state. */
  const nextState = (): Promise<string> => new Promise(resolve => { const cancel = store.onState(state => { cancel(); resolve(state) }) })

  it('turns read-only when the disk is full, says so, refuses writes, goes on reading, and resumes by itself', async () => {
    await store.kv.batch(put(1))
    const states: string[] = []
    store.onState((state, reason) => states.push(`${state} ${reason?.code ?? ''}`.trim()))
    faults.write = FULL
    await assert.rejects(store.kv.batch(put(2)), { code: 'ERR_READ_ONLY', message: /disk is full.*free some space.*resumes by itself/, details: { unknown: true } })
    assert.equal(store.state, 'read-only')
    assert.match(store.reason?.message ?? '', /No space left/)
    await assert.rejects(store.kv.batch(put(3)), { code: 'ERR_READ_ONLY', details: { unknown: false } })
    await assert.rejects(store.records.put(bytes(1), bytes(1)), { code: 'ERR_READ_ONLY' })
    await assert.rejects(store.logs.create(newId(34), { meta: bytes(), hash: new Uint8Array(32) }), { code: 'ERR_READ_ONLY' })
    assert.deepEqual(await store.kv.get(bytes(1)), bytes(1))
    faults.write = undefined
    const healed = nextState()
    clock.advance(1000)
    assert.equal(await healed, 'open')
    await store.kv.batch(put(4))
    assert.deepEqual(await store.kv.getMany([bytes(1), bytes(2), bytes(3), bytes(4)]), [bytes(1), undefined, undefined, bytes(4)])
    assert.deepEqual(states, ['read-only ERR_READ_ONLY', 'open'])
    assert.equal(faults.opened, 2, 'Level was reopened')
    assert.equal(store.reason, undefined)
  })

  for (const [name, fault] of [['EIO', ioError('EIO', 'Input/output error')], ['an I/O error of Level', ioError('', 'Input/output error')], ['a full quota', ioError('', 'Disk quota exceeded')]] as const) {
    it(`does so for ${name}`, async () => {
      faults.write = fault
      await assert.rejects(store.kv.batch(put(1)), { code: 'ERR_READ_ONLY' })
      assert.equal(store.state, 'read-only')
    })
  }

  it('does not try a damaged database again, and says what to do', async () => {
    faults.write = Object.assign(new Error('Corruption: bad block'), { code: 'LEVEL_CORRUPTION' })
    const waiting = clock.waiting
    await assert.rejects(store.kv.batch(put(1)), { code: 'ERR_READ_ONLY', message: /damaged.*restore from a backup/ })
    assert.equal(clock.waiting, waiting)
    assert.equal(store.reason?.code, 'ERR_CORRUPT')
  })

  it('keeps trying while the probe, the reopening or the first write fails', async () => {
    await store.kv.batch(put(1))
    faults.write = FULL
    await assert.rejects(store.kv.batch(put(2)), { code: 'ERR_READ_ONLY' })
    const attempt = async (): Promise<void> => {
      const tried = probes + 1
      clock.advance(1000)
      while (clock.waiting === 0) await nextTick()
      assert.equal(probes, tried)
      assert.equal(store.state, 'read-only')
    }
    probeError = FULL
    await attempt()
    assert.deepEqual(await store.kv.get(bytes(1)), bytes(1))
    probeError = undefined
    await attempt()
    faults.open = FULL
    await attempt()
    await assert.rejects(store.kv.get(bytes(1)), { code: 'ERR_UNAVAILABLE', message: /disk is full.*free some space/ })
    faults.open = undefined
    faults.write = undefined
    const healed = nextState()
    clock.advance(1000)
    assert.equal(await healed, 'open')
    assert.deepEqual(await store.kv.get(bytes(1)), bytes(1))
  })

  it('is not closed to be opened again while the disk has no room for what its journal holds, and can be read meanwhile', async () => {
    for (let n = 0; n < 20; n++) await store.kv.batch([{ type: 'put', key: bytes(n), value: new Uint8Array(100_000) }])
    faults.write = FULL
    await assert.rejects(store.kv.batch(put(2)), { code: 'ERR_READ_ONLY' })
    faults.write = undefined
    free = 2_500_000
    clock.advance(1000)
    while (clock.waiting === 0) await nextTick()
    assert.equal(faults.opened, 1)
    assert.equal((await store.kv.get(bytes(1)))?.length, 100_000)
    await assert.rejects(store.kv.batch(put(2)), { code: 'ERR_READ_ONLY', message: /2\.4 MiB free, and 2\.9 MiB are needed/ })
    free = 3_500_000
    const healed = nextState()
    clock.advance(1000)
    assert.equal(await healed, 'open')
    assert.equal(faults.opened, 2)
    await store.kv.batch(put(2))
  })

  it('fails what waited behind a failed write, in order, so that nothing later is there without what came before', async () => {
    const log = await newLog(store)
    await appendOne(store, item(log, 'a'))
    faults.beforeBatch = async () => { await nextTick() }
    faults.write = FULL
    const lane = {}
    const ids = Array.from({ length: 20 }, () => newId())
    const calls = ids.map(async (id, i) => {
      await Promise.resolve(i)
      return await appendOne(store, item(log, `${i}`, { id, lane }))
    })
    const outcomes = await Promise.allSettled(calls)
    assert.ok(outcomes.every(o => o.status === 'rejected' && (o.reason as { code: string }).code === 'ERR_READ_ONLY'))
    assert.equal((await store.logs.head(log)).seq, 1)
    faults.write = undefined
    const healed = nextState()
    clock.advance(1000)
    await healed
    assert.equal((await appendOne(store, item(log, 'x', { lane }))).status, 'refused', 'the lane stays broken')
    const again = await store.logs.append(ids.map((id, i) => item(log, `${i}`, { id })))
    assert.deepEqual(again.map(r => r.status === 'appended' && r.seq), ids.map((_, i) => i + 2))
  })

  it('finds, by id, an append whose fsync failed but which was written after all', async () => {
    const log = await newLog(store)
    await appendOne(store, item(log, 'a'))
    faults.write = ioError('', 'fdatasync: Input/output error')
    faults.writesThrough = true
    const one = item(log, 'b')
    await assert.rejects(appendOne(store, one), { code: 'ERR_READ_ONLY', details: { unknown: true } })
    faults.write = undefined
    const healed = nextState()
    clock.advance(1000)
    await healed
    const next = await appendOne(store, item(log, 'c'))
    assert.equal(next.status === 'appended' && next.seq, 3)
    const again = await appendOne(store, one)
    assert.equal(again.status === 'duplicate' && again.seq, 2)
    assert.deepEqual((await store.logs.read(log, 0, 9, 1e6)).entries.map(e => textOf(e.payload)), ['a', 'b', 'c'])
  })

  it('answers duplicates and conflicts while it is read-only', async () => {
    const log = await newLog(store)
    const id = newId()
    await appendOne(store, item(log, 'a', { id }))
    faults.write = FULL
    await assert.rejects(store.kv.batch(put(1)))
    assert.equal((await appendOne(store, item(log, 'a', { id }))).status, 'duplicate')
    assert.equal((await appendOne(store, item(log, 'b', { expectHead: { seq: 0 } }))).status, 'conflict')
    await assert.rejects(appendOne(store, item(log, 'b')), { code: 'ERR_READ_ONLY' })
  })

  it('does not decide a compare-and-set upon what it read before a reopening', async () => {
    await store.records.put(bytes(1), bytes(1))
    const rev = (await store.records.get(bytes(1)))!.rev
    faults.write = FULL
    faults.writesThrough = true
    await assert.rejects(store.records.put(bytes(1), bytes(2), { ifRev: rev }), { code: 'ERR_READ_ONLY' })
    faults.write = undefined
    const healed = nextState()
    clock.advance(1000)
    await healed
    await assert.rejects(store.records.put(bytes(1), bytes(3), { ifRev: rev }), { code: 'ERR_CONFLICT' })
  })

  it('shares one fsync between what is written at the same time, and syncs soft writes only with others', async () => {
    const log = await newLog(store)
    const batches: boolean[] = []
    faults.beforeBatch = async (_size, sync) => { batches.push(sync); await nextTick() }
    await Promise.all(Array.from({ length: 500 }, (_, i) => appendOne(store, item(log, `${i}`))))
    assert.ok(batches.length <= 4, `500 appends in ${batches.length} writes`)
    assert.ok(batches.every(sync => sync))
    batches.length = 0
    await store.kv.batch(put(1), { soft: true })
    await Promise.all([store.kv.batch(put(2), { soft: true }), store.kv.batch(put(3))])
    assert.deepEqual(batches, [false, true])
  })

  it('shows readers nothing that is not durable yet', async () => {
    const log = await newLog(store)
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => { release = resolve })
    const reached = new Promise<void>(resolve => { faults.beforeBatch = () => { resolve(); return held } })
    const id = newId()
    const call = appendOne(store, item(log, 'a', { id }))
    await reached
    let answered = false
    const again = appendOne(store, { log, id, build: building('a') }).then(r => { answered = true; return r })
    assert.equal((await store.logs.head(log)).seq, 0)
    assert.deepEqual((await store.logs.read(log, 0, 9, 1e6)).entries, [])
    await nextTick()
    assert.equal(answered, false, 'a duplicate of what is on its way waits for it')
    release()
    assert.equal((await call).status, 'appended')
    assert.equal((await again).status, 'duplicate')
    assert.equal((await store.logs.head(log)).seq, 1)
  })

  it('tells an append what is being written of it, once and before the disk has it, whatever the disk then says', async () => {
    const log = await newLog(store)
    for (const fault of [undefined, FULL]) {
      const told: string[] = []
      faults.beforeBatch = () => { told.push('disk'); return Promise.resolve() }
      faults.write = fault
      await new Promise<void>(resolve => {
        const over = (how: string) => (): void => { told.push(how); resolve() }
        store.logs.appendFor([item(log, 'a'), item(log, 'b')], {
          writing: results => { told.push(`writing ${results.map(({ status }) => status).join(' ')}`) }, appended: over('appended'), failed: over('failed')
        })
      })
      assert.deepEqual(told, ['writing appended appended', 'disk', fault === undefined ? 'appended' : 'failed'])
    }
  })

  it('writes nothing behind a write that failed once, though the disk would take it', async () => {
    let first = true
    faults.beforeBatch = async () => {
      await nextTick()
      if (first) {
        first = false
        throw FULL
      }
    }
    const failing = store.kv.batch(put(1))
    await Promise.resolve()
    const behind = store.kv.batch(put(2))
    await assert.rejects(failing, { details: { unknown: true } })
    await assert.rejects(behind, { code: 'ERR_READ_ONLY', details: { unknown: false } })
    assert.equal(await store.kv.get(bytes(2)), undefined)
  })

  it('appends an id once though its first append becomes durable while the second is being looked up', async () => {
    const log = await newLog(store)
    // Of a log that was made just now nothing is looked up.
    await store.close()
    store = await open()
    const id = newId()
    const gate = (): { reached: Promise<void>, hold: () => Promise<void>, open: () => void } => {
      let open = (): void => undefined
      let reach = (): void => undefined
      const held = new Promise<void>(resolve => { open = resolve })
      const reached = new Promise<void>(resolve => { reach = resolve })
      return { reached, hold: () => { reach(); return held }, open }
    }
    const [writing, looking] = [gate(), gate()]
    faults.beforeBatch = writing.hold
    const first = appendOne(store, item(log, 'a', { id }))
    await writing.reached
    faults.beforeGet = looking.hold
    // Of these only the other id is looked up: the first is known to be on its way.
    const second = store.logs.append([item(log, 'other'), item(log, 'a', { id })])
    await looking.reached
    faults.beforeBatch = undefined
    faults.beforeGet = undefined
    writing.open()
    assert.equal((await first).status, 'appended')
    looking.open()
    assert.deepEqual((await second).map(r => r.status), ['appended', 'duplicate'])
  })

  it('loses nothing that was accepted when it closes in the middle', async () => {
    const log = await newLog(store)
    const calls = Promise.allSettled(Array.from({ length: 50 }, (_, i) => appendOne(store, item(log, `${i}`))))
    await nextTick()
    await store.close()
    const acknowledged = (await calls).filter(o => o.status === 'fulfilled').length
    store = await openLevelStore(join(home, 's'))
    assert.ok((await store.logs.head(log)).seq >= acknowledged)
  })
})
