/** Appends as fast as it can and prints each acknowledgement; its parent kills it. `crash-child.ts PATH RUN` */
import { openLevelStore } from '../../src/store/index.js'
import { building } from './support.js'

const [path = '', run = ''] = process.argv.slice(2)
const store = await openLevelStore(path)
const logs = [1, 2, 3].map(n => new Uint8Array(34).fill(n))
for (const log of logs) {
  if (await store.logs.head(log).catch(() => undefined) === undefined) await store.logs.create(log, { meta: new Uint8Array(1), hash: new Uint8Array(32) })
}
async function writer (n: number): Promise<never> {
  for (let i = 0; ; i++) {
    const text = `run ${run} writer ${n} number ${i} ${'x'.repeat(i % 500)}`
    const id = Buffer.from(text.slice(0, 40).padEnd(40))
    const [result] = await store.logs.append([{ log: logs[i % 3]!, id, build: building(text) }])
    if (result?.status !== 'appended') throw new Error(`not appended: ${JSON.stringify(result)}`)
    process.stdout.write(`${JSON.stringify([i % 3, result.seq, text])}\n`)
  }
}
await Promise.all(Array.from({ length: 32 }, (_, n) => writer(n)))
