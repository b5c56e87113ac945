import assert from 'node:assert/strict'
import { parseMoment } from '../../src/cli/moment.js'
import { snippet } from '../../src/cli/terminal/snippet.js'
import type { SearchQuery } from '../../src/protocol/api/index.js'
import { cli, fake, message, MESSAGE_ID } from './support.js'

const found = (text: string, matches: Array<{ offset: number, length: number }>) => async () => ({ messages: [{ message: message({ text }), matches }], hasMore: true, next: '5.3.bchat', pending: 2 })

describe('petrel search', () => {
  it('passes on what is looked for, and shows chat, author and words', async () => {
    const { petrel, calls } = fake({ searchMessages: found('see you at the lighthouse', [{ offset: 15, length: 10 }]) })
    const { code, out, err } = await cli(['search', 'light', 'you', '--from', 'ada', '--since', '2026-03-01', '--kind', 'text'], { petrel })
    assert.equal(code, 0)
    assert.match(out, new RegExp(`^${MESSAGE_ID}  .*Ada\\n {2}see you at the lighthouse\\n$`))
    assert.match(err, /2 entries behind/)
    assert.match(err, /--before 5\.3\.bchat/)
    const { signal: _signal, ...query } = calls.find(([name]) => name === 'searchMessages')![1] as SearchQuery & { signal: unknown }
    assert.deepEqual(query, { query: 'light you', from: 'ada', since: new Date(2026, 2, 1), kind: 'text', limit: 20 })
  })

  it('needs something to look for, and refuses what is no time', async () => {
    const { petrel, calls } = fake()
    assert.equal((await cli(['search'], { petrel })).code, 2)
    assert.equal((await cli(['search', '--chat', 'ada'], { petrel })).code, 2)
    assert.equal((await cli(['search', 'x', '--since', 'soon'], { petrel })).code, 2)
    assert.equal((await cli(['search', 'x', '--limit', '500'], { petrel })).code, 2)
    assert.deepEqual(calls.filter(([name]) => name === 'searchMessages'), [])
  })

  it('makes the index anew, alone or before it looks', async () => {
    const { petrel } = fake()
    assert.match((await cli(['search', '--rebuild'], { petrel })).err, /made anew: 3 messages/)
    assert.equal((await cli(['search', 'hello', '--rebuild', '--json'], { petrel })).code, 0)
  })

  it('lets no message drive the terminal', async () => {
    const { petrel } = fake({ searchMessages: found('\u001b[31mred\u202e and\nmore', [{ offset: 5, length: 3 }]) })
    const { out } = await cli(['search', 'red'], { petrel })
    assert.ok(!out.includes('\u001b') && !out.includes('\u202e'))
    assert.equal(out.split('\n').length, 3)
    // Nor may a long name pass for a line of its own.
    const named = fake({ searchMessages: async () => ({ messages: [{ message: message({ fromName: `x ${'y'.repeat(30)} bmy5pbo4 12:00 Ada` }), matches: [] }], hasMore: false, next: null, pending: 0 }) })
    const { out: narrow } = await cli(['search', 'x'], { petrel: named.petrel, io: { columns: 40 } })
    assert.ok(narrow.trimEnd().split('\n').slice(1).every(line => line.startsWith('  ')), narrow)
  })
})

describe('a snippet', () => {
  it('begins a little before the first word, and is never wider than its line', () => {
    const text = 'a very long beginning that nobody wants to see before the lighthouse, and a long end behind it'
    const shown = snippet(text, [{ offset: text.indexOf('light'), length: 10 }], { columns: 40, color: false })
    assert.match(shown, /^…wants to see before|^….*the lighthouse.*…$/)
    assert.ok(shown.length <= 40)
  })

  it('keeps covered what is hidden, but for what was looked for', () => {
    assert.equal(snippet('the murderer is 東', [{ offset: 4, length: 8 }], { columns: null, color: false, hidden: [{ offset: 4, length: 13 }] }), 'the murderer▒▒▒▒▒▒')
  })

  it('counts wide characters as two columns, and closes what is bold', () => {
    assert.equal(snippet('東京都東京都', [{ offset: 0, length: 2 }], { columns: 7, color: true }), '\u001b[1m東京\u001b[22m都…')
    assert.equal(snippet('the sea', [{ offset: 4, length: 3 }], { columns: 20, color: true }), 'the \u001b[1msea\u001b[22m')
    assert.equal(snippet('sea sea sea', [{ offset: 0, length: 11 }], { columns: 6, color: true }), '\u001b[1msea s\u001b[22m…')
  })
})

describe('a point in time', () => {
  const now = new Date(2026, 2, 5, 12, 30)
  it('is a day, a time, a word, or how long ago', () => {
    assert.deepEqual(parseMoment('2026-03-01', '--since', now), new Date(2026, 2, 1))
    assert.deepEqual(parseMoment('2026-03-01 14:05', '--since', now), new Date(2026, 2, 1, 14, 5))
    assert.deepEqual(parseMoment('2026-03-01T14:05:06Z', '--since', now), new Date('2026-03-01T14:05:06Z'))
    assert.deepEqual(parseMoment('yesterday', '--since', now), new Date(2026, 2, 4))
    assert.deepEqual(parseMoment('90m', '--since', now), new Date(2026, 2, 5, 11, 0))
  })

  it('is refused when there is none', () => {
    for (const text of ['', 'soon', '2026-13-01', '2026-02-30', '2026-03-01 25:00', '7', '12-24']) assert.throws(() => parseMoment(text, '--since', now), { code: 'ERR_BAD_INPUT' }, text)
  })
})
