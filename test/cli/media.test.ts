import assert from 'node:assert/strict'
import { link, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { interrupted } from '../../src/cli/interrupted.js'
import { partPath } from '../../src/cli/saved-file.js'
import { AbortedError, UnavailableError, type MediaDraft, type MediaFile, type MediaTransfer, type SendOptions } from '../../src/protocol/api/index.js'
import { BYTES, cli, fake, file, message, MESSAGE_ID, NOW, OTHER } from './support.js'

const info = (fields: Partial<MediaFile> = {}, item = 0) => async () => ({ chat: 'bchat', message: MESSAGE_ID, item, from: OTHER, fromName: 'Ada', own: false, at: NOW, file: file(fields) })
const withFiles = (...files: MediaFile[]) => async () => message({ kind: files.length > 1 ? 'album' : 'media', text: '', media: files })

describe('files on the command line', () => {
  let cwd: string
  beforeEach(async () => { cwd = await mkdtemp(join(tmpdir(), 'petrel-files-')) })
  afterEach(async () => { await rm(cwd, { recursive: true }) })
  const left = async (): Promise<string[]> => (await readdir(cwd)).sort()

  describe('petrel media get', () => {
    const one = { getMessage: withFiles(file()) }

    it('saves a file under its name, whole and checked, for its owner', async () => {
      const { code, out } = await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: fake(one).petrel, io: { cwd } })
      assert.equal(code, 0)
      assert.equal(out, `${join(cwd, 'holiday.jpg')}  ${BYTES.length} B\n`)
      assert.deepEqual(await readFile(join(cwd, 'holiday.jpg')), BYTES)
      assert.equal((await stat(join(cwd, 'holiday.jpg'))).mode & 0o777, 0o600)
      assert.deepEqual(await left(), ['holiday.jpg'])
    })

    it('takes no path from a stranger', async () => {
      await mkdir(join(cwd, 'in'))
      const { code } = await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: fake({ ...one, mediaInfo: info({ name: '../../etc/.profile' }) }).petrel, io: { cwd: join(cwd, 'in') } })
      assert.equal(code, 0)
      assert.deepEqual(await readdir(join(cwd, 'in')), ['_profile'])
      assert.deepEqual(await left(), ['in'])
    })

    it('replaces nothing that is there, unless told to, and then only a file', async () => {
      await writeFile(join(cwd, 'holiday.jpg'), 'mine')
      const { petrel } = fake(one)
      const refused = await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel, io: { cwd } })
      assert.equal(refused.code, 1)
      assert.match(refused.err, /is there already: .*--force/)
      assert.equal(await readFile(join(cwd, 'holiday.jpg'), 'utf8'), 'mine')
      assert.deepEqual(await left(), ['holiday.jpg'])
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID, '--force'], { petrel, io: { cwd } })).code, 0)
      assert.deepEqual(await readFile(join(cwd, 'holiday.jpg')), BYTES)
      await symlink(join(cwd, 'elsewhere'), join(cwd, 'linked'))
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID, '--force', '-o', 'linked'], { petrel, io: { cwd } })).code, 1)
      assert.deepEqual(await left(), ['holiday.jpg', 'linked'])
    })

    it('does not replace what came there while it was receiving', async () => {
      const { petrel } = fake({ ...one, readMedia: async function * () { await writeFile(join(cwd, 'holiday.jpg'), 'mine'); yield BYTES } })
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel, io: { cwd } })).code, 1)
      assert.equal(await readFile(join(cwd, 'holiday.jpg'), 'utf8'), 'mine')
    })

    it('leaves no file under the final name when it fails, and goes on from what came', async () => {
      const starts: number[] = []
      let broken = true
      const { petrel } = fake({
        ...one,
        readMedia: async function * (_chat, _message, o) {
          starts.push(o?.start ?? 0)
          if (!broken) { yield BYTES.subarray(o?.start); return }
          yield BYTES.subarray(0, 10)
          throw new UnavailableError('nobody who has it can be reached')
        }
      })
      const first = await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel, io: { cwd } })
      assert.equal(first.code, 6)
      assert.deepEqual(await left(), [`.petrel-${file().sha256.slice(0, 32)}.part`])
      broken = false
      const second = await cli(['media', 'get', 'ada', MESSAGE_ID, '--json'], { petrel, io: { cwd } })
      assert.equal(second.json().saved!['0']!.resumed, 10)
      assert.deepEqual(starts, [0, 10])
      assert.deepEqual(await readFile(join(cwd, 'holiday.jpg')), BYTES)
      assert.deepEqual(await left(), ['holiday.jpg'])
    })

    it('says why the node gave a file up whose bytes ended too early', async () => {
      const told = Promise.withResolvers<undefined>()
      const full = { code: 'ERR_READ_ONLY', message: 'the disk is full: free some space' }
      const { petrel } = fake({
        ...one,
        readMedia: async function * () { yield BYTES.subarray(0, 10); told.resolve(undefined); throw new UnavailableError('the connection to the daemon was lost') },
        transfers: async function * () { await told.promise; yield { media: file().id, direction: 'download' as const, state: 'failed' as const, bytes: 10, total: BYTES.length, rate: 0, error: full } }
      })
      const { code, err } = await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel, io: { cwd } })
      assert.equal(code, 1)
      assert.match(err, /the same command goes on from there/)
      assert.match(err, /petrel: the disk is full: free some space\n$/)
    })

    it('keeps what came at Ctrl-C, and says how to go on', async () => {
      const abort = new AbortController()
      const { petrel } = fake({ ...one, readMedia: async function * () { yield BYTES.subarray(0, 5); abort.abort(interrupted(130)); throw new AbortedError() } })
      const { code, err } = await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel, io: { cwd, signal: abort.signal } })
      assert.equal(code, 130)
      assert.match(err, /the same command goes on from there/)
      assert.equal((await left()).length, 1)
    })

    it('removes bytes that are not the file, and a part that was tampered with does not pass', async () => {
      const wrong = fake({ ...one, readMedia: async function * () { yield Buffer.alloc(BYTES.length) } })
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: wrong.petrel, io: { cwd } })).code, 1)
      assert.deepEqual(await left(), [])
      await writeFile(partPath({ path: join(cwd, 'holiday.jpg'), sha256: file().sha256 }), 'tampered')
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: fake(one).petrel, io: { cwd } })).code, 1)
      assert.deepEqual(await left(), [])
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: fake(one).petrel, io: { cwd } })).code, 0)
    })

    it('removes the part that an attempt has left which ended right after it had named the file', async () => {
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: fake(one).petrel, io: { cwd } })).code, 0)
      const path = join(cwd, 'holiday.jpg')
      await link(path, partPath({ path, sha256: file().sha256 }))
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: fake(one).petrel, io: { cwd } })).code, 0)
      assert.deepEqual(await left(), ['holiday.jpg'])
    })

    it('does not write through a link that somebody laid in the place of the part', async () => {
      await writeFile(join(cwd, 'precious'), 'mine')
      await symlink(join(cwd, 'precious'), partPath({ path: join(cwd, 'holiday.jpg'), sha256: file().sha256 }))
      assert.notEqual((await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel: fake(one).petrel, io: { cwd } })).code, 0)
      assert.equal(await readFile(join(cwd, 'precious'), 'utf8'), 'mine')
    })

    it('saves an album into a directory, two files of one name under two names', async () => {
      const texts = ['first', 'second']
      const files = texts.map(text => file({ name: 'same.txt', size: text.length, sha256: createHash('sha256').update(text).digest('hex') }))
      const { petrel } = fake({
        getMessage: withFiles(...files),
        mediaInfo: async (_chat, _message, o) => await info(files[o?.item ?? 0], o?.item)(),
        readMedia: async function * (_chat, _message, o) { yield Buffer.from(texts[o?.item ?? 0]!) }
      })
      await mkdir(join(cwd, 'album'))
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID, '-o', 'album'], { petrel, io: { cwd } })).code, 0)
      assert.equal(await readFile(join(cwd, 'album/same.txt'), 'utf8'), 'first')
      assert.equal(await readFile(join(cwd, 'album/same-2.txt'), 'utf8'), 'second')
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID, '-o', 'one-name'], { petrel, io: { cwd } })).code, 2)
      assert.equal((await cli(['media', 'get', 'ada', MESSAGE_ID, '-i', '2', '-o', 'one-name'], { petrel, io: { cwd } })).code, 0)
      assert.equal(await readFile(join(cwd, 'one-name'), 'utf8'), 'second')
    })

    it('counts a file that is there whole as saved, and leaves out of an album only what is in the way', async () => {
      const texts = ['first', 'second']
      const files = texts.map(text => file({ name: `${text}.txt`, size: text.length, sha256: createHash('sha256').update(text).digest('hex') }))
      const asked: number[] = []
      const { petrel } = fake({
        getMessage: withFiles(...files),
        mediaInfo: async (_chat, _message, o) => await info(files[o?.item ?? 0], o?.item)(),
        readMedia: async function * (_chat, _message, o) { asked.push(o?.item ?? 0); yield Buffer.from(texts[o?.item ?? 0]!) }
      })
      const get = async () => await cli(['media', 'get', 'ada', MESSAGE_ID], { petrel, io: { cwd } })
      await writeFile(join(cwd, 'first.txt'), 'other')
      const { code, err } = await get()
      assert.equal(code, 1)
      assert.match(err, /first\.txt is there already/)
      assert.equal(await readFile(join(cwd, 'first.txt'), 'utf8'), 'other')
      await rm(join(cwd, 'first.txt'))
      assert.equal((await get()).code, 0)
      assert.equal((await get()).code, 0)
      assert.deepEqual(asked, [1, 0])
      assert.deepEqual(await left(), ['first.txt', 'second.txt'])
    })

    it('says which directory is not there', async () => {
      const { code, err } = await cli(['media', 'get', 'ada', MESSAGE_ID, '-o', 'nodir/'], { petrel: fake(one).petrel, io: { cwd } })
      assert.equal(code, 4)
      assert.match(err, /the directory \S+nodir is not there/)
    })

    it('gives the bytes themselves on stdout', async () => {
      const { out, code } = await cli(['media', 'get', 'ada', MESSAGE_ID, '-o', '-'], { petrel: fake(one).petrel, io: { cwd } })
      assert.deepEqual([code, out], [0, BYTES.toString()])
      assert.deepEqual(await left(), [])
    })
  })

  describe('petrel send --attach', () => {
    /** A daemon that takes files in; each is known by its name. */
    function taking (over: Parameters<typeof fake>[0] = {}) {
      const drafts: MediaDraft[] = []
      const made = fake({
        addMedia: async (draft, bytes) => {
          drafts.push(draft)
          const whole = Buffer.concat(await Array.fromAsync(bytes))
          assert.equal(createHash('sha256').update(whole).digest('hex'), draft.sha256)
          return { file: file({ id: `id:${draft.name ?? ''}` }), notes: draft.name === 'odd.jpg' ? ['not-a-photo'] : [] }
        },
        ...over
      })
      return { ...made, drafts }
    }

    it('takes the files in and sends them as one message, with a caption', async () => {
      await writeFile(join(cwd, 'a.jpg'), 'first')
      await writeFile(join(cwd, 'b.jpg'), 'second')
      const { petrel, calls, drafts } = taking()
      const { code, out, err } = await cli(['send', 'ada', '--attach', 'a.jpg', join(cwd, 'b.jpg'), '--caption', 'from the sea', '--as', 'photo', '-k', 'k1'], { petrel, io: { cwd } })
      assert.deepEqual([code, out, err], [0, `${MESSAGE_ID}  ✓\n`, 'stored at the relay\n'])
      assert.deepEqual(drafts.map(({ name, size, as, keepMetadata }) => [name, size, as, keepMetadata]), [['a.jpg', 5, 'photo', undefined], ['b.jpg', 6, 'photo', undefined]])
      assert.deepEqual(calls.find(([name]) => name === 'send'), ['send', 'ada', 'from the sea', { wait: 'stored', idempotencyKey: 'k1', silent: false, media: ['id:a.jpg', 'id:b.jpg'] }])
    })

    it('needs no text, takes the text as the caption, and keeps metadata only when told', async () => {
      await writeFile(join(cwd, 'a.jpg'), 'x')
      const { petrel, calls, drafts } = taking()
      assert.equal((await cli(['send', 'ada', '-a', 'a.jpg'], { petrel, io: { cwd } })).code, 0)
      assert.equal((await cli(['send', 'ada', 'look', '-a', 'a.jpg', '--keep-metadata'], { petrel, io: { cwd } })).code, 0)
      assert.deepEqual(calls.filter(([name]) => name === 'send').map(call => call[2]), ['', 'look'])
      assert.deepEqual(drafts.map(draft => draft.keepMetadata), [undefined, true])
    })

    it('says what the node noticed about a file', async () => {
      await writeFile(join(cwd, 'odd.jpg'), 'x')
      assert.match((await cli(['send', 'ada', '-a', 'odd.jpg'], { petrel: taking().petrel, io: { cwd } })).err, /^odd\.jpg: \(not-a-photo\)\n/)
    })

    it('does not wait for a pipe with a name, which is no file', async function () {
      if (process.platform === 'win32') return this.skip()
      const pipe = join(cwd, 'pipe')
      await promisify(execFile)('mkfifo', [pipe])
      const late = setTimeout(() => { void writeFile(pipe, 'x') }, 1_500) // Whoever waits for a writer has one then: else this process would never end.
      const began = performance.now()
      const { code, err } = await cli(['send', 'ada', '-a', 'pipe'], { petrel: taking().petrel, io: { cwd } })
      clearTimeout(late)
      assert.deepEqual([code, err], [2, 'petrel: pipe is no ordinary file\n'])
      assert.ok(performance.now() - began < 1_400, 'nobody had to write into it')
    })

    it('sends nothing when one of the files cannot be read, or there are too many', async () => {
      await writeFile(join(cwd, 'a.jpg'), 'x')
      await mkdir(join(cwd, 'folder'))
      const { petrel, calls } = taking()
      const runs: [string[], number][] = [
        [['send', 'ada', '-a', 'a.jpg', 'missing.jpg'], 4], [['send', 'ada', '-a', 'a.jpg', 'folder'], 2], [['send', 'ada', '-a', ...Array<string>(11).fill('a.jpg')], 2],
        [['send', 'ada', 'text', '--caption', 'c', '-a', 'a.jpg'], 2], [['send', 'ada', 'text', '--as', 'photo'], 2], [['send', 'ada', 'text', '--keep-metadata'], 2], [['send', 'ada', '--caption', 'c'], 2], [['send', 'ada'], 2]
      ]
      for (const [args, code] of runs) assert.equal((await cli(args, { petrel, io: { cwd } })).code, code, args.join(' '))
      assert.ok(!calls.some(([name]) => name === 'send' || name === 'addMedia'))
    })

    it('says at Ctrl-C while files are taken in that nothing was sent', async () => {
      await writeFile(join(cwd, 'a.jpg'), 'x')
      const abort = new AbortController()
      const { petrel, calls } = taking({ addMedia: async () => { abort.abort(interrupted(130)); throw new AbortedError() } })
      const { code, err } = await cli(['send', 'ada', '-a', 'a.jpg'], { petrel, io: { cwd, signal: abort.signal } })
      assert.equal(code, 130)
      assert.match(err, /^Nothing was sent\./)
      assert.ok(!calls.some(([name]) => name === 'send'))
    })

    it('says at Ctrl-C during the upload that the node goes on', async () => {
      await writeFile(join(cwd, 'a.jpg'), 'x')
      const abort = new AbortController()
      const { petrel } = taking({
        transfers: async function * () { yield * [] },
        send: async (_chat, text, o: SendOptions = {}) => {
          if (o.wait === 'queued') return message({ own: true, text, state: 'queued' })
          abort.abort(interrupted(130))
          throw new AbortedError()
        }
      })
      const { code, out, err } = await cli(['send', 'ada', '-a', 'a.jpg'], { petrel, io: { cwd, signal: abort.signal } })
      assert.deepEqual([code, out], [130, `${MESSAGE_ID}  …\n`])
      assert.match(err, /goes by itself/)
    })

    it('shows on a terminal how far it is, and leaves a clean line', async () => {
      await writeFile(join(cwd, 'film.mp4'), Buffer.alloc(600_000))
      const step = (bytes: number, state: MediaTransfer['state']): MediaTransfer => ({ media: 'id:film.mp4', direction: 'upload', state, bytes, total: 600_000, rate: 100_000, error: null })
      const shown = Promise.withResolvers<undefined>()
      const { petrel } = taking({
        transfers: async function * () { yield step(300_000, 'running'); yield step(600_000, 'done'); shown.resolve(undefined) },
        send: async () => { await shown.promise; return message({ own: true, state: 'stored' }) }
      })
      const { err } = await cli(['send', 'ada', '-a', 'film.mp4'], { petrel, io: { cwd, errorColumns: 120 } })
      assert.match(err, /film\.mp4: reading/)
      assert.match(err, /film\.mp4: uploading {3}50 % {2}293 KiB of 586 KiB {2}97\.7 KiB\/s {2}3s left/)
      assert.match(err, /\r\u001b\[Kstored at the relay\n$/)
      const quiet = await cli(['send', 'ada', '-a', 'film.mp4', '-q'], { petrel: taking().petrel, io: { cwd, errorColumns: 120 } })
      assert.equal(quiet.err, '')
    })
  })

  describe('petrel media', () => {
    it('lists files with what is here of them', async () => {
      const { petrel, calls } = fake()
      const { out } = await cli(['media', 'list', 'ada', '--as', 'photo', '-l', '5'], { petrel })
      assert.match(out, /MESSAGE +WHEN +FROM +KIND +NAME +SIZE +HERE\n/)
      assert.match(out, new RegExp(`${MESSAGE_ID} +[\\d: -]+ +Ada +photo +holiday.jpg +22 B +yes`))
      assert.deepEqual(calls[0], ['listMedia', { chat: 'ada', as: 'photo', limit: 5 }])
    })

    it('tells of a file what is known', async () => {
      const { out } = await cli(['media', 'info', 'ada', MESSAGE_ID], { petrel: fake({ getMessage: withFiles(file()) }).petrel })
      for (const part of [/name +holiday\.jpg/, /size +22 B \(22 bytes\)/, /pixels +1600 × 1200/, /here +yes/]) assert.match(out, part)
    })

    it('gives an address for a player', async () => {
      const { petrel, calls } = fake()
      assert.equal((await cli(['media', 'url', 'ada', MESSAGE_ID, '-i', '2', '--expires', '1h'], { petrel })).out, 'http://127.0.0.1:1/media/token/holiday.jpg\n')
      assert.deepEqual(calls.find(([name]) => name === 'mediaUrl'), ['mediaUrl', 'ada', MESSAGE_ID, { item: 1, expiresInMs: 3_600_000 }])
    })

    it('makes room where it is told, and only there', async () => {
      const { petrel, calls } = fake()
      assert.equal((await cli(['media', 'purge'], { petrel })).code, 2)
      assert.equal((await cli(['media', 'purge', 'ada', '--all'], { petrel })).code, 2)
      assert.equal((await cli(['media', 'purge', '--all', '--unused', '30d'], { petrel })).out, '1 file, 22 B\n')
      assert.equal((await cli(['media', 'purge', 'ada', MESSAGE_ID], { petrel })).code, 0)
      assert.deepEqual(calls.filter(([name]) => name === 'purgeMedia').map(call => call[1]), [{ unusedMs: 30 * 86_400_000 }, { chat: 'ada', message: MESSAGE_ID }])
    })
  })
})
