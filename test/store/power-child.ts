/**
 * Appends as fast as it can, and prints in order how far its journal was synced and each acknowledgement; its parent stops
 * it now and then and takes copies. `power-child.ts PATH`
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openLevelStore, type BytesLevel } from '../../src/store/index.js'
import { classicLevelMaker } from '../../src/store/level/engine.js'
import { building } from './support.js'

const [path = ''] = process.argv.slice(2)
const say = (line: unknown): void => { process.stdout.write(`${JSON.stringify(line)}\n`) }

/** The journal that is written now, and its length. Writes come one after the other, so after one nothing is there that was not synced. */
function journal (database: string): { file: string, size: number } {
  const file = readdirSync(database).filter(name => /^\d+\.log$/.test(name)).sort().at(-1) ?? ''
  return { file, size: statSync(join(database, file)).size }
}

function reporting (database: string): BytesLevel {
  // A small buffer, so that tables are written and journals change in the middle of it all.
  const level = classicLevelMaker(128 * 1024)(database)
  const batch = level.batch.bind(level) as (ops: unknown[], options: object) => Promise<void>
  const reported = async (ops: unknown[], options: object): Promise<void> => {
    await batch(ops, options)
    if ('sync' in options && options.sync === true) say({ synced: journal(database) })
  }
  return Object.assign(level, { batch: reported })
}

const store = await openLevelStore(path, { makeLevel: reporting })
const logs = [1, 2, 3].map(n => new Uint8Array(34).fill(n))
for (const log of logs) await store.logs.create(log, { meta: new Uint8Array(1), hash: new Uint8Array(32) })
async function writer (n: number): Promise<never> {
  for (let i = 0; ; i++) {
    const text = `writer ${n} number ${i} ${'x'.repeat(i % 700)}`
    const [result] = await store.logs.append([{ log: logs[i % 3]!, id: Buffer.from(text.slice(0, 40).padEnd(40)), build: building(text) }])
    if (result?.status !== 'appended') throw new Error(`not appended: ${JSON.stringify(result)}`)
    say({ ack: [i % 3, result.seq, text] })
  }
}
await Promise.all(Array.from({ length: 16 }, (_, n) => writer(n)))
