import assert from 'node:assert/strict'
import { decodeCursor, encodeCursor, startCursor } from '../../../src/node/chats/cursor.js'
import { Runs, type DeviceRun } from '../../../src/node/chats/runs.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { encodeCbor, shape } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { fill, key as signer } from '../../protocol/wire/kit.js'

describe('how far each device of a chat has got', () => {
  const log = fill(34)
  const keys = new RecordKeys(fill(32))
  const key = (n: number): Uint8Array => signer(n).key
  const run = (n: number, devSeq = 1): DeviceRun => ({ device: key(n), devSeq, entry: fill(32, devSeq) })
  const sorted = (runs: Runs): DeviceRun[] => runs.all().sort((a, b) => Buffer.compare(a.device, b.device))

  it('is written for those that a batch changes, and is there again after a restart', async () => {
    const { kv } = await openMemoryStore({})
    const first = Runs.of(Array.from({ length: 200 }, (_, i) => run(i)))
    await kv.batch(first.ops(keys, log))
    const loaded = await Runs.load(kv, keys, log)
    assert.deepEqual(sorted(loaded), sorted(first))
    assert.deepEqual(loaded.ops(keys, log), [])
    const next = loaded.with(run(7, 2)).with(run(201)).with(run(201, 2)).without(key(9))
    assert.deepEqual([next.get(key(7))?.devSeq, next.get(key(201))?.devSeq, next.get(key(9)), loaded.get(key(9))?.devSeq], [2, 2, undefined, 1])
    const ops = next.ops(keys, log)
    assert.equal(ops.length, 3)
    await kv.batch(ops)
    assert.deepEqual(sorted(await Runs.load(kv, keys, log)), sorted(next))
    assert.deepEqual([next.kept().ops(keys, log), sorted(next.kept())], [[], sorted(next)])
    // A device that comes where another went takes nobody's record.
    await kv.batch(next.kept().with(run(9, 5)).with(run(202)).ops(keys, log))
    assert.equal((await Runs.load(kv, keys, log)).all().length, 202)
  })

  it('is there again as it was at an earlier place, whatever records came since', async () => {
    const { kv } = await openMemoryStore({})
    const then = Runs.of([run(1), run(2)])
    await kv.batch(then.ops(keys, log))
    const now = (await Runs.load(kv, keys, log)).without(key(1)).with(run(3)).with(run(2, 7)).with(run(4))
    await kv.batch(now.ops(keys, log))
    const back = now.kept().like(Runs.of([run(2), run(1)]))
    assert.deepEqual(sorted(back), sorted(then))
    await kv.batch(back.ops(keys, log))
    assert.deepEqual(sorted(await Runs.load(kv, keys, log)), sorted(then))
  })

  it('stood in the cursor of an earlier version, and is written beside it from then on', () => {
    const { runs: _runs, ...start } = startCursor(fill(32))
    const old = encodeCbor({ v: 1, ...shape.open(start), runs: [run(1), run(2)] })
    const cursor = decodeCursor(old, Runs.none)
    assert.deepEqual([cursor.runs.all(), cursor.runs.ops(keys, log).length], [[run(1), run(2)], 2])
    const beside = Runs.of([run(3)])
    assert.equal(decodeCursor(encodeCursor(cursor), beside).runs, beside)
  })
})
