import assert from 'node:assert/strict'
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { formatted } from '../../src/cli/export/formatted.js'
import { messagesOf, spanOf } from '../../src/cli/export/walk.js'
import { AbortedError, UnavailableError, type ChatMessage, type Petrel } from '../../src/protocol/api/index.js'
import { BYTES, chat, cli, fake, file, message, NOW, poll, type Ran } from './support.js'

const { signal } = new AbortController()

/** A daemon with one chat; each message has the number that its place gives it, unless it has one. `lines` may change while it is read. */
function daemon (lines: ChatMessage[], over: Partial<Petrel> = {}): Petrel {
  return fake({
    showChat: async (_words, { before = Infinity, limit = 50 } = {}) => {
      const below = lines.filter(({ seq }) => seq !== null && seq < before)
      return { chat: chat({ seq: lines.at(-1)?.seq ?? 0 }), messages: below.slice(-limit), hasMore: below.length > limit }
    },
    ...over
  }).petrel
}

const many = (count: number): ChatMessage[] => Array.from({ length: count }, (_, i) => message({ id: `bmessage${i + 1}`, seq: i + 1, text: `number ${i + 1}`, at: new Date(NOW.getTime() + i * 60_000) }))

describe('petrel export', () => {
  let cwd: string
  beforeEach(async () => { cwd = await mkdtemp(join(tmpdir(), 'petrel-export-')) })
  afterEach(async () => { await rm(cwd, { recursive: true }) })
  const run = async (args: string[], petrel: Petrel): Promise<Ran> => await cli(['export', 'Ada', ...args], { petrel, io: { cwd } })
  const read = async (...path: string[]): Promise<string> => await readFile(join(cwd, ...path), 'utf8')

  it('writes every message once, the oldest first, whatever their number', async () => {
    const { code, out, err } = await run(['--format', 'jsonl', '--output', 'out'], daemon(many(1234)))
    assert.deepEqual([code, err], [0, ''])
    assert.equal(out, `${join(cwd, 'out')}  1234 messages\n`)
    const [head, ...lines] = (await read('out', 'messages.jsonl')).trim().split('\n').map(line => JSON.parse(line))
    assert.equal(head.export.title, 'Ada')
    assert.deepEqual(lines.map(line => line.message.seq), many(1234).map(({ seq }) => seq))
    assert.equal((await stat(join(cwd, 'out'))).mode & 0o777, 0o700)
    assert.equal((await stat(join(cwd, 'out', 'messages.jsonl'))).mode & 0o777, 0o600)
  })

  it('turns pages of HTML that lead to each other', async () => {
    assert.equal((await run(['-o', 'out'], daemon(many(2100)))).code, 0)
    assert.deepEqual((await readdir(join(cwd, 'out'))).sort(), ['.petrel-export', 'messages.html', 'messages2.html', 'messages3.html'])
    assert.match(await read('out', 'messages2.html'), /<nav><a href="messages.html">earlier<\/a> · <a href="messages3.html">later<\/a><\/nav>/)
    // A shorter one in the same place takes away what was too much.
    assert.equal((await run(['-o', 'out', '--until', '2026-03-04T13:00Z'], daemon(many(2100)))).code, 0)
    assert.deepEqual((await readdir(join(cwd, 'out'))).sort(), ['.petrel-export', 'messages.html'])
    assert.equal((await read('out', 'messages.html')).match(/class="m"/g)?.length, 60)
  })

  it('goes back no further than it was asked to', async () => {
    const asked: unknown[] = []
    const petrel = daemon(many(1000))
    const showChat = petrel.showChat.bind(petrel)
    const counting = fake({ showChat: async (words, o) => { asked.push(o?.before); return await showChat(words, o) } }).petrel
    const { lines } = await run(['--format', 'jsonl', '-o', '-', '--since', '2026-03-05T03:00Z'], counting)
    assert.deepEqual(lines().slice(1).map(line => (line.message as unknown as ChatMessage).seq), many(1000).slice(900).map(({ seq }) => seq))
    assert.ok(asked.length < 6, `${asked.length} pages`)
  })

  it('loses and doubles nothing when messages come and go between the walks', async () => {
    const lines = many(600)
    const [gap] = lines.splice(450, 1)
    const petrel = daemon(lines)
    const span = await spanOf(petrel, 'Ada', { signal })
    lines.splice(450, 0, gap!)
    lines.splice(100, 1)
    lines.push(message({ seq: 601 }))
    const seqs = (await Array.fromAsync(messagesOf(petrel, span, { signal }))).map(({ seq }) => seq)
    assert.deepEqual(seqs, many(600).map(({ seq }) => seq).filter(seq => seq !== 101))
  })

  it('says when there is more that could not be fetched', async () => {
    const petrel = daemon([], { showChat: async (_words, o) => ({ chat: chat({ seq: 9 }), messages: o?.before === 10 ? [message({ seq: 7 })] : [], hasMore: true }) })
    const { code, err, json } = await run(['--json'], petrel)
    assert.equal(code, 1, err)
    assert.equal((json().export as unknown as { whole: boolean }).whole, false)
    assert.match((await run([], petrel)).err, /older messages that could not be fetched/)
  })

  it('saves files under names that lead nowhere else, and fetches none twice', async () => {
    let fetched = 0
    const media = [file({ name: '../../.ssh/authorized_keys' }), file({ name: 'C:\\CON', as: 'file', type: null }), file({ name: 'evil.svg', as: 'photo', type: 'image/png' })]
    const petrel = daemon([message({ media }), message({ id: 'bnext', seq: 4, media: [file({ name: '../../.ssh/authorized_keys' })] })], { readMedia: async function * () { fetched++; yield BYTES } })
    const { code, out } = await run(['--media', '-o', 'out'], petrel)
    assert.equal(code, 0)
    assert.match(out, /2 messages, 4 files, 88 B/)
    const names = ['3 authorized_keys', '3.2 _CON', '3.3 evil.svg', '4 authorized_keys']
    assert.deepEqual((await readdir(join(cwd, 'out', 'files'))).sort(), names)
    assert.deepEqual(await readFile(join(cwd, 'out', 'files', names[0]!)), BYTES)
    const page = await read('out', 'messages.html')
    assert.match(page, /<img src="files\/3%20authorized_keys"/)
    assert.doesNotMatch(page, /(?:href|src)="[^"]*evil/, 'what a browser takes for a page is no link')
    assert.equal((await run(['--media', '-o', 'out'], petrel)).code, 0)
    assert.equal(fetched, 4)
  })

  it('goes on when a file is gone, and says so', async () => {
    const petrel = daemon([message({ media: [file()] }), message({ seq: 4, text: 'after it' })], { readMedia: async function * () { yield * []; throw new UnavailableError('nobody has it <now>') } })
    const { code, json } = await run(['--media', '-o', 'out', '--json'], petrel)
    assert.equal(code, 1)
    assert.equal((json().export as unknown as { missing: unknown[] }).missing.length, 1)
    const page = await read('out', 'messages.html')
    assert.match(page, /not saved, nobody has it &lt;now&gt;/)
    assert.match(page, /after it/)
  })

  it('waits for one file that nobody gives as long as it takes, and for those behind it only a moment, until one comes', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const ended: Array<boolean | undefined> = []
      const waits = (ms: number, signal: AbortSignal | undefined): void => {
        mock.timers.tick(ms)
        ended.push(signal?.aborted)
        if (signal?.aborted === true) throw new AbortedError()
      }
      const petrel = daemon(many(4).map((one, i) => ({ ...one, media: [file({ name: `${i + 1}` })] })), {
        readMedia: async function * (_chat, id, { signal: given } = {}) {
          if (id === 'bmessage1' || id === 'bmessage4') waits(60_000, given)
          if (id === 'bmessage1') throw new UnavailableError('nobody has it')
          if (id === 'bmessage2') waits(5000, given)
          if (id === 'bmessage3') waits(4999, given)
          yield BYTES
        }
      })
      const { code, json } = await run(['--media', '-o', 'out', '--json'], petrel)
      const { files, missing } = json().export as unknown as { files: number, missing: Array<{ message: string }> }
      assert.deepEqual([code, files, missing.map(one => one.message)], [1, 2, ['bmessage1', 'bmessage2']])
      assert.deepEqual(ended, [false, true, false, false], 'the third came in time, and the fourth may take long again')
    } finally {
      mock.timers.reset()
    }
  })

  it('writes over nothing that is not an export of this chat', async () => {
    await mkdir(join(cwd, 'full'))
    await writeFile(join(cwd, 'full', 'letter.txt'), 'mine')
    await writeFile(join(cwd, 'file'), 'mine')
    for (const place of ['full', 'file']) assert.equal((await run(['-o', place], daemon(many(3)))).code, 1)
    assert.deepEqual(await readdir(join(cwd, 'full')), ['letter.txt'])
    assert.equal((await run(['-o', 'out'], daemon(many(3)))).code, 0)
    await writeFile(join(cwd, 'out', '.petrel-export'), 'bother\n')
    assert.equal((await run(['-o', 'out'], daemon(many(3)))).code, 1)
    // Nor through a link that somebody has laid there.
    await rm(join(cwd, 'out'), { recursive: true })
    assert.equal((await run(['-o', 'out'], daemon(many(3)))).code, 0)
    await symlink(join(cwd, 'file'), join(cwd, 'out', '.petrel-messages.html.part'))
    assert.equal((await run(['-o', 'out'], daemon(many(3)))).code, 1)
    assert.equal(await read('file'), 'mine')
  })

  it('writes nothing where others can write, nor into a file that somebody has laid there', async () => {
    await mkdir(join(cwd, 'open'))
    await chmod(join(cwd, 'open'), 0o777)
    const open = await run(['-o', 'open'], daemon(many(1)))
    assert.deepEqual([open.code, await readdir(join(cwd, 'open'))], [5, []])
    assert.equal((await run(['-o', 'own'], daemon(many(1)))).code, 0)
    const laid = join(cwd, 'somewhere else')
    await writeFile(laid, 'as it was')
    await link(laid, join(cwd, 'own', '.petrel-messages.html.part'))
    assert.notEqual((await run(['-o', 'own'], daemon(many(1)))).code, 0)
    assert.equal(await readFile(laid, 'utf8'), 'as it was')
  })

  it('lets no text of others become part of a page, or run', async () => {
    const evil = '</div><script>alert(1)</script><img src=x onerror=alert(1)>"\'\u202e\u001b'
    const text = `${evil} click here`
    const line = message({
      text, fromName: evil, media: [file({ name: evil, type: evil })], replyTo: { id: 'b', quote: evil, fromName: evil, text: evil }, forwardedFrom: { name: evil, at: NOW },
      reactions: [{ emoji: evil, count: 1, own: false, accounts: [] }], poll: poll([evil, evil]),
      entities: [
        { type: 'bold', offset: 3, length: 10 }, { type: 'italic', offset: 8, length: 20 }, { type: evil, offset: 0, length: 5 }, { type: 'pre', offset: 0, length: 9, value: evil },
        { type: 'text_link', offset: text.length - 10, length: 10, value: 'javascript:alert(1)' }, { type: 'spoiler', offset: -5, length: 1e9 }, { type: 'code', offset: 2, length: 1e9 }
      ]
    })
    const petrel = daemon([], { showChat: async () => ({ chat: chat({ title: evil }), messages: [line], hasMore: false }) })
    assert.equal((await run(['-o', 'out', '--media'], petrel)).code, 0)
    const page = await read('out', 'messages.html')
    assert.deepEqual([...page.matchAll(/<(script|img)[^>]*/g)].map(([tag]) => tag).filter(tag => !tag.startsWith('<img src="files/')), [])
    assert.doesNotMatch(page, /href="javascript:|on(?:error|click)=(?!alert\(1\)&gt;)|[\u202e\u001b]/)
    assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/)
    // What is opened is closed, in order: nothing of the text ends a message early.
    const open: string[] = []
    for (const [, close, name = ''] of page.replace(/<style>.*<\/style>/s, '').matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
      if (['meta', 'img', 'br'].includes(name)) continue
      if (close === '') open.push(name)
      else assert.equal(open.pop(), name)
    }
    assert.deepEqual(open, [])
  })

  it('keeps formatting that crosses well formed, and says where a link leads', () => {
    assert.equal(formatted('abc', [{ type: 'bold', offset: 0, length: 2 }, { type: 'italic', offset: 1, length: 2 }]), '<b>a</b><b><i>b</i></b><i>c</i>')
    assert.equal(formatted('here', [{ type: 'text_link', offset: 0, length: 4, value: 'https://example.org/?a&b' }]), '<a href="https://example.org/?a&amp;b" rel="noreferrer noopener nofollow">here</a> (https://example.org/?a&amp;b)')
    assert.equal(formatted('a\nb 🦀', [{ type: 'bold', offset: 5, length: 1 }]), 'a\nb 🦀')
  })
})
