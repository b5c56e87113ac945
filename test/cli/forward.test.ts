import assert from 'node:assert/strict'
import type { ForwardOptions } from '../../src/protocol/api/index.js'
import { chat, cli, fake, message, MESSAGE_ID, NOW, untilGivenUp } from './support.js'

const page = async () => ({ chat: chat(), messages: [message({ id: 'bab1' }), message({ id: 'bcd2' })], hasMore: false })

describe('petrel forward', () => {
  it('sends messages on by starts of their ids, and says how far each got', async () => {
    const { petrel, calls } = fake({ showChat: page })
    const { code, out, err } = await cli(['forward', 'ada', 'bcd', 'bab', '--to', 'bob', '--hide-origin'], { petrel })
    assert.deepEqual([code, out, err], [0, `${MESSAGE_ID}  ✓\n${MESSAGE_ID}  ✓\n`, ''])
    const call = calls.find(([name]) => name === 'forwardMessages')!
    assert.deepEqual([call[1], Object.values(call[2] as object), call[3]], ['ada', ['bcd2', 'bab1'], 'bob'])
    const { idempotencyKey, ...options } = call[4] as ForwardOptions
    assert.match(idempotencyKey!, /^cli-/)
    assert.deepEqual(options, { wait: 'stored', hideOrigin: true, silent: false })
  })

  it('needs to be told to whom, and which, and sends nothing before', async () => {
    const { petrel, calls } = fake({ showChat: page })
    assert.deepEqual((await cli(['forward', 'ada', 'bab'], { petrel })).code, 2)
    assert.deepEqual((await cli(['forward', 'ada', '--to', 'bob'], { petrel })).code, 2)
    assert.deepEqual((await cli(['forward', 'ada', 'bab', 'bx', '--to', 'bob'], { petrel })).code, 4)
    assert.ok(!calls.some(([name]) => name === 'forwardMessages'))
  })

  it('says how far it got when a wait runs out', async () => {
    const { petrel } = fake({
      showChat: page,
      forwardMessages: async (_chat, ids, _to, options: ForwardOptions = {}) => {
        if (options.wait === 'queued') return ids.map(() => message({ own: true, state: 'queued' }))
        return await untilGivenUp(options.signal)
      }
    })
    const { code, out, err } = await cli(['forward', 'ada', 'bab', '--to', 'bob', '--wait', 'read', '--timeout', '400ms'], { petrel })
    assert.deepEqual([code, out], [6, `${MESSAGE_ID}  …\n`])
    assert.match(err, /Not read yet/)
  })

  it('is shown with the name of its author, in which nothing can pass for a line', async () => {
    const { petrel } = fake({ showChat: async () => ({ chat: chat(), messages: [message({ forwardedFrom: { name: 'Eve\n\u001b[31mme', at: NOW } })], hasMore: false }) })
    const { out } = await cli(['chats', 'show', 'ada'], { petrel })
    assert.match(out, /forwarded from Eve/)
    assert.ok(!out.includes('\u001b[31m') && !out.includes('Eve\n'))
  })
})
