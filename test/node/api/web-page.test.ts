import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { newApiToken } from '../../../src/node/api/index.js'
import { serveFake, type Served } from './harness.js'

const PATH = '/petrel.api.v1.Petrel/Shutdown'

interface Answer { status: number, headers: IncomingMessage['headers'], body: string }

describe('a web page at the local API', () => {
  let served: Served
  let port: number
  let secret: string

  beforeEach(async () => {
    const made = newApiToken('the page has stolen it', 'admin', randomBytes)
    secret = made.secret
    served = await serveFake({ tcp: { host: '127.0.0.1', port: 0, tokens: () => [made.token] } })
    port = served.server.port!
    served.alice.calls.length = 0
  })
  afterEach(async () => { await served.stop() })

  /** What a browser would send; the token is right, so that only the page's own marks can stop it. */
  async function page (headers: Record<string, string>, options: { method?: string, unix?: boolean, body?: string, path?: string } = {}): Promise<Answer> {
    const { method = 'POST', unix = false, body = '{}', path = PATH } = options
    const where = unix ? { socketPath: served.socketPath } : { host: '127.0.0.1', port }
    const sent = httpRequest({ ...where, method, path, headers: { host: `127.0.0.1:${port}`, 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers } })
    sent.end(method === 'POST' ? body : undefined)
    const [response] = await once(sent, 'response') as [IncomingMessage]
    return { status: response.statusCode ?? 0, headers: response.headers, body: await textOf(response) }
  }

  const origins = ['https://evil.example', 'http://localhost:3000', 'null', 'file://', '']
  for (const unix of [false, true]) {
    it(`is refused by its Origin, whichever it is, over ${unix ? 'the unix socket' : 'TCP'}`, async () => {
      for (const origin of origins) {
        const { status, body } = await page({ origin }, { unix })
        assert.equal(status, 403, origin)
        assert.match(body, /web pages may not use the local API/)
      }
      assert.deepEqual(served.alice.calls, [])
    })
  }

  it('is refused by Sec-Fetch-Site where a browser leaves Origin out', async () => {
    for (const site of ['cross-site', 'same-origin', 'none']) assert.equal((await page({ 'sec-fetch-site': site }, { method: 'GET' })).status, 403)
    assert.deepEqual(served.alice.calls, [])
  })

  it('gets no leave from a preflight', async () => {
    const { status, headers } = await page({ origin: 'https://evil.example', 'access-control-request-method': 'POST' }, { method: 'OPTIONS' })
    assert.equal(status, 403)
    assert.deepEqual(Object.keys(headers).filter(name => name.startsWith('access-control')), [])
  })

  it('behind a name that resolves to loopback is refused by its Host', async () => {
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `127.0.0.1:${port}.evil.example`, `0.0.0.0:${port}`]) {
      const { status, body } = await page({ host })
      assert.equal(status, 403, host)
      assert.match(body, /the Host header must be one of/)
    }
    assert.deepEqual(served.alice.calls, [])
  })

  it('behind such a name is refused over HTTP/2, by its :authority', async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    const stream = session.request({ ':method': 'POST', ':path': PATH, ':authority': `evil.example:${port}`, 'content-type': 'application/json', authorization: `Bearer ${secret}` })
    stream.end('{}')
    const [headers] = await once(stream, 'response') as [Record<string, string | number>]
    assert.equal(headers[':status'], 403)
    assert.equal(headers['petrel-code'], 'ERR_FORBIDDEN')
    session.destroy()
    assert.deepEqual(served.alice.calls, [])
  })

  it('cannot use a form, which sends text/plain without asking', async () => {
    const line = '{"jsonrpc":"2.0","id":1,"method":"shutdown"}\n'
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      assert.equal((await page({ 'content-type': type }, { body: line })).status, 415)
      assert.equal((await page({ 'content-type': type }, { body: line, unix: true })).status, 415)
    }
    assert.deepEqual(served.alice.calls, [])
  })

  it('cannot upgrade to a WebSocket', async () => {
    const { status } = await page({ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'x'.repeat(22) + '==', origin: 'https://evil.example' }, { method: 'GET' })
    assert.equal(status, 403)
  })

  it('has its bodies taken for HTTP and never for JSON-RPC, whatever stands in them', async () => {
    const socket = connectSocket(served.socketPath)
    const line = '\n{"jsonrpc":"2.0","id":1,"method":"shutdown"}\n'
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n${line}`)
    const answer = await textOf(socket)
    assert.match(answer, /^HTTP\/1\.1 404 /)
    assert.doesNotMatch(answer, /jsonrpc/)
    assert.deepEqual(served.alice.calls, [])
  })

  it('is not what a client that is none gets taken for', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) assert.equal((await page({ host }, { path: '/petrel.api.v1.Petrel/Identity' })).status, 200, host)
    assert.equal(served.alice.calls.length, 4)
  })
})
