/** How far the journal of a database was synced, told after each synced write. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AbstractChainedBatch } from 'abstract-level'
import type { BytesLevel } from '../../src/store/index.js'
import { classicLevelMaker } from '../../src/store/level/engine.js'

/** A journal, and what of it is on the disk. */
export interface JournalMark { readonly file: string, readonly size: number }

/** The journal that is written now, and its length. Writes come one after the other, so after one nothing is there that was not synced. */
function journal (database: string): JournalMark {
  const file = readdirSync(database).filter(name => /^\d+\.log$/.test(name)).sort().at(-1) ?? ''
  return { file, size: statSync(join(database, file)).size }
}

/** A database that tells. With a small buffer tables are written, and journals change, in the middle of it all. */
export function reportingLevel (database: string, bufferBytes: number, synced: (mark: JournalMark) => void): BytesLevel {
  const level = classicLevelMaker(bufferBytes)(database)
  const batchOf = level.batch.bind(level) as unknown as () => AbstractChainedBatch<BytesLevel, Uint8Array, Uint8Array>
  const begin = (): ReturnType<typeof batchOf> => {
    const batch = batchOf()
    const write = batch.write.bind(batch)
    return Object.assign(batch, {
      write: async (options: object): Promise<void> => {
        await write(options)
        if ('sync' in options && options.sync === true) synced(journal(database))
      }
    })
  }
  return Object.assign(level, { batch: begin })
}
