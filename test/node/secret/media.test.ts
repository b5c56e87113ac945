/** Files said in secret chats between real nodes over a real relay. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { MediaDraft, SecretLine } from '../../../src/protocol/api/index.js'
import { someBytes } from '../media/files.js'
import { SECRETS, secretsIn, telling } from '../probe/files.js'
import { eventually } from '../small-world.js'
import type { Person, World } from '../world.js'
import { annAndBob, hears, openSecretChat, seen } from './meeting.js'
import { recordsIn } from './records-in.js'

type SentFile = Omit<MediaDraft, 'size'> & { bytes: Uint8Array }

async function * pieces (bytes: Uint8Array): AsyncGenerator<Uint8Array> { yield await Promise.resolve(bytes) }

/** Says something with files. */
async function sends (from: Person, secret: string, files: readonly SentFile[], text = ''): Promise<SecretLine> {
  const media: string[] = []
  for (const { bytes, ...draft } of files) media.push((await from.node.addMedia({ ...draft, size: bytes.length, secret: true }, pieces(bytes))).file.id)
  return await from.node.sendSecret(secret, text, { media })
}

/** Waits until a message is there, or is gone. */
const has = async (person: Person, secret: string, { id }: SecretLine): Promise<SecretLine> => await seen(person, async () => (await person.node.secretLines(secret)).find(line => line.id === id))
const lacks = async (person: Person, secret: string, { id }: SecretLine): Promise<unknown> => await seen(person, async () => (await person.node.secretLines(secret)).some(line => line.id === id) ? undefined : true)
const reads = async (person: Person, secret: string, { id }: SecretLine, options: { item?: number, start?: number, end?: number } = {}): Promise<Buffer> => Buffer.concat(await Array.fromAsync(person.node.readSecretMedia(secret, id!, options)))

