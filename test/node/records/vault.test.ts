import assert from 'node:assert/strict'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { signerFromSeed, UnavailableError } from '../../../src/protocol/wire/index.js'
import { openMemoryStore, type KeyValueStore } from '../../../src/store/index.js'

const device = signerFromSeed(new Uint8Array(32).fill(1))
const account = signerFromSeed(new Uint8Array(32).fill(2)).key
const keys = new RecordKeys(new Uint8Array(32).fill(3))

describe('the vault', () => {
  /** Batches wait here, and end as the test decides. */
  let waiting: Array<{ pass: () => Promise<void>, fail: () => Promise<void> }>
  let vault: Vault
  let kv: KeyValueStore

  beforeEach(async () => {
    waiting = []
    kv = (await openMemoryStore({})).kv
    const slow: KeyValueStore = {
      ...kv,
      batch: async (ops, options) => {
        await new Promise<void>((resolve, reject) => {
          waiting.push({
            pass: async () => { await kv.batch(ops, options); resolve(); await settled() },
            fail: async () => { reject(new UnavailableError('the disk is gone')); await settled() }
          })
        })
      }
    }
    vault = await Vault.open(slow, keys, account, device)
  })

  const settled = async (): Promise<void> => { await new Promise(resolve => { setImmediate(resolve) }) }
  /** Begins to write; whether it holds is the test's to say. */
  const begin = (value: number): void => { vault.write('n', value).catch(() => undefined) }
  const onDisk = async (): Promise<unknown> => (await Vault.open(kv, keys, account, device)).get('n')

  it('shows a change at once, and forgets it when it was not written', async () => {
    begin(1)
    assert.equal(vault.get('n'), 1)
    await waiting[0]!.fail()
    assert.equal(vault.get('n'), undefined)
    begin(2)
    await waiting[1]!.pass()
    begin(3)
    await waiting[2]!.fail()
    assert.deepEqual([vault.get('n'), await onDisk()], [2, 2])
  })

  it('forgets all of several that fail one after the other, and a removal that fails', async () => {
    begin(1)
    await waiting[0]!.pass()
    begin(2)
    vault.kv.batch([vault.del('n')]).catch(() => undefined)
    assert.equal(vault.get('n'), undefined)
    begin(4)
    for (const batch of waiting.slice(1)) await batch.fail()
    assert.deepEqual([vault.get('n'), await onDisk()], [1, 1])
  })

  it('keeps what was written although something newer is still on its way, or failed', async () => {
    begin(1)
    begin(2)
    await waiting[0]!.pass()
    assert.equal(vault.get('n'), 2)
    await waiting[1]!.fail()
    assert.deepEqual([vault.get('n'), await onDisk()], [1, 1])
  })

  it('takes a change that failed and was made again', async () => {
    const op = vault.put('n', 7)
    vault.kv.batch([op]).catch(() => undefined)
    await waiting[0]!.fail()
    const again = vault.kv.batch([op])
    await waiting[1]!.pass()
    await again
    assert.deepEqual([vault.get('n'), await onDisk()], [7, 7])
  })

  it('decodes each version of a record once', async () => {
    let decoded = 0
    const view = vault.view(data => { decoded++; return { n: data } })
    begin(1)
    assert.equal(view.get('n'), view.get('n'))
    assert.deepEqual(view.list(''), [{ n: 1 }])
    assert.equal(decoded, 1)
    await waiting[0]!.fail()
    assert.deepEqual([view.get('n'), view.list('')], [undefined, []])
  })
})
