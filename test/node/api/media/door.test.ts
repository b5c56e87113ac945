import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { MediaDoor, type MediaPlace } from '../../../../src/node/api/index.js'
import type { Stretch } from '../../../../src/node/api/media/range.js'
import { LIMITS, NotFoundError, ProofError, UnavailableError } from '../../../../src/protocol/api/index.js'

const PLACE: MediaPlace = { chat: 'c', message: 'm', item: 0 }
const PIECE = 64 * 1024

/** Bytes that tell where they stand. */
function plain ({ start, end }: Stretch): Uint8Array { return Uint8Array.from({ length: end - start }, (_, i) => (start + i) % 251) }

class Films {
  size = 300_000
  now = 1_000_000
  /** Pieces that were asked for, and those that were read to the end or given up. */
  pieces = 0
  ended = 0
  failAt = Infinity
  failure: Error = new UnavailableError('the holder is gone')
  readonly asked: MediaPlace[] = []
  readonly door = new MediaDoor({
    random: randomBytes,
    now: () => this.now,
    log: () => undefined,
    source: place => {
      this.asked.push(place)
      return {
        file: async () => {
          if (place.chat === 'gone') throw new NotFoundError('there is no such message')
          return await Promise.resolve({ size: this.size, tag: 'tag', type: 'video/mp4', name: 'sea.mp4' })
        },
        read: stretch => this.#read(stretch)
      }
    }
  })

  async * #read ({ start, end }: Stretch): AsyncGenerator<Uint8Array> {
    try {
      for (let at = start; at < end; at += PIECE) {
        await Promise.resolve()
        if (at >= this.failAt) throw this.failure
        this.pieces++
        yield plain({ start: at, end: Math.min(end, at + PIECE) })
      }
    } finally {
      this.ended++
    }
  }
}