describe('files in secret chats', () => {
  let world: World
  let ann: Person
  let bob: Person

  before(async () => { ({ world, ann, bob } = await annAndBob()) })
  after(async () => { await world.close() })

  /** Resolves once the relay holds nothing, and neither of them anything of a file. */
  async function nothingIsLeft (): Promise<void> {
    await eventually(async () => {
      const { leases, uploads, blocks } = (await world.relay.status()).media
      return leases + uploads + blocks === 0
    })
    for (const person of [ann, bob]) {
      await person.node.close()
      // That a relay has let go may still be to be noted: neither a key nor a hash stands there.
      assert.deepEqual((await recordsIn(person.dir)).filter(kind => kind !== 'secretFile' && kind !== 'secretRelease' && kind !== 'block'), [])
      await world.wake(person)
    }
  }

  it('come whole with their names and captions, alone and as an album, and are read in part', async () => {
    const { id } = await openSecretChat(ann, bob)
    const [large, small] = [randomBytes(700_000), randomBytes(10)]
    const one = await sends(ann, id, [{ bytes: large, name: 'plan.bin', as: 'file' }], 'the plan')
    assert.deepEqual([one.text, one.state, one.media.map(({ name, size }) => [name, size])], ['the plan', 'waiting', [['plan.bin', 700_000]]])
    const got = await has(bob, id, one)
    assert.deepEqual([got.text, got.media.map(({ name }) => name)], ['the plan', ['plan.bin']])
    assert.ok((await reads(bob, id, got)).equals(large))
    assert.ok((await reads(bob, id, got, { start: 300_000, end: 300_010 })).equals(large.subarray(300_000, 300_010)))
    assert.ok((await reads(ann, id, one)).equals(large))
    const album = await has(bob, id, await sends(ann, id, [{ bytes: small, name: 'a' }, { bytes: large, name: 'b' }]))
    assert.deepEqual(album.media.map(({ name }) => name), ['a', 'b'])
    assert.ok((await reads(bob, id, album, { item: 0 })).equals(small))
    assert.ok((await reads(bob, id, album, { item: 1 })).equals(large))
    await assert.rejects(reads(bob, id, album, { item: 2 }), { code: 'ERR_NOT_FOUND' })
    // The same file twice is two files to whoever holds them.
    assert.notEqual(album.media[1]?.id, got.media[0]?.id)
    await ann.node.editSecret(id, album.id!, 'two files')
    const edited = await hears(bob, id, 'two files')
    assert.deepEqual([edited.id, edited.media.length], [album.id, 2])
    // Who closes it lets go of all at the relay, and each of what it has.
    await bob.node.closeSecret(id)
    await seen(ann, async () => (await ann.node.showSecret(id)).state === 'closed' ? true : undefined)
    await nothingIsLeft()
  })

  it('are photos without what they tell of their taking', async () => {
    const { id } = await openSecretChat(ann, bob)
    const bytes = await telling().jpeg().toBuffer()
    assert.ok(SECRETS.every(secret => secretsIn(bytes).includes(secret)))
    const line = await has(bob, id, await sends(ann, id, [{ bytes, name: 'beach.jpg' }]))
    assert.deepEqual([line.media[0]?.as, line.media[0]?.thumb !== null], ['photo', true])
    assert.deepEqual(secretsIn(await reads(bob, id, line)), [])
    await ann.node.closeSecret(id)
    await nothingIsLeft()
  })

  it('go when the relay is there again, also after a restart; one that was erased meanwhile never goes', async () => {
    const { id } = await openSecretChat(ann, bob)
    const listen = world.address.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    const bytes = someBytes(300_000)
    const [late, never] = [await sends(ann, id, [{ bytes, name: 'late' }], 'late'), await sends(ann, id, [{ bytes, name: 'never' }], 'never')]
    await ann.node.editSecret(id, late.id!, 'later')
    await ann.node.deleteSecret(id, [never.id!])
    await world.restart(ann)
    assert.deepEqual((await ann.node.secretLines(id)).flatMap(({ text, state }) => text === null ? [] : [[text, state]]), [['later', 'waiting']])
    await world.startRelay(listen)
    const got = await hears(bob, id, 'later')
    assert.ok((await reads(bob, id, got)).equals(bytes))
    await ann.node.sendSecret(id, 'after it')
    await hears(bob, id, 'after it')
    assert.deepEqual((await bob.node.secretLines(id)).flatMap(({ text }) => text ?? []), ['after it', 'later'])
    await ann.node.closeSecret(id)
    await nothingIsLeft()
  })

  it('are gone everywhere when the message is deleted, or its time is over', async () => {
    const { id } = await openSecretChat(ann, bob)
    const bytes = someBytes(300_000)
    const deleted = await has(bob, id, await sends(ann, id, [{ bytes, name: 'x' }]))
    await reads(bob, id, deleted)
    await ann.node.deleteSecret(id, [deleted.id!])
    await lacks(bob, id, deleted)
    await assert.rejects(reads(bob, id, deleted), { code: 'ERR_NOT_FOUND' })
    await nothingIsLeft()
    await ann.node.setSecretTimer(id, 1)
    const timed = await has(bob, id, await sends(ann, id, [{ bytes, name: 'x' }]))
    await reads(bob, id, timed)
    await bob.node.readSecret(id)
    await Promise.all([lacks(bob, id, timed), lacks(ann, id, timed)])
    await nothingIsLeft()
  })

  it('are in no other chat: neither takes what was added for the other', async () => {
    const { id } = await openSecretChat(ann, bob)
    const [for_, not] = [await ann.node.addMedia({ size: 3, secret: true }, pieces(someBytes(3))), await ann.node.addMedia({ size: 3 }, pieces(someBytes(3)))]
    await assert.rejects(ann.node.send('bob', '', { media: [for_.file.id] }), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(ann.node.sendSecret(id, '', { media: [not.file.id] }), { code: 'ERR_NOT_FOUND' })
    await ann.node.sendSecret(id, '', { media: [for_.file.id] })
    await assert.rejects(ann.node.sendSecret(id, '', { media: [for_.file.id] }), { code: 'ERR_NOT_FOUND' })
  })
})
