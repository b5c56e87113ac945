import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect as connectHttp2, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { connect as connectSocket, type Socket } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { LineClient, serveFake, type Served } from './harness.js'

const PATH = '/petrel.api.v1.Petrel'
const FOLLOW = '{"after":"0","follow":true}'
/** In Connect's envelope: a byte of flags, four of length. */
const ENVELOPE = `\0\0\0\0${String.fromCharCode(FOLLOW.length)}${FOLLOW}`

// RFC 9113 section 6.
const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4]

function frame (type: number, flags: number, id: number, payload: string): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(id, 5)
  return Buffer.concat([head, Buffer.from(payload, 'latin1')])
}

/** RFC 7541 section 6.2.2, in its plainest form. */
function hpack (fields: Record<string, string>): string {
  return Object.entries(fields).map(([name, value]) => `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`).join('')
}

/** Its end, with or without an error. */
async function closed (it: Socket | ClientHttp2Session | ClientHttp2Stream): Promise<void> { await new Promise<void>(resolve => { it.once('close', () => { resolve() }) }) }

describe('abuse of the local API\'s HTTP', () => {
  let served: Served
  const sockets: Socket[] = []

  /** A bare connection. */
  function dial (options: { allowHalfOpen?: boolean } = {}): Socket {
    const socket = connectSocket({ path: served.socketPath, ...options })
    socket.on('error', () => undefined)
    sockets.push(socket)
    return socket
  }

  function http2 (): ClientHttp2Session {
    const session = connectHttp2('http://localhost', { createConnection: () => dial() })
    session.on('error', () => undefined)
    return session
  }

  function follow (session: ClientHttp2Session): ClientHttp2Stream {
    const stream = session.request({ ':method': 'POST', ':path': `${PATH}/Receive`, 'content-type': 'application/connect+json' })
    stream.on('error', () => undefined)
    stream.end(ENVELOPE)
    return stream
  }

  async function works (): Promise<void> {
    const client = new LineClient(served.socketPath)
    assert.equal((await client.call('identity')).result.name, 'Alice')
    client.end()
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await served.stop()
  })

  it('by headers that never end is cut', async () => {
    served = await serveFake({ limits: { apiRequestMs: 150 } })
    const socket = dial()
    socket.write(`POST ${PATH}/Identity HTTP/1.1\r\nHost: x\r\n`)
    const answer = await textOf(socket)
    assert.match(answer, /^HTTP\/1\.1 408 /)
    await works()
  })

  it('by a body that never ends is cut, over HTTP/1.1 and HTTP/2', async () => {
    served = await serveFake({ limits: { apiRequestMs: 150 } })
    const socket = dial()
    socket.write(`POST ${PATH}/Identity HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
    socket.resume()
    await closed(socket)
    const stream = http2().request({ ':method': 'POST', ':path': `${PATH}/Identity`, 'content-type': 'application/json' })
    stream.on('error', () => undefined)
    stream.write('{')
    await closed(stream)
    assert.deepEqual(served.alice.calls.filter(call => call === 'identity'), [])
    await works()
  })

  it('by a file that is refused and goes on over HTTP/2, or stops in the middle, is cut a while after its answer', async () => {
    served = await serveFake({ limits: { apiRequestMs: 150 } })
    const session = http2()
    for (const [path, type] of [['/media/a?as=none', ''], ['/media/a', ''], [`${PATH}/AddMedia`, 'application/connect+json']] as const) {
      const stream = session.request({ ':method': type === '' ? 'PUT' : 'POST', ':path': path, 'content-type': type, 'content-length': '1000000000000' })
      stream.on('error', () => undefined)
      const answered = once(stream, 'response')
      stream.resume().write('{')
      const end = closed(stream)
      await answered
      if (path.endsWith('none')) for (const piece = Buffer.alloc(16_384); !stream.closed; stream.write(piece)) await Promise.race([end, new Promise(resolve => { stream.once('drain', resolve); setTimeout(resolve, 20) })])
      await end
    }
    await works()
  })

  it('by connections that stay and say nothing is ended', async () => {
    served = await serveFake({ limits: { apiIdleMs: 500 } })
    const socket = dial()
    socket.write(`POST ${PATH}/Identity HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`)
    assert.match(await textOf(socket), /^HTTP\/1\.1 200 /)
    const session = http2()
    await closed(session)
  })

  it('by a stream\'s client that has closed one side, or gone, is noticed', async () => {
    served = await serveFake()
    for (const leave of ['end', 'destroy'] as const) {
      const socket = dial({ allowHalfOpen: true })
      socket.write(`POST ${PATH}/Receive HTTP/1.1\r\nHost: x\r\nContent-Type: application/connect+json\r\nContent-Length: ${ENVELOPE.length}\r\n\r\n${ENVELOPE}`)
      await once(socket, 'data')
      assert.equal(served.alice.streams, 1)
      socket[leave]()
      await served.alice.idle()
    }
  })

  it('by more streams than may be is refused, and those that may be go on', async () => {
    served = await serveFake({ limits: { apiCallsInFlight: 4 } })
    const socket = dial()
    const fields = { ':method': 'POST', ':scheme': 'http', ':authority': 'x', ':path': `${PATH}/Receive`, 'content-type': 'application/connect+json' }
    const ids = Array.from({ length: 20 }, (_, i) => 2 * i + 1)
    // A client that does not care for the server's settings.
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, 0, ''), ...ids.flatMap(id => [frame(HEADERS, 4, id, hpack(fields)), frame(DATA, 1, id, ENVELOPE)])]))
    const answered = new Map<number, number>()
    let bytes = Buffer.alloc(0)
    await new Promise<void>(resolve => {
      socket.on('close', () => { resolve() }).on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk])
        for (let size = 9 + bytes.readUIntBE(0, 3); bytes.length >= size; bytes = bytes.subarray(size), size = bytes.length < 9 ? 9 : 9 + bytes.readUIntBE(0, 3)) {
          const [type, id] = [bytes[3], bytes.readUInt32BE(5)]
          if ((type === HEADERS || type === RST_STREAM) && !answered.has(id)) answered.set(id, type)
        }
        if (answered.size === ids.length) resolve()
      })
    })
    assert.equal(answered.size, ids.length)
    assert.equal(served.alice.streams, 4)
    socket.destroy()
    await served.alice.idle()
  })

  it('by opening and resetting streams at once is ended, and leaves nothing behind', async () => {
    served = await serveFake()
    const session = http2()
    const ended = closed(session)
    await once(session, 'remoteSettings')
    const reset = (): void => {
      for (let i = 0; i < 50 && !session.closed && !session.destroyed; i++) follow(session).close(constants.NGHTTP2_CANCEL)
      if (!session.destroyed) setImmediate(reset)
    }
    reset()
    await ended
    await served.alice.idle()
    await works()
  })

  it('by requests that are cut off in the moment of their answer does not end the process', async () => {
    served = await serveFake()
    const requests: IncomingMessage[] = []
    const heard = (message: unknown): void => { requests.push((message as { request: IncomingMessage }).request) }
    subscribe('http.server.request.start', heard)
    try {
      // Each is answered, and then nobody reads it any more.
      for (const head of [`DELETE ${PATH}/Identity`, `POST ${PATH}/Identity`, 'PUT /media/x?as=hologram', 'GET /media/a/b', 'POST /backup', 'GET /nothing']) {
        const socket = dial()
        socket.resume().write(`${head} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`)
        await closed(socket)
      }
    } finally {
      unsubscribe('http.server.request.start', heard)
    }
    assert.equal(requests.length, 6)
    // An error that nobody listens to is thrown, as Node does it a tick later, out of everybody's reach.
    for (const request of requests) assert.doesNotThrow(() => request.emit('error', new Error('aborted')), request.url)
  })

  it('by what is no HTTP is answered with 400 and ended', async () => {
    served = await serveFake()
    for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00', 'HELO mail.example\r\n', '\0\0\0\0\0\0\0\0', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n']) {
      const socket = dial()
      socket.write(bytes)
      const answer = await textOf(socket).catch(() => '')
      assert.doesNotMatch(answer, /^HTTP\/1\.1 200/)
    }
    await works()
  })

  it('by two requests in one, of which the second hides behind a wrong length, is refused', async () => {
    served = await serveFake()
    served.alice.calls.length = 0
    const socket = dial()
    socket.write(`POST ${PATH}/Identity HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST ${PATH}/Shutdown HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`)
    assert.match(await textOf(socket), /^HTTP\/1\.1 400 /)
    assert.deepEqual(served.alice.calls, [])
  })
})
