/**
 * Appends as fast as it can, and prints in order how far its journal was synced and each acknowledgement; its parent stops
 * it now and then and takes copies. `power-child.ts PATH`
 */
import { openLevelStore } from '../../src/store/index.js'
import { reportingLevel } from './journal-marks.js'
import { building } from './support.js'

const [path = ''] = process.argv.slice(2)
const say = (line: unknown): void => { process.stdout.write(`${JSON.stringify(line)}\n`) }

const store = await openLevelStore(path, { makeLevel: database => reportingLevel(database, 128 * 1024, synced => { say({ synced }) }) })
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
