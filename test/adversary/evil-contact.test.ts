import assert from 'node:assert/strict'
import { encodeBody } from '../../src/protocol/message/index.js'
import { systemRandom } from '../../src/protocol/crypto/index.js'
import { encodeCbor, ENTRY_ID_LENGTH, entryHash, fromBase32Text, keyFromPeerId, LIMITS, randomSeed, signerFromSeed } from '../../src/protocol/wire/index.js'
import { untilText, World, type Person } from '../node/world.js'
import { flip } from './liar-scene.js'
import { Mallory } from './mallory.js'

const text = (words: string): Uint8Array => encodeBody({ kind: 'text', text: words })
/** Bytes of a text body, with one field replaced by hand-made CBOR. */
const raw = (fields: Record<string, unknown>): Uint8Array => encodeCbor({ k: 'text', text: 'x', ...fields })

describe('a contact who writes what no node would into a chat', () => {
  let world: World
  let alice: Person
  let carol: Person
  let mallory: Mallory

  before(async () => {
    world = await World.make()
    alice = await world.person('alice')
    carol = await world.person('carol')
    await world.introduce(carol, alice)
    mallory = await Mallory.make(world)
    await mallory.befriend(alice)
  })
  after(async () => {
    await mallory.close()
    await world.close()
  })

  /** The words of the newest held line, once the entry was taken. */
  async function heldAt (seq: number): Promise<string> {
    await mallory.say(`after ${seq}`)
    await untilText(alice.node, `after ${seq}`)
    const line = (await alice.node.showChat('mallory', { limit: 200 })).messages.find(m => m.seq === seq)
    assert.equal(line?.kind, 'held', `entry ${seq} is held`)
    return line.text
  }

  const FORGERIES: Array<[string, RegExp, () => Promise<{ seq: number }>]> = [
    ['a message in the name of somebody who is no member', /ERR_PROOF.*no member/, async () => await mallory.forge(text('I am carol'), { message: { account: keyFromPeerId((await carol.node.identity()).account) } })],
    ['a message in the victim\'s own name', /ERR_PROOF.*does not list/, async () => await mallory.forge(text('I am you'), { message: { account: mallory.chat.peer! } })],
    ['a message signed by a device that is not its account\'s', /ERR_PROOF.*does not list/, async () => await mallory.forge(text('another phone'), { device: signerFromSeed(randomSeed()) })],
    ['a message whose signature does not hold', /ERR_PROOF/, async () => await mallory.forge(text('altered'), { alter: flip })],
    ['a message of another chat', /ERR_PROOF.*another place/, async () => await mallory.forge(text('elsewhere'), { message: { chat: mallory.chat.log.with(33, mallory.chat.log[33]! ^ 1) } })],
    ['a message of another epoch', /ERR_PROOF.*another place/, async () => await mallory.forge(text('earlier'), { message: { epoch: 0 } })],
    ['a message under another id than it was written for', /ERR_PROOF.*another place/, async () => await mallory.forge(text('renamed'), { message: { id: systemRandom(16) } })],
    ['a message sealed for another id', /ERR_DECRYPT/, async () => await mallory.forge(text('moved'), { sealedFor: systemRandom(16) })],
    ['a message sealed under another key', /ERR_DECRYPT/, async () => await mallory.forge(text('other key'), { content: systemRandom(32) })],
    ['an empty entry', /ERR_BAD_INPUT.*empty/, async () => (await mallory.append(new Uint8Array())).receipt],
    ['noise', /ERR_DECRYPT|ERR_UNSUPPORTED/, async () => (await mallory.append(systemRandom(60_000))).receipt],
    ['noise inside the sealing', /ERR_BAD_INPUT/, async () => await mallory.forge(text('x'), { alter: () => systemRandom(5000) })]
  ]
  for (const [what, why, attack] of FORGERIES) {
    it(`shows ${what} as a line that could not be read, with the reason`, async () => {
      const { seq } = await attack()
      assert.match(await heldAt(seq), why)
    })
  }

  const BODIES: Array<[string, () => Uint8Array]> = [
    ['no CBOR', () => systemRandom(100)],
    ['a text of 60,000 letters', () => raw({ text: 'a'.repeat(60_000) })],
    ['invalid UTF-8', () => {
      const bytes = raw({ text: 'ab' })
      bytes[bytes.length - 1] = 0xff
      return bytes
    }],
    ['a field named __proto__', () => Buffer.from('a3616b6474657874647465787461786' + '95f5f70726f746f5f5fa0', 'hex')],
    ['nesting of 30,000 levels', () => new Uint8Array(30_000).fill(0x81)],
    ['1,000 entities', () => raw({ entities: Array.from({ length: 1000 }, () => ({ type: 'b', offset: 0, length: 1 })) })],
    ['an entity beyond its text', () => raw({ entities: [{ type: 'b', offset: 1, length: 1 }] })],
    ['a negative length', () => raw({ entities: [{ type: 'b', offset: 0, length: -1 }] })],
    ['a map with its fields out of order', () => Buffer.from('a264746578746178616b6474657874', 'hex')]
  ]
  for (const [what, body] of BODIES) {
    it(`shows a body with ${what} as a line that could not be read`, async () => {
      // The envelope is right, and so is its number: only the body is not.
      const { seq } = await mallory.forge(body())
      assert.match(await heldAt(seq), /ERR_BAD_INPUT/)
    })
  }

  it('cannot append more than an entry holds', async () => {
    await assert.rejects(mallory.append(new Uint8Array(LIMITS.entryBytes + 1)), { code: 'ERR_TOO_LARGE' })
  })

  it('cannot replay the victim\'s words under a new id, nor put others under the old one', async () => {
    const { id } = await alice.node.send('mallory', 'I never said that twice', { wait: 'stored' })
    const entry = fromBase32Text(id, ENTRY_ID_LENGTH)
    await untilText(mallory.node, 'I never said that twice')
    const { entries } = await mallory.chat.link.read(mallory.chat.log, 0, 500)
    const own = entries.at(-1)!
    const again = await mallory.append(own.payload!)
    assert.match(await heldAt(again.receipt.seq), /ERR_DECRYPT/)
    const taken = await mallory.append(mallory.seal(text('what you said'), entry), { id: entry })
    assert.ok(taken.duplicate, 'the relay answers with what is there')
    assert.equal((await alice.node.getMessage('mallory', id)).text, 'I never said that twice')
    assert.deepEqual(taken.receipt.entry, entryHash(own.payload!))
  })

  it('shows an entry of an unknown kind to nobody, and loses nothing over it', async () => {
    const { receipt } = await mallory.append(systemRandom(100), { kind: 77 })
    await mallory.say('after the unknown')
    await untilText(alice.node, 'after the unknown')
    assert.ok(!(await alice.node.showChat('mallory', { limit: 200 })).messages.some(m => m.seq === receipt.seq))
  })

  it('has not stopped the chat by all that, nor touched another, also after a restart', async () => {
    await world.restart(alice)
    const chats = await alice.node.listChats()
    assert.deepEqual(chats.map(c => c.alarm), [null, null])
    await alice.node.send('mallory', 'still here', { wait: 'stored' })
    await untilText(mallory.node, 'still here')
    assert.equal((await carol.node.send('alice', 'untouched', { wait: 'delivered' })).state, 'delivered')
  })
})
