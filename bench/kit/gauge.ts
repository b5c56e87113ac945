/**
 * Loaded into a process that is watched (`--import`): at SIGUSR2 it collects its garbage and adds a line to a file of its own
 * in GAUGE_DIR, with what it then has of heap, memory outside of it, what its store gathers, and handles of each kind. So a
 * slope is of what is kept, not of when the garbage was last collected.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ClassicLevel } from 'classic-level'

const directory = process.env['GAUGE_DIR']
if (directory !== undefined) {
  const stores = openedStores()
  process.on('SIGUSR2', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    collect()
    const { heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
    const kinds: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1
    appendFileSync(join(directory, `${process.pid}.jsonl`), `${JSON.stringify({ heapTotal, heapUsed, external, arrayBuffers, gathered: gatheredBy(stores), handles: process.getActiveResourcesInfo().length, kinds })}\n`)
  })
}

/** Every database that is opened from now on. */
function openedStores (): Set<ClassicLevel> {
  const stores = new Set<ClassicLevel>()
  const open = ClassicLevel.prototype.open
  ClassicLevel.prototype.open = async function (this: ClassicLevel, ...given: unknown[]): Promise<void> {
    stores.add(this)
    await Reflect.apply(open, this, given)
  }
  return stores
}

/** Bytes that Level holds in memory: what was appended and is in no table yet, and blocks that were read. */
function gatheredBy (stores: ReadonlySet<ClassicLevel>): number {
  let bytes = 0
  for (const store of stores) if (store.status === 'open') bytes += Number(store.getProperty('leveldb.approximate-memory-usage'))
  return bytes
}
