import assert from 'node:assert/strict'
import type { SendOptions } from '../../src/protocol/api/index.js'
import { parseWhen } from '../../src/cli/when.js'
import { chat, cli, fake, message, MESSAGE_ID, NOW } from './support.js'

const local = (...parts: [number, number, number, number, number]): string => new Date(...parts).toISOString()

describe('a time as people type it', () => {
  const now = new Date(2026, 10, 26, 12, 30)
  const when = (text: string): string => parseWhen(text, now, '--at').toISOString()

  it('is a clock\'s next one, a day\'s, or one with a zone', () => {
    assert.equal(when('18:00'), local(2026, 10, 26, 18, 0))
    assert.equal(when('9:05'), local(2026, 10, 27, 9, 5))
    assert.equal(when('12:30'), local(2026, 10, 27, 12, 30))
    assert.equal(when('2026-12-24 18:00'), local(2026, 11, 24, 18, 0))
    assert.equal(when('2026-12-24T18:00'), local(2026, 11, 24, 18, 0))
    assert.equal(when('2026-12-24'), local(2026, 11, 24, 0, 0))
    assert.equal(when('2026-12-24T18:00Z'), '2026-12-24T18:00:00.000Z')
    assert.equal(when('2026-12-24T8:00:30+01:30'), '2026-12-24T06:30:30.000Z')
  })

  it('is refused when it is none', () => {
    for (const text of ['', 'noon', '24:00', '12:60', '2026-02-30', '2026-13-01', '2026-12-24 25:00', '24.12.2026', '2026-12-24T18:00+99:00', '18']) assert.throws(() => when(text), /needs a time/, text)
  })
})

describe('petrel send, for later', () => {
  const sent = (calls: ReturnType<typeof fake>['calls']): unknown => calls.find(([name]) => name === 'send')?.[3]

  it('gives the node the time, and says when it goes', async () => {
    const { petrel, calls } = fake({ send: async (_chat, text, options: SendOptions = {}) => message({ own: true, text, seq: null, state: 'scheduled', scheduledAt: options.at! }) })
    const { code, out, err } = await cli(['send', 'ada', 'happy new year', '--in', '2h', '-k', 'k'], { petrel })
    assert.deepEqual([code, out], [0, `${MESSAGE_ID}  scheduled\n`])
    assert.match(err, /^goes .*\(in 2h\), when this node runs; petrel scheduled lists what waits\n$/)
    assert.deepEqual(sent(calls), { at: new Date(NOW.getTime() + 2 * 3_600_000), idempotencyKey: 'k', silent: false })
    assert.match((await cli(['--profile', 'work', 'send', 'ada', 'x', '--in', '2h'], { petrel })).err, /; petrel --profile work scheduled lists what waits/)
    const json = JSON.parse((await cli(['send', 'ada', 'x', '--at', '2099-01-01', '--json'], { petrel })).out) as { message: { state: string }, reached: boolean }
    assert.deepEqual([json.message.state, json.reached], ['scheduled', true])
  })

  it('formats, quotes, and refuses what does not go together', async () => {
    const { petrel, calls } = fake()
    await cli(['send', 'ada', '**x**', '--format', 'markdown', '--reply', 'bmy5', '--quote', 'at six', '-k', 'k'], { petrel })
    assert.deepEqual(sent(calls), { wait: 'stored', idempotencyKey: 'k', silent: false, format: 'markdown', quote: 'at six', replyTo: MESSAGE_ID })
    for (const flags of [['--quote', 'x'], ['--at', '18:00', '--in', '2h'], ['--at', '18:00', '--wait', 'stored'], ['--at', 'noon'], ['--in', 'soon'], ['--format', 'rtf']]) assert.equal((await cli(['send', 'ada', 'x', ...flags], { petrel: fake().petrel })).code, 2, flags.join(' '))
  })
})

describe('petrel scheduled', () => {
  it('lists what waits with its chat and its time, and why something was not sent', async () => {
    const waiting = [message({ own: true, text: 'soon', seq: null, chat: 'bchat', state: 'scheduled', scheduledAt: NOW }), message({ id: 'bother', own: true, text: 'never', chat: 'bchat', seq: null, state: 'failed', scheduledAt: NOW, error: { code: 'ERR_FORBIDDEN', message: 'this contact is blocked' } })]
    const { petrel, calls } = fake({ listScheduled: async () => waiting, listChats: async () => [chat()] })
    const { out, err } = await cli(['scheduled'], { petrel })
    assert.match(out, /Ada.*soon\n.*Ada.*! never\n/)
    assert.equal(err, 'bother was not sent: this contact is blocked\n')
    await cli(['scheduled', 'list', 'ada'], { petrel })
    assert.deepEqual(calls.findLast(([name]) => name === 'listScheduled'), ['listScheduled', { chat: 'ada' }])
    assert.match((await cli(['scheduled'], { petrel: fake({ listScheduled: async () => [] }).petrel })).err, /Nothing waits/)
  })

  it('takes one back, or sends one at once', async () => {
    const { petrel, calls } = fake()
    assert.equal((await cli(['scheduled', 'cancel', 'bmy5'], { petrel })).code, 0)
    assert.equal((await cli(['scheduled', 'now', 'bmy5'], { petrel })).out, `${MESSAGE_ID}  …\n`)
    assert.deepEqual(calls.filter(([name]) => name.endsWith('Scheduled')), [['cancelScheduled', 'bmy5', {}], ['sendScheduled', 'bmy5', {}]])
  })
})
