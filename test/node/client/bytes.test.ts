import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { connect } from '../../../src/node/client/index.js'
import { AbortedError, BadInputError, QuotaError, UnavailableError, type Petrel } from '../../../src/protocol/api/index.js'
import { serveFake, type Served } from '../api/harness.js'

/** Pieces for ever, or `count` of them; tells how many were taken. */
function pieces (count = Infinity): AsyncGenerator<Uint8Array> & { taken: number } {
  const piece = new Uint8Array(64 * 1024)
  const counted = { taken: 0 }
  const source = (async function * () { for (let i = 0; i < count; i++) { counted.taken++; yield piece } })()
  return Object.defineProperty(source, 'taken', { get: () => counted.taken }) as ReturnType<typeof pieces>
}

describe('bytes to and from a daemon', () => {
  let served: Served
  let petrel: Petrel

  beforeEach(async () => {
    served = await serveFake()
    petrel = await connect({ socketPath: served.socketPath })
  })
  afterEach(async () => {
    await petrel.close()
    await served.stop()
  })

  it('are not read when the daemon has the file', async () => {
    const bytes = randomBytes(300_000)
    const draft = { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    await petrel.addMedia(draft, (async function * () { yield bytes })())
    const unread = pieces()
    assert.equal((await petrel.addMedia(draft, unread)).file.size, bytes.length)
    assert.equal(unread.taken, 0)
  })

  it('leave no connection that would hold up the end of a program', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter(name => name === 'PipeWrap').length
    const before = sockets()
    const bytes = randomBytes(1000)
    const { file } = await petrel.addMedia({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }, (async function * () { yield bytes })())
    const { id } = await petrel.send(served.chat, '', { media: [file.id] })
    assert.deepEqual(Buffer.concat(await Array.fromAsync(petrel.readMedia(served.chat, id))), bytes)
    // Those of the test before may end meanwhile too.
    while (sockets() > before) await new Promise(resolve => { setImmediate(resolve) })
  })

  it('are read no faster than the daemon takes them', async () => {
    const [begun, gate] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    served.alice.addMedia = async (_draft, bytes) => {
      let first = true
      for await (const _ of bytes) {
        if (!first) continue
        first = false
        begun.resolve(undefined)
        await gate.promise
      }
      throw new QuotaError('full')
    }
    const source = pieces(2000)
    const sent = petrel.addMedia({ size: 2000 * 65_536 }, source)
    await begun.promise
    // Whatever buffers there are between the two have filled when a second call has gone there and back.
    for (let i = 0; i < 20; i++) await petrel.identity()
    assert.ok(source.taken > 0 && source.taken < 200, String(source.taken))
    gate.resolve(undefined)
    await assert.rejects(sent, QuotaError)
  })

  it('stop when the daemon refuses them in the middle, with its reason', async () => {
    served.alice.addMedia = async (_draft, bytes) => {
      let taken = 0
      for await (const { length } of bytes) if ((taken += length) > 1_000_000) break
      throw new QuotaError('the disk is full')
    }
    await assert.rejects(petrel.addMedia({ size: 2 ** 31 }, pieces()), (error: Error) => error instanceof QuotaError && error.message === 'the disk is full')
  })

  it('end with the signal, with the connection, and with what reading them throws; the daemon hears of it', async () => {
    const ends: [(abort: AbortController) => Promise<void>, typeof AbortedError | typeof UnavailableError][] = [
      [async abort => { abort.abort() }, AbortedError],
      [async () => { await petrel.close() }, UnavailableError]
    ]
    for (const [end, error] of ends) {
      const abort = new AbortController()
      const heard = Promise.withResolvers<undefined>()
      served.alice.addMedia = async (_draft, bytes, options) => {
        options?.signal?.addEventListener('abort', () => { heard.resolve(undefined) })
        for await (const _ of bytes) await end(abort)
        throw new Error('never')
      }
      await assert.rejects(petrel.addMedia({ size: 2 ** 30, name: 'x' }, pieces(), { signal: abort.signal }), error)
      await heard.promise
    }
    petrel = await connect({ socketPath: served.socketPath })
    const broken = async function * (): AsyncGenerator<Uint8Array> { yield new Uint8Array(10); throw new RangeError('gone') }
    await assert.rejects(petrel.addMedia({ size: 100 }, broken()), RangeError)
    await assert.rejects(petrel.addMedia({ size: 3 }, pieces(1)), BadInputError)
    await assert.rejects(petrel.addMedia({ size: 3_000_000 }, pieces(1)), BadInputError)
  })

  it('that come end with the signal and when the loop is left, and the daemon stops reading', async () => {
    const stopped: string[] = []
    const info = { chat: served.chat, message: 'm', item: 0, from: '', fromName: '', own: false, at: new Date(), file: { id: 'f', as: 'file', name: null, type: null, size: 2 ** 31, sha256: '', width: null, height: null, duration: null, thumb: null, waveform: null, state: null } } as const
    served.alice.mediaInfo = async () => info
    const over = Promise.withResolvers<undefined>()
    served.alice.readMedia = async function * () {
      try { while (true) yield new Uint8Array(65_536) } finally { stopped.push('stopped'); if (stopped.length === 2) over.resolve(undefined) }
    }
    for await (const piece of petrel.readMedia(served.chat, 'm')) if (piece.length > 0) break
    const abort = new AbortController()
    await assert.rejects(async () => { for await (const _ of petrel.readMedia(served.chat, 'm', { signal: abort.signal })) abort.abort() }, AbortedError)
    await over.promise
  })

  it('that are cut off in the middle are an error, not an end', async () => {
    served.alice.readMedia = async function * () { yield new Uint8Array(1000); throw new Error('the disk is gone') }
    const bytes = randomBytes(100_000)
    const { file } = await petrel.addMedia({ size: bytes.length }, (async function * () { yield bytes })())
    const { id } = await petrel.send(served.chat, '', { media: [file.id] })
    await assert.rejects(Array.fromAsync(petrel.readMedia(served.chat, id)), UnavailableError)
  })
})
