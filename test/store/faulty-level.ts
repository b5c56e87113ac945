import type { AbstractChainedBatch } from 'abstract-level'
import { ClassicLevel } from 'classic-level'
import type { MakeLevel } from '../../src/store/index.js'

/** What a disk may do to a database; shared by all databases made with it. */
export interface Faults {
  /** When set, every write fails with it. */
  write?: Error | undefined
  /** When set, opening fails with it. */
  open?: Error | undefined
  /** Called before each batch is written; may wait or throw. */
  beforeBatch?: ((size: number, sync: boolean) => Promise<void>) | undefined
  /** Called before keys are read; may wait. */
  beforeGet?: (() => Promise<void>) | undefined
  /** Whether a failing write reaches the disk all the same: a failed fsync may mean either. */
  writesThrough?: boolean
  opened: number
}

export function ioError (code: string, text: string): Error {
  return Object.assign(new Error(`IO error: /some/where/000003.log: ${text}`), { code: code === '' ? 'LEVEL_IO_ERROR' : code })
}

/** Databases on a disk with these faults. */
export function faultyLevel (faults: Faults): MakeLevel {
  class FaultyLevel extends ClassicLevel<Uint8Array, Uint8Array> {
    constructor (...args: ConstructorParameters<typeof ClassicLevel<Uint8Array, Uint8Array>>) {
      super(...args)
      // What waits cannot be read without leaving the thread.
      Object.defineProperty(this.supports, 'getSync', { get: () => faults.beforeGet === undefined })
    }

    // The methods below are abstract-level's seam for drivers.
    async _open (options: object): Promise<void> {
      if (faults.open !== undefined) throw faults.open
      faults.opened++
      await (ClassicLevel.prototype as unknown as { _open: (options: object) => Promise<void> })._open.call(this, options)
    }

    async _getMany (keys: Uint8Array[], options: object): Promise<Array<Uint8Array | undefined>> {
      await faults.beforeGet?.()
      return await (ClassicLevel.prototype as unknown as { _getMany: (keys: Uint8Array[], options: object) => Promise<Array<Uint8Array | undefined>> })._getMany.call(this, keys, options)
    }

    _chainedBatch (): AbstractChainedBatch<FaultyLevel, Uint8Array, Uint8Array> {
      const batch = (ClassicLevel.prototype as unknown as { _chainedBatch: () => AbstractChainedBatch<FaultyLevel, Uint8Array, Uint8Array> & { _write: (options: { sync?: boolean }) => Promise<void> } })._chainedBatch.call(this)
      const write = batch._write.bind(batch)
      batch._write = async options => {
        await faults.beforeBatch?.(batch.length, options.sync === true)
        const fault = faults.write
        if (fault === undefined || faults.writesThrough === true) await write(options)
        if (fault !== undefined) throw fault
      }
      return batch
    }
  }
  return path => new FaultyLevel(path, { keyEncoding: 'view', valueEncoding: 'view' })
}
