/** A secret chat with somebody who has several devices: all of them are asked, and one has it. */
import assert from 'node:assert/strict'
import { peerIdText } from '../../../src/protocol/wire/index.js'
import { recordKey } from '../../../src/relay/record-keys.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { hears, seen, stands } from './meeting.js'

describe('a secret chat with somebody who has several devices', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let phone: SmallPerson
  let laptop: SmallPerson

  before(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    ;[phone, laptop] = await world.pair('bob')
    await world.introduce(ann, phone)
    await eventually(() => laptop.core.contacts.all().length === 1 && [phone, laptop].every(({ core }) => core.secrets.packages.standing !== null))
  })
  after(async () => { await world.close() })

  const asked = async (device: SmallPerson, id: string): Promise<void> => { await stands(device, id, ({ state }) => state === 'asked') }
  const isGone = async (device: SmallPerson, id: string): Promise<void> => { await seen(device, async () => (await device.node.listSecrets()).some(one => one.id === id) ? undefined : true) }

  it('asks them all; the first that accepts has it, and it is gone from the others', async () => {
    const { id, devices } = await ann.node.startSecret('bob')
    assert.deepEqual([...devices].sort(), [phone, laptop].map(({ device }) => peerIdText(device.key)).sort())
    await assert.rejects(ann.node.secretCode(id), { code: 'ERR_FORBIDDEN' })
    for (const device of [phone, laptop]) await asked(device, id)
    await laptop.node.acceptSecret(id)
    const open = await stands(ann, id, ({ state }) => state === 'open')
    assert.deepEqual([open.device, open.devices], [peerIdText(laptop.device.key), [open.device]])
    await isGone(phone, id)
    await ann.node.sendSecret(id, 'to one of you')
    await hears(laptop, id, 'to one of you')
    assert.deepEqual(await ann.node.secretCode(id), await laptop.node.secretCode(id))
  })

  it('waits for each of them, whatever another one reads meanwhile, and over a restart of who began it', async () => {
    await laptop.close()
    const { id } = await ann.node.startSecret('bob')
    await asked(phone, id)
    await ann.node.send('bob', 'and a letter is read behind it', { wait: 'delivered' })
    await phone.close()
    await ann.crash()
    await laptop.open()
    await asked(laptop, id)
    await laptop.node.acceptSecret(id)
    assert.equal((await stands(ann, id, ({ state }) => state === 'open')).device, peerIdText(laptop.device.key))
    await phone.open()
    await isGone(phone, id)
  })

  it('has one in the end when two accept it at the same time, and the other is told', async () => {
    const { id } = await ann.node.startSecret('bob')
    for (const device of [phone, laptop]) await asked(device, id)
    // One of the two may be told so early that there is nothing to accept any more.
    await Promise.allSettled([phone, laptop].map(async ({ node }) => await node.acceptSecret(id)))
    const { device } = await stands(ann, id, ({ state }) => state === 'open')
    const [winner, loser] = device === peerIdText(phone.device.key) ? [phone, laptop] as const : [laptop, phone] as const
    const ended = await seen(loser, async () => {
      const one = (await loser.node.listSecrets()).find(one => one.id === id)
      return one === undefined || one.state === 'closed' ? { one } : undefined
    })
    assert.ok(ended.one === undefined || ended.one.ending === 'elsewhere')
    await winner.node.sendSecret(id, 'here I am')
    await hears(ann, id, 'here I am')
  })

  it('is closed again on a device that accepted before it heard that another one had', async () => {
    const { book } = phone.core.secrets
    const take = book.take.bind(book)
    const late: Array<[Uint8Array, Uint8Array]> = []
    const { id } = await ann.node.startSecret('bob')
    for (const device of [phone, laptop]) await asked(device, id)
    const came = Promise.withResolvers<undefined>()
    book.take = async (address, frame) => { late.push([address.slice(), frame.slice()]); came.resolve(undefined) }
    await laptop.node.acceptSecret(id)
    await came.promise
    assert.equal((await phone.node.acceptSecret(id)).state, 'open')
    book.take = take
    for (const one of late) await take(...one)
    assert.equal((await stands(phone, id, ({ state }) => state === 'closed')).ending, 'elsewhere')
    assert.equal((await stands(ann, id, ({ state }) => state === 'open')).device, peerIdText(laptop.device.key))
  })

  it('is gone from all of them when it is withdrawn before anybody has answered', async () => {
    const { id } = await ann.node.startSecret('bob')
    for (const device of [phone, laptop]) await asked(device, id)
    await ann.node.closeSecret(id)
    for (const device of [phone, laptop]) await isGone(device, id)
    assert.equal((await ann.node.showSecret(id)).ending, 'here')
  })

  it('is verified where the code of these two devices was compared, and with no other device', async () => {
    const acceptedBy = async (device: SmallPerson): Promise<string> => {
      const { id, verified } = await ann.node.startSecret('bob')
      assert.equal(verified, false)
      await assert.rejects(ann.node.setSecretVerified(id, true), { code: 'ERR_FORBIDDEN' })
      await asked(device, id)
      await device.node.acceptSecret(id)
      await stands(ann, id, ({ state }) => state === 'open')
      return id
    }
    const isVerified = async (id: string): Promise<boolean> => (await ann.node.showSecret(id)).verified
    const first = await acceptedBy(phone)
    assert.equal((await ann.node.setSecretVerified(first, true)).verified, true)
    const other = await acceptedBy(laptop)
    assert.equal(await isVerified(other), false)
    const again = await acceptedBy(phone)
    assert.deepEqual(await ann.node.secretCode(again), await ann.node.secretCode(first))
    await ann.node.closeSecret(first)
    await ann.node.forgetSecret(first)
    assert.equal(await isVerified(again), true)
    const third = await acceptedBy(phone)
    assert.deepEqual([await isVerified(third), (await ann.node.setSecretVerified(third, false)).verified, await isVerified(again)], [true, false, false])
  })

  it('is meant by the name of the contact when it alone fits what is done', async () => {
    for (const { id } of await ann.node.listSecrets()) await ann.node.closeSecret(id)
    await seen(phone, async () => (await phone.node.listSecrets()).some(({ state }) => state === 'asked') ? undefined : true)
    const { id } = await ann.node.startSecret('bob')
    await asked(phone, id)
    await phone.node.acceptSecret('ann')
    await stands(ann, id, ({ state }) => state === 'open')
    const next = await ann.node.startSecret('bob')
    await asked(phone, next.id)
    await ann.node.sendSecret('bob', 'in the open one')
    await hears(phone, id, 'in the open one')
    await assert.rejects(ann.node.closeSecret('bob'), { code: 'ERR_AMBIGUOUS' })
    assert.equal((await phone.node.acceptSecret('ann')).id, next.id)
  })

  it('is begun in no log and no vault', async () => {
    const vaults = (): number[] => [ann, phone, laptop].map(({ core }) => [...core.vault.list('')].length)
    const heads = async (): Promise<number[]> => {
      const all: number[] = []
      for await (const log of world.relay.store.logs.list()) all.push((await world.relay.store.logs.head(log.log))?.seq ?? 0)
      return all
    }
    const before = [vaults(), await heads()]
    const { id } = await ann.node.startSecret('bob')
    for (const device of [phone, laptop]) await asked(device, id)
    assert.deepEqual([vaults(), await heads()], before)
  })
})

describe('the beginning of a secret chat', () => {
  it('waits for who is away as a contact\'s and no stranger\'s, also when it goes again after a restart of who sent it', async () => {
    const world = await SmallWorld.make()
    try {
      const [ann, bob] = [await world.person('ann'), await world.person('bob')]
      await world.introduce(ann, bob)
      await eventually(() => bob.core.secrets.packages.standing !== null)
      await bob.close()
      const waiting = async (): Promise<number[]> => {
        const numbers: number[] = []
        for await (const [key] of world.relay.store.records.list(recordKey('keptFrame', bob.account.key))) numbers.push(key.at(-1) ?? 0)
        return numbers
      }
      await ann.node.startSecret('bob')
      await eventually(async () => (await waiting()).length === 1)
      await ann.crash()
      await eventually(async () => (await waiting()).length === 2)
      assert.deepEqual((await waiting()).map(number => number % 2), [0, 0])
    } finally {
      await world.close()
    }
  })
})
