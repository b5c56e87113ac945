/** Beginnings of secret chats that are forged, played again, or too many; and frames for what is over. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { manifestOf } from '../../src/node/contacts/index.js'
import { LIMITS, NotFoundError, openKeyPackage, type CheckedManifest } from '../../src/protocol/wire/index.js'
import { SmallWorld, eventually, type SmallPerson } from '../node/small-world.js'
import { hears, openSecretChat, said, seen, stands } from '../node/secret/meeting.js'
import { sealedBy, startWith, type Maker } from '../node/secret/starts.js'
import { strangersStart } from '../node/secret/strangers.js'

describe('beginnings of secret chats by bad people', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let carol: SmallPerson

  before(async () => {
    world = await SmallWorld.make()
    ;[ann, bob, carol] = [await world.person('ann'), await world.person('bob'), await world.person('carol')]
    await world.introduce(ann, bob)
    await world.introduce(carol, bob)
  })
  after(async () => { await world.close() })

  const toBob = (): CheckedManifest => manifestOf(ann.core.contacts.resolve('bob'))
  const maker = ({ core, device }: SmallPerson): Maker => ({ device, manifest: core.account.manifest })
  const packageOfBob = async (): Promise<Uint8Array> => (await ann.core.pool.link(world.relay.signer.key, [world.relay.address]).getKeyPackage(bob.account.key, 'secret')).record
  const post = async ({ address, frame }: { address: Uint8Array, frame: Uint8Array }): Promise<void> => { await ann.core.pool.link(world.relay.signer.key, [world.relay.address]).postPipe(address, frame) }
  const asked = async (): Promise<string[]> => (await bob.node.listSecrets()).filter(({ state }) => state === 'asked').map(({ name }) => name)

  it('in the name of another account begin nothing', async () => {
    const record = await packageOfBob()
    // Carol's manifest is known to everybody; her device is not.
    await post(await sealedBy({ device: ann.device, manifest: carol.core.account.manifest }, toBob(), await startWith(record, maker(ann)), carol.account.key))
    // An honest one behind it at the same address: what came before was dealt with.
    const honest = await startWith(record, maker(ann))
    await post(await sealedBy(maker(ann), toBob(), honest))
    await seen(bob, async () => (await asked()).length > 0 ? true : undefined)
    assert.deepEqual(await asked(), ['ann'])
    await bob.node.closeSecret('ann')
  })

  it('that say within that they are another account\'s open no chat', async () => {
    for (const leaf of [{ device: ann.device, manifest: carol.core.account.manifest }, maker(carol)]) {
      await post(await sealedBy(maker(ann), toBob(), await startWith(await packageOfBob(), leaf)))
      const { id } = await seen(bob, async () => (await bob.node.listSecrets()).find(({ state }) => state === 'asked'))
      await assert.rejects(bob.node.acceptSecret(id), /ERR_PROOF|ERR_FORBIDDEN|another device|vouched/u)
      assert.equal((await bob.node.showSecret(id)).state, 'asked')
      await bob.node.closeSecret(id)
    }
  })

  it('that a relay plays again begin nothing, not once the chat is forgotten either', async () => {
    const frames: Array<[Uint8Array, Uint8Array]> = []
    const { book } = bob.core.secrets
    const take = book.take.bind(book)
    book.take = async (address, frame) => { frames.push([address.slice(), frame.slice()]); await take(address, frame) }
    // By the last resort, which opens again what it opened once.
    while (!openKeyPackage(await packageOfBob()).record.lastResort);
    const { id } = await openSecretChat(ann, bob)
    await bob.node.closeSecret(id)
    await stands(ann, id, ({ state }) => state === 'closed')
    const before = (await bob.node.listSecrets()).length
    assert.ok(frames.length > 0)
    for (const one of frames.slice()) await take(...one)
    assert.equal((await bob.node.listSecrets()).length, before)
    await bob.node.forgetSecret(id)
    for (const one of frames.slice()) await take(...one)
    await bob.crash()
    for (const one of frames.slice()) await bob.core.secrets.book.take(...one)
    assert.equal((await bob.node.listSecrets()).length, before - 1)
  })

  it('from long ago are not taken', async () => {
    const record = await packageOfBob()
    await post(await sealedBy(maker(ann), toBob(), await startWith(record, maker(ann)), undefined, Date.now() - LIMITS.secretAskedMs - 60_000))
    await post(await sealedBy(maker(carol), toBob(), await startWith(record, maker(carol))))
    await seen(bob, async () => (await asked()).length > 0 ? true : undefined)
    assert.deepEqual(await asked(), ['carol'])
    await bob.node.closeSecret('carol')
  })

  it('of strangers leave nothing at all, however many come', async () => {
    const record = await packageOfBob()
    const nothing = { chats: 0, records: 0, updates: 0 }
    // What was before all this may be dealt with meanwhile, but not again and again.
    let grown = await strangersStart(bob, { record, strangers: 4, starts: 40 })
    for (let left = 4; left > 0 && !isDeepStrictEqual(grown, nothing); left--) grown = await strangersStart(bob, { record, strangers: 4, starts: 40 })
    assert.deepEqual(grown, nothing)
  })

  it('use up few key packages, which its owner is told of, and which are there again', async () => {
    const dora = await world.person('dora')
    await world.introduce(ann, dora)
    const { packages } = dora.core.secrets
    await eventually(() => packages.standing !== null)
    assert.ok(!(await dora.node.status()).warnings.some(words => words.includes('key packages')))
    while (!(await ann.core.pool.link(world.relay.signer.key, [world.relay.address]).getKeyPackage(dora.account.key, 'secret')).lastResort);
    await packages.again()
    const { warnings } = await dora.node.status()
    assert.ok(warnings.some(words => words.includes('key packages for secret chats')), warnings.join('\n'))
    assert.ok((await dora.node.doctor()).some(({ ok, message }) => !ok && message.includes('key packages for secret chats')))
    assert.equal(packages.standing?.left, 2)
    await openSecretChat(ann, dora)
  })

  it('frames for a chat that is closed are refused by the relay, and do nothing to who is handed them all the same', async () => {
    const { id } = await openSecretChat(ann, bob)
    const frames: Array<[Uint8Array, Uint8Array]> = []
    const take = bob.core.secrets.book.take.bind(bob.core.secrets.book)
    bob.core.secrets.book.take = async (address, frame) => { frames.push([address.slice(), frame.slice()]); await take(address, frame) }
    await ann.node.sendSecret(id, 'in time')
    await hears(bob, id, 'in time')
    await bob.node.closeSecret(id)
    await stands(ann, id, ({ state }) => state === 'closed')
    const [address, frame] = frames.at(-1)!
    await eventually(async () => await post({ address, frame }).then(() => false, (error: unknown) => error instanceof NotFoundError))
    for (const one of frames) await take(...one)
    assert.deepEqual([await said(bob, id), (await bob.node.showSecret(id)).state], [[], 'closed'])
  })

  it('a flood of frames that are none, at the address of a chat, stops nothing and is kept nowhere', async () => {
    const { id } = await openSecretChat(ann, bob)
    const { book } = bob.core.secrets
    const chat = book.get(id)!
    const size = async (): Promise<number> => { let n = 0; for await (const [_key] of bob.core.store.kv.iterate({})) n++; return n }
    const grown = async (): Promise<number> => {
      const before = await size()
      for (const { address } of chat.listening) {
        for (let i = 0; i < 300; i++) await book.take(address, new Uint8Array(randomBytes(i % 2 === 0 ? 600 : 1)))
        await book.take(address, new Uint8Array(LIMITS.pipeFrameBytes))
      }
      return await size() - before
    }
    // The chat's own beginning may be dealt with meanwhile, but not again and again.
    let more = await grown()
    for (let left = 4; left > 0 && more !== 0; left--) more = await grown()
    assert.equal(more, 0)
    await ann.node.sendSecret(id, 'through all of it')
    await hears(bob, id, 'through all of it')
  })
})
