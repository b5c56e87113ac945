import assert from 'node:assert/strict'
import type { Chat } from '../../src/node/chats/index.js'
import { sealMessage, systemRandom } from '../../src/protocol/crypto/index.js'
import { encodeBody, signMessage, type Message } from '../../src/protocol/message/index.js'
import { ENTRY_KIND, peerIdText, PetrelError, ProofError } from '../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'

describe('a member of a group who accuses its relay of what is not so', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let id: string

  beforeEach(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    cat = await world.person('cat')
    for (const one of [bob, cat]) await world.introduce(ann, one)
    id = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(s => s.chat.id === id))
    await bob.node.send(id, 'before', { wait: 'stored' })
    await cat.node.send(id, 'and before', { wait: 'stored' })
    for (const one of [ann, bob, cat]) for (const text of ['before', 'and before']) await sees(one, text)
  })
  afterEach(async () => { await world.close() })

  const chatOf = (who: SmallPerson): Chat => who.core.chats.all().find(({ chat }) => chat.id === id)!.chat

  async function sees (who: SmallPerson, text: string): Promise<void> {
    await eventually(async () => (await who.node.showChat(id, { limit: 100 })).messages.some(m => m.text === text))
  }

  /** Writes what no honest node would. */
  async function lies (who: SmallPerson, text: string, change: (chat: Chat) => Partial<Message>): Promise<void> {
    const chat = chatOf(who)
    const { keys: { epoch, content }, deps: { me, device }, log, link, loggedRun: { devSeq, entry } } = chat
    const message = systemRandom(16)
    const signed = signMessage({
      v: 1, chat: log, epoch, id: message, account: me, devSeq: devSeq + 1, prevOwn: entry, seen: chat.sealing.seen, ts: Date.now(), body: encodeBody({ kind: 'text', text }), ...change(chat)
    }, device)
    const [result] = await link.append(log, [{ id: message, kind: ENTRY_KIND.data, payload: sealMessage(content, signed, { log, epoch, id: message }) }])
    if (result === undefined || result instanceof PetrelError) throw result ?? assert.fail('no result')
  }

  /** The others are told, and by whom; and they go on. */
  async function stopsNobody (kind: string): Promise<void> {
    for (const one of [ann, cat]) {
      await eventually(() => chatOf(one).cursor.alarm !== null)
      const { caught } = (await one.node.showChat(id)).chat
      assert.deepEqual([caught?.kind, caught?.by], [kind, peerIdText(bob.account.key)])
    }
    await ann.node.send(id, 'go on', { wait: 'stored' })
    await cat.node.send(id, 'I do', { wait: 'stored' })
    await sees(cat, 'go on')
    await sees(ann, 'I do')
    // Its receipt may be faster than its log, by which the next is numbered.
    await eventually(() => chatOf(cat).cursor.seq === chatOf(ann).cursor.seq)
  }

  const ahead = ({ loggedRun }: Chat): Partial<Message> => ({ devSeq: loggedRun.devSeq + 3 })
  const otherHistory = (): Partial<Message> => ({ seen: { term: 1, seq: 1, hash: systemRandom(32) } })

  it('silences nobody by leaving out messages of its own: what is missing is shown, and it can be removed', async () => {
    await lies(bob, 'the fourth', ahead)
    await stopsNobody('missing')
    const { gaps } = (await ann.node.showChat(id)).chat
    assert.deepEqual(gaps.map(({ of, account, to, from }) => [of, account, to - from + 1]), [['member', peerIdText(bob.account.key), 2]])
    await ann.node.removeMembers(id, ['bob'])
    await eventually(() => chatOf(cat).record.members.length === 2)
    await cat.crash()
    await cat.node.send(id, 'we are two', { wait: 'stored' })
    await sees(ann, 'we are two')
  })

  it('silences nobody by saying to have seen another history, or what is not there yet', async () => {
    await lies(bob, 'I saw something else', otherHistory)
    await stopsNobody('view')
    await lies(bob, 'I come from the future', () => ({ seen: { term: 1, seq: 2 ** 53 - 1, hash: systemRandom(32) } }))
    await sees(ann, 'I come from the future')
    await ann.node.send(id, 'still', { wait: 'stored' })
  })

  it('silences nobody by using a message number twice', async () => {
    await lies(bob, 'again', () => ({ devSeq: 1, prevOwn: null }))
    await stopsNobody('device')
  })

  it('is heard when another member says the like: then sending stops until the person decides', async () => {
    await lies(bob, 'I saw something else', otherHistory)
    await stopsNobody('view')
    await lies(cat, 'so did I', otherHistory)
    await eventually(async () => (await ann.node.showChat(id)).chat.caught?.by === null)
    await assert.rejects(ann.node.send(id, 'x'), ProofError)
    await ann.node.resumeChat(id)
    await ann.node.send(id, 'I have asked them', { wait: 'stored' })
  })
})
