import assert from 'node:assert/strict'
import type { Hint } from '../../../src/store/index.js'
import { appendOne, item, newLog, type Driver } from '../support.js'

/** What the event bus of every driver does. */
export function busContract (open: () => Promise<Driver>): void {
  let driver: Driver
  beforeEach(async () => { driver = await open() })
  afterEach(async () => { await driver.dispose() })

  it('hints those who listen to a log, once its entry can be read, and those who listen to all', async () => {
    const { store } = driver
    const [log, other] = [await newLog(store), await newLog(store)]
    const [own, all]: [Hint[], Hint[]] = [[], []]
    const readable: Array<Promise<number>> = []
    store.bus.subscribe(log, hint => {
      own.push(hint)
      readable.push(store.logs.read(log, hint.seq - 1, 1, 1000).then(page => page.entries[0]?.seq ?? 0))
    })
    store.bus.subscribeAll(hint => { all.push(hint) })
    await appendOne(store, item(log, 'a'))
    await appendOne(store, item(other, 'b'))
    await appendOne(store, item(log, 'c'))
    assert.deepEqual(own.map(hint => hint.seq), [1, 2])
    assert.deepEqual(await Promise.all(readable), [1, 2])
    assert.deepEqual(all.map(hint => [Buffer.from(hint.log).equals(log), hint.seq]), [[true, 1], [false, 1], [true, 2]])
  })

  it('hints nobody before who appended was told', async () => {
    const { store } = driver
    const log = await newLog(store)
    const told: string[] = []
    store.bus.subscribeAll(() => { told.push('who listens') })
    await new Promise<void>((resolve, reject) => {
      store.logs.appendFor([item(log, 'a')], { appended: () => { told.push('who appended'); resolve() }, failed: reject })
    })
    assert.deepEqual(told, ['who appended', 'who listens'])
  })

  it('hints nobody any more who took it back, and the others still', async () => {
    const { store } = driver
    const log = await newLog(store)
    const heard: string[] = []
    const cancel = store.bus.subscribe(log, () => { heard.push('left') })
    const cancelAll = store.bus.subscribeAll(() => { heard.push('left, of all') })
    store.bus.subscribe(log, () => { heard.push('stayed') })
    cancel()
    cancelAll()
    await appendOne(store, item(log, 'a'))
    assert.deepEqual(heard, ['stayed'])
  })
}
