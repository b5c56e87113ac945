import assert from 'node:assert/strict'
import { encodeGenesis, keyFromPeerId, LIMITS, logIdOf, openKeyPackage, openManifest, randomSeed, signCertificate, signerFromSeed, signManifest } from '../../src/protocol/wire/index.js'
import { newPqSecret, readCloudKeyPackage, sealPq, systemRandom } from '../../src/protocol/crypto/index.js'
import type { ChatInvitation } from '../../src/protocol/message/index.js'
import { engineFor } from '../../src/node/chats/chat-keys.js'
import { makeDirectChat } from '../../src/node/chats/index.js'
import { untilText, World, type Person } from '../node/world.js'
import { Events } from './events.js'
import { flip } from './liar-scene.js'
import { Mallory } from './mallory.js'

describe('a contact who writes letters that no node would', () => {
  let world: World
  let alice: Person
  let mallory: Mallory
  let carol: string
  const events = new Events()

  before(async () => {
    world = await World.make()
    alice = await world.person('alice', { log: events.log })
    carol = (await (await world.person('carol')).node.identity()).account
    mallory = await Mallory.make(world)
    await mallory.befriend(alice)
  })
  after(async () => {
    await mallory.close()
    await world.close()
  })

  /** The letter leads to the event with the code, and to nothing else: no contact, chat, request or name is new. */
  async function comesToNothing (post: () => Promise<void>, event: string, code: RegExp): Promise<void> {
    const known = async (): Promise<unknown> => ({ contacts: await alice.node.listContacts(), chats: (await alice.node.listChats()).map(c => c.id), requests: await alice.node.listRequests() })
    const before = await known()
    const next = events.next(event)
    await post()
    assert.match(String((await next).code), code)
    assert.deepEqual(await known(), before)
    assert.ok(!(await alice.node.status()).warnings.some(w => w.includes('letters')))
  }

  const dropped: Array<[string, RegExp, () => Promise<Uint8Array>]> = [
    ['in the name of another account', /ERR_PROOF/, async () => {
      const account = keyFromPeerId(carol)
      return await mallory.letter(alice, { account, manifest: await mallory.core.publisher.home!.getManifest(account) })
    }],
    ['in the name of another account, with a manifest made for it', /ERR_PROOF/, async () => {
      const account = keyFromPeerId(carol)
      const { device } = mallory
      const cert = signCertificate({ v: 1, account, device: device.key, time: 0 }, device)
      const manifest = signManifest({ v: 1, account, generation: 9, version: 9, prev: null, devices: [{ key: device.key, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 0 }, device)
      return await mallory.letter(alice, { account, manifest })
    }],
    ['signed by a device that the manifest does not list', /ERR_PROOF/, async () => await mallory.letter(alice, {}, signerFromSeed(randomSeed()))],
    ['written for another inbox', /ERR_PROOF/, async () => await mallory.letter(alice, { inbox: mallory.chat.log })],
    ['written to somebody else', /ERR_PROOF/, async () => await mallory.letter(alice, { to: keyFromPeerId(carol) })],
    ['altered', /ERR_/, async () => flip(await mallory.letter(alice))],
    ['of noise', /ERR_BAD_INPUT/, async () => await Promise.resolve(systemRandom(5000))],
    ['of nothing', /ERR_BAD_INPUT/, async () => await Promise.resolve(new Uint8Array())],
    ['with a name of 60 KB', /ERR_BAD_INPUT|ERR_TOO_LARGE/, async () => await mallory.letter(alice, { introduction: { name: 'm'.repeat(50_000), grantSeed: null } })],
    ['with a name that is no text', /ERR_BAD_INPUT/, async () => await mallory.letter(alice, { introduction: { name: ['m'] as unknown as string, grantSeed: null } })],
    ['whose invitation is no map', /ERR_BAD_INPUT/, async () => await mallory.letter(alice, { chat: 7 })],
    ['whose invitation leads to 1,000 addresses', /ERR_BAD_INPUT/, async () => await mallory.letter(alice, { chat: mallory.invitation({ addrs: new Array<string>(1000).fill('/ip4/127.0.0.1/tcp/1') }) })]
  ]
  for (const [what, code, letter] of dropped) {
    it(`drops one ${what}`, async () => { await comesToNothing(async () => { await mallory.post(alice, await letter()) }, 'letter.dropped', code) })
  }

  it('drops what was not sealed to its inbox', async () => {
    await comesToNothing(async () => { await mallory.post(alice, systemRandom(3000), false) }, 'letter.dropped', /ERR_DECRYPT|ERR_UNSUPPORTED/)
    await comesToNothing(async () => { await mallory.post(alice, new Uint8Array(), false) }, 'letter.dropped', /ERR_BAD_INPUT/)
  })

  /** What an honest invitation is made of, for changes that must fit the rest of it. */
  interface Made { honest: ChatInvitation, gpq: Uint8Array, sealed: (gpq: Uint8Array, genesis: Uint8Array) => Promise<Uint8Array> }

  /** An invitation that is right in all but what is changed. */
  async function invitation (change: (made: Made) => Partial<ChatInvitation> | Promise<Partial<ChatInvitation>>): Promise<Record<string, unknown>> {
    const { account, publisher, contacts } = mallory.core
    const link = publisher.home!
    const peer = openManifest(await link.getManifest(contacts.all()[0]!.account))
    const { record: keyPackage } = await link.getKeyPackage(peer.manifest.account, 'cloud')
    const { record } = await makeDirectChat({ me: account.manifest, device: account.device, peer, keyPackage, home: { peer: account.home!.peer, addrs: [account.home!.address] }, now: Date.now() })
    const { xwing } = await readCloudKeyPackage(engineFor([], Date.now), openKeyPackage(keyPackage).record.bundle)
    const { welcome, added } = record.commit!
    const honest: ChatInvitation = {
      genesis: record.genesis, addrs: record.addrs, direct: true, title: null, welcome: welcome!, pq: added[0]!.pq, keyPackage: added[0]!.keyPackage,
      at: { term: 1, seq: 1, hash: systemRandom(32) }, manifests: [account.manifest.bytes, peer.bytes]
    }
    const changed = await change({ honest, gpq: record.gpq, sealed: async (gpq, genesis) => await sealPq(xwing, gpq, logIdOf(genesis)) })
    return mallory.invitation({ ...honest, ...changed })
  }

  const genesis = (kind: 'log' | 'inbox'): Uint8Array => encodeGenesis({ v: 1, kind, salt: systemRandom(16), owner: signerFromSeed(randomSeed()).key, home: mallory.core.account.home!.peer })

  const refused: Array<[string, RegExp, Parameters<typeof invitation>[0]]> = [
    ['a Welcome into another group', /ERR_FORBIDDEN/, async ({ gpq, sealed }) => {
      const other = genesis('log')
      return { genesis: other, pq: await sealed(gpq, other) }
    }],
    ['a Welcome that is noise', /ERR_BAD_INPUT|ERR_PROOF/, () => ({ welcome: systemRandom(2000) })],
    ['an altered Welcome', /ERR_/, ({ honest }) => ({ welcome: flip(honest.welcome) })],
    ['a G_pq for another chat', /ERR_DECRYPT/, () => ({ genesis: genesis('log') })],
    ['another G_pq than the group\'s', /ERR_PROOF/, async ({ honest, sealed }) => ({ pq: await sealed(newPqSecret(), honest.genesis) })],
    ['an altered G_pq', /ERR_DECRYPT/, ({ honest }) => ({ pq: flip(honest.pq) })],
    ['a key package that this account never made', /ERR_NOT_FOUND/, () => ({ keyPackage: systemRandom(32) })],
    ['an inbox in place of a chat', /ERR_FORBIDDEN/, () => ({ genesis: genesis('inbox') })],
    ['a direct chat that it calls a group', /ERR_FORBIDDEN/, () => ({ direct: false })],
    ['a title for a direct chat', /ERR_FORBIDDEN/, () => ({ title: 'Your bank' })],
    ['no manifests', /ERR_FORBIDDEN|ERR_PROOF/, () => ({ manifests: [] })],
    ['a manifest that is noise', /ERR_/, () => ({ manifests: [systemRandom(300)] })]
  ]
  for (const [what, code, change] of refused) {
    it(`does not join by an invitation with ${what}`, async () => {
      const chat = await invitation(change)
      await comesToNothing(async () => { await mallory.post(alice, await mallory.letter(alice, { chat })) }, 'chat.invitation', code)
    })
  }

  it('makes no more direct chats than a contact may, and the one there is goes on', async () => {
    const full = events.next('chat.invitation')
    for (let i = 0; i < LIMITS.directChatsPerContact; i++) await mallory.post(alice, await mallory.letter(alice, { chat: await invitation(() => ({})) }))
    assert.equal((await full).code, 'ERR_QUOTA')
    assert.equal((await alice.node.listChats()).length, LIMITS.directChatsPerContact)
    await mallory.say('the first of many')
    await untilText(alice.node, 'the first of many')
  })

  it('is read on after all that: the next honest letter and message arrive', async () => {
    const dave = await world.person('dave')
    await world.introduce(dave, alice)
    assert.equal((await dave.node.send('alice', 'a good day', { wait: 'delivered' })).state, 'delivered')
    await mallory.say('so do mine')
    await untilText(alice.node, 'so do mine')
  })
})
