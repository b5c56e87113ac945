import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveApi } from '../../../src/node/index.js'
import { connect } from '../../../src/node/client/index.js'
import type { ChatMessage, Petrel } from '../../../src/protocol/api/index.js'
import { eventually, SmallWorld } from '../small-world.js'

const WEEK_MS = 7 * 24 * 3_600_000

describe('a consumer of updates whose node was away', () => {
  it('is told each of many messages that came meanwhile, once and in order, as it is by now', async () => {
    const world = await SmallWorld.make()
    try {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      await world.introduce(alice, bob)
      await alice.node.send('bob', 'before', { wait: 'delivered' })
      const seen = bob.core.updates.last
      await bob.close()
      const sent = await Promise.all(Array.from({ length: 100 }, async (_, i) => await alice.node.send('bob', `line ${i}`, { wait: 'stored' })))
      const answer = await alice.node.send('bob', 'an answer', { replyTo: sent[3]!.id, wait: 'stored' })
      await bob.open()
      await eventually(() => bob.core.chats.all()[0]!.chat.cursor.unread === 102)
      const told = async (): Promise<ChatMessage[]> => {
        const found: ChatMessage[] = []
        for await (const { event } of bob.node.receive({ after: seen })) if (event.type === 'message') found.push(event.message)
        return found
      }
      const first = await told()
      assert.deepEqual(first.map(({ id }) => id), [...sent, answer].map(({ id }) => id))
      for (const { id, ...message } of [first[0]!, first[42]!, first[100]!]) assert.deepEqual({ id, ...message }, await bob.node.getMessage('alice', id))
      await bob.crash()
      assert.deepEqual(await told(), first)
      await alice.node.deleteMessages('bob', [sent[5]!.id])
      await eventually(async () => (await bob.node.getMessage('alice', sent[5]!.id)).deleted)
      const [before, gone, after] = (await told()).slice(4, 7)
      assert.deepEqual([before?.text, gone?.id, gone?.deleted, gone?.text, after?.text], ['line 4', sent[5]!.id, true, '', 'line 6'])
    } finally {
      await world.close()
    }
  })
})

describe('a consumer of updates that was away for a week', () => {
  it('goes on from its number, in this process and over the local API, and another one from its own', async () => {
    const world = await SmallWorld.make()
    const directory = await mkdtemp(join(tmpdir(), 'petrel-away-'))
    try {
      let later = 0
      const bob = await world.person('bob', { now: () => Date.now() + later })
      const alice = await world.person('alice')
      await world.introduce(alice, bob)
      await alice.node.send('bob', 'before', { wait: 'delivered' })
      const texts = async (petrel: Pick<Petrel, 'receive'>, consumer: string): Promise<string[]> => {
        const found: string[] = []
        for await (const { event } of petrel.receive({ consumer })) if (event.type === 'message') found.push(event.message.text)
        return found
      }
      let last = 0
      for await (const { n } of bob.node.receive({ consumer: 'app' })) last = n
      await bob.node.acknowledge('app', last)
      later = WEEK_MS
      await bob.crash()
      for (const text of ['one', 'two', 'three']) await alice.node.send('bob', text, { wait: 'delivered' })
      assert.deepEqual(await texts(bob.node, 'app'), ['one', 'two', 'three'])
      const server = await serveApi(bob.node, { socketPath: join(directory, 's') })
      const remote = await connect({ socketPath: join(directory, 's') })
      try {
        assert.deepEqual(await texts(remote, 'app'), ['one', 'two', 'three'])
        assert.deepEqual(await texts(remote, 'another'), ['before', 'one', 'two', 'three'])
      } finally {
        await remote.close()
        await server.close()
      }
    } finally {
      await world.close()
      await rm(directory, { recursive: true, force: true })
    }
  })
})
