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
})
