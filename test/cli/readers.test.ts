import assert from 'node:assert/strict'
import { chat, cli, fake, message, MESSAGE_ID, NOW, OTHER } from './support.js'

describe('what is read, on the command line', () => {
  const early = new Date(NOW.getTime() - 3_600_000)

  it('names who has received and read a message, and says when nobody has', async () => {
    const { petrel, calls } = fake({
      listReaders: async () => [
        { account: OTHER, name: 'Ada\u001b[31m', state: 'read', deliveredAt: early, readAt: NOW }, { account: OTHER, name: 'Bob', state: 'delivered', deliveredAt: early, readAt: null }, { account: OTHER, name: 'Cat', state: 'read', deliveredAt: null, readAt: null }
      ]
    })
    const { code, out } = await cli(['readers', 'Birds', MESSAGE_ID], { petrel })
    assert.equal(code, 0)
    assert.match(out, /Ada\S*\s+12D3KooW\S+\s+read\s+\S+/)
    assert.match(out, /Bob\s+12D3KooW\S+\s+delivered\s+\S+/)
    assert.ok(!out.includes('\u001b'))
    assert.deepEqual(calls.find(([name]) => name === 'listReaders')?.slice(1, 3), ['Birds', MESSAGE_ID])
    assert.match((await cli(['readers', 'Birds', MESSAGE_ID], { petrel: fake({ listReaders: async () => [] }).petrel })).err, /Nobody has received it yet/)
  })

  it('is marked up to a message or a number, and not up to both', async () => {
    const { petrel, calls } = fake({ getMessage: async () => message({ seq: 7 }) })
    await cli(['chats', 'read', 'Birds', '--to', MESSAGE_ID], { petrel })
    assert.equal((calls.find(([name]) => name === 'readChat')?.[2] as { upTo: number }).upTo, 7)
    assert.equal((await cli(['chats', 'read', 'Birds', '--to', MESSAGE_ID, '--up-to', '3'], { petrel })).code, 2)
    const waiting = await cli(['chats', 'read', 'Birds', '--to', MESSAGE_ID], { petrel: fake({ getMessage: async () => message({ seq: null }) }).petrel })
    assert.match(waiting.err, /not in the chat's log yet/)
  })

  it('shows what is for this account, and how many have read an own message', async () => {
    const { petrel } = fake({
      listChats: async () => [chat({ unread: 5, unreadMentions: 2 })],
      showChat: async () => ({ chat: chat(), messages: [message({ mentionsMe: true }), message({ own: true, state: 'read', deliveredTo: 4, readBy: 3 }), message({ own: true, state: 'delivered', deliveredTo: 4, readBy: 0 })], hasMore: false })
    })
    assert.match((await cli(['chats'], { petrel })).out, /5 @2/)
    const { out } = await cli(['chats', 'show', 'Birds'], { petrel })
    assert.match(out, /Ada.*@you/)
    assert.match(out, /read by 3/)
    assert.match(out, /✓✓ by 4/)
  })
})
