/** What every Petrel does with messages: edits, reactions, pins and polls. */
import assert from 'node:assert/strict'
import { BadInputError, ConflictError, ForbiddenError, NotFoundError, type ChatMessage, type Petrel, type UpdateEvent } from '../../../src/protocol/api/index.js'

/** The part of the contract about what is done with messages. */
export function changesContract (both: () => { alice: Petrel, bob: Petrel }): void {
  describe('with what is done with messages', () => {
    let alice: Petrel
    let bob: Petrel
    let chat: string
    before(async () => {
      ({ alice, bob } = both())
      chat = (await alice.listChats())[0]!.id
    })

    /** Waits until the other side was told of a change, and returns the message as it is told. */
    async function changed (petrel: Petrel, id: string, change: string, fits: (message: ChatMessage) => boolean): Promise<ChatMessage> {
      const isIt = (event: UpdateEvent): event is Extract<UpdateEvent, { type: 'messageChanged' }> => event.type === 'messageChanged' && event.message.id === id && event.change === change && fits(event.message)
      for await (const { event } of petrel.receive({ follow: true, signal: AbortSignal.timeout(50_000) })) if (isIt(event)) return event.message
      throw new Error('the updates ended')
    }

    it('gives a message another text, and keeps what it said before', async () => {
      const sent = await alice.send(chat, 'helo', { wait: 'delivered' })
      assert.deepEqual([sent.edited, sent.editedAt], [false, null])
      const edited = await alice.editMessage(chat, sent.id, 'hello', { entities: [{ type: 'bold', offset: 0, length: 5 }] })
      assert.deepEqual([edited.id, edited.text, edited.edited, edited.editedAt instanceof Date], [sent.id, 'hello', true, true])
      const seen = await changed(bob, sent.id, 'edited', ({ text }) => text === 'hello')
      assert.ok(seen.editedAt instanceof Date)
      const there = await bob.getMessage(chat, sent.id)
      assert.deepEqual([there.text, there.entities, there.seq, there.at], ['hello', [{ type: 'bold', offset: 0, length: 5 }], sent.seq, sent.at])
      assert.deepEqual((await bob.messageHistory(chat, sent.id)).map(({ text }) => text), ['helo', 'hello'])
      await assert.rejects(bob.editMessage(chat, sent.id, 'mine now'), ForbiddenError)
      await assert.rejects(alice.editMessage(chat, sent.id, ''), BadInputError)
      await assert.rejects(alice.editMessage(chat, 'bnosuchmessage', 'x'), NotFoundError)
    })

    it('counts reactions, and takes them back', async () => {
      const { id } = await alice.send(chat, 'what do you think', { wait: 'delivered' })
      const own = await bob.react(chat, id, ['🦀', '👍'])
      assert.deepEqual(own.reactions.map(({ emoji, count, own: mine }) => [emoji, count, mine]), [['🦀', 1, true], ['👍', 1, true]])
      await changed(alice, id, 'reactions', ({ reactions }) => reactions.length === 2)
      const both = await alice.react(chat, id, ['👍'])
      const thumb = both.reactions.find(({ emoji }) => emoji === '👍')
      assert.deepEqual([thumb?.count, thumb?.own, thumb?.accounts.length], [2, true, 2])
      const { reactions } = await bob.react(chat, id, [])
      assert.deepEqual(reactions.filter(one => one.own), [])
      await changed(alice, id, 'reactions', message => message.reactions.length === 1 && message.reactions[0]!.count === 1)
      await assert.rejects(alice.react(chat, id, ['yes']), BadInputError)
      await assert.rejects(alice.react(chat, 'bnosuchmessage', ['👍']), NotFoundError)
      await alice.deleteMessages(chat, [id])
      await assert.rejects(alice.react(chat, id, ['👍']), BadInputError)
    })

    it('pins messages for both, and takes the pin away', async () => {
      const [one, two] = [await alice.send(chat, 'first pin', { wait: 'delivered' }), await alice.send(chat, 'second pin', { wait: 'delivered' })]
      assert.equal((await alice.pinMessage(chat, one.id)).pinned, true)
      await changed(bob, one.id, 'pinned', ({ pinned }) => pinned)
      await bob.pinMessage(chat, two.id, { silent: true })
      assert.deepEqual((await bob.listPinned(chat)).map(({ id }) => id), [two.id, one.id])
      assert.equal((await bob.pinMessage(chat, one.id, { unpin: true })).pinned, false)
      assert.deepEqual((await bob.listPinned(chat)).map(({ id }) => id), [two.id])
      await assert.rejects(bob.pinMessage(chat, 'bnosuchmessage'), NotFoundError)
    })

    it('asks a poll, counts the votes, and ends it', async () => {
      const closesAt = new Date(Date.now() + 3_600_000)
      const { id, kind, text, poll } = await alice.sendPoll(chat, { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], closesAt }, { wait: 'delivered' })
      assert.deepEqual([kind, text, poll?.options.map(one => one.text), poll?.closed, poll?.closesAt], ['poll', 'Tea or coffee?', ['Tea', 'Coffee'], false, closesAt])
      await bob.vote(chat, id, [0])
      const voted = await bob.vote(chat, id, [1])
      assert.deepEqual(voted.poll?.options.map(({ votes, own }) => [votes, own]), [[0, false], [1, true]])
      assert.equal((await changed(alice, id, 'poll', message => message.poll?.options[1]?.votes === 1)).poll?.voters, 1)
      await assert.rejects(bob.vote(chat, id, [2]), BadInputError)
      await assert.rejects(bob.vote(chat, id, [0, 1]), BadInputError)
      await assert.rejects(bob.closePoll(chat, id), ForbiddenError)
      assert.equal((await alice.closePoll(chat, id)).poll?.closed, true)
      await changed(bob, id, 'poll', message => message.poll?.closed === true)
      await assert.rejects(bob.vote(chat, id, [0]), ConflictError)
      await assert.rejects(alice.sendPoll(chat, { question: 'Tea?', options: ['Tea'] }), BadInputError)
    })

    it('asks a quiz, and tells the answer to who has answered', async () => {
      const { id } = await alice.sendPoll(chat, { question: 'Which one sings?', options: ['Stork', 'Wren'], correct: 1, explanation: 'Storks clap.' }, { wait: 'delivered' })
      const unknown = (await bob.getMessage(chat, id)).poll
      assert.deepEqual([unknown?.quiz, unknown?.correct, unknown?.explanation], [true, null, null])
      const { poll } = await bob.vote(chat, id, [0])
      assert.deepEqual([poll?.correct, poll?.explanation, poll?.voters], [1, 'Storks clap.', 1])
      await assert.rejects(bob.vote(chat, id, [1]), ConflictError)
    })
  })
}
