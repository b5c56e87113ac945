import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { ReadOnlyError } from '../../src/protocol/wire/index.js'
import { openLevelStore } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { histories, LogModel, type Stage } from './log-model.js'
import { nextTick, temporaryDirectory, TestClock } from './support.js'

/** How many random histories; the long run sets more. */
const RUNS = Number(process.env.PETREL_STORE_RUNS ?? 150)

describe('the log store, against a simple model', () => {
  it('answers every random history as the model does, with failing disks and restarts', async () => {
    await fc.assert(fc.asyncProperty(histories(true), async steps => {
      const disk = new MemoryDisk()
      const clock = new TestClock()
      let store = await openMemoryStore({ disk, clock, probeMs: 1, sweepMs: 0 })
      const stage: Stage = {
        store: () => store,
        reopen: async () => {
          await store.close()
          store = await openMemoryStore({ disk, clock, probeMs: 1, sweepMs: 0 })
        },
        fail: through => {
          disk.beforeWrite = async ops => {
            await nextTick()
            if (through) for (const op of ops) if (op.type === 'put') disk.map.set(op.key, op.value); else disk.map.delete(op.key)
            throw new ReadOnlyError('the test\'s disk refuses')
          }
          return async () => {
            disk.beforeWrite = () => Promise.resolve()
            clock.advance(1)
            while (store.state !== 'open') await nextTick()
          }
        }
      }
      await new LogModel(stage).play(steps)
      await store.close()
    }), { numRuns: RUNS })
  })

  it('does so on a real disk', async () => {
    const home = await temporaryDirectory()
    let n = 0
    await fc.assert(fc.asyncProperty(histories(false), async steps => {
      const path = join(home, `${n++}`)
      let store = await openLevelStore(path)
      await new LogModel({
        store: () => store,
        reopen: async () => {
          await store.close()
          store = await openLevelStore(path)
        }
      }).play(steps)
      await store.close()
    }), { numRuns: Math.ceil(RUNS / 15) })
    await rm(home, { recursive: true })
  })
})
