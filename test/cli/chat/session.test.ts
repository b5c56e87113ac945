import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UnavailableError, type Petrel, type SecretLine, type Update, type UpdateEvent } from '../../../src/protocol/api/index.js'
import type { Tty } from '../../../src/cli/chat/index.js'
import { BYTES, chat, cli, fake, file, message, NOW, status, type Ran } from '../support.js'
import { Emulator } from './emulator.js'

/** News that a test makes. */
class News {
  readonly #waiting: (() => void)[] = []
  readonly #updates: Update[] = []
  #end: Error | undefined

  add (event: UpdateEvent): void {
    this.#updates.push({ n: this.#updates.length + 1, at: NOW, event })
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The connection is lost. */
  lose (): void {
    this.#end = new UnavailableError('lost')
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async * read (after: number, signal?: AbortSignal): AsyncGenerator<Update> {
    for (let at = after; signal?.aborted !== true;) {
      const next = this.#updates[at]
      if (next !== undefined) { at++; yield next; continue }
      if (this.#end !== undefined) { const end = this.#end; this.#end = undefined; throw end }
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve)
        signal?.addEventListener('abort', () => { resolve() }, { once: true })
      })
    }
  }
}

/** `petrel chat` at a terminal that is played, with a daemon that is played. */
class Chat {
  readonly terminal = new Emulator(60, 14)
  readonly news = new News()
  readonly calls
  readonly ran: Promise<Ran>
  readonly #looks: (() => void)[] = []
  #onText: (text: string | undefined) => void = () => undefined
  #onResize: () => void = () => undefined

