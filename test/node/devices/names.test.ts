/** What devices of one account are called when their machines go by one name. */
import assert from 'node:assert/strict'
import { deviceRecord, deviceRecordName } from '../../../src/node/vault/device-record.js'
import { peerIdText } from '../../../src/protocol/wire/index.js'
import { SharedVaults } from '../shared-vaults.js'
import { SmallWorld, type SmallPerson } from '../small-world.js'

describe('devices whose machines go by one name', () => {
  let world: SmallWorld
  let ann: SmallPerson
  before(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann', { spareDevices: 3, shared: new SharedVaults() })
    await ann.core.vault.write(deviceRecordName(ann.device.key), deviceRecord.encode({ name: 'desk', since: 1, card: new Uint8Array(9) }))
  })
  after(async () => { await world.close() })

  it('are told apart: who is let in gets another one, and those that wrote the same at once are shown with the ends of their ids', async () => {
    const { devices, vault } = ann.core
    const [second, third, fourth] = [0, 1, 2].map(n => ann.spareDevice(n)) as [Uint8Array, Uint8Array, Uint8Array]
    await devices.added(second, 'desk', new Uint8Array(9))
    await devices.added(third, 'desk', new Uint8Array(9))
    assert.deepEqual([ann.device.key, second, third].map(one => devices.nameOf(one)), ['desk', 'desk 2', 'desk 3'])
    await vault.write(deviceRecordName(fourth), deviceRecord.encode({ name: 'desk', since: 1, card: new Uint8Array(9) }))
    assert.deepEqual([ann.device.key, fourth].map(one => devices.nameOf(one)), [ann.device.key, fourth].map(one => `desk (${peerIdText(one).slice(-4)})`))
    assert.deepEqual((await ann.node.listDevices()).map(({ name }) => name).filter((name, i, all) => all.indexOf(name) !== i), [])
    assert.deepEqual(devices.called(devices.nameOf(fourth)), fourth)
    assert.deepEqual(devices.called('desk 2'), second)
    // One that is out is called so as long as nobody else is.
    assert.deepEqual(devices.called('desk 3'), third)
    await devices.putOut(third, {})
    assert.deepEqual([devices.isRevoked(third), devices.called('desk 3')], [true, third])
    assert.throws(() => devices.called('desk'), { code: 'ERR_AMBIGUOUS', details: { candidates: [ann.device.key, fourth].map(one => `${devices.nameOf(one)} ${peerIdText(one)}`) } })
  })
})
