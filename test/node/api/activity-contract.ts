/** What every Petrel does about who read what and who does what, in this process or behind a socket. */
import assert from 'node:assert/strict'
import { AbortedError, BadInputError, NotFoundError, type Activity, type Petrel } from '../../../src/protocol/api/index.js'

/** Runs the suite; `open` gives two nodes that share one direct chat. */
export function activityContract (open: () => { alice: Petrel, bob: Petrel }): void {
  const scene = async (): Promise<{ alice: Petrel, bob: Petrel, chat: string }> => ({ ...open(), chat: (await open().bob.listChats())[0]?.id ?? '' })

  describe('about readers and what is done at the moment', () => {
    it('tells who has read an own message, and not of others\' or of what is not there', async () => {
      const { alice, bob, chat } = await scene()
      const { id } = await bob.send(chat, 'who reads this?', { wait: 'delivered' })
      assert.deepEqual((await bob.listReaders(chat, id)).map(({ account, state, readAt }) => [account, state, readAt]), [[(await alice.identity()).account, 'delivered', null]])
      await alice.readChat(chat)
      for await (const { event } of bob.receive({ follow: true })) if (event.type === 'messageState' && event.id === id && event.state === 'read') break
      const [reader] = await bob.listReaders(chat, id)
      assert.ok(reader?.state === 'read' && reader.deliveredAt instanceof Date && reader.readAt instanceof Date)
      await assert.rejects(alice.listReaders(chat, id), BadInputError)
      await assert.rejects(alice.listReaders(chat, 'bnosuchmessage'), NotFoundError)
    })

    it('tells what the other does, that it has ended, and that the other is here', async () => {
      const { alice, bob, chat } = await scene()
      const abort = new AbortController()
      const seen: Activity[] = []
      const watching = assert.rejects(async () => {
        for await (const one of alice.activity({ chat, signal: abort.signal })) {
          seen.push(one)
          if (one.kind === 'typing') await bob.setTyping(chat, { action: 'idle' })
          if (one.kind === 'idle') await bob.setOnline(true)
          if (one.kind === 'online') await bob.setOnline(false)
          if (one.kind === 'offline') abort.abort()
        }
      }, AbortedError)
      await bob.setTyping(chat)
      await watching
      assert.deepEqual(seen.map(({ kind, until }) => [kind, until instanceof Date]), [['typing', true], ['idle', false], ['online', true], ['offline', false]])
      assert.deepEqual([seen[0]?.chat, seen[0]?.account], [chat, (await bob.identity()).account])
    })
  })
}
