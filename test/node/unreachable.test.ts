import assert from 'node:assert/strict'
import { UnavailableError } from '../../src/protocol/api/index.js'
import { World } from './world.js'

/** Far below what a call may take: a person who waits longer than this was left alone. */
const PATIENCE_MS = 15_000

describe('a relay that cannot be reached', function () {
  this.timeout(60_000)
  let world: World

  before(async () => { world = await World.make() })
  after(async () => { await world.close() })

  it('is told as such, at the first failed attempt, and nothing is kept of it', async () => {
    const ada = await world.person('ada', { relay: false })
    const address = world.address
    await world.relay.stop()
    await assert.rejects(ada.node.addRelay(address, { signal: AbortSignal.timeout(PATIENCE_MS) }), (error: Error) => error instanceof UnavailableError && /no connection with the relay: /.test(error.message))
    assert.deepEqual(await ada.node.listRelays(), [])
    await world.startRelay(address.replace(/\/p2p\/.*$/, ''))
    assert.equal((await ada.node.addRelay(address)).state, 'connected', 'and the same address works as soon as somebody is there')
  })

  it('leaves a relay that is used at its address when another one leads nowhere', async () => {
    const ada = world.people.get('ada')!
    const nowhere = world.address.replace(/\/tcp\/\d+/, '/tcp/1')
    await assert.rejects(ada.node.addRelay(nowhere, { signal: AbortSignal.timeout(PATIENCE_MS) }), UnavailableError)
    assert.deepEqual((await ada.node.listRelays()).map(r => r.address), [world.address])
    assert.ok((await ada.node.createInvite()).link.includes('invite='), 'and it is reached again at once')
  })

  it('keeps nobody waiting who adds a contact there, and the contact can be added later', async () => {
    const [ada, bob] = [world.people.get('ada')!, await world.person('bob')]
    const { link } = await bob.node.createInvite()
    const address = world.address
    await world.relay.stop()
    await assert.rejects(ada.node.addContact(link, { signal: AbortSignal.timeout(PATIENCE_MS) }), UnavailableError)
    await world.startRelay(address.replace(/\/p2p\/.*$/, ''))
    assert.equal((await ada.node.addContact(link)).name, 'bob')
  })

  it('lets no invite, report or deletion wait, and leaves no half-made invite', async () => {
    const ada = world.people.get('ada')!
    const { id } = await ada.node.send('bob', 'hello', { wait: 'delivered' })
    const before = (await ada.node.listInvites()).length
    await world.relay.stop()
    const { account } = await ada.node.identity()
    const signal = AbortSignal.timeout(PATIENCE_MS)
    await assert.rejects(ada.node.createInvite({ signal }), UnavailableError)
    await assert.rejects(ada.node.report('bob', id, 'a note', { signal }), UnavailableError)
    await assert.rejects(ada.node.deleteAccount(account, { signal }), UnavailableError)
    assert.equal((await ada.node.listInvites()).length, before)
    assert.equal((await ada.node.getMessage('bob', id)).text, 'hello', 'everything is still here')
  })
})
