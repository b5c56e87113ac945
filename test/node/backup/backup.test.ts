import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restoreBackup, saveBackup, verifyBackup, writeBackup, type BackupParts, type BackupPoint } from '../../../src/node/backup/index.js'
import { createNode, openHome } from '../../../src/node/index.js'
import { RecordKeys, SECRET_KINDS } from '../../../src/node/records/index.js'
import { recordCipher } from '../../../src/protocol/crypto/index.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { cidOf, CODEC, encodeCbor, signerFromSeed, type Block } from '../../../src/protocol/wire/index.js'
import { SECRET_OWNERS } from '../../../src/node/media/index.js'
import { KeptFor } from '../../../src/relay/index.js'
import { storeSecrets } from '../../../src/node/store-secrets.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { openLevelStore, type Store } from '../../../src/store/index.js'
import { blobWorld, freshBlob, owner, uploadId, type TestBlob } from '../../relay/blobs/world.js'
import { World } from '../world.js'

const PASSPHRASE = 'correct horse'
const unlock = { kind: 'passphrase', passphrase: PASSPHRASE } as const
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const block = (bytes: Uint8Array): Block => ({ cid: cidOf(CODEC.raw, bytes), bytes })

/** A store with records and blocks, as a node would back it up. */
async function source (records: number, blocks: number): Promise<{ parts: BackupParts, store: Store, all: Block[] }> {
  const store = await openMemoryStore()
  await store.kv.batch(Array.from({ length: records }, (_, i) => ({ type: 'put' as const, key: text(`zz${String(i).padStart(6, '0')}`), value: randomBytes(300) })))
  const all = Array.from({ length: blocks }, (_, i) => block(Uint8Array.from(randomBytes(200_000 + i))))
  await store.blobs.put(all)
  const device = signerFromSeed(randomBytes(32)).key
  const home = { account: signerFromSeed(randomBytes(32)).key, device, name: 'ada of the lighthouse', manifest: Uint8Array.of(1), storeKey: Uint8Array.from(randomBytes(32)), store: store.info.format }
  return { store, all, parts: { home, kv: store.kv, blobs: store.blobs, keys: new RecordKeys(randomBytes(32)), now: () => 1000, cost: TEST_PASSWORD_COST } }
}

