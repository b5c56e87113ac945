import assert from 'node:assert/strict'
import type { Sharing } from '../shared-vaults.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { SHARINGS } from '../vault-logs.js'

for (const [how, share] of SHARINGS) describe(`letters to an account with several devices, their records shared ${how}`, () => {
  let world: SmallWorld
  let shared: Sharing
  let ann: SmallPerson
  let second: SmallPerson
  beforeEach(async () => {
    world = await SmallWorld.make()
    shared = share()
    ann = await world.person('ann', { spareDevices: 1, shared })
    second = await world.second(ann)
  })
  afterEach(async () => { await world.close() })

  const chatsOf = (who: SmallPerson): string[] => who.core.chats.all().map(s => s.chat.id).sort()
  const texts = async (who: SmallPerson, chat: string): Promise<string[]> => (await who.node.showChat(chat)).messages.filter(m => m.kind === 'text').map(m => m.text)
  const grantFor = (who: SmallPerson, other: SmallPerson): string => Buffer.from(who.core.contacts.get(other.account.key)?.ourGrant ?? []).toString('hex')

  it('lead to one chat and one contact, whichever of them reads them, and both write in it', async () => {
    const bob = await world.person('bob')
    await bob.node.addContact((await ann.node.createInvite()).link)
    const { id: chat } = bob.core.chats.all()[0]!.chat
    for (const who of [ann, second]) await eventually(() => chatsOf(who).includes(chat))
    await ann.node.send(chat, 'one')
    await second.node.send(chat, 'two')
    await bob.node.send(chat, 'three')
    for (const who of [ann, second, bob]) await eventually(async () => (await texts(who, chat)).toSorted().join() === 'one,three,two')
    await eventually(() => grantFor(ann, bob) !== '' && grantFor(ann, bob) === grantFor(second, bob))
    // The key that bob was given to this account's inbox is the one that both know: the answer brings it, in place of the invite's.
    await eventually(() => Buffer.from(bob.core.contacts.get(ann.account.key)?.theirGrant ?? []).toString('hex') === grantFor(ann, bob))
    assert.deepEqual(chatsOf(second), chatsOf(ann))
  })

  it('may be gone from the home before a device that was away has read them: what they led to comes by the vault, and it reads on after them', async () => {
    await second.close()
    const bob = await world.person('bob')
    await bob.node.addContact((await ann.node.createInvite()).link)
    await eventually(() => ann.core.chats.all().length === 1)
    await eventually(async () => (await world.relay.store.logs.head(ann.core.account.inboxLogs!.mail)).first > 1)
    await second.open()
    await eventually(() => second.core.chats.all().length === 1)
    await ann.close()
    const cat = await world.person('cat')
    await cat.node.addContact((await second.node.createInvite()).link)
    await eventually(() => second.core.chats.all().length === 2)
    await ann.open()
    await eventually(() => ann.core.chats.all().length === 2)
    assert.deepEqual(chatsOf(ann), chatsOf(second))
  })

  it('stay at the home while the vault does not have what they led to', async () => {
    await second.close()
    const { link } = await ann.node.createInvite()
    await shared.away(ann, true)
    const bob = await world.person('bob')
    await bob.node.addContact(link)
    await eventually(() => ann.core.chats.all().length === 1)
    await ann.node.send('bob', 'one')
    await eventually(async () => (await texts(bob, ann.core.chats.all()[0]!.chat.id)).includes('one'))
    const head = async (): Promise<number> => (await world.relay.store.logs.head(ann.core.account.inboxLogs!.mail)).first
    assert.equal(await head(), 1)
    await second.open()
    await eventually(() => second.core.chats.all().length === 1)
  })
})
