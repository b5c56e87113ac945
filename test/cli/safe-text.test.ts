import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { UpdateEvent } from '../../src/protocol/api/index.js'
import { oneLine, safeJson, safeLines } from '../../src/cli/terminal/safe-text.js'
import { cli, fake, message, chat, NOW } from './support.js'

const DANGEROUS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b31mred\r\nfake  12:00  me\u202etxt.exe'

describe('the text of others', () => {
  it('cannot drive a terminal: controls become pictures, what reorders is dropped', () => {
    assert.equal(oneLine('a\u001b[31mb'), 'a␛[31mb')
    assert.equal(oneLine('a\u202eb\u2066c'), 'abc')
    assert.equal(oneLine('a\nb'), 'a⏎b')
    assert.equal(oneLine('\ud800'), '\ufffd')
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => { assert.doesNotMatch(oneLine(text), DANGEROUS) }))
  })

  it('keeps emoji, Han, Arabic and joined letters', () => {
    for (const text of ['👨‍👩‍👧‍👦', '漢字', 'مرحبا', 'é', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']) assert.equal(oneLine(text), text)
  })

  it('stays the same value in JSON, written without anything a terminal obeys', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => {
      const json = safeJson({ text })
      assert.doesNotMatch(json, DANGEROUS)
      assert.equal(JSON.parse(json).text, text)
    }))
  })

  it('is split into lines of which each is harmless', () => { assert.deepEqual(safeLines('a\r\nb\u001b'), ['a', 'b␛']) })

  it('reaches the person harmless by every command that shows it', async () => {
    const bad = message({ text: hostile, fromName: hostile, replyTo: { id: hostile, quote: hostile, fromName: hostile, text: hostile }, error: { code: 'X', message: hostile } })
    const badChat = chat({ title: hostile, alarm: hostile, last: bad })
    const events = [
      { type: 'message', message: bad }, { type: 'chat', chat: 'b', title: hostile, change: 'created' }, { type: 'contact', account: hostile, name: hostile, change: 'added' },
      { type: 'request', account: hostile, name: hostile, id: hostile }, { type: hostile }
    ].map((event, i) => ({ n: i + 1, at: NOW, event: event as UpdateEvent }))
    const { petrel } = fake({
      listChats: async () => [badChat],
      showChat: async () => ({ chat: badChat, messages: [bad], hasMore: false }),
      listRequests: async () => [{ id: hostile, account: hostile, name: hostile, receivedAt: NOW, chats: 1 }],
      readChat: async () => { throw Object.assign(new Error(hostile), { code: 'ERR_NOT_FOUND', details: { candidates: [hostile] } }) }
    }, events)
    for (const args of [['chats'], ['chats', 'show', 'x'], ['requests'], ['receive'], ['chats', 'read', 'x']]) {
      for (const columns of [null, 40]) {
        const { out, err } = await cli(args, { petrel, io: { columns } })
        assert.doesNotMatch(out, DANGEROUS, args.join(' '))
        assert.doesNotMatch(err, DANGEROUS, args.join(' '))
      }
    }
  })

  it('cannot pass for a line of ours: every line of a message is indented', async () => {
    const { petrel } = fake({ showChat: async () => ({ chat: chat(), messages: [message({ text: 'one\nbfake  12:00  me' })], hasMore: false }) })
    const { out } = await cli(['chats', 'show', 'x'], { petrel })
    assert.deepEqual(out.trimEnd().split('\n').slice(1), ['  one', '  bfake  12:00  me'])
  })
})
