import assert from 'node:assert/strict'
import { join } from 'node:path'
import { openLevelStore, type LogPage, type LogStore, type Store } from '../../../src/store/index.js'
import { Scene } from '../kit/real.js'
import { requireLinearizable } from './check.js'
import { concurrently } from './history.js'

/** A store whose reads are what they were some calls ago, now and then. */
function stale (store: Store): Store {
  let kept: LogPage | undefined
  let calls = 0
  const read: LogStore['read'] = async (...args) => {
    const page = await store.logs.read(...args)
    if (++calls % 3 === 0 && kept !== undefined && kept.head.seq < page.head.seq) {
      const { head } = kept
      return { entries: page.entries.filter(({ seq }) => seq <= head.seq), head }
    }
    kept = page
    return page
  }
  const logs = new Proxy(store.logs, {
    get (target, name) {
      const value: unknown = name === 'read' ? read : Reflect.get(target, name, target)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    }
  })
  return new Proxy(store, { get: (target, name) => name === 'logs' ? logs : Reflect.get(target, name, target) as unknown })
}

describe('a log of a relay, used by many at once', () => {
  const scene = new Scene()
  afterEach(async () => { await scene.end() })

  it('is linearizable: appends, conditions, commits, reads and heads are on one line', async () => {
    const relay = await scene.relay({ admission: 'open', http: false })
    const { history, log } = await concurrently(scene, relay, 4, 60)
    assert.ok(log.length > 50)
    assert.ok(history.some(({ expected, appended }) => expected !== undefined && appended === undefined), 'some conditions were too late')
    requireLinearizable(history, log)
  })

  it('would be seen not to be, if reads were stale', async () => {
    const store = await openLevelStore(join(await scene.directory(), 'store'))
    const relay = await scene.relay({ admission: 'open', http: false, store: stale(store) })
    const { history, log } = await concurrently(scene, relay, 3, 60)
    assert.throws(() => { requireLinearizable(history, log) }, /which began later|the log has nothing there/)
  })
})
