import assert from 'node:assert/strict'
import { sealMessage, systemRandom } from '../../../../src/protocol/crypto/index.js'
import { encodeBody, signMessage } from '../../../../src/protocol/message/index.js'
import { ENTRY_KIND, entryHash, type Digest, type Signer } from '../../../../src/protocol/wire/index.js'
import { SharedVaults } from '../../shared-vaults.js'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'
import { key } from '../../../protocol/wire/kit.js'
import { sessionOf, texts, transcript } from './kit.js'

/** Puts a message into the log by hand, signed by whomever. */
async function put (who: SmallPerson, chat: string, text: string, run: { devSeq: number, prevOwn: Digest | null }, signer: Signer = who.device): Promise<Digest> {
  const { log, keys, cursor: { term, seq, hash }, link } = sessionOf(who, chat).chat
  const id = systemRandom(16)
  const device: Signer = { key: who.device.key, sign: (label, bytes) => signer.sign(label, bytes) }
  const signed = signMessage({ v: 1, chat: log, epoch: keys.epoch, id, account: who.account.key, ...run, seen: { term, seq, hash }, ts: Date.now(), body: encodeBody({ kind: 'text', text }) }, device)
  const payload = sealMessage(keys.content, signed, { log, epoch: keys.epoch, id })
  await link.append(log, [{ id, kind: ENTRY_KIND.data, payload }])
  return entryHash(payload)
}

describe('a message whose signature does not hold', () => {
  let world: SmallWorld
  afterEach(async () => { await world.close() })

  it('counts once its device names it in the next, for who was there and for who reads it all later', async function () {
    this.timeout(60_000)
    world = await SmallWorld.make()
    const ann = await world.person('ann', { spareDevices: 1, shared: new SharedVaults() })
    const bob = await world.person('bob', { presence: 'off' })
    await world.introduce(ann, bob)
    const chat = ann.core.chats.all()[0]!.chat.id
    await bob.node.send('ann', 'one', { wait: 'delivered' })
    const held = async (): Promise<number> => (await transcript(ann, chat)).split('\n').filter(line => line.includes(' held ')).length
    const { devSeq, entry } = sessionOf(bob, chat).chat.loggedRun
    const first = await put(bob, chat, 'two', { devSeq: devSeq + 1, prevOwn: entry }, key(99))
    await eventually(async () => await held() === 1)
    const second = await put(bob, chat, 'three', { devSeq: devSeq + 2, prevOwn: first }, key(99))
    await eventually(async () => await held() === 2)
    assert.deepEqual(await texts(ann, chat), ['one'])
    await put(bob, chat, 'four', { devSeq: devSeq + 3, prevOwn: second })
    await eventually(async () => (await texts(ann, chat)).join() === 'one,two,three,four')
    assert.deepEqual([sessionOf(ann, chat).chat.cursor.unread, sessionOf(ann, chat).chat.cursor.alarm], [4, null])
    const later = await world.second(ann)
    await eventually(async () => await transcript(later, chat) === await transcript(ann, chat))
    // What nobody names stays what it is.
    await put(bob, chat, 'five', { devSeq: devSeq + 4, prevOwn: second }, key(99))
    await eventually(async () => await held() === 1)
  })
})
