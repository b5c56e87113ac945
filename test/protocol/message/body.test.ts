import assert from 'node:assert/strict'
import { decodeBody, encodeBody, mediaFallback, mediaKind, withThumbsThatFit, type AlbumItem, type Body, type Entity, type MediaFile } from '../../../src/protocol/message/index.js'
import { cidOf, CODEC, encodeCbor, LIMITS } from '../../../src/protocol/wire/index.js'
import { fill, hex, key, refuses } from '../wire/kit.js'

const id = fill(16)
const file: MediaFile = { root: cidOf(CODEC.raw, fill(5)), key: fill(32), size: 5, sha256: fill(32, 1), at: [] }
const photo: MediaFile = {
  ...file, name: 'a.jpg', type: 'image/jpeg', width: 640, height: 480, thumb: { bytes: fill(900), type: 'image/jpeg', width: 32, height: 24 }, at: [{ peer: key(1).key, addrs: ['/ip4/127.0.0.1/tcp/1'] }]
}
const voice: MediaFile = { ...file, duration: 1500, waveform: fill(64) }

const bodies: Body[] = [
  { kind: 'media', as: 'file', file },
  { kind: 'media', as: 'photo', file: photo, text: 'look 🦀', entities: [{ type: 'bold', offset: 0, length: 4 }], reply: { id }, forward: { name: 'Ann', at: 5 }, fallback: '[photo] look 🦀', silent: true },
  { kind: 'album', items: [{ as: 'photo', file: photo }, { as: 'voice', file: voice }], text: 'both' },
  { kind: 'text', text: '' },
  { kind: 'text', text: 'grüße 🦀', entities: [{ type: 'bold', offset: 6, length: 2 }, { type: 'link', offset: 0, length: 5, value: 'https://example.org' }], reply: { id, quote: 'grüße' }, forward: { name: 'Ann', at: 5 }, silent: true, fallback: 'text' },
  { kind: 'edit', target: id, text: 'new', entities: [] },
  { kind: 'delete', targets: [id, fill(16, 1)] },
  { kind: 'reaction', target: id, emoji: ['🦀', '👍'] },
  { kind: 'reaction', target: id, emoji: [] },
  { kind: 'pin', target: id, pinned: true, silent: true },
  { kind: 'poll', question: 'Tea or coffee?', options: [{ text: 'Tea' }, { text: 'Coffee' }], multiple: true, closesAt: 5, reply: { id }, silent: true },
  { kind: 'poll', question: 'Which one sings?', options: [{ text: 'Wren' }, { text: 'Stork' }], quiz: { correct: 0, explanation: 'Storks do not.' } },
  { kind: 'vote', target: id, options: [1] },
  { kind: 'closePoll', target: id },
  { kind: 'mark', delivered: 5, read: 3 },
  { kind: 'profile', name: 'Zoë 🦉' },
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
    const bytes = encodeCbor({ k: 'story', fallback: 'a story: tea or coffee?', options: ['tea', 'coffee'], deep: { unknown: [null] } })
    const body = decodeBody(bytes)
    assert.deepEqual(body, { kind: 'unknown', name: 'story', fallback: 'a story: tea or coffee?', bytes })
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
      { k: 'x'.repeat(33) }, { k: 'story', fallback: 'x'.repeat(1025) }
    ]) refuses(() => decodeBody(encodeCbor(body)), 'ERR_BAD_INPUT')
    refuses(() => decodeBody(encodeCbor([])), 'ERR_BAD_INPUT', /a map/)
    refuses(() => decodeBody(new Uint8Array(LIMITS.entryBytes + 1)), 'ERR_TOO_LARGE')
  })

  it('of a file and of an album keeps unknown fields, at every depth, and ways to show it that are not known', () => {
    const map = { root: file.root, key: file.key, size: 5, sha256: file.sha256, at: [{ peer: key(1).key, addrs: [], weight: 1 }], thumb: { bytes: fill(1), type: 'x', width: 1, height: 1, blur: 'x' }, color: 3 }
    const bytes = encodeCbor({ k: 'album', items: [{ as: 'hologram', file: map, spoiler: true }, { as: 'photo', file: map }], effect: 'confetti' })
    const body = decodeBody(bytes)
    assert.equal(hex(encodeBody(body)), hex(bytes))
    assert.equal(body.kind === 'album' && body.items[0]!.as, 'hologram')
  })

  it('of a file shows what is not known as a file', () => {
    assert.deepEqual(['photo', 'video', 'voice', 'audio', 'file', 'hologram', '__proto__', ''].map(mediaKind), ['photo', 'video', 'voice', 'audio', 'file', 'file', 'file', 'file'])
  })

  it('has words for readers that know no media', () => {
    assert.equal(mediaFallback([{ as: 'photo', file: photo }], 'look'), '[photo] look')
    assert.equal(mediaFallback([{ as: 'file', file: { ...file, name: 'a.pdf' } }, { as: 'voice', file: voice }]), '[file: a.pdf] [voice]')
    assert.ok(Buffer.byteLength(mediaFallback([{ as: 'file', file }], '€'.repeat(4096))) <= LIMITS.fallbackBytes)
  })
})

describe('an album\'s thumbnails', () => {
  const item = (bytes: number): AlbumItem => ({ as: 'photo', file: { ...photo, thumb: { ...photo.thumb!, bytes: fill(bytes) } } })
  const sizes = (items: AlbumItem[]): number[] => items.map(({ file: { thumb } }) => thumb?.bytes.length ?? 0)

  it('are refused when they would not fit an entry together', () => {
    const items = [item(12_288), item(12_288), item(12_288), item(1)]
    refuses(() => encodeBody({ kind: 'album', items }), 'ERR_BAD_INPUT', /at most 36864 bytes, not 36865/)
    refuses(() => encodeBody({ kind: 'album', items: items.slice(0, 1) }), 'ERR_BAD_INPUT', /2 to 10/)
    assert.doesNotThrow(() => encodeBody({ kind: 'album', items: items.slice(0, 3) }))
  })

  it('give way, the largest first, until the others fit', () => {
    assert.deepEqual(sizes(withThumbsThatFit([item(12_100), item(12_288), item(12_287), item(500)])), [12_100, 0, 12_287, 500])
    assert.deepEqual(sizes(withThumbsThatFit([item(100), item(200)])), [100, 200])
    const most = withThumbsThatFit(Array.from({ length: LIMITS.albumItems }, () => item(LIMITS.thumbBytes)))
    assert.equal(sizes(most).filter(n => n > 0).length, 3)
    // With the longest caption and names it fits an entry once it is padded and sealed.
    const holders = [{ peer: key(1).key, addrs: ['/dns4/relay.example.org/tcp/4001/p2p/12D3KooWabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ', '/ip6/2001:db8::1/tcp/443/wss'] }]
    const long = most.map(one => ({ ...one, file: { ...one.file, name: 'n'.repeat(255), at: holders } }))
    assert.ok(encodeBody({ kind: 'album', items: long, text: '€'.repeat(4096), fallback: 'f'.repeat(1024) }).length < 60_000)
  })
})
