import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createHash, randomBytes } from 'node:crypto'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { newApiToken } from '../../../../src/node/api/index.js'
import { draftOf } from '../../../../src/node/api/media/take-in.js'
import { BadInputError } from '../../../../src/protocol/api/index.js'
import { requireProgram, run, serveFake, type Served } from '../harness.js'

describe('what a PUT says of its file', () => {
  const of = (url: string, headers: Record<string, string> = { 'content-length': '5' }) => draftOf({ url, headers })

  it('is its name in the path, its length, and all else in the query', () => {
    assert.deepEqual(of('/media/a%20b.jpg?as=photo&type=image%2Fjpeg&keepMetadata=true'), { name: 'a b.jpg', as: 'photo', type: 'image/jpeg', keepMetadata: true, size: 5 })
    assert.deepEqual(of('/media'), { size: 5 })
    assert.deepEqual(of('/media/?keepMetadata=false'), { size: 5, keepMetadata: false })
    assert.equal(of('/media/..%2F..%2Fetc%2Fpasswd').name, '../../etc/passwd')
  })

  const bad: [string, string, Record<string, string>?][] = [
    ['a length that is missing', '/media/a', {}], ['a length that is none', '/media/a', { 'content-length': '-1' }], ['a kind that is none', '/media/a?as=hologram'],
    ['a field that is none', '/media/a?color=red'], ['a field twice', '/media/a?as=photo&as=file'], ['a size beside the length', '/media/a?size=3'], ['a hash that is none', '/media/a?sha256=abc'],
    ['a folder in the name', '/media/a/b'], ['a name that is no UTF-8', '/media/%ff'], ['a name that is too long', `/media/${'x'.repeat(256)}`], ['metadata that is neither', '/media/a?keepMetadata=1'], ['a prototype', '/media/a?__proto__=x']
  ]
  for (const [what, url, headers] of bad) it(`is refused: ${what}`, () => { assert.throws(() => of(url, headers), BadInputError) })
})

describe('files by HTTP', () => {
  let served: Served
  const { secret, token } = newApiToken('reader', 'read', randomBytes)
  const bytes = randomBytes(300_000)

  beforeEach(async () => { served = await serveFake({ tcp: { host: '127.0.0.1', port: 0, tokens: () => [token] } }) })
  afterEach(async () => { await served.stop() })

  async function put (path: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<{ status: number | undefined, json: { code: string, file: { sha256: string, name: string } } }> {
    const sent = request({ socketPath: served.socketPath, method: 'PUT', path, headers: { host: 'localhost', 'content-length': String(body.length), ...headers } })
    sent.end(body)
    const [response] = await once(sent, 'response') as [IncomingMessage]
    return { status: response.statusCode, json: JSON.parse(await text(response)) as { code: string, file: { sha256: string, name: string } } }
  }

  it('are taken in, and given by ranges, with curl', async function () {
    await requireProgram(this, 'curl')
    const taken = await run('curl', ['-sS', '--max-time', '50', '--unix-socket', served.socketPath, '-T', '-', '-H', `content-length: ${bytes.length}`, '-H', 'transfer-encoding:', 'http://localhost/media/grain.bin?as=file'], bytes.toString('latin1'))
    const { file } = JSON.parse(taken.stdout) as { file: { id: string, sha256: string } }
    assert.equal(file.sha256, createHash('sha256').update(bytes).digest('hex'))
    const { id } = await served.alice.send(served.chat, '', { media: [file.id] })
    const part = await run('curl', ['-sS', '--unix-socket', served.socketPath, '-r', '1000-1999', `http://localhost/media/${served.chat}/${id}`])
    assert.ok(Buffer.from(part.stdout, 'latin1').equals(bytes.subarray(1000, 2000)))
  })

  it('are taken in by HTTP/1.1 without asking first, and a refusal is heard', async () => {
    const { status, json } = await put('/media/grain.bin', bytes)
    assert.deepEqual([status, json.file.name], [200, 'grain.bin'])
    const refused = await put(`/media/grain.bin?sha256=${'0'.repeat(64)}`, bytes)
    assert.deepEqual([refused.status, refused.json.code], [400, 'invalid_argument'])
    assert.equal((await put('/media/grain.bin?as=hologram', bytes)).status, 400)
  })

  it('need a token of scope send to be put, and of scope read to be got, over TCP', async () => {
    const ask = async (method: string, authorization?: string): Promise<number | undefined> => {
      const sent = request({ host: '127.0.0.1', port: served.server.port!, method, path: method === 'PUT' ? '/media/x' : `/media/${served.chat}/none`, headers: { 'content-length': '0', ...(authorization === undefined ? {} : { authorization }) } })
      sent.end()
      const [response] = await once(sent, 'response') as [IncomingMessage]
      response.resume()
      return response.statusCode
    }
    assert.deepEqual([await ask('PUT'), await ask('GET'), await ask('PUT', `Bearer ${secret}`), await ask('GET', `Bearer ${secret}`)], [401, 401, 403, 404])
  })

  it('that are left in the middle are read to their end all the same, so that the connection is good for the next', async () => {
    served.alice.addMedia = async (_draft, pieces) => {
      for await (const _piece of pieces) throw new BadInputError('one piece is enough')
      throw new Error('no piece came')
    }
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      const large = randomBytes(8_000_000)
      const codes: Array<[string, boolean]> = []
      for (let i = 0; i < 2; i++) {
        const sent = request({ agent, socketPath: served.socketPath, method: 'PUT', path: '/media/a.bin', headers: { host: 'localhost', 'content-length': String(large.length) } })
        const gone = once(sent, 'finish')
        sent.end(large)
        const [response] = await once(sent, 'response') as [IncomingMessage]
        codes.push([(JSON.parse(await text(response)) as { code: string }).code, sent.reusedSocket])
        await gone
      }
      assert.deepEqual(codes, [['invalid_argument', false], ['invalid_argument', true]])
    } finally {
      agent.destroy()
    }
  })

  it('are cut when no byte comes for too long', async () => {
    await served.stop()
    served = await serveFake({ limits: { apiRequestMs: 300 } })
    const sent = request({ socketPath: served.socketPath, method: 'PUT', path: '/media/slow.bin', headers: { host: 'localhost', 'content-length': '8' } })
    const closed = once(sent, 'response').then(([response]) => (response as IncomingMessage).statusCode, () => 'cut')
    sent.write('1234')
    assert.notEqual(await closed, 200)
  })

  it('do not come from web pages, and nothing else is at their path', async () => {
    assert.equal((await put('/media/x', Buffer.from('x'), { origin: 'http://evil.example' })).status, 403)
    const socket = connect(served.socketPath)
    socket.on('error', () => undefined)
    socket.write('DELETE /media/a/b HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    assert.match(await text(socket), /^HTTP\/1\.1 40[45]/)
  })
})
