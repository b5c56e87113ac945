/**
 * A disk of a simulated machine. Writes take time; what was not synced is gone, or not, when the machine crashes; a write
 * under way is there whole or not at all, as Level's batches are.
 */
import type { KeyValueOp } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { SortedMap } from '../../src/store/memory/sorted-map.js'
import type { Random } from './random.js'
import type { Machine, Scheduler } from './scheduler.js'

function apply (map: SortedMap, ops: readonly KeyValueOp[]): void {
  for (const op of ops) if (op.type === 'put') map.set(op.key, op.value); else map.delete(op.key)
}

/** See the file's head. */
export class SimDisk extends MemoryDisk {
  /** What a crash leaves for sure. */
  readonly #durable = new SortedMap()
  /** Written, and not synced yet, in order. */
  #unsynced: Array<readonly KeyValueOp[]> = []
  #underWay: readonly KeyValueOp[] | undefined
  /** Called at each write, before it is made; crashes of a machine happen here. */
  onWrite: () => void = () => undefined
  /** A planted bug: the disk says that it has synced, and has not. */
  readonly liesAboutSync: boolean

  constructor (world: Scheduler, random: Random, machine: () => Machine, liesAboutSync = false) {
    super()
    this.liesAboutSync = liesAboutSync
    this.beforeWrite = async (ops, sync) => {
      const owner = machine()
      this.#underWay = ops
      this.onWrite()
      if (sync) await new Promise<void>(resolve => { world.after(0.2 + random.next() * 8, owner, 'sync', resolve) })
      this.#underWay = undefined
      if (sync && !this.liesAboutSync) {
        for (const earlier of this.#unsynced.splice(0)) apply(this.#durable, earlier)
        apply(this.#durable, ops)
      } else {
        this.#unsynced.push(ops)
      }
    }
  }

  /** What is on the disk after a crash at this moment. */
  crash (random: Random): SortedMap {
    const left = new SortedMap()
    for (const [key, value] of this.#durable.slice({})) left.set(key, value)
    const survive = random.between(0, this.#unsynced.length)
    for (const ops of this.#unsynced.slice(0, survive)) apply(left, ops)
    if (survive === this.#unsynced.length && this.#underWay !== undefined && random.chance(0.5)) apply(left, this.#underWay)
    return left
  }

  /** Begins with what a crash left. */
  begin (left: SortedMap): void {
    for (const [key, value] of left.slice({})) {
      this.map.set(key, value)
      this.#durable.set(key, value)
    }
  }
}
