import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createProber, noteText, type ByteSource, type Prober } from '../../../src/node/probe/index.js'
import { AbortedError, CorruptError } from '../../../src/protocol/wire/index.js'
import { all, secretsIn, sourceOf, telling } from './files.js'

describe('the process that looks at files', () => {
  let folder: string
  let prober: Prober
  let photo: Buffer

  before(async () => { photo = await telling().jpeg().toBuffer() })
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'petrel-probe-')); prober = createProber() })
  afterEach(async () => { await prober.close(); rmSync(folder, { recursive: true, force: true }) })

  /** A prober whose child's node loads `code` first. */
  function withCode (code: string): Prober {
    const file = join(folder, 'first.mjs')
    writeFileSync(file, code)
    return createProber({ nodeArguments: ['--import', pathToFileURL(file).href] })
  }

  async function using<T> (other: Prober, work: (other: Prober) => Promise<T>): Promise<T> {
    try { return await work(other) } finally { await other.close() }
  }

  it('works without sharp: photos are cleaned and measured, and a note says why they have no preview', async () => {
    const none = `import { registerHooks } from 'node:module'
      registerHooks({ resolve (name, context, next) { if (name === 'sharp') throw new Error('not installed'); return next(name, context) } })`
    await using(withCode(none), async other => {
      const { as, width, height, thumb, notes, stripped } = await other.probe(sourceOf(photo), {})
      assert.deepEqual({ as, width, height, thumb, notes }, { as: 'photo', width: 640, height: 480, thumb: undefined, notes: ['no-preview-library'] })
      assert.deepEqual(secretsIn(await all(stripped!)), [])
      assert.match(noteText('no-preview-library'), /sharp.*not installed/)
    })
  })

  it('ends itself before it takes too much memory: the photo goes without a preview, and the next one has one', async () => {
    const greedy = `process.on('message', message => { if (message.job?.do === 'picture' && message.job.size % 2 === 1) globalThis.much = Buffer.alloc(150_000_000, 1) })`
    const odd = photo.length % 2 === 1 ? photo : Buffer.concat([photo, Buffer.alloc(1)])
    await using(withCode(greedy), async other => {
      const { as, thumb, notes } = await other.probe(sourceOf(odd), {})
      assert.deepEqual({ as, thumb, notes }, { as: 'photo', thumb: undefined, notes: ['too-large-for-preview'] })
      assert.ok((await other.probe(sourceOf(Buffer.concat([odd, Buffer.alloc(1)])), {})).thumb !== undefined)
    })
  })

  it('may die in the middle of a picture: the photo goes without a preview, and the next one gets a new process', async () => {
    const dies = `process.on('message', message => { if (message.job?.do === 'picture' && message.job.size % 2 === 1) process.kill(process.pid, 'SIGKILL') })`
    const odd = photo.length % 2 === 1 ? photo : Buffer.concat([photo, Buffer.alloc(1)])
    await using(withCode(dies), async other => {
      const { as, thumb, notes, stripped } = await other.probe(sourceOf(odd), {})
      assert.deepEqual({ as, thumb, notes }, { as: 'photo', thumb: undefined, notes: ['too-large-for-preview'] })
      assert.deepEqual(secretsIn(await all(stripped!)), [])
      const even = Buffer.concat([odd, Buffer.alloc(1)])
      assert.ok((await other.probe(sourceOf(even), {})).thumb !== undefined)
    })
  })

  it('has no environment, so no passphrase', async () => {
    process.env.PETREL_PASSPHRASE_TEST = 'secret'
    try {
      const tells = `import { writeFileSync } from 'node:fs'
        writeFileSync(${JSON.stringify(join(folder, 'seen'))}, Object.keys(process.env).join())`
      await using(withCode(tells), async other => { await other.probe(sourceOf(photo), {}) })
      const seen = readFileSync(join(folder, 'seen'), 'utf8').split(',')
      assert.ok(!seen.includes('PETREL_PASSPHRASE_TEST') && !seen.includes('HOME'), seen.join())
    } finally {
      delete process.env.PETREL_PASSPHRASE_TEST
    }
  })

  it('is stopped by the signal, and by close, in the middle of a read', async () => {
    const stuck = (reached: () => void): ByteSource => ({
      size: photo.length,
      read: async (start, end, options) => {
        if (end - start <= 4096 && start === 0) return photo.subarray(start, end)
        reached()
        return await new Promise((_resolve, reject) => { options?.signal?.addEventListener('abort', () => { reject(new Error('gone')) }) })
      }
    })
    const long = Buffer.concat([photo, Buffer.alloc(9000)])
    const controller = new AbortController()
    const source = { ...stuck(() => { controller.abort() }), size: long.length }
    await assert.rejects(prober.probe(source, { signal: controller.signal }), AbortedError)
    const closing = prober.probe({ ...stuck(() => { void prober.close() }), size: long.length }, {})
    await assert.rejects(closing, AbortedError)
    await assert.rejects(prober.probe(sourceOf(photo), {}), AbortedError)
  })

  it('hands on what the store says when a file cannot be read', async () => {
    const whole = Buffer.concat([photo, Buffer.alloc(9000)])
    const torn: ByteSource = { size: whole.length, read: async (start, end) => { if (end > 4096) throw new CorruptError('a block is damaged'); return whole.subarray(start, end) } }
    await assert.rejects(prober.probe(torn, {}), CorruptError)
    assert.ok((await prober.probe(sourceOf(photo), {})).thumb !== undefined)
  })

  it('does many files in the order they came', async () => {
    const done: number[] = []
    await Promise.all([0, 1, 2, 3, 4].map(async i => { await prober.probe(sourceOf(photo), {}); done.push(i) }))
    assert.deepEqual(done, [0, 1, 2, 3, 4])
  })
})
