/** A disk that is memory: for simulations and tests. Deterministic: no timer, no thread. */
import { opsSaid, type Changes } from '../changes.js'
import type { KeyRange, KeyValueOp } from '../contract.js'
import type { Engine, Scan } from '../engine.js'
import { SortedMap } from './sorted-map.js'

/** What outlives a store in memory: open another store on it, as after a restart. */
export class MemoryDisk {
  readonly map = new SortedMap()
  /** Called before each write, with its changes; a rejection is a disk that refuses. Lets a test hold or fail a write. */
  beforeWrite: (ops: readonly KeyValueOp[], sync: boolean) => Promise<void> = () => Promise.resolve()
}

/** The disk as an engine. */
export class MemoryEngine implements Engine {
  readonly #disk: MemoryDisk
  constructor (disk: MemoryDisk) { this.#disk = disk }

  get (keys: readonly Uint8Array[]): Promise<Array<Uint8Array | undefined>> {
    return Promise.resolve(keys.map(key => this.#disk.map.get(key)))
  }

  async write (changes: Changes, sync: boolean): Promise<void> {
    const ops = opsSaid(changes)
    await this.#disk.beforeWrite(ops, sync)
    for (const op of ops) {
      if (op.type === 'put') this.#disk.map.set(op.key, op.value)
      else this.#disk.map.delete(op.key)
    }
  }

  scan (range: KeyRange): Scan {
    let rest: ReturnType<SortedMap['slice']> | undefined
    return {
      next: bytes => {
        rest ??= this.#disk.map.slice(range)
        let n = 0
        for (let size = 0; n < rest.length && size < bytes; n++) size += (rest[n]?.[1].length ?? 0) + 1
        return Promise.resolve(rest.splice(0, n))
      },
      close: () => Promise.resolve()
    }
  }

  /** Memory forgets what was overwritten by itself. */
  compact (): Promise<void> { return Promise.resolve() }
  settled (): Promise<void> { return Promise.resolve() }
  release (): Promise<void> { return Promise.resolve() }

  async heal (): Promise<void> { await this.#disk.beforeWrite([], true) }
  close (): Promise<void> { return Promise.resolve() }
}