async function get (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> {
  const sent = httpRequest(url, { method, headers, agent: false })
  sent.end()
  const [response] = await once(sent, 'response') as [IncomingMessage]
  return response
}

describe('the door for players', () => {
  let films: Films
  beforeEach(() => { films = new Films() })
  afterEach(async () => { await films.door.close() })

  it('serves a file whole and in parts', async () => {
    const { url, expiresAt } = await films.door.url(PLACE, 'sea.mp4')
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/media\/[\w-]{43}\/sea\.mp4$/)
    assert.equal(expiresAt.getTime(), films.now + LIMITS.mediaUrlMs)
    const whole = await get(url)
    assert.equal(whole.statusCode, 200)
    assert.deepEqual(new Uint8Array(await buffer(whole)), plain({ start: 0, end: films.size }))
    const part = await get(url, { range: 'bytes=70000-70009' })
    assert.equal(part.statusCode, 206)
    assert.equal(part.headers['content-range'], `bytes 70000-70009/${films.size}`)
    assert.deepEqual(new Uint8Array(await buffer(part)), plain({ start: 70_000, end: 70_010 }))
    assert.equal((await get(url, { range: `bytes=${films.size}-` })).statusCode, 416)
    const head = await get(url, {}, 'HEAD')
    assert.equal(head.headers['content-length'], String(films.size))
    assert.equal((await buffer(head)).length, 0)
    assert.equal((await get(url, {}, 'POST')).statusCode, 405)
  })

  it('does not listen before somebody asks for an address', async () => {
    await films.door.close()
    await assert.rejects(films.door.url(PLACE, null), { code: 'ERR_UNAVAILABLE' })
  })

  it('opens with a token one file only, and until its time is over', async () => {
    const sea = await films.door.url(PLACE, null, 5000)
    const hill = await films.door.url({ ...PLACE, item: 1 }, null)
    for (const { url } of [sea, hill]) await buffer(await get(url, { range: 'bytes=0-1' }))
    assert.deepEqual(films.asked, [PLACE, { ...PLACE, item: 1 }])
    films.now += 4999
    assert.equal((await get(sea.url, {}, 'HEAD')).statusCode, 200)
    films.now += 1
    const late = await get(sea.url)
    assert.equal(late.statusCode, 403)
    assert.match(String(await buffer(late)), /no longer good/)
    assert.equal((await get(hill.url, {}, 'HEAD')).statusCode, 200)
    assert.equal(films.asked.length, 4)
  })

  it('lets nobody in with another token, or another path', async () => {
    const { url } = await films.door.url(PLACE, null)
    const { origin, pathname } = new URL(url)
    const other = Buffer.from(randomBytes(32)).toString('base64url')
    assert.equal((await get(`${origin}/media/${other}`)).statusCode, 403)
    for (const path of ['/', '/media', '/media/', `${pathname}x`, `/media/${other.slice(1)}`, `${pathname}/a/b`, `/x${pathname}`, '/petrel.api.v1.Petrel/Status']) assert.equal((await get(origin + path)).statusCode, 404, path)
    assert.deepEqual(films.asked, [])
  })

  it('refuses web pages by Origin, Sec-Fetch-Site and Host, even with the token', async () => {
    const { url } = await films.door.url(PLACE, null)
    const { port } = new URL(url)
    const marks: Array<Record<string, string>> = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { host: `evil.example:${port}` }, { host: 'evil.example' }, { host: '127.0.0.1' }]
    for (const headers of marks) {
      const refused = await get(url, headers)
      assert.equal(refused.statusCode, 403, JSON.stringify(headers))
      assert.deepEqual(Object.keys(refused.headers).filter(name => name.startsWith('access-control')), [])
    }
    assert.deepEqual(films.asked, [])
    assert.equal((await get(url, { host: `localhost:${port}` }, 'HEAD')).statusCode, 200)
  })

  it('says why there is no file, as long as nothing has been sent', async () => {
    const gone = await get((await films.door.url({ ...PLACE, chat: 'gone' }, null)).url)
    assert.equal(gone.statusCode, 404)
    assert.equal(gone.headers['petrel-code'], 'ERR_NOT_FOUND')
    const { url } = await films.door.url(PLACE, null)
    films.failAt = 0
    const away = await get(url)
    assert.equal(away.statusCode, 503)
    assert.match(String(await buffer(away)), /the holder is gone/)
    films.failure = new ProofError('altered')
    assert.equal((await get(url, { range: 'bytes=5-' })).statusCode, 502)
  })

  it('cuts an answer off when the rest does not come, so that a part is not taken for the whole', async () => {
    films.failAt = 2 * PIECE
    const { url } = await films.door.url(PLACE, null)
    const broken = await get(url)
    assert.equal(broken.statusCode, 200)
    await assert.rejects(buffer(broken), { code: 'ECONNRESET' })
  })

  it('reads no further than a slow player takes, and stops when it goes', async () => {
    films.size = 4 * 1024 ** 3
    const { url } = await films.door.url(PLACE, null)
    const sent = httpRequest(url, { agent: false })
    sent.on('error', () => undefined)
    sent.end()
    const [response] = await once(sent, 'response') as [IncomingMessage]
    // It takes some, so that all buffers on the way are full, and then nothing.
    let taken = 0
    for await (const piece of response.iterator({ destroyOnReturn: false })) if ((taken += (piece as Buffer).length) > 8 * 1024 * 1024) break
    const before = films.pieces
    let last = -1
    while (films.pieces !== last) {
      last = films.pieces
      for (let i = 0; i < 50; i++) await new Promise(resolve => { setImmediate(resolve) })
    }
    assert.ok(films.pieces < before + 300, `${films.pieces - before} pieces after it stopped reading`)
    assert.equal(films.ended, 0)
    response.destroy()
    while (films.ended === 0) await new Promise(resolve => { setImmediate(resolve) })
    assert.ok(films.pieces < last + 3)
  })

  it('forgets the oldest address when there are too many', async () => {
    const first = await films.door.url(PLACE, null)
    for (let i = 0; i < LIMITS.mediaTickets; i++) await films.door.url({ ...PLACE, item: i }, null)
    assert.equal((await get(first.url)).statusCode, 403)
  })

  it('shows a name in its address and nothing else of a path', async () => {
    for (const [name, end] of [['../../x y?.mp4', '.._.._x%20y%3F.mp4'], ['..', null], ['', null], [null, null], ['a\u0000\nb#', 'a__b%23'], ['\ud800', '%EF%BF%BD']] as const) {
      const { url } = await films.door.url(PLACE, name)
      assert.equal(new URL(url).pathname.split('/')[3] ?? null, end, String(name))
      assert.equal((await get(url, {}, 'HEAD')).statusCode, 200)
    }
  })

  it('takes no time that cannot be', async () => {
    for (const ttl of [0, -1, 999, LIMITS.mediaUrlMaxMs + 1, NaN, Infinity]) await assert.rejects(films.door.url(PLACE, null, ttl), { code: 'ERR_BAD_INPUT' })
  })

  it('ends with its answers under way', async () => {
    films.size = 4 * 1024 ** 3
    const response = await get((await films.door.url(PLACE, null)).url)
    await films.door.close()
    await assert.rejects(buffer(response), { code: 'ECONNRESET' })
    while (films.ended === 0) await new Promise(resolve => { setImmediate(resolve) })
  })
})
