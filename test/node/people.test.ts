import assert from 'node:assert/strict'
import { access, cp } from 'node:fs/promises'
import { createNode } from '../../src/node/index.js'
import { AdmissionError, BadInputError, ForbiddenError, NotFoundError, UnavailableError } from '../../src/protocol/wire/index.js'
import { operator } from '../../src/relay/index.js'
import { until, untilText, World, type Person } from './world.js'

describe('people who do not know each other yet', () => {
  let world: World
  let alice: Person
  let bob: Person

  before(async () => {
    world = await World.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
  })
  after(async () => { await world.close() })

  it('wait in the requests when they come without an invite, and are shown no receipt', async () => {
    const { link } = await bob.node.identity()
    await alice.node.addContact(link, { alias: 'Bobby' })
    const sent = await alice.node.send('Bobby', 'do you remember me?')
    await until(bob.node, e => e.type === 'request' && e.name === 'alice')
    const requests = await bob.node.listRequests()
    assert.equal(requests.length, 1)
    assert.equal((await bob.node.listChats()).length, 0)
    assert.equal((await bob.node.listContacts()).length, 0)
    assert.equal((await alice.node.getMessage('Bobby', sent.id)).state, 'stored')
  })

  it('are let in by accepting, and then everything that waited arrives', async () => {
    const [request] = await bob.node.listRequests()
    const contact = await bob.node.acceptRequest(request!.id, { alias: 'Ally' })
    assert.equal(contact.name, 'Ally')
    await untilText(bob.node, 'do you remember me?')
    assert.equal((await bob.node.listRequests()).length, 0)
    assert.equal((await bob.node.send('Ally', 'of course', { wait: 'delivered' })).state, 'delivered')
  })

  it('are refused without a word by declining, and for good by blocking', async () => {
    const carol = await world.person('carol')
    await carol.node.addContact((await bob.node.identity()).link)
    await until(bob.node, e => e.type === 'request' && e.name === 'carol')
    const [request] = await bob.node.listRequests()
    await bob.node.declineRequest(request!.id, { block: true })
    assert.equal((await bob.node.listRequests()).length, 0)
    assert.equal((await bob.node.listContacts()).find(c => c.selfName === 'carol')?.blocked, true)
    await assert.rejects(bob.node.acceptRequest(request!.id), NotFoundError)
  })

  it('see the same safety number, and only their own', async () => {
    const [mine, theirs] = [await alice.node.safetyNumber('Bobby'), await bob.node.safetyNumber('Ally')]
    assert.equal(mine.digits, theirs.digits)
    assert.equal(mine.digits.replaceAll(' ', '').length, 60)
    assert.equal((await alice.node.setVerified('Bobby', true)).verified, true)
  })

  it('cannot write once they are blocked: it waits undelivered, and comes when they are unblocked', async () => {
    await bob.node.blockContact('Ally', true)
    await assert.rejects(bob.node.send('Ally', 'no'), ForbiddenError)
    const hidden = await alice.node.send('Bobby', 'hidden from bob')
    await world.restart(bob)
    const gina = await world.person('gina')
    await world.introduce(gina, bob)
    // Bob is there, and what others write arrives.
    await gina.node.send('bob', 'and me?', { wait: 'delivered' })
    assert.equal((await alice.node.getMessage('Bobby', hidden.id)).state, 'stored')
    const texts = async (): Promise<string[]> => (await bob.node.showChat('Ally')).messages.map(m => m.text)
    assert.equal((await texts()).includes('hidden from bob'), false)
    await bob.node.blockContact('Ally', false)
    await alice.node.send('Bobby', 'seen by bob', { wait: 'delivered' })
    assert.equal((await alice.node.getMessage('Bobby', hidden.id)).state, 'delivered')
    assert.deepEqual((await texts()).slice(-2), ['hidden from bob', 'seen by bob'])
  })

  it('cannot use an invite that was revoked or has expired: they become a request', async () => {
    const before = (await bob.node.listInvites()).length
    const invite = await bob.node.createInvite()
    assert.equal((await bob.node.listInvites()).length, before + 1)
    await bob.node.revokeInvite(invite.id)
    assert.equal((await bob.node.listInvites()).length, before)
    const dave = await world.person('dave')
    await dave.node.addContact(invite.link)
    await until(bob.node, e => e.type === 'request' && e.name === 'dave')
  })

  it('come in by the whole link after one that a shell cut at its first &: what waits as a request goes by the invite', async () => {
    const invite = await bob.node.createInvite()
    const gus = await world.person('gus')
    await gus.node.addContact(invite.link.split('&')[0]!)
    await until(bob.node, e => e.type === 'request' && e.name === 'gus')
    assert.equal((await gus.node.addContact(invite.link)).name, 'bob')
    await gus.node.send('bob', 'the whole link', { wait: 'delivered' })
    assert.equal((await bob.node.listRequests()).some(({ name }) => name === 'gus'), false)
    assert.equal((await bob.node.listContacts()).some(({ name }) => name === 'gus'), true)
  })

  it('get clear errors for links that cannot be right', async () => {
    await assert.rejects(alice.node.addContact('petrel:nonsense'), BadInputError)
    await assert.rejects(alice.node.addContact((await alice.node.identity()).link), BadInputError)
    const lonely = await world.person('lonely', { relay: false })
    await assert.rejects(lonely.node.createInvite(), UnavailableError)
    await assert.rejects(lonely.node.addContact((await bob.node.identity()).link), UnavailableError)
  })

  it('report a message to the relay\'s operator by disclosing it alone', async () => {
    const page = await bob.node.showChat('Ally')
    const message = page.messages.find(m => m.text === 'seen by bob')!
    await bob.node.report('Ally', message.id, 'unwanted')
    assert.equal((await world.relay.status()).reports, 1)
  })

  it('delete their account at the relay and at home', async () => {
    const erin = await world.person('erin')
    const before = (await world.relay.status()).accounts
    const { account } = await erin.node.identity()
    await assert.rejects(erin.node.deleteAccount('yes'), BadInputError)
    await erin.node.deleteAccount(account)
    await erin.node.closed
    await assert.rejects(access(erin.dir))
    assert.equal((await world.relay.status()).accounts, before - 1)
    world.people.delete('erin')
  })

  it('delete what a crash left at home of an account that the relay has deleted already', async () => {
    const erin = await world.person('erin')
    const { account } = await erin.node.identity()
    await erin.node.close()
    const copy = `${erin.dir}-copy`
    await cp(erin.dir, copy, { recursive: true })
    await world.wake(erin)
    await erin.node.deleteAccount(account)
    const left = await createNode({ dir: copy })
    await left.deleteAccount(account)
    await assert.rejects(access(copy))
    world.people.delete('erin')
  })
})

describe('a relay that asks for a token', () => {
  it('refuses without one, lets in with one, and the person stays hosted', async () => {
    const world = await World.make({ admission: 'token' })
    try {
      const frank = await world.person('frank', { relay: false })
      await assert.rejects(frank.node.addRelay(world.address), AdmissionError)
      assert.equal((await frank.node.listRelays()).length, 0)
      const info = await frank.node.addRelay(world.address, { token: (await operator.createToken(world.relayDir)).token })
      assert.equal(info.role, 'hosted')
      await world.restart(frank)
      assert.equal((await frank.node.createInvite()).link.includes('invite='), true)
    } finally {
      await world.close()
    }
  })
})
