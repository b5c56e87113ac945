/** What every way to a node promises about words: how they are formatted and answered, and those that are not sent yet. */
import assert from 'node:assert/strict'
import { BadInputError, NotFoundError, type Petrel } from '../../../src/protocol/api/index.js'

/** Registers the tests; `pair` gives the two nodes once they run. */
export function wordsContract (pair: () => { alice: Petrel, bob: Petrel }): void {
  describe('with words', () => {
    const there = async (): Promise<{ alice: Petrel, bob: Petrel, chat: string }> => {
      const { alice, bob } = pair()
      const [chat] = await alice.listChats()
      assert.ok(chat !== undefined)
      return { alice, bob, chat: chat.id }
    }

    it('quotes a stretch of what is answered, and says who said it', async () => {
      const { alice, bob, chat } = await there()
      const first = await alice.send(chat, 'see you at six', { wait: 'delivered' })
      const answer = await bob.send(chat, 'which six?', { replyTo: first.id, quote: 'at six', wait: 'delivered', silent: true })
      const { replyTo, silent } = await alice.getMessage(chat, answer.id)
      assert.deepEqual([replyTo?.id, replyTo?.quote, replyTo?.text, silent], [first.id, 'at six', 'see you at six', true])
    })

    it('keeps what was begun until it is taken away', async () => {
      const { alice, bob, chat } = await there()
      const { draft } = await alice.saveDraft(chat, 'dear')
      assert.ok(draft?.text === 'dear' && draft.replyTo === null && draft.at instanceof Date)
      assert.deepEqual((await alice.listChats())[0]?.draft, draft)
      assert.equal((await bob.listChats())[0]?.draft, null)
      assert.equal((await alice.saveDraft(chat, null)).draft, null)
      const told = []
      for await (const { event } of alice.receive()) if (event.type === 'chat' && event.change === 'draft') told.push(event.chat)
      assert.deepEqual(told, [chat, chat])
    })

    it('keeps a message for its time, takes it back, or sends it at once', async () => {
      const { alice, bob, chat } = await there()
      const at = new Date(Date.now() + 3_600_000)
      const [one, other] = [await alice.send(chat, 'later', { at }), await alice.send(chat, 'never', { at, idempotencyKey: 'never' })]
      assert.deepEqual([one.state, one.scheduledAt, one.seq], ['scheduled', at, null])
      assert.deepEqual((await alice.listScheduled({ chat })).map(({ id }) => id).sort(), [one.id, other.id].sort())
      await alice.cancelScheduled(other.id)
      await assert.rejects(alice.cancelScheduled(other.id), NotFoundError)
      await alice.sendScheduled(one.id)
      assert.deepEqual(await alice.listScheduled(), [])
      for await (const { event } of bob.receive({ follow: true, signal: AbortSignal.timeout(50_000) })) if (event.type === 'message' && event.message.text === 'later') break
      assert.ok(!(await bob.showChat(chat)).messages.some(({ text }) => text === 'never'))
      await assert.rejects(alice.send(chat, 'x', { at: new Date(0) }), BadInputError)
    })
  })
}
