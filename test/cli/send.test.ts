import assert from 'node:assert/strict'
import { AmbiguousError, UnavailableError, type SendOptions } from '../../src/protocol/api/index.js'
import { chat, cli, fake, message, MESSAGE_ID, untilGivenUp } from './support.js'

/** A daemon that takes the message and then waits for ever, as with a relay that is away. */
function slow () {
  return fake({
    send: async (_chat, text, options: SendOptions = {}) => {
      if (options.wait === 'queued') return message({ own: true, text, state: 'queued' })
      return await untilGivenUp(options.signal)
    }
  })
}

describe('petrel send', () => {
  it('sends and says the id and how far it got', async () => {
    const { petrel, calls } = fake()
    const { code, out, err } = await cli(['send', 'ada', 'hello', '--reply', 'bmy5', '--silent', '-k', 'key-1'], { petrel })
    assert.equal(code, 0)
    assert.equal(out, `${MESSAGE_ID}  ✓\n`)
    assert.equal(err, 'stored at the relay\n')
    assert.deepEqual(calls.find(([name]) => name === 'send'), ['send', 'ada', 'hello', { wait: 'stored', idempotencyKey: 'key-1', silent: true, replyTo: MESSAGE_ID }])
    assert.deepEqual(calls.at(-1), ['close'], 'the connection is closed')
  })

  it('answers a message by a start of its id, if only one has it', async () => {
    const page = async () => ({ chat: chat(), messages: [message({ id: 'bab1' }), message({ id: 'bab2' })], hasMore: false })
    const { petrel, calls } = fake({ showChat: page })
    assert.equal((await cli(['send', 'ada', 'hello', '--reply', 'bab'], { petrel })).err, 'petrel: "bab" fits 2 messages: give more of the id\n  bab1\n  bab2\n')
    assert.equal((await cli(['send', 'ada', 'hello', '--reply', 'bx'], { petrel })).code, 4)
    assert.ok(!calls.some(([name]) => name === 'send'))
    assert.equal((await cli(['report', 'ada', 'bab2', '--note', 'x'], { petrel })).code, 0)
    assert.deepEqual(calls.find(([name]) => name === 'report'), ['report', 'ada', 'bab2', 'x', {}])
  })

  it('reads the text from stdin, without its last line break', async () => {
    const { petrel, calls } = fake()
    await cli(['send', 'ada', '-'], { petrel, input: 'two\nlines\n' })
    assert.equal(calls[0]![2], 'two\nlines')
  })

  it('refuses bytes that are no UTF-8, and an empty text, before anything is sent', async () => {
    const { petrel, calls } = fake()
    const readInput = async (): Promise<Uint8Array> => Uint8Array.of(0xff, 0xfe)
    assert.equal((await cli(['send', 'ada', '-'], { petrel, io: { readInput } })).code, 2)
    assert.equal((await cli(['send', 'ada', ''], { petrel })).code, 2)
    assert.deepEqual(calls, [])
  })

  it('takes a text that begins with a dash after --', async () => {
    const { petrel, calls } = fake()
    assert.equal((await cli(['send', 'ada', '--', '--json'], { petrel })).out, `${MESSAGE_ID}  ✓\n`)
    assert.equal(calls[0]![2], '--json')
  })

  it('without a relay in reach, says that the message is queued, and that is no failure', async () => {
    const { petrel, calls } = slow()
    const { code, out, err } = await cli(['send', 'ada', 'hello', '--timeout', '400ms'], { petrel })
    assert.deepEqual([code, out], [0, `${MESSAGE_ID}  …\n`])
    assert.match(err, /queued on this node: it goes by itself/)
    assert.equal(new Set(calls.filter(([name]) => name === 'send').map(call => (call[3] as SendOptions).idempotencyKey)).size, 1)
  })

  it('out of time, says that the message is kept and how far it got', async () => {
    const { petrel, calls } = slow()
    const { code, out, err } = await cli(['send', 'ada', 'hello', '--wait', 'delivered', '--timeout', '400ms'], { petrel })
    assert.equal(code, 6)
    assert.equal(out, `${MESSAGE_ID}  …\n`)
    assert.match(err, /Not delivered yet. It is kept on this node/)
    const keys = calls.filter(([name]) => name === 'send').map(call => (call[3] as SendOptions).idempotencyKey)
    assert.equal(new Set(keys).size, 1, 'asking for the outcome never sends another')
  })

  it('cut off from the daemon, says that the message may be on its way', async () => {
    const { petrel } = fake({ send: async () => { throw new UnavailableError('the daemon is gone') } })
    const { code, out, err } = await cli(['send', 'ada', 'hello'], { petrel })
    assert.deepEqual([code, out], [6, ''])
    assert.equal(err, 'petrel: the daemon is gone; the message may be queued all the same: look with petrel chats show before you send it again\n')
  })

  it('gives the same as JSON', async () => {
    const { code, json } = await cli(['send', 'ada', 'hello', '--wait', 'stored', '--timeout', '400ms', '--json'], { petrel: slow().petrel })
    assert.equal(code, 6)
    assert.equal(json().reached, false)
    assert.equal(json().message!.state, 'queued')
  })

  it('without --wait asks for the relay and needs only this node\'s disk, as its help and its JSON say', async () => {
    const { petrel, calls } = slow()
    const { code, json } = await cli(['send', 'ada', 'hello', '--timeout', '400ms', '--json'], { petrel })
    assert.deepEqual([code, json().wait, json().reached, json().message!.state], [0, 'queued', true, 'queued'])
    assert.deepEqual(calls.filter(([name]) => name === 'send').map(call => (call[3] as SendOptions).wait), ['stored', 'queued'])
    const help = (await cli(['send', '--help'])).out.replaceAll(/\s+/g, ' ')
    assert.ok(help.includes('Without --wait the command then waits for the relay, 2s at most,'), help)
    assert.ok(help.includes('(default: queued, after 2s at most for the relay)'), help)
  })

  it('fails with 1 when the relay refused the message', async () => {
    const { petrel } = fake({ send: async () => message({ own: true, state: 'failed', error: { code: 'ERR_QUOTA', message: 'the relay is full' } }) })
    const { code, out, err } = await cli(['send', 'ada', 'hello'], { petrel })
    assert.equal(code, 1)
    assert.match(out, /!$/m)
    assert.match(err, /the relay is full/)
  })

  it('lists the candidates of an ambiguous name', async () => {
    const { petrel } = fake({ send: async () => { throw new AmbiguousError('"a" fits several chats', { details: { candidates: ['ada', 'alan'] } }) } })
    const { code, err } = await cli(['send', 'a', 'hello'], { petrel })
    assert.equal(code, 4)
    assert.equal(err, 'petrel: "a" fits several chats\n  ada\n  alan\n')
  })
})
