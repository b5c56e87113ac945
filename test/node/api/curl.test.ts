import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { newApiToken, type ApiToken } from '../../../src/node/api/index.js'
import type { MediaFile, Scope } from '../../../src/protocol/api/index.js'
import { requireProgram, run, serveFake, type Served } from './harness.js'

const SERVICE = 'petrel.api.v1.Petrel'

interface Answer { status: number, headers: string, body: string, json: { code: string, message: string, identity: { name: string }, details: { type: string }[] } }

/** Runs curl; `args` go before the address. */
async function curl (url: string, args: string[], body = '{}', type = 'application/json'): Promise<Answer> {
  const { stdout } = await run('curl', ['-sS', '--max-time', '50', '-D', '-', '-H', `content-type: ${type}`, '-H', 'expect:', '--data-binary', '@-', ...args, url], body)
  const at = stdout.indexOf('\r\n\r\n')
  const text = stdout.slice(at + 4)
  return { status: Number(stdout.split(' ', 2)[1]), headers: stdout.slice(0, at).toLowerCase(), body: text, json: text.startsWith('{') ? JSON.parse(text) as Answer['json'] : {} as Answer['json'] }
}

/** What came of a request, also when it is cut off. */
async function overHttp (url: string, headers: Record<string, string>, method: string, body: Uint8Array): Promise<Buffer> {
  const sent = request(url, { method, headers: { ...headers, 'content-length': String(body.length) } })
  const pieces: Buffer[] = []
  sent.on('error', () => undefined).on('response', response => {
    response.on('data', (piece: Buffer) => { pieces.push(piece) }).on('error', () => undefined)
  })
  sent.end(body)
  await new Promise(resolve => { sent.once('close', resolve) })
  return Buffer.concat(pieces)
}

/** A message of Connect's streams: a byte of flags, four of length, the text. */
const enveloped = (text: string): string => `\0${Buffer.from(Uint32Array.of(text.length).buffer).reverse().toString('latin1')}${text}`

function envelopes (body: string): { end: boolean, message: { update: { n: string }, error?: { code: string } } }[] {
  const bytes = Buffer.from(body, 'latin1')
  const found = []
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) {
    found.push({ end: (bytes[at]! & 2) !== 0, message: JSON.parse(bytes.toString('utf8', at + 5, at + 5 + bytes.readUInt32BE(at + 1))) as { update: { n: string } } })
  }
  return found
}

