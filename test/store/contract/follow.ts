import assert from 'node:assert/strict'
import { follow, type EventBus } from '../../../src/store/index.js'
import { appendOne, bytes, item, newId, newLog, nextTick, textOf, type Driver } from '../support.js'

const DEAF: EventBus = { publish: () => undefined, subscribe: () => () => undefined, subscribeAll: () => () => undefined }

/** What following does over every driver. */
export function followContract (open: () => Promise<Driver>): void {
  let driver: Driver
  beforeEach(async () => { driver = await open() })
  afterEach(async () => { await driver.dispose() })

  async function take (source: AsyncIterable<Array<{ payload: Uint8Array }>>, count: number, onStep: (n: number) => void = () => undefined): Promise<string[]> {
    const out: string[] = []
    for await (const entries of source) {
      out.push(...entries.map(e => textOf(e.payload)))
      if (out.length >= count) break
      onStep(out.length)
    }
    return out
  }

  it('gives what is there, then what comes, each once and in order', async () => {
    const { store } = driver
    const log = await newLog(store)
    await store.logs.append([item(log, '0'), item(log, '1')])
    const got = take(follow(store.logs, store.bus, log, 0, { limit: 1, clock: driver.clock }), 40)
    await Promise.all(Array.from({ length: 38 }, (_, i) => appendOne(store, item(log, `${i + 2}`))))
    assert.deepEqual(await got, Array.from({ length: 40 }, (_, i) => `${i}`))
  })

  it('finds entries by its poll when every hint is lost', async () => {
    const { store } = driver
    const log = await newLog(store)
    await appendOne(store, item(log, 'a'))
    const idle = driver.clock.waiting
    const got = take(follow(store.logs, DEAF, log, 0, { pollMs: 500, clock: driver.clock }), 2)
    while (driver.clock.waiting === idle) await nextTick()
    await appendOne(store, item(log, 'b'))
    driver.clock.advance(500)
    assert.deepEqual(await got, ['a', 'b'])
    assert.ok(driver.clock.waiting <= idle, 'no timer is left behind')
  })

  it('ends by its signal, also while it waits, and fails where there is no log', async () => {
    const { store } = driver
    const log = await newLog(store, bytes())
    const idle = driver.clock.waiting
    const stop = new AbortController()
    const got = take(follow(store.logs, store.bus, log, 0, { signal: stop.signal, clock: driver.clock }), 1)
    while (driver.clock.waiting === idle) await nextTick()
    stop.abort()
    await assert.rejects(got, { code: 'ERR_ABORTED' })
    assert.equal(driver.clock.waiting, idle)
    await assert.rejects(take(follow(store.logs, store.bus, newId(34), 0), 1), { code: 'ERR_NOT_FOUND' })
  })
}
