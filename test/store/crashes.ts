import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openLevelStore } from '../../src/store/index.js'
import { ProofError } from '../../src/protocol/wire/index.js'
import { chain, temporaryDirectory, textOf } from './support.js'

type Ack = [log: number, seq: number, text: string]

/** Runs the writer until it has acknowledged `until` appends, kills it without warning, and returns what it acknowledged. */
async function writeAndKill (path: string, run: number, until: number): Promise<Ack[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'crash-child.ts'), path, `${run}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acks: Ack[] = []
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may have been cut by the kill: then it was never said.
    try { acks.push(JSON.parse(line) as Ack) } catch { break }
    if (acks.length === until) child.kill('SIGKILL')
  }
  const [, signal] = await exited as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  assert.ok(acks.length >= until)
  return acks
}

/** Kills a writing process so many times; after each, every acknowledged append must be there, once and in its place. */
export async function surviveKills (kills: number): Promise<void> {
  const home = await temporaryDirectory()
  const path = join(home, 's')
  const ledger: Ack[] = []
  for (let run = 0; run < kills; run++) {
    ledger.push(...await writeAndKill(path, run, 200 + Math.floor(Math.random() * 800)))
    const store = await openLevelStore(path)
    const texts = new Map<string, string>()
    for (let n = 0; n < 3; n++) {
      const log = new Uint8Array(34).fill(n + 1)
      for (let after = 0, page; (page = await store.logs.read(log, after, 1000, 1e9)).entries.length > 0;) {
        for (const entry of page.entries) texts.set(`${n} ${entry.seq}`, textOf(entry.payload))
        after = page.entries.at(-1)!.seq
      }
    }
    for (const [log, seq, text] of ledger) assert.equal(texts.get(`${log} ${seq}`), text, `run ${run}: entry ${seq} of log ${log}`)
    assert.equal(new Set(texts.values()).size, texts.size, 'nothing is there twice')
    const hashes = new Map<string, Uint8Array>()
    const report = await store.verify({
      onEntry: (log, entry) => {
        const name = Buffer.from(log).toString('hex')
        const hash = chain(hashes.get(name) ?? new Uint8Array(32), entry.leaf)
        hashes.set(name, hash)
        if (!Buffer.from(hash).equals(entry.hash)) throw new ProofError('the chain does not hold')
      }
    })
    assert.deepEqual(report.problems, [])
    await store.close()
  }
  await rm(home, { recursive: true })
}
