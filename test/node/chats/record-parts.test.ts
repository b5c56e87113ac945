/** A large group's record on the disk: in parts, each written when it changes. */
import assert from 'node:assert/strict'
import type { ChatMember, ChatRecord, PendingCommit } from '../../../src/node/chats/chat-record.js'
import { RecordParts } from '../../../src/node/chats/record-parts.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { CorruptError, encodeGenesis, logIdOf } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import type { KeyValueOp } from '../../../src/store/index.js'
import { fill, key } from '../../protocol/wire/kit.js'

const genesis = encodeGenesis({ v: 1, kind: 'log', salt: fill(16), owner: key(1).key, home: key(2).key })
const log = logIdOf(genesis)
const member = (n: number): ChatMember => ({ account: key(n % 250).key, manifest: fill(600, n) })
const members = (count: number): ChatMember[] => Array.from({ length: count }, (_, i) => member(i))
const commit: PendingCommit = { id: fill(16), base: 3, payload: fill(5000), caps: fill(70), mls: fill(40_000), welcome: fill(900), added: [], intents: [fill(16, 1)] }
const record: ChatRecord = {
  log, genesis, addrs: [], direct: false, title: null, stage: 'ready', members: members(600), ownerSeed: null, gpq: fill(32), mls: fill(50_000), epoch: 7, history: fill(32), joined: null, commit: null, createdAt: 1, unknown: { later: 1 }
}

describe('the record of a large group', () => {
  let deps: ConstructorParameters<typeof RecordParts>[0]
  let parts: RecordParts
  const written = (ops: readonly KeyValueOp[]): number => ops.reduce((sum, op) => sum + (op.type === 'put' ? op.value.length : 0), 0)
  const write = async (next: ChatRecord): Promise<number> => {
    const ops = parts.ops(next)
    await deps.vault.kv.batch(ops)
    parts.keeps(next)
    return written(ops)
  }
  const load = async (): ReturnType<typeof RecordParts.load> => await RecordParts.load(deps, [...deps.vault.list('chat/')][0]![1])

  beforeEach(async () => {
    const { kv } = await openMemoryStore()
    const keys = new RecordKeys(fill(32))
    const vault = await Vault.open(kv, keys, key(5).key, key(6))
    deps = { kv: vault.kv, keys, vault }
    parts = new RecordParts(deps, log)
  })

  it('is read as it was written, with and without a commit under way', async () => {
    await write(record)
    assert.deepEqual(await load(), { record, isApart: true })
    await write({ ...record, commit })
    assert.deepEqual(await load(), { record: { ...record, commit }, isApart: true })
    await write(record)
    assert.deepEqual((await load()).record, record)
  })

  it('is written whole once, and then only what changes', async () => {
    assert.ok(await write(record) > 600 * 600 + 50_000)
    assert.ok(await write({ ...record, leaving: [key(3).key] }) < 2000)
    const after = { ...record, mls: fill(51_000), epoch: 8, members: [...record.members, member(600)] }
    const bytes = await write(after)
    assert.ok(bytes > 51_000 && bytes < 51_000 + 257 * 700, `${bytes}`)
    assert.deepEqual((await load()).record, after)
  })

  it('goes down to fewer members, and to one piece again', async () => {
    await write({ ...record, commit })
    const fewer = { ...record, members: record.members.slice(0, 256) }
    await write(fewer)
    assert.deepEqual((await load()).record, fewer)
    const small = { ...record, mls: fill(9000), members: members(12) }
    await write(small)
    assert.deepEqual(await load(), { record: small, isApart: false })
    let left = 0
    for await (const _ of deps.kv.iterate(deps.keys.all('chatPart'))) left++
    assert.equal(left, 0)
    await write(record)
    assert.deepEqual((await load()).record, record)
  })

  it('is not read without one of its parts', async () => {
    await write(record)
    await deps.kv.batch([{ type: 'del', key: deps.keys.numbered('chatPart', 3, log) }])
    await assert.rejects(load(), CorruptError)
  })
})