describe('a backup', () => {
  let dir: string
  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'petrel-backup-')) })
  afterEach(async () => { await rm(dir, { recursive: true }) })
  const file = (): string => join(dir, 'home.backup')
  const write = async (parts: BackupParts, media = true): Promise<void> => { await saveBackup({ path: file(), force: false, source: resume => writeBackup(parts, { locks: [unlock], media, ...resume === undefined ? {} : { resume } }) }) }

  it('tells how much is in it, for its owner alone', async () => {
    const { parts } = await source(5000, 12)
    await write(parts)
    assert.equal((await stat(file())).mode & 0o777, 0o600)
    const { records, blocks, name, media, time } = await verifyBackup(file(), unlock)
    assert.deepEqual({ records, blocks, name, media, time }, { records: 5000, blocks: 12, name: 'ada of the lighthouse', media: true, time: 1000 })
    await assert.rejects(verifyBackup(file(), { kind: 'passphrase', passphrase: 'wrong' }), { code: 'ERR_DECRYPT' })
    await assert.rejects(write(parts), { code: 'ERR_EXISTS' })
    const whole = await readFile(file())
    for (const secret of [parts.home.storeKey, text('ada of the lighthouse'), text('zz000001')]) assert.ok(!whole.includes(Buffer.from(secret)), 'nothing of it stands there in the clear')
  })

  it('has nothing of secret chats, nor the keys of backups', async () => {
    const { parts, store } = await source(3, 0)
    const { keys } = parts
    const kinds = [...SECRET_KINDS, 'backup'] as const
    for (const kind of ['secret', 'secretRowKey', 'secretDue', 'secretSeen', 'secretPackage', 'secretFile', 'secretKept'] as const) assert.ok(kinds.includes(kind))
    await store.kv.batch(kinds.flatMap(kind => [keys.one(kind, text('x')), keys.numbered(kind, 1, text('x'))].map(key => ({ type: 'put' as const, key, value: encodeCbor({ v: 1, id: new Uint8Array(16), key: new Uint8Array(32), at: 1000 }) }))))
    await write(parts, false)
    assert.equal((await verifyBackup(file(), unlock)).records, 3)
  })

  it('has none of the blocks that are kept for secret chats, nor what is noted of them', async () => {
    const { service, store } = await blobWorld()
    const { parts } = await source(0, 0)
    const put = async (name: Uint8Array, blob: TestBlob, isWhole = true): Promise<void> => {
      const upload = uploadId()
      await service.begin(name, upload, blob.size)
      await service.put(name, upload, blob.blocks)
      if (isWhole) await service.finish(name, upload, blob.root, blob.size)
    }
    const [shown, ...hidden] = [3, 3, 1, 2].map(leaves => freshBlob(leaves)) as [TestBlob, ...TestBlob[]]
    await put(owner('sent'), shown)
    for (const [i, blob] of hidden.entries()) await put(SECRET_OWNERS[i % SECRET_OWNERS.length]!, blob, i < 2)
    const besides = new KeptFor(store.kv, SECRET_OWNERS)
    await write({ ...parts, kv: store.kv, blobs: store.blobs, besides })
    const { records, blocks } = await verifyBackup(file(), unlock)
    assert.equal(blocks, shown.blocks.length)
    const all: Uint8Array[] = []
    for await (const [key] of store.kv.iterate({})) all.push(key)
    const names = (blob: TestBlob): number => all.filter(key => blob.blocks.some(({ cid }) => Buffer.from(key).includes(Buffer.from(cid)))).length
    const isOfUpload = all.filter(key => key[2] === 2).length
    assert.ok(names(shown) > 0 && hidden.every(blob => names(blob) > 0))
    assert.equal(records, all.length - isOfUpload - hidden.reduce((sum, blob) => sum + names(blob), 0))
    await service.close()
    await store.close()
  })

  it('is of one moment, whatever is written meanwhile', async () => {
    const { parts, store } = await source(9000, 0)
    let pieces = 0
    await saveBackup({
      path: file(),
      force: false,
      source: async function * () {
        for await (const piece of writeBackup(parts, { locks: [unlock], media: false })) {
          if (++pieces === 3) await store.kv.batch([{ type: 'put', key: text('zzzz'), value: text('later') }, { type: 'del', key: text('zz008999') }])
          yield piece
        }
      }
    })
    assert.ok(pieces > 4)
    assert.equal((await verifyBackup(file(), unlock)).records, 9000)
  })

  it('that was cut off goes on behind its last small chunk, and has everything', async () => {
    const { parts, all } = await source(100, 120)
    const points: Array<BackupPoint | undefined> = []
    const attempt = async (until: number): Promise<void> => {
      let sent = 0
      await saveBackup({
        path: file(),
        force: false,
        source: async function * (resume) {
          points.push(resume)
          for await (const piece of writeBackup(parts, { locks: [unlock], media: true, ...resume === undefined ? {} : { resume } })) {
            // Half a chunk is what a cut leaves.
            if (++sent > until) { yield piece.subarray(0, piece.length / 2); throw new Error('cut') }
            yield piece
          }
        }
      })
    }
    await assert.rejects(attempt(2), /cut/)
    await assert.rejects(attempt(25), /cut/)
    await assert.rejects(attempt(3), /cut/)
    await attempt(Infinity)
    // The first was cut among the records: begun anew. The others went on.
    assert.deepEqual(points.map(point => point?.index), [undefined, 0, undefined, 19, 19])
    const { blocks, records } = await verifyBackup(file(), unlock)
    assert.deepEqual({ blocks, records }, { blocks: all.length, records: 100 })
    assert.deepEqual(await readdir(dir), ['home.backup'])
  })

  it('cannot be cut, lengthened, changed or put together otherwise without being refused', async () => {
    const { parts } = await source(9000, 3)
    await write(parts)
    const whole = Uint8Array.from(await readFile(file()))
    const view = Buffer.from(whole.buffer)
    const refused = async (bytes: Uint8Array, code = 'ERR_CORRUPT'): Promise<void> => {
      await writeFile(file(), bytes)
      await assert.rejects(verifyBackup(file(), unlock), { code })
    }
    for (const length of [0, 5, 60, 1000, whole.length - 1, whole.length - 100]) await refused(whole.subarray(0, length))
    await refused(Buffer.concat([whole, Buffer.alloc(1)]))
    // The head is bound, too: another cost of its passphrase, another time.
    for (const at of [14, 20, 40, 100, 150, 200]) {
      await writeFile(file(), whole.with(at, whole[at]! ^ 1))
      await assert.rejects(verifyBackup(file(), unlock), (error: { code: string }) => ['ERR_CORRUPT', 'ERR_DECRYPT', 'ERR_FORMAT'].includes(error.code), `byte ${at}`)
    }
    for (let at = 300; at < whole.length; at += Math.ceil(whole.length / 15)) {
      await refused(whole.with(at, whole[at]! ^ 1))
    }
    const chunks: Buffer[] = []
    const head = 18 + view.readUInt32BE(14)
    for (let at = head; at < whole.length;) {
      const end = at + 4 + view.readUInt32BE(at)
      chunks.push(view.subarray(at, end))
      at = end
    }
    const made = (order: readonly Buffer[]): Buffer => Buffer.concat([whole.subarray(0, head), ...order])
    await refused(made(chunks.toSpliced(2, 1)))
    await refused(made(chunks.toSpliced(2, 0, chunks[2]!)))
    await refused(made([...chunks.slice(0, 2), chunks[3]!, chunks[2]!, ...chunks.slice(4)]))
    await refused(made([chunks[0]!, chunks.at(-1)!]))
    // A chunk that would take all memory is refused before any is taken.
    const huge = Buffer.from(whole)
    huge.writeUInt32BE(0xffffffff, head)
    await refused(huge)
  })

  it('that somebody laid a link in the way of is not written through it', async () => {
    const { parts } = await source(3, 0)
    await mkdir(join(dir, 'else'))
    const other = join(dir, 'else', 'file')
    await writeFile(other, 'mine')
    await symlink(other, join(dir, '.petrel-home.backup.part'))
    await assert.rejects(write(parts))
    assert.equal(await readFile(other, 'utf8'), 'mine')
  })
})

