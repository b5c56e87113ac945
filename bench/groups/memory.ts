/** What a group takes in the memory of a member's node: its record as it is read from the disk, its keys, and its members' manifests. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { engineFor, keysOf } from '../../src/node/chats/chat-keys.js'
import { manifestsOf } from '../../src/node/chats/member-manifests.js'
import { RecordParts } from '../../src/node/chats/record-parts.js'
import { RecordKeys, Vault } from '../../src/node/records/index.js'
import { signerFromSeed } from '../../src/protocol/wire/index.js'
import { openLevelStore } from '../../src/store/index.js'
import { Group } from './mls.js'
import { NOW, person } from '../../test/node/chats/ready-people.js'
import { say } from '../kit/figures.js'

/** Bytes that this process holds: what V8 and its buffers have. */
function held (): number {
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

type Opened = { readonly deps: ConstructorParameters<typeof RecordParts>[0], readonly close: () => Promise<void> }

async function open (dir: string): Promise<Opened> {
  const device = signerFromSeed(new Uint8Array(32).fill(3))
  const store = await openLevelStore(join(dir, 'store'))
  const keys = new RecordKeys(new Uint8Array(32))
  const vault = await Vault.open(store.kv, keys, device.key, device)
  return { deps: { kv: vault.kv, keys, vault }, close: async () => { await store.close() } }
}

/** The figures of one size. What is held is measured in a process that has done nothing else. */
export async function measureMemory (size: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
  try {
    await keepGroup(size, dir)
    spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1, 2), 'memory', dir], { stdio: 'inherit' })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Reads the group of a directory, and tells what that took. */
export async function measureHeld (dir: string): Promise<void> {
  const { deps, close } = await open(dir)
  const before = held()
  const start = performance.now()
  const [found] = deps.vault.list('chat/')
  if (found === undefined) throw new Error('the chat is not there')
  const { record } = await RecordParts.load(deps, found[1])
  const manifests = manifestsOf(record.members)
  const engine = engineFor(manifests, () => NOW)
  const keys = await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log)
  const ms = performance.now() - start
  const bytes = held() - before
  say({ name: `groups/${manifests.length}/memory`, value: bytes, unit: 'bytes', epoch: keys.epoch })
  say({ name: `groups/${record.members.length}/start`, value: Math.round(ms), unit: 'ms' })
  await close()
}

/** A group on the disk, and what it took to write it: whole, and again with another wish. */
async function keepGroup (size: number, dir: string): Promise<void> {
  const group = await Group.found()
  await group.fill(await Promise.all(Array.from({ length: size - 1 }, person)))
  const { record } = group.ann
  const { deps, close } = await open(dir)
  const parts = new RecordParts(deps, record.log)
  const write = async (next: typeof record): Promise<number> => {
    const ops = parts.ops(next)
    await deps.vault.kv.batch(ops)
    parts.keeps(next)
    return ops.reduce((sum, op) => sum + (op.type === 'put' ? op.value.length : 0), 0)
  }
  say({ name: `groups/${size}/written`, value: await write(record), unit: 'bytes', withWish: await write({ ...record, intents: [{ id: new Uint8Array(16), update: true }] }) })
  await close()
}