  constructor (over: Partial<Petrel> = {}, args: string[] = ['chat', 'Ada'], connect?: () => Promise<Petrel>) {
    const { petrel, calls } = fake({ receive: o => this.news.read(o?.after ?? 0, o?.signal), transfers: async function * () { /* none */ }, ...over })
    this.calls = calls
    const tty: Tty = {
      size: () => ({ columns: this.terminal.columns, rows: this.terminal.rows }),
      open: (onText, onResize) => { [this.#onText, this.#onResize] = [onText, onResize] },
      suspend: async () => { /* at once */ },
      close: () => undefined
    }
    const write = async (data: string | Uint8Array): Promise<void> => {
      this.terminal.write(String(data))
      for (const look of this.#looks.splice(0)) look()
    }
    this.ran = cli(args, {
      petrel,
      io: { columns: 60, interactive: true, write, env: { NO_COLOR: '1' } },
      doors: { terminal: async () => ({ tty, lines: async function * () { /* none */ } }), ...connect === undefined ? {} : { connect } }
    })
  }

  type (text: string | undefined): void { this.#onText(text) }

  resize (columns: number, rows: number): void {
    this.terminal.resize(columns, rows)
    this.#onResize()
  }

  /** Resolves when the screen fits. */
  async until (pattern: RegExp): Promise<string[]> {
    while (!pattern.test(this.terminal.all().join('\n'))) await new Promise<void>(resolve => { this.#looks.push(resolve) })
    return this.terminal.all()
  }
}

describe('petrel chat at a terminal', () => {
  it('opens, sends, hears, and leaves what was said behind', async () => {
    const at = new Chat()
    await at.until(/^> $/m)
    at.type('good morning\r')
    await at.until(/good morning {2}✓/)
    const [, , text, options] = at.calls.find(([name]) => name === 'send')! as [string, string, string, { wait: string, idempotencyKey: string }]
    assert.deepEqual([text, options.wait], ['good morning', 'queued'])
    assert.match(options.idempotencyKey, /^chat-/)
    at.news.add({ type: 'message', message: message({ id: 'mnew', seq: 9, text: 'hello \u001b[2J\u202eyou' }) })
    await at.until(/hello ␛\[2Jyou/)
    at.resize(40, 12)
    await at.until(/^Ada · connected · not verified · 1 requ…$/m)
    at.type('\u0004')
    const { code, err } = await at.ran
    assert.deepEqual([code, err], [0, ''])
    assert.ok(at.calls.some(([name, id, o]) => name === 'readChat' && id === 'bchat' && (o as { upTo: number }).upTo === 9))
    assert.match(at.terminal.all().at(-1)!, /hello/, 'the lower edge is gone')
  })

  it('ends with Ctrl-C by 130, with the end of the keyboard by 0, and with the error when there is no such chat', async () => {
    for (const [keys, expected] of [['\u0003', 130], ['/quit\r', 0], [undefined, 0]] as const) {
      const at = new Chat()
      await at.until(/^> $/m)
      at.type(keys)
      assert.equal((await at.ran).code, expected)
    }
    const none = new Chat({ showChat: async () => { throw Object.assign(new Error('no chat is called that'), { code: 'ERR_NOT_FOUND', details: {} }) } })
    const { code, err } = await none.ran
    assert.deepEqual([code, err], [4, 'petrel: no chat is called that\n'])
    assert.deepEqual(none.terminal.all(), [''])
  })

  it('gives back what a daemon that is gone did not take, finds it again, and misses nothing', async () => {
    const at: Chat = new Chat({ status: async () => status({ updates: 0 }), send: async () => { throw new UnavailableError('lost') } }, ['chat', 'Ada'], async () => await Promise.resolve(daemon))
    const daemon: Petrel = fake({ receive: o => at.news.read(o?.after ?? 0, o?.signal), transfers: async function * () { /* none */ }, send: async () => { throw new UnavailableError('lost') } }).petrel
    await at.until(/^> $/m)
    at.type('are you there?\r')
    await at.until(/^! lost; what was under way may have been done$/m)
    await at.until(/^> are you there\?$/m)
    at.news.lose()
    await at.until(/^Ada · no daemon/m)
    at.news.add({ type: 'message', message: message({ id: 'mwhile', seq: 9, text: 'while you were away' }) })
    await at.until(/while you were away/)
    await at.until(/^Ada · connected/m)
    at.type('\u0003\u0003')
    assert.equal((await at.ran).code, 130)
  })

  it('shows hundreds of messages at once in order, however fast they come', async () => {
    const at = new Chat()
    await at.until(/^> $/m)
    for (let i = 0; i < 400; i++) at.news.add({ type: 'message', message: message({ id: `m${i}`, seq: 10 + i, text: `message ${i}` }) })
    const lines = await at.until(/message 399$/m)
    assert.deepEqual(lines.flatMap(line => /message (\d+)$/.exec(line)?.[1] ?? []), Array.from({ length: 400 }, (_, i) => String(i)))
    at.type('\u0004')
    await at.ran
  })

  it('sends a file with its caption, and says what there is to know of it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'petrel-chat-'))
    try {
      await writeFile(join(folder, 'my notes.txt'), 'notes')
      const base = fake().petrel
      const at = new Chat({ addMedia: async (draft, bytes, o) => ({ ...await base.addMedia(draft, bytes, o), notes: ['metadata-kept'] }) })
      await at.until(/^> $/m)
      at.type(`/attach ${join(folder, 'my\\ no')}\t`)
      await at.until(/notes\.txt $/m)
      at.type('as promised\r')
      await at.until(/my notes\.txt: \(metadata-kept\)/)
      await at.until(/as promised {2}✓/)
      const [, , caption, options] = at.calls.find(([name]) => name === 'send')! as [string, string, string, { media: string[] }]
      assert.deepEqual([caption, options.media], ['as promised', ['bafymedia']])
      at.type(`/attach ${folder}/nothing\r`)
      await at.until(/^! there is no file/m)
      at.type('\u0004')
      assert.equal((await at.ran).code, 0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('shows a secret chat on a screen of its own, as it changes, and leaves nothing of it', async () => {
    let lines: SecretLine[] = []
    const base = fake().petrel
    const [known] = await base.secretLines('Ada')
    const at = new Chat({
      secretLines: async (_, o) => o?.before === undefined ? [...lines].reverse() : [],
      sendSecret: async (_, text) => { const line = { ...known!, number: 2, id: 'bmine', own: true, text, state: 'waiting' as const }; lines = [...lines, line]; return line }
    }, ['chat', 'Ada', '--secret'])
    lines = [{ ...known!, text: 'oystercatcher' }]
    await at.until(/^SECRET CHAT with Ada · timer 1 hour/m)
    await at.until(/1 oystercatcher {2}1h/)
    assert.ok(at.calls.some(([name, id]) => name === 'readSecret' && id === 'abcdef0123456789'), 'it is read')
    at.type('and lapwing\r')
    await at.until(/2 and lapwing {2}… 1h/)
    lines = [{ ...lines[1]!, state: 'read', goesAt: new Date(NOW.getTime() + 60_000) }]
    at.news.add({ type: 'secret', secret: 'abcdef0123456789', change: 'expired' })
    const screen = await at.until(/2 and lapwing {2}read 1m left/)
    assert.ok(!screen.join().includes('oystercatcher'))
    at.type('/switch 1\r')
    await at.until(/^Ada · connected/m)
    assert.doesNotMatch(at.terminal.all().join('\n'), /lapwing|SECRET/)
    at.type('/secret Ada\r')
    await at.until(/2 and lapwing/)
    at.resize(40, 12)
    await at.until(/^SECRET CHAT/m)
    at.type('\u0004')
    assert.equal((await at.ran).code, 0)
    assert.doesNotMatch(at.terminal.all().join('\n'), /lapwing|SECRET/)
  })

  it('sends and saves files of a secret chat, and names none of them where it could stay', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'petrel-chat-'))
    try {
      await writeFile(join(folder, 'notes.txt'), 'notes')
      const [known] = await fake().petrel.secretLines('Ada')
      const at = new Chat({ secretLines: async () => [{ ...known!, media: [file()] }], sendSecret: async () => ({ ...known!, number: 2, id: 'bmine', own: true, state: 'waiting' }), readSecretMedia: async function * () { yield await Promise.resolve(BYTES) } }, ['chat', 'Ada', '--secret'])
      await at.until(/\[photo\] holiday\.jpg/)
      at.type(`/attach ${folder}/notes.txt\r`)
      await at.until(/^> $/m)
      at.type(`/save 1 ${folder}/\r`)
      await at.until(/saved: /)
      assert.deepEqual(await readFile(join(folder, 'holiday.jpg')), BYTES)
      at.type(`/save 1 ${folder}/notes.txt\r`)
      await at.until(/is there already/)
      assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'notes')
      const [, draft] = at.calls.find(([name]) => name === 'addMedia') as [string, { name: string, secret: boolean }]
      assert.deepEqual([draft.name, draft.secret], ['notes.txt', true])
      const [, , , options] = at.calls.find(([name]) => name === 'sendSecret') as [string, string, string, { media: string[] }]
      assert.deepEqual(options.media, ['bafymedia'])
      at.type('\u0004')
      assert.equal((await at.ran).code, 0)
      assert.doesNotMatch(at.terminal.all().join('\n'), /notes|holiday/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is for people', async () => {
    const { code, err } = await cli(['chat', 'Ada', '--json'], { petrel: fake().petrel })
    assert.equal(code, 2)
    assert.match(err, /petrel send and petrel receive/)
  })
})

describe('petrel chat --plain', () => {
  async function plain (input: string[], over: Partial<Petrel> = {}): Promise<Ran & { calls: unknown[][] }> {
    const { petrel, calls } = fake({ receive: o => new News().read(0, o?.signal), ...over })
    const ran = await cli(['chat', 'Ada', '--plain'], { petrel, doors: { terminal: async () => ({ tty: {} as Tty, lines: async function * () { yield * input } }) } })
    return { ...ran, calls }
  }

  it('writes words line by line without any sequence, and sends lines', async () => {
    const { out, calls, code } = await plain(['good\\', 'morning', '', '/reply 1 you too'])
    assert.equal(code, 0)
    assert.doesNotMatch(out, /[\u001b\r]/)
    assert.match(out, /^1, Ada, \d\d:\d\d: hello$/m)
    assert.match(out, /^Ada, connected, not verified, 1 request\.$/m)
    assert.deepEqual(calls.filter(([name]) => name === 'send').map(([, , text, options]) => [text, (options as { replyTo?: string }).replyTo]), [['good\nmorning', undefined], ['you too', message().id]])
  })

  it('says how things stand once, and again when that changes', async () => {
    const { out } = await plain(['one', 'two'])
    assert.equal(out.match(/connected/g)?.length, 1)
  })

  it('gives the answer to what was asked last before it ends', async () => {
    const { out, code } = await plain(['/search tea'], { searchMessages: async () => {
      await new Promise(resolve => { setImmediate(resolve) })
      return { messages: [], hasMore: false, next: null, pending: 0 }
    } })
    assert.equal(code, 0)
    assert.match(out, /^nothing found$/m)
  })

  it('ends with 1 at the end of its input when something that was to be said is not on the node\'s disk', async () => {
    const away = async (): Promise<never> => { throw new UnavailableError('the connection to the daemon was lost: connect again') }
    const { code, out } = await plain(['one', 'two'], { send: async (_chat, text) => text === 'one' ? message({ own: true, text }) : await away() })
    assert.equal(code, 1)
    assert.match(out, /^Error: the connection to the daemon was lost/m)
    assert.equal((await plain(['/react 1 👍'], { react: away })).code, 0, 'nothing that was written is lost by that')
    assert.equal((await plain(['one', '/quit'], { send: away })).code, 0, 'a person has seen it')
  })

  it('ends in peace when its reader goes', async () => {
    const news = new News()
    const { petrel } = fake({ receive: o => news.read(0, o?.signal), transfers: async function * () { /* none */ } })
    const write = async (): Promise<void> => { throw Object.assign(new Error('gone'), { code: 'EPIPE' }) }
    const { code, err } = await cli(['chat', 'Ada', '--plain'], { petrel, io: { write }, doors: { terminal: async () => ({ tty: {} as Tty, lines: async function * (signal) { yield 'one'; await new Promise<void>(resolve => { signal.addEventListener('abort', () => { resolve() }) }) } }) } })
    assert.deepEqual([code, err], [0, ''])
  })

  it('opens no chat with a line that was meant for one that is not there', async () => {
    const { calls, out } = await plain(['/switch Nobody', 'a secret'], { showChat: async name => {
      if (name !== 'Ada') throw Object.assign(new Error('no such chat'), { code: 'ERR_NOT_FOUND', details: {} })
      return { chat: chat(), messages: [], hasMore: false }
    } })
    assert.deepEqual(calls.filter(([name]) => name === 'send'), [])
    assert.match(out, /^Error: no such chat$/m)
  })
})