describe('a home that is restored from a backup', function () {
  // Passphrases cost what they cost anybody, several times.
  this.timeout(60_000)

  let world: World
  before(async () => { world = await World.make() })
  after(async () => { await world.close() })
  const path = (): string => join(world.dir, 'ada.backup')
  const restore = async (name: string) => await restoreBackup({ file: path(), unlock, dir: join(world.dir, name), homeUnlock: { kind: 'keyfile' } })

  it('shows all that was there, as a device of its own, and repeats nothing', async () => {
    const [ada, bob] = [await world.person('ada'), await world.person('bob')]
    await world.introduce(ada, bob)
    const chat = (await ada.node.listChats())[0]!.id
    for (let i = 0; i < 5; i++) await ada.node.send(chat, `before ${i}`)
    const bytes = Uint8Array.from(randomBytes(600_000))
    const { file } = await ada.node.addMedia({ name: 'a.bin', size: bytes.length }, (async function * () { yield bytes })())
    const sent = await ada.node.send(chat, 'with a file', { media: [file.id] })
    await ada.node.send(chat, 'at its time', { at: new Date(Date.now() + 3_600_000) })
    const listen = world.address.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    await ada.node.send(chat, 'on its way', { wait: 'queued' })
    await saveBackup({ path: path(), force: false, source: () => ada.node.backup({ passphrase: PASSPHRASE, media: true }) })
    await world.startRelay(listen)
    await ada.node.send(chat, 'after')
    const { device, account, records, blocks } = await restore('restored')
    assert.ok(records > 30 && blocks >= 4, `${records} records, ${blocks} blocks`)
    const identity = await ada.node.identity()
    assert.equal(account, identity.account)
    assert.notEqual(device, identity.device, 'two must not count their messages with one key')
    const home = await openHome(join(world.dir, 'restored'), { kind: 'keyfile' })
    const old = await openHome(ada.dir, { kind: 'keyfile' })
    assert.notDeepEqual(home.deviceSeed, old.deviceSeed)
    assert.ok(!(await readFile(path())).includes(Buffer.from(old.deviceSeed)))
    const node = await createNode({ dir: join(world.dir, 'restored') })
    try {
      assert.equal((await node.identity()).device, device)
      const { messages } = await node.showChat(chat)
      const said = messages.filter(({ kind }) => kind === 'text' || kind === 'media').map(message => message.text)
      assert.deepEqual(said, ['before 0', 'before 1', 'before 2', 'before 3', 'before 4', 'with a file'])
      assert.deepEqual(Buffer.concat(await Array.fromAsync(node.readMedia(chat, sent.id))), Buffer.from(bytes))
      assert.deepEqual(await node.listScheduled(), [])
      assert.equal((await node.status()).queued, 0)
      assert.deepEqual((await node.listContacts()).map(({ name }) => name), ['bob'])
    } finally {
      await node.close()
    }
  })

  it('is not made over another one, nor by halves', async () => {
    const ada = join(world.dir, 'ada')
    await assert.rejects(restore('ada'), { code: 'ERR_EXISTS' })
    const size = (await stat(path())).size
    const cut = join(world.dir, 'cut.backup')
    await writeFile(cut, await readFile(path()))
    await truncate(cut, size - 10)
    const dir = join(world.dir, 'half')
    await assert.rejects(restoreBackup({ file: cut, unlock, dir, homeUnlock: { kind: 'keyfile' } }), { code: 'ERR_CORRUPT' })
    await assert.rejects(readdir(dir), { code: 'ENOENT' })
    // Who interrupts it is not done with it: what came stays, and the same call goes on with it.
    const ending = new AbortController()
    await assert.rejects(restoreBackup({ file: path(), unlock, dir, homeUnlock: { kind: 'keyfile' }, signal: ending.signal, onBytes: () => { ending.abort() } }), { code: 'ERR_ABORTED' })
    assert.match((await readdir(dir)).join(), /^\.restoring-[0-9a-f]+$/)
    // Nor does a second one take the first one's work away while that goes on.
    const [there] = await readdir(dir)
    const { storeKey } = await openHome(ada, { kind: 'keyfile' })
    const first = await openLevelStore(join(dir, there!), { cipher: recordCipher(storeSecrets(storeKey).records) })
    await assert.rejects(restore('half'), { code: 'ERR_LOCKED' })
    await first.close()
    assert.deepEqual(await readdir(dir), [there])
    await restore('half')
    ;(await openHome(dir, { kind: 'keyfile' })).close()
    assert.deepEqual((await readdir(dir)).sort(), ['key', 'keystore', 'store'])
  })
})
