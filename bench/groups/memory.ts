/** What a group takes in the memory of a member's node: its record as it is read from the disk, its keys, and its members' manifests. */
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

/** Bytes that this process holds: what V8 and its buffers have. */
function held (): number {
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The figures of one size. */
export async function measureMemory (size: number, say: (figure: Record<string, unknown>) => void): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
  const device = signerFromSeed(new Uint8Array(32).fill(3))
  const open = async (): Promise<{ deps: ConstructorParameters<typeof RecordParts>[0], close: () => Promise<void> }> => {
    const store = await openLevelStore(join(dir, 'store'))
    const keys = new RecordKeys(new Uint8Array(32))
    const vault = await Vault.open(store.kv, keys, device.key, device)
    return { deps: { kv: vault.kv, keys, vault }, close: async () => { await store.close() } }
  }
  try {
    await keepGroup(size, open, say)
    const { deps, close } = await open()
    const before = held()
    const start = performance.now()
    const [found] = deps.vault.list('chat/')
    if (found === undefined) throw new Error('the chat is not there')
    const { record } = await RecordParts.load(deps, found[1])
    const engine = engineFor(manifestsOf(record.members), () => NOW)
    const keys = await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log)
    const ms = performance.now() - start
    say({ name: 'groups/memory', members: record.members.length, value: held() - before, unit: 'bytes', epoch: keys.epoch })
    say({ name: 'groups/start', members: record.members.length, value: Math.round(ms), unit: 'ms' })
    await close()
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** A group on the disk, and what it took to write it: whole, and again with another wish. */
async function keepGroup (size: number, open: () => Promise<{ deps: ConstructorParameters<typeof RecordParts>[0], close: () => Promise<void> }>, say: (figure: Record<string, unknown>) => void): Promise<void> {
  const group = await Group.found()
  await group.fill(await Promise.all(Array.from({ length: size - 1 }, person)))
  const { record } = group.ann
  const { deps, close } = await open()
  const parts = new RecordParts(deps, record.log)
  const write = async (next: typeof record): Promise<number> => {
    const ops = parts.ops(next)
    await deps.vault.kv.batch(ops)
    parts.keeps(next)
    return ops.reduce((sum, op) => sum + (op.type === 'put' ? op.value.length : 0), 0)
  }
  say({ name: 'groups/written', members: size, value: await write(record), withWish: await write({ ...record, intents: [{ id: new Uint8Array(16), update: true }] }), unit: 'bytes' })
  await close()
}
