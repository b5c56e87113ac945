import assert from 'node:assert/strict'
import { decodeBody, encodeBody, type Body, type Entity } from '../../../src/protocol/message/index.js'
import { encodeCbor, LIMITS } from '../../../src/protocol/wire/index.js'
import { fill, hex, refuses } from '../wire/kit.js'

const id = fill(16)
const bodies: Body[] = [
  { kind: 'text', text: '' },
  { kind: 'text', text: 'grüße 🦀', entities: [{ type: 'bold', offset: 6, length: 2 }, { type: 'link', offset: 0, length: 5, value: 'https://example.org' }], reply: { id, quote: 'grüße' }, forward: { name: 'Ann', at: 5 }, silent: true, fallback: 'text' },
  { kind: 'edit', target: id, text: 'new', entities: [] },
  { kind: 'delete', targets: [id, fill(16, 1)] },
  { kind: 'reaction', target: id, emoji: ['🦀', '👍'] },
  { kind: 'reaction', target: id, emoji: [] },
  { kind: 'mark', delivered: 5, read: 3 },
  { kind: 'service', event: 'created', text: 'Ann made this chat' }
]

describe('a message\'s body', () => {
  for (const body of bodies) {
    it(`of kind ${body.kind} comes back as it was written: ${JSON.stringify(body).slice(0, 50)}`, () => {
      assert.deepEqual(decodeBody(encodeBody(body)), body)
      assert.equal(hex(encodeBody(decodeBody(encodeBody(body)))), hex(encodeBody(body)))
    })
  }

  it('holds 4,096 UTF-16 units of text and no more', () => {
    for (const text of ['a'.repeat(4096), '€'.repeat(4096), '🦀'.repeat(2048)]) assert.deepEqual(decodeBody(encodeBody({ kind: 'text', text })), { kind: 'text', text })
    for (const text of ['a'.repeat(4097), '🦀'.repeat(2048) + 'a']) {
      refuses(() => encodeBody({ kind: 'text', text }), 'ERR_BAD_INPUT', /at most 4096 UTF-16 units, this one has 4097/)
      refuses(() => decodeBody(encodeCbor({ k: 'text', text })), 'ERR_BAD_INPUT', /4097/)
      refuses(() => encodeBody({ kind: 'edit', target: id, text }), 'ERR_BAD_INPUT', /4097/)
    }
  })

  it('has no half of a surrogate pair', () => { refuses(() => encodeBody({ kind: 'text', text: 'a\ud83e' }), 'ERR_BAD_INPUT') })

  it('has its entities inside its text', () => {
    const withEntity = (entity: Entity): Body => ({ kind: 'text', text: 'four', entities: [entity] })
    assert.doesNotThrow(() => encodeBody(withEntity({ type: 'bold', offset: 0, length: 4 })))
    for (const [offset, length] of [[0, 5], [4, 1], [3, 2]] as const) refuses(() => encodeBody(withEntity({ type: 'bold', offset, length })), 'ERR_BAD_INPUT', /after the text's end at 4/)
    for (const [offset, length] of [[0, 0], [-1, 2], [4097, 1], [0.5, 1]] as const) refuses(() => encodeBody(withEntity({ type: 'bold', offset, length })), 'ERR_BAD_INPUT')
    refuses(() => encodeBody({ kind: 'text', text: 'a'.repeat(200), entities: Array.from({ length: LIMITS.entities + 1 }, (_, offset) => ({ type: 'bold', offset, length: 1 })) }), 'ERR_BAD_INPUT', /100 items/)
  })

  it('of a kind that is not known is kept byte for byte and shown by its fallback', () => {
    const bytes = encodeCbor({ k: 'poll', fallback: 'a poll: tea or coffee?', options: ['tea', 'coffee'], deep: { unknown: [null] } })
    const body = decodeBody(bytes)
    assert.deepEqual(body, { kind: 'unknown', name: 'poll', fallback: 'a poll: tea or coffee?', bytes })
    assert.equal(hex(encodeBody(body)), hex(bytes))
    assert.deepEqual(decodeBody(encodeCbor({ k: 'dice', n: 6 })), { kind: 'unknown', name: 'dice', fallback: '', bytes: encodeCbor({ k: 'dice', n: 6 }) })
  })

  it('of a kind named like a property of every object is one that is not known', () => {
    for (const k of ['__proto__', 'toString', 'constructor', 'unknown']) assert.equal(decodeBody(encodeCbor({ k })).kind, 'unknown')
  })

  it('keeps unknown fields and entity types of a known kind, at every depth', () => {
    const bytes = encodeCbor({
      k: 'text', text: 'hello', effect: 'confetti', kind: 'odd', unknown: 1,
      entities: [{ type: 'sparkle', offset: 0, length: 5, color: 3 }], reply: { id, quote: 'x', from: 'elsewhere' }, forward: { name: 'Ann', at: 1, chat: null }
    })
    const body = decodeBody(bytes)
    assert.equal(body.kind, 'text')
    assert.equal(hex(encodeBody(body)), hex(bytes))
  })

  it('is refused when a field that its kind needs is missing or of another kind', () => {
    for (const body of [
      {}, { k: 1 }, { k: 'text' }, { k: 'text', text: 1 }, { k: 'edit', text: 'a', target: fill(15) }, { k: 'delete', targets: [] }, { k: 'delete', targets: Array.from({ length: 101 }, () => id) },
      { k: 'mark', delivered: -1, read: 0 }, { k: 'mark', delivered: 1 }, { k: 'reaction', target: id, emoji: ['x'.repeat(65)] }, { k: 'service', event: 'x'.repeat(65) }, { k: 'text', text: '', silent: 1 },
      { k: 'x'.repeat(33) }, { k: 'poll', fallback: 'x'.repeat(1025) }
    ]) refuses(() => decodeBody(encodeCbor(body)), 'ERR_BAD_INPUT')
    refuses(() => decodeBody(encodeCbor([])), 'ERR_BAD_INPUT', /a map/)
    refuses(() => decodeBody(new Uint8Array(LIMITS.entryBytes + 1)), 'ERR_TOO_LARGE')
  })
})
