/** Who would get between the two devices of a secret chat, or fill them up. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { signKeyPackage, signerFromSeed, openKeyPackage, LIMITS, ForbiddenError, ProofError } from '../../src/protocol/wire/index.js'
import { createSecretMls } from '../../src/protocol/crypto/index.js'
import { leafIdentityFor } from '../../src/node/chats/index.js'
import { manifestOf } from '../../src/node/contacts/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'
import { hears, openSecretChat, said, stands } from '../node/secret/meeting.js'

describe('between the devices of a secret chat', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson

  before(async () => {
    world = await SmallWorld.make()
    ;[ann, bob] = [await world.person('ann'), await world.person('bob')]
    await world.introduce(ann, bob)
  })
  after(async () => { await world.close() })

  it('a relay that hands out a key package of its own begins nothing: not with its device, nor in the name of another', async () => {
    const contact = ann.core.contacts.resolve('bob')
    const mls = createSecretMls({ validateCredential: () => true, now: Date.now })
    const relay = signerFromSeed(randomBytes(32))
    const now = Date.now()
    const own = await mls.createKeyPackage({ identity: leafIdentityFor(manifestOf(contact), relay), notBefore: now - 1000, notAfter: now + 3600_000 })
    const record = { v: 1, use: 'secret', account: contact.account, manifest: manifestOf(contact).hash, bundle: own.public, notBefore: now - 1000, notAfter: now + 3600_000, lastResort: false } as const
    await assert.rejects(ann.core.secrets.book.start(manifestOf(contact), [signKeyPackage(record, relay)], 0), ForbiddenError)
    // Bob's own signature on the outside, somebody else's leaf within.
    await assert.rejects(ann.core.secrets.book.start(manifestOf(contact), [signKeyPackage(record, bob.device)], 0), ForbiddenError)
    assert.deepEqual(await ann.node.listSecrets(), [])
  })

  it('a relay that drops, repeats and turns round what it carries loses no message, and shows none twice', async () => {
    const { id } = await openSecretChat(ann, bob)
    const take = bob.core.secrets.book.take.bind(bob.core.secrets.book)
    const held: Array<[Uint8Array, Uint8Array]> = []
    let n = 0
    bob.core.secrets.book.take = async (address, frame) => {
      n++
      if (n % 3 === 1) { held.push([address.slice(), frame.slice()]); return }
      await take(address, frame)
      await take(address, frame)
      for (const one of held.splice(0).reverse()) await take(...one)
    }
    for (let i = 0; i < 12; i++) await ann.node.sendSecret(id, `number ${i}`)
    // What is held back at the end comes at last, whichever it is.
    const heard = async (): Promise<string[]> => (await said(bob, id)).filter(text => text.startsWith('number'))
    await eventually(async () => {
      for (const one of held.splice(0)) await take(...one)
      return new Set(await heard()).size === 12
    })
    bob.core.secrets.book.take = take
    assert.deepEqual((await heard()).sort(), Array.from({ length: 12 }, (_, i) => `number ${i}`).sort())
    await bob.node.sendSecret(id, 'all here')
    await hears(ann, id, 'all here')
  })

  it('a relay that keeps one message back for good is noticed: a line says that something is lost', async () => {
    const { id } = await openSecretChat(ann, bob)
    const { book } = bob.core.secrets
    const take = book.take.bind(book)
    let kept: Uint8Array | undefined
    book.take = async (address, frame) => {
      kept ??= frame.slice()
      if (!Buffer.from(frame).equals(kept)) await take(address, frame)
    }
    await ann.node.sendSecret(id, 'kept back')
    for (let i = 0; i <= LIMITS.secretEpochs + 1; i++) {
      await ann.node.sendSecret(id, `to ${i}`)
      await hears(bob, id, `to ${i}`)
      await bob.node.sendSecret(id, `fro ${i}`)
      await hears(ann, id, `fro ${i}`)
    }
    await eventually(async () => (await bob.node.secretLines(id, { limit: 200 })).some(({ kind }) => kind === 'lost'))
    book.take = take
    assert.equal((await bob.node.secretLines(id, { limit: 200 })).filter(({ kind }) => kind === 'lost').length, 1)
  })

  it('a contact that begins chat after chat fills nothing: few wait, the rest is dropped', async () => {
    const before = (await bob.node.listSecrets()).length
    const mine = new Set((await bob.node.listSecrets()).map(one => one.id))
    const contact = ann.core.contacts.resolve('bob')
    for (let i = 0; i < LIMITS.secretAskedPerContact + 3; i++) {
      const { record } = await ann.core.pool.link(world.relay.signer.key, [world.relay.address]).getKeyPackage(contact.account, 'secret')
      assert.equal(openKeyPackage(record).record.use, 'secret')
      const chat = await ann.core.secrets.book.start(manifestOf(contact), [record], 0)
      if (i < LIMITS.secretAskedPerContact) await stands(bob, chat.id, ({ state }) => state === 'asked')
    }
    await ann.node.send('bob', 'and a word behind them', { wait: 'delivered' })
    const waiting = (await bob.node.listSecrets()).filter(one => !mine.has(one.id))
    assert.equal(waiting.length, LIMITS.secretAskedPerContact)
    assert.ok(before + waiting.length < LIMITS.secretChats)
  })

  it('a device that its account has revoked says nothing more in a secret chat, and hears nothing', async () => {
    const { id } = await openSecretChat(bob, ann)
    const contact = ann.core.contacts.resolve('bob')
    assert.equal((await ann.node.showSecret(id)).alarm, null)
    const alarmed = ann.core.contacts.put({ ...contact, alarm: 'its keys are others now' }, 'alarm')
    await ann.core.updates.write(alarmed.ops, alarmed.events)
    assert.match((await ann.node.showSecret(id)).alarm ?? '', /its keys are others now/)
    await assert.rejects(ann.node.sendSecret(id, 'to whom?'), ProofError)
    await bob.node.sendSecret(id, 'believe me')
    assert.ok(!(await said(ann, id)).includes('believe me'))
    // It waits until she has decided, and comes then without any word of his.
    const { alarm, verified } = await ann.node.setSecretVerified(id, true)
    assert.deepEqual([alarm, verified], [null, true])
    await hears(ann, id, 'believe me')
    await ann.node.sendSecret(id, 'compared')
    await hears(bob, id, 'compared')
  })
})
