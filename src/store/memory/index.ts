/** Stores in memory, for simulations and tests. */
import { coreOf, storeOf, type StoreOptions } from '../assemble.js'
import { MemoryBlobs } from '../blob/index.js'
import type { Store } from '../contract.js'
import { FORMAT } from '../format.js'
import { MemoryDisk, MemoryEngine } from './engine.js'

/**
 * A store in memory with the contract of the one on the disk. Hand the same `disk` to a second store, after
 * the first was closed or dropped, to restart upon what was durable.
 *
 * @internal
 */
export async function openMemoryStore (options: StoreOptions & { disk?: MemoryDisk } = {}): Promise<Store> {
  const core = coreOf(new MemoryEngine(options.disk ?? new MemoryDisk()), options)
  return await storeOf(core, new MemoryBlobs(core), { format: FORMAT, created: core.clock.now() }, options)
}
