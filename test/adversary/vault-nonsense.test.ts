/** The thief of a device writes nonsense into what the account's devices share; so does a device with a newer version. */
import assert from 'node:assert/strict'
import { chatKeyName, decodeChatKey, encodeChatKey } from '../../src/node/chats/devices/chat-key.js'
import { SHARED_NAMES } from '../../src/node/records/shared-names.js'
import { base32Text } from '../../src/protocol/wire/index.js'
import { eventually, SmallPerson, SmallWorld } from '../node/small-world.js'
import { VaultLogs } from '../node/vault-logs.js'

describe('nonsense in the vault', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let stolen: SmallPerson
  let chat: string

  beforeEach(async () => {
    world = await SmallWorld.make()
    // The stolen device has its own nonsense before it, and would trip over it at the next tick of its pipes.
    ann = await world.person('ann', { spareDevices: 2, shared: new VaultLogs(), pipes: { pipeTickMs: 3_600_000 } })
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    chat = ann.core.chats.all()[0]!.chat.id
    stolen = await world.second(ann)
  })
  afterEach(async () => { await world.close() })

  const texts = async (who: SmallPerson): Promise<string[]> => (await who.node.showChat(chat, { limit: 50 })).messages.filter(m => m.kind === 'text').map(m => m.text)
  const hears = async (who: SmallPerson, text: string): Promise<void> => { await eventually(async () => (await texts(who)).includes(text)) }

  /** A name of each kind of record, none of which is there. */
  const names = (): string[] => [...SHARED_NAMES].flatMap(name => name.endsWith('/') ? [`${name}aaaa`] : stolen.core.vault.get(name) === undefined ? [name] : [])

  const keepsNothing = async (nonsense: unknown): Promise<void> => {
    const { vault } = stolen.core
    const [[contact, known]] = [...vault.list('contact/')] as [[string, object]]
    for (const name of names()) await vault.write(name, nonsense)
    await vault.write('draft/zzzz', nonsense)
    // Behind it stands something that counts.
    await vault.write(contact, { ...known, alias: 'robert' })
    await vault.published(vault.waiting())
    await eventually(() => ann.core.contacts.all().some(one => one.alias === 'robert'))
    await ann.node.send(chat, 'one')
    await hears(bob, 'one')
    await ann.node.status()
    await ann.crash()
    await bob.node.send('ann', 'two')
    await hears(ann, 'two')
    assert.deepEqual((await ann.node.listContacts()).map(({ name }) => name), ['robert'])
  }

  it('of another shape keeps no other device from what the account has, nor from starting', async () => { await keepsNothing({ v: 7, what: 'nothing' }) })
  it('that is no map keeps no other device from what the account has, nor from starting', async () => { await keepsNothing('nothing') })

  it('in the place of what is there changes nothing on the others, and a device that is new has what was there before', async () => {
    const { vault } = stolen.core
    const [contact] = [...vault.list('contact/')].map(([name]) => name) as [string]
    const before = await ann.node.listContacts()
    for (const name of ['account', contact, chatKeyName(stolen.core.chats.all()[0]!.chat.log)]) await vault.write(name, { v: 1, account: 'nobody' })
    const other = [...ann.core.vault.list('contact/')][0]![1] as object
    await vault.write(`${contact}a`, { ...other, manifest: new Uint8Array(100) })
    await vault.write('draft/zzzz', { v: 1, text: 'behind all of it', reply: null, at: 1 })
    await vault.published(vault.waiting())
    await eventually(() => ann.core.vault.get('draft/zzzz') !== undefined)
    assert.deepEqual(await ann.node.listContacts(), before)
    const third = await world.second(ann, 1)
    assert.deepEqual((await third.node.listContacts()).map(({ name }) => name), ['bob'])
    await bob.node.send('ann', 'to all of you')
    for (const one of [ann, third]) await hears(one, 'to all of you')
    await ann.crash()
    assert.deepEqual(await ann.node.listContacts(), before)
  })

  it('that looks like a chat keeps no other chat from a device that is new', async () => {
    const { vault } = stolen.core
    const group = (await ann.node.createGroup('Birds', { members: ['bob'] })).chat.id
    await eventually(() => stolen.core.chats.all().length === 2)
    const { record, cursor } = decodeChatKey(vault.get(chatKeyName(stolen.core.chats.all()[0]!.chat.log)))
    await vault.write(chatKeyName(record.log), encodeChatKey({ record: { ...record, mls: new Uint8Array(64), epoch: record.epoch + 1 }, cursor: { ...cursor, seq: cursor.seq + 1 } }))
    await vault.published(vault.waiting())
    const third = new SmallPerson('ann-3', world.relays, { ...ann.options, spareDevices: 0, deviceOf: { person: ann, n: 1 } })
    world.people.push(third)
    await ann.options.shared!.letIn(third, ann)
    await third.open()
    const left = [chat, group].find(id => id !== base32Text(record.log))!
    await eventually(() => third.core.chats.all().some(one => one.chat.id === left))
    await third.crash()
    assert.deepEqual(third.core.chats.all().map(one => one.chat.id), [left])
    await ann.node.send(left, 'still here')
    await eventually(async () => (await third.node.showChat(left)).messages.some(m => m.text === 'still here'))
  })
})
