import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { encodeCbor, LIMITS, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'

describe('the vault\'s memory', () => {
  const device = signerFromSeed(randomBytes(32))
  const keys = new RecordKeys(randomBytes(32))

  async function open (disk: MemoryDisk): Promise<Vault> {
    return await Vault.open((await openMemoryStore({ disk })).kv, keys, device.key, device)
  }

  it('shows what was written last, when a change before it was thrown away', async () => {
    const disk = new MemoryDisk()
    const vault = await open(disk)
    vault.put('x', 'thrown away')
    await vault.write('x', 'written')
    assert.equal(vault.get('x'), 'written')
    vault.del('x')
    await vault.write('y', 1)
    await vault.write('x', 'again')
    assert.equal(vault.get('x'), 'again')
    assert.equal((await open(disk)).get('x'), 'again')
  })

  it('goes back to what is on the disk when a write fails, with one thrown away before it', async () => {
    const disk = new MemoryDisk()
    const vault = await open(disk)
    await vault.write('x', 'kept')
    vault.put('x', 'thrown away')
    disk.beforeWrite = () => Promise.reject(new Error('full'))
    await assert.rejects(vault.write('x', 'refused'))
    assert.equal(vault.get('x'), 'kept')
  })
  it('takes no record that uses up the numbers: the home could not be opened again after the next change', async () => {
    const disk = new MemoryDisk()
    const vault = await open(disk)
    await vault.write('mute/known', 'ours')
    for (const [name, version] of [['mute/known', LIMITS.vaultVersionLeap + 2], ['mute/new', Number.MAX_SAFE_INTEGER]] as const) {
      await vault.kv.batch(vault.arrive({ name, version, data: encodeCbor('theirs'), seq: 1, isOwn: false }).ops)
      await vault.write(name, 'ours, again')
    }
    assert.equal((await open(disk)).get('mute/new'), 'ours, again')
    const { ops } = vault.arrive({ name: 'mute/new', version: 3, data: encodeCbor('theirs'), seq: 2, isOwn: false })
    assert.ok(ops.length > 0)
  })

  it('has room for so much and no more: chats leave some to the rest, and what stays on this device does not count', async () => {
    const bounds = { all: 10_000, chats: 8000, taken: 12_000 }
    const disk = new MemoryDisk()
    const openSmall = async (): Promise<Vault> => await Vault.open((await openMemoryStore({ disk })).kv, keys, device.key, device, bounds)
    const vault = await openSmall()
    const bytes = (n: number): Uint8Array => new Uint8Array(n)
    await vault.write('chat-key/a', bytes(7000))
    assert.throws(() => vault.put('chat-key/b', bytes(600)), { code: 'ERR_QUOTA' })
    assert.throws(() => vault.put('commit/b', bytes(600)), { code: 'ERR_QUOTA' })
    await vault.write('contact/b', bytes(600))
    await vault.write('chat/own', bytes(50_000))
    assert.throws(() => vault.put('contact/c', bytes(5000)), { code: 'ERR_QUOTA' })
    assert.equal(vault.get('contact/c'), undefined)
    // What becomes smaller is always taken, and makes room; the count is that of the disk after a start too.
    await vault.write('chat-key/a', bytes(3000))
    await vault.write('chat-key/b', bytes(600))
    await vault.kv.batch([vault.del('contact/b')])
    assert.equal((await openSmall()).bytes, vault.bytes)
    disk.beforeWrite = () => Promise.reject(new Error('full'))
    const before = vault.bytes
    await assert.rejects(vault.write('contact/d', bytes(600)))
    assert.equal(vault.bytes, before)
  })

  it('takes from the log what another device wrote, and stops where that keeps to no bound', async () => {
    const vault = await Vault.open((await openMemoryStore({ disk: new MemoryDisk() })).kv, keys, device.key, device, { all: 10_000, chats: 8000, taken: 12_000 })
    const come = async (name: string, n: number): Promise<void> => { await vault.kv.batch(vault.arrive({ name, version: 1, data: encodeCbor(new Uint8Array(n)), seq: 1, isOwn: false }).ops) }
    for (let i = 0; i < 40; i++) await come(`mute/${i}`, 700)
    assert.ok(vault.bytes > 10_000 && vault.bytes <= 12_000, String(vault.bytes))
    assert.notEqual(vault.get('mute/5'), undefined)
    assert.equal(vault.get('mute/39'), undefined)
  })
})
