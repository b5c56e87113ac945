/** How a person hears of new devices: each once, by its name if that comes soon, whatever stops in between. */
import assert from 'node:assert/strict'
import { Newcomers } from '../../../src/node/devices/newcomers.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import type { UpdateEvent } from '../../../src/protocol/api/index.js'
import { peerIdText, randomSeed, sameBytes, signerFromSeed, type KeyBytes } from '../../../src/protocol/wire/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'

describe('a new device of the account', () => {
  const own = signerFromSeed(randomSeed())
  const [old, fresh] = [signerFromSeed(randomSeed()).key, signerFromSeed(randomSeed()).key]
  const id = peerIdText(fresh)

  /** One life of a home: which devices the manifest has, and what they are called, are the test's. */
  async function life (disk: MemoryDisk, devices: KeyBytes[], names: Map<string, string>, nameMs = 1e6): Promise<{ newcomers: Newcomers, told: UpdateEvent[], said: Promise<UpdateEvent>, end: () => void }> {
    const [store, ending, told, first] = [await openMemoryStore({ disk }), new AbortController(), [] as UpdateEvent[], Promise.withResolvers<UpdateEvent>()]
    const vault = await Vault.open(store.kv, new RecordKeys(new Uint8Array(32)), own.key, own)
    const newcomers = new Newcomers({
      account: { devices, isOwn: key => sameBytes(key, own.key) }, vault, log: () => undefined, signal: ending.signal, nameMs,
      nameOf: device => ({ name: names.get(peerIdText(device)) ?? 'nameless', isRecorded: names.has(peerIdText(device)) }),
      write: async (ops, events) => {
        await vault.kv.batch(ops)
        told.push(...events)
        if (events[0] !== undefined) first.resolve(events[0])
      }
    })
    newcomers.look()
    return { newcomers, told, said: first.promise, end: () => { ending.abort() } }
  }

  it('is told of once, by its name, though the manifest names it first; those that were there are no news', async () => {
    const [devices, names] = [[own.key, old], new Map([[peerIdText(old), 'desk']])]
    const { newcomers, told, said, end } = await life(new MemoryDisk(), devices, names)
    devices.push(fresh)
    newcomers.look()
    names.set(id, 'phone')
    newcomers.look()
    newcomers.look()
    await said
    newcomers.look()
    assert.deepEqual(told, [{ type: 'device', device: id, name: 'phone', change: 'added' }])
    end()
  })

  it('is told of after a stop in between, and not again after another one', async () => {
    const [disk, devices, names] = [new MemoryDisk(), [own.key, old], new Map<string, string>()]
    const first = await life(disk, devices, names)
    devices.push(fresh)
    first.newcomers.look()
    first.end()
    names.set(id, 'phone')
    const second = await life(disk, devices, names)
    assert.deepEqual(await second.said, { type: 'device', device: id, name: 'phone', change: 'added' })
    second.end()
    const third = await life(disk, devices, names)
    third.newcomers.look()
    assert.deepEqual([first.told, third.told], [[], []])
    third.end()
  })

  it('that does not say its name soon is told of without one, and its name when that comes', async () => {
    const [devices, names] = [[own.key], new Map<string, string>()]
    const { newcomers, told, said, end } = await life(new MemoryDisk(), devices, names, 1)
    devices.push(fresh)
    newcomers.look()
    assert.deepEqual(await said, { type: 'device', device: id, name: 'nameless', change: 'added' })
    names.set(id, 'phone')
    newcomers.look()
    await new Promise(resolve => { setImmediate(resolve) })
    assert.deepEqual(told.slice(1), [{ type: 'device', device: id, name: 'phone', change: 'renamed' }])
    end()
  })
})