describe('the local API for curl', () => {
  let served: Served
  let tokens: ApiToken[]
  let secrets: Record<Scope, string>

  before(async function () { await requireProgram(this, 'curl') })
  beforeEach(async () => {
    const made = (['read', 'send', 'admin'] as const).map(scope => newApiToken(`for ${scope}`, scope, randomBytes))
    tokens = made.map(({ token }) => token)
    secrets = { read: made[0]!.secret, send: made[1]!.secret, admin: made[2]!.secret }
    served = await serveFake({ tcp: { host: '127.0.0.1', port: 0, tokens: () => tokens } })
  })
  afterEach(async () => { await served.stop() })

  const overUnix = async (method: string, body?: string, args: string[] = [], type?: string): Promise<Answer> =>
    await curl(`http://localhost/${SERVICE}/${method}`, ['--unix-socket', served.socketPath, ...args], body, type)
  const overTcp = async (method: string, secret?: string, body?: string, args: string[] = []): Promise<Answer> =>
    await curl(`http://127.0.0.1:${served.server.port!}/${SERVICE}/${method}`, [...(secret === undefined ? [] : ['-H', `authorization: Bearer ${secret}`]), ...args], body)

  it('answers over the unix socket, with HTTP/1.1 and with HTTP/2', async () => {
    const plain = await overUnix('Identity')
    assert.equal(plain.status, 200)
    assert.equal(plain.json.identity.name, 'Alice')
    const two = await overUnix('Identity', '{}', ['--http2-prior-knowledge'])
    assert.match(two.headers, /^http\/2 200/)
    assert.equal(two.json.identity.name, 'Alice')
  })

  it('sends a text, and the same key sends once', async () => {
    const body = JSON.stringify({ chat: served.chat, text: 'from curl é', idempotencyKey: 'k', wait: 'WAIT_DELIVERED' })
    const [first, second] = [await overUnix('Send', Buffer.from(body).toString('latin1')), await overUnix('Send', Buffer.from(body).toString('latin1'))]
    assert.equal(first.status, 200)
    assert.equal(second.body, first.body)
    assert.equal((await served.bob.showChat(served.chat)).messages.at(-1)?.text, 'from curl é')
  })

  it('streams updates in Connect\'s envelopes, with an end', async () => {
    const answer = await overUnix('Receive', enveloped('{"after":"0"}'), [], 'application/connect+json')
    assert.equal(answer.status, 200)
    const got = envelopes(answer.body)
    assert.deepEqual(got.slice(0, -1).map(({ message }) => Number(message.update.n)), got.slice(0, -1).map((_, i) => i + 1))
    assert.deepEqual(got.at(-1), { end: true, message: {} })
  })

  it('answers an error with its status, Connect\'s code and ours', async () => {
    const { status, headers, json } = await overUnix('ShowChat', '{"chat":"nobody"}')
    assert.equal(status, 404)
    assert.equal(json.code, 'not_found')
    assert.match(headers, /petrel-code: err_not_found/)
    assert.equal(json.details[0]?.type, 'petrel.api.v1.ErrorInfo')
  })

  it('refuses unknown fields, bad JSON, other methods of HTTP and other paths', async () => {
    assert.equal((await overUnix('Send', '{"chat":"x","txt":"y"}')).status, 400)
    assert.equal((await overUnix('Send', '{')).status, 400)
    assert.equal((await overUnix('Send', '{}', ['-X', 'GET'])).status, 405)
    assert.equal((await overUnix('Identity', '{}', ['-X', 'OPTIONS'])).status, 405)
    assert.equal((await overUnix('Nothing')).status, 404)
    assert.equal((await overUnix('Send', '{"__proto__":{"chat":"x"}}')).status, 400)
  })

  it('ends a call at its deadline, and says so', async () => {
    const { status, json, headers } = await overUnix('Send', JSON.stringify({ chat: served.chat, text: 'x', wait: 'WAIT_READ' }), ['-H', 'connect-timeout-ms: 50'])
    assert.equal(status, 504)
    assert.equal(json.code, 'deadline_exceeded')
    assert.match(headers, /petrel-code: err_deadline/)
    // Longer than any timer: refused, where it ended at once.
    const long = await overUnix('Identity', '{}', ['-H', 'connect-timeout-ms: 9999999999'])
    assert.deepEqual([long.status, long.json.code], [400, 'invalid_argument'])
  })

  it('refuses what is too large: a body, headers, a body that would unfold', async () => {
    assert.equal((await overUnix('Send', `{"text":"${'x'.repeat(300 * 1024)}"}`)).json.code, 'resource_exhausted')
    assert.equal((await overUnix('Identity', '{}', ['-H', `x-large: ${'x'.repeat(17 * 1024)}`])).status, 431)
    assert.equal((await overUnix('Identity', '{}', ['-H', 'content-encoding: gzip'])).json.code, 'unimplemented')
    assert.equal((await overUnix('Identity')).status, 200)
  })

  it('needs a token over TCP, and the one it was given', async () => {
    const { status, json, headers } = await overTcp('Identity')
    assert.deepEqual([status, json.code], [401, 'unauthenticated'])
    assert.match(headers, /petrel-code: err_session/)
    assert.equal((await overTcp('Identity', `${secrets.admin}x`)).status, 401)
    assert.equal((await overTcp('Identity', secrets.admin.slice(0, -1))).status, 401)
    assert.equal((await overTcp('Identity', tokens[2]!.hash)).status, 401)
    assert.equal((await overTcp('Identity', secrets.read)).json.identity.name, 'Alice')
  })

  it('lets each scope do what it names and no more', async () => {
    const text = JSON.stringify({ chat: served.chat, text: 'x' })
    const rows: [Scope, string, string, number][] = [
      ['read', 'ListChats', '{}', 200], ['read', 'Send', text, 403], ['read', 'ListInvites', '{}', 403],
      ['send', 'ListChats', '{}', 200], ['send', 'Send', text, 200], ['send', 'CreateInvite', '{}', 403],
      ['admin', 'Send', text, 200], ['admin', 'CreateInvite', '{}', 200]
    ]
    for (const [scope, method, body, status] of rows) assert.equal((await overTcp(method, secrets[scope], body)).status, status, `${scope} ${method}`)
  })

  it('refuses a token that was taken back or has expired, at the next call', async () => {
    assert.equal((await overTcp('Identity', secrets.read)).status, 200)
    tokens = tokens.map(token => token.scope === 'read' ? { ...token, expiresAt: Date.now() - 1 } : token)
    assert.equal((await overTcp('Identity', secrets.read)).status, 401)
    tokens = tokens.filter(({ scope }) => scope !== 'send')
    assert.equal((await overTcp('Identity', secrets.send)).status, 401)
    assert.equal((await overTcp('Identity', secrets.admin)).status, 200)
  })

  it('ends what gives or takes bytes when its token is taken back in the middle', async () => {
    const takeBack = (): void => { tokens = tokens.filter(({ scope }) => scope !== 'admin') }
    const all = tokens
    const piece = Buffer.alloc(1000, 'x')
    const gives = async function * (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(piece)
      takeBack()
      yield piece
    }
    let taken = 0
    const file: MediaFile = { id: 'f', as: 'file', name: null, type: null, size: 2000, sha256: '', width: null, height: null, duration: null, thumb: null, waveform: null, state: null }
    Object.assign(served.alice, {
      backup: gives, readMedia: gives, mediaInfo: async () => await Promise.resolve({ file }),
      addMedia: async (_: unknown, pieces: AsyncIterable<Uint8Array>) => {
        for await (const { length } of pieces) {
          taken += length
          takeBack()
        }
        return { file, notes: [] }
      }
    })
    const base = `http://127.0.0.1:${served.server.port!}`
    const ask = async (method: string, path: string, body = new Uint8Array()): Promise<string> => {
      tokens = all
      return (await overHttp(`${base}${path}`, { authorization: `Bearer ${secrets.admin}` }, method, body)).toString('latin1')
    }
    // What was given before may be lost with the connection.
    assert.ok((await ask('POST', '/backup', Buffer.from('{"passphrase":"x"}'))).length <= piece.length)
    assert.ok((await ask('GET', '/media/c/m')).length <= piece.length)
    const upload = Buffer.alloc(1_000_000)
    assert.match(await ask('PUT', '/media/x', upload), /unauthenticated/)
    assert.ok(taken < upload.length)
  })

  it('never logs a token', async () => {
    served.alice.status = async () => { throw new Error('inside') }
    await overTcp('Status', secrets.admin)
    await overTcp('Status', 'petrel_wrong')
    assert.ok(served.logged.length > 0)
    assert.doesNotMatch(served.logged.join('\n'), new RegExp(`${secrets.admin}|petrel_wrong|inside`))
  })
})
