/**
 * Puts and deletes blocks as fast as it can, and notes in order in a file how far each file of the store was synced, what it
 * is about to delete, and what was acknowledged. Its parent stops it now and then and takes copies. `blob-power-child.ts PATH NOTES`
 */
import { appendFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { openLevelStore } from '../../src/store/index.js'
import { numberedBlock } from './blob-power.js'
import { reportingLevel } from './journal-marks.js'

const [path = '', notes = ''] = process.argv.slice(2)
const note = (line: unknown): void => { appendFileSync(notes, `${JSON.stringify(line)}\n`) }

async function openSegment (file: string, flags: string | number, mode?: number): Promise<FileHandle> {
  const handle = await open(file, flags, mode)
  const [writev, datasync] = [handle.writev.bind(handle), handle.datasync.bind(handle)]
  let written = (await handle.stat()).size
  return Object.assign(handle, {
    writev: async (pieces: NodeJS.ArrayBufferView[], at: number) => {
      const done = await writev(pieces, at)
      written = Math.max(written, at + done.bytesWritten)
      return done
    },
    datasync: async () => {
      const size = written
      await datasync()
      note({ synced: { file: basename(file), size } })
    }
  })
}

const store = await openLevelStore(path, { makeLevel: database => reportingLevel(database, 256 * 1024, synced => { note({ synced }) }), segments: { openFile: openSegment, segmentBytes: 4 * 1024 * 1024 } })
let next = 0
async function worker (): Promise<never> {
  for (let mine: number[] = []; ;) {
    const numbers = Array.from({ length: 1 + next % 3 }, () => next++)
    await store.blobs.put(numbers.map(numberedBlock))
    note({ put: numbers })
    process.stdout.write('.')
    mine.push(...numbers)
    if (mine.length < 40) continue
    // Most of them go, so that segments are emptied in the middle of it all.
    const gone = mine.filter(n => n % 7 !== 0)
    mine = []
    note({ deleting: gone })
    await store.blobs.delete(gone.map(n => numberedBlock(n).cid))
    note({ deleted: gone })
  }
}
await Promise.all(Array.from({ length: 8 }, () => worker()))
