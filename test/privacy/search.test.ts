import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { encodeCbor } from '../../src/protocol/wire/index.js'
import { Recorder } from './recorder.js'
import { Search } from './search.js'

describe('the search for markers', () => {
  const text = 'Heron & Söhne „dusk“'
  const key = randomBytes(32)
  const search = new Search({ text, key })
  const found = (bytes: Uint8Array | string): string[] => [...search.found([{ where: 'here', bytes: Buffer.from(bytes) }])]

  it('finds a text in whatever form it was written', () => {
    for (const form of [text, JSON.stringify({ text }), encodeURIComponent(text), text.toUpperCase(), Buffer.from(text, 'utf16le'), encodeCbor({ text })]) assert.deepEqual(found(form), ['text'])
    for (const encoding of ['hex', 'base64', 'base64url'] as const) assert.deepEqual(found(`…${Buffer.from(text).toString(encoding)}…`), ['text'], encoding)
  })

  it('finds a key in the middle of longer base64 and base32, wherever it begins', () => {
    for (let before = 0; before < 6; before++) {
      for (let after = 0; after < 4; after++) {
        const bytes = Buffer.concat([randomBytes(before), key, randomBytes(after)])
        for (const form of [bytes, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64'), bytes.toString('base64url'), base32.encode(bytes)]) assert.deepEqual(found(form), ['key'])
      }
    }
    assert.deepEqual(found(base58btc.encode(key)), ['key'])
    assert.deepEqual(found(JSON.stringify([...key])), ['key'])
  })

  it('finds what stands at the very end, and nothing in what is cut short or random', () => {
    assert.deepEqual(found(Buffer.concat([randomBytes(99), key])), ['key'])
    assert.deepEqual(found(Buffer.concat([randomBytes(99), key.subarray(0, 31)])), [])
    assert.deepEqual(found(randomBytes(1 << 20)), [])
  })

  it('finds what passes a recorder, both ways, in however many pieces', async () => {
    const server = createServer(socket => { socket.end(key) }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const recorder = await Recorder.before((server.address() as { port: number }).port, [])
    const socket = connect(recorder.port, '127.0.0.1').setNoDelay()
    socket.resume()
    for (const letter of text) socket.write(letter)
    socket.end()
    await once(socket, 'close')
    assert.deepEqual(search.find(recorder.traffic).map(h => `${h.marker} ${h.where}`).sort(), ['key traffic 1 to unknown', 'text traffic 1 from unknown'])
    recorder.close()
    server.close()
  })
})
