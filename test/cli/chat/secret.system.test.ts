import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRelay, type Relay } from '../../../src/relay/index.js'
import { widthOf } from '../../../src/cli/terminal/width.js'
import { PETREL, Terminal } from '../tmux.js'

const run = promisify(execFile)
const WORD = 'bittern-in-the-reeds'

/** The rows of a screen without blanks behind them. */
const trimmed = (rows: readonly string[]): string[] => rows.map(row => row.trimEnd())

for (const [columns, rows] of [[80, 24], [40, 12]] as const) {
  describe(`a secret chat in a terminal of ${columns} by ${rows}`, function () {
    this.timeout(240_000)
    // Each step stands on the one before.
    this.bail(true)
    let folder: string
    let relay: Relay
    let terminal: Terminal
    let id: string
    const petrel = async (who: string, ...args: string[]): Promise<string> => (await run(process.execPath, [PETREL, '--profile', who, ...args], { env: { HOME: folder, PATH: process.env.PATH } })).stdout
    const bob = async (...args: string[]): Promise<string> => await petrel('bob', ...args)
    const enter = async (text: string): Promise<void> => { await terminal.type(text) }
    const has = async (pattern: RegExp, what = String(pattern)): Promise<string[]> => trimmed(await terminal.look(screen => screen.some(row => pattern.test(row)), what))
    const hasNot = async (pattern: RegExp, what = `no ${String(pattern)}`): Promise<string[]> => trimmed(await terminal.look(screen => screen.every(row => !pattern.test(row)), what))
    const lines = async (): Promise<Array<{ id: string, text: string, own: boolean }>> => JSON.parse(await bob('secret', 'show', id, '--peek', '--json')).lines.filter(({ kind }: { kind: string }) => kind === 'message')

    before(async function () {
      if (await run('tmux', ['-V']).then(() => false, () => true)) { this.skip(); return }
      folder = await mkdtemp(join(tmpdir(), 'petrel-secret-'))
      relay = await createRelay({ directory: join(folder, 'relay'), listen: ['/ip4/127.0.0.1/tcp/0'], http: false })
      for (const [who, name] of [['ada', 'Ada'], ['bob', 'Bob']] as const) {
        await petrel(who, 'init', '--no-input', '--name', name, '-q')
        await petrel(who, 'daemon', 'start')
        await petrel(who, 'relays', 'add', relay.addresses()[0]!)
      }
      await bob('contacts', 'add', (await petrel('ada', 'invite', '-q')).trim())
      await bob('send', 'Ada', 'in the open', '--wait', 'delivered')
      terminal = new Terminal(folder, columns, rows)
      await terminal.open()
      await terminal.begin('petrel --profile ada chat Bob')
      await has(/in the open/)
    })

    after(async () => {
      if (folder === undefined) return
      await terminal.close()
      for (const who of ['ada', 'bob']) await petrel(who, 'daemon', 'stop').catch(() => undefined)
      await relay.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    })

    it('is said when somebody asks, is accepted, and stands on a screen of its own below a bar', async () => {
      id = JSON.parse(await bob('secret', 'start', 'Ada', '--json')).secret.id
      await has(/Bob asks you for a secret chat/)
      await enter('/accept Bob')
      const screen = await has(/you accepted/)
      assert.match(screen[0]!, /^SECRET CHAT with Bob · no timer$/)
      assert.match(screen.at(-1)!, /^secret: Bob · /)
      assert.equal(screen.at(-2), '>')
      assert.ok(!screen.some(row => row.includes('in the open')))
    })

    it('carries what both say, with how far it got', async () => {
      await enter(`${WORD}!`)
      await has(new RegExp(`2 ${WORD}! {2}✓✓`))
      await bob('secret', 'send', id, 'heard, and \u001b[2J\u001b[1;1Hsaid', '-q')
      await has(/heard, and ␛\[2J␛\[1;1Hsaid/)
      await bob('secret', 'show', id, '-q')
      await has(new RegExp(`2 ${WORD}! {2}read`))
    })

    it('answers, reacts and changes, and is changed by the other', async () => {
      await enter('/reply 3 so am I')
      await has(/^ {2}4 │ 3 Bob: heard/)
      await enter('/react 3 heart')
      await has(/^ {4}\[❤️ 1\]/)
      const other = (await lines()).find(line => !line.own)!.id
      await bob('secret', 'react', id, other, '👍', '-q')
      await has(/^ {4}👍 1/)
      await enter('/edit so are we')
      await has(/so are we {2}edited/)
      await bob('secret', 'edit', id, (await lines()).find(line => line.own)!.id, 'said quietly', '-q')
      await has(/^ {2}3 said quietly {2}edited/)
      await enter('/delete 4')
      await hasNot(/so are we/)
      assert.ok((await lines()).every(({ text }) => text !== 'so are we'))
      await enter('/forward 3 Bob')
      await has(/^! there is no \/forward in a secret chat/)
    })

    it('takes away what is over, on both sides', async () => {
      await enter('/timer 2s')
      await has(/you set the timer to 2 seconds/)
      await has(/^SECRET CHAT with Bob · timer 2 seconds/)
      while (JSON.parse(await bob('secret', 'show', id, '--peek', '--json')).secret.timer !== 2) { /* It is on its way. */ }
      await bob('secret', 'send', id, 'gone soon', '-q')
      await has(/gone soon {2}[12]s left/)
      await hasNot(/gone soon/)
      await enter('/timer off')
      await has(/· no timer/)
    })

    it('shows what the two compare, and whether they did', async () => {
      await enter('/verify')
      await has(/If it is the same: \/verify yes/)
      const { code } = JSON.parse(await bob('secret', 'verify', id, '--json')) as { code: { digits: string } }
      await has(new RegExp(code.digits.slice(-11)), 'the digits that the other has')
      await enter('/verify yes')
      await terminal.look(screen => screen.at(-1)!.includes('verified ✓'), 'verified')
    })

    it('warns over the whole width while nothing may be sent, and keeps what was written', async () => {
      await petrel('ada', 'contacts', 'block', 'Bob')
      const screen = await terminal.look(screen => screen.some(row => /^! NOTHING IS SENT: the contact is/.test(row)), 'the warning')
      assert.ok(screen[0]!.startsWith('SECRET CHAT'))
      await enter('held back')
      await has(/^> held back$/)
      await petrel('ada', 'contacts', 'unblock', 'Bob')
      await hasNot(/NOTHING IS SENT/)
      await terminal.press('Enter')
      await has(/held back {2}✓/)
      assert.ok((await lines()).every(({ text }, i, all) => all.findIndex(one => one.text === text) === i))
    })

    it('lets the shell have a clean terminal meanwhile', async () => {
      await terminal.press('C-z')
      await has(/Stopped/)
      assert.ok(!(await terminal.text()).includes('held back'))
      await terminal.type('fg')
      await has(/held back/)
    })

    it('scrolls by itself, a page at a time, and says what is below', async () => {
      for (let i = 1; i <= rows; i++) await enter(`line ${i} of many`)
      await has(new RegExp(`line ${rows} of many {2}✓✓`))
      await hasNot(/said quietly/)
      for (let i = 0; i < 5; i++) await terminal.press('PageUp')
      await has(/more below: Page-Down/)
      await has(/you accepted/)
      for (let i = 0; i < 5; i++) await terminal.press('PageDown')
      const screen = await has(new RegExp(`line ${rows} of many {2}✓✓`))
      assert.ok(screen.every(row => widthOf(row) <= columns), screen.join('\n'))
    })

    it('sends a file, and saves one where the person says', async () => {
      const [mine, theirs] = [join(folder, 'my notes.txt'), join(folder, 'theirs.txt')]
      await writeFile(mine, 'what ada noted')
      await writeFile(theirs, 'what bob noted')
      await enter('/attach "my notes.txt" as promised')
      await has(/\[file\] my notes\.txt/)
      await has(/as promised {2}✓✓/)
      await enter('/edit /md **as** agreed')
      await has(/as agreed {2}edited/)
      const sent = (await lines()).find(({ text }) => text === 'as agreed')!
      await bob('secret', 'save', id, sent.id, '-o', join(folder, 'saved-by-bob'), '-q')
      assert.equal(await readFile(join(folder, 'saved-by-bob'), 'utf8'), 'what ada noted')
      await bob('secret', 'send', id, '--attach', theirs, '-q')
      const row = (await has(/^ *\d+ \[file\] theirs\.txt/)).find(one => one.includes('theirs.txt'))!
      await enter(`/save ${/\d+/.exec(row)![0]} saved-by-ada`)
      await has(/^· saved:/)
      assert.equal(await readFile(join(folder, 'saved-by-ada'), 'utf8'), 'what bob noted')
      await enter(`/save ${/\d+/.exec(row)![0]} "my notes.txt"`)
      await has(/^! my notes\.txt is there already: /)
      for (const file of [mine, theirs, join(folder, 'saved-by-bob'), join(folder, 'saved-by-ada')]) await rm(file)
    })

    it('draws what a camera compares where there is room for it', async () => {
      await enter('/verify qr')
      await has(rows === 24 ? /[▀▄█]{6}/ : /the QR code needs/)
    })

    it('follows the size of the terminal', async () => {
      await terminal.resize(columns - 8, rows - 2)
      const screen = trimmed(await terminal.look(screen => screen.length === rows - 2 && /^SECRET CHAT with Bob/.test(screen[0]!) && screen.at(-2)!.startsWith('>'), 'the smaller screen'))
      assert.ok(screen.every(row => widthOf(row) <= columns - 8), screen.join('\n'))
      await terminal.resize(columns, rows)
      await terminal.look(screen => screen.length === rows && /^SECRET CHAT with Bob/.test(screen[0]!) && screen.at(-2)!.startsWith('>'), 'the screen as it was')
    })

    it('is gone from the terminal, scrolled back too, once another chat is opened, and so are the lines that were written', async () => {
      await enter('/switch Bob')
      await has(/^Bob · connected · /)
      const text = await terminal.text()
      for (const words of [WORD, 'said quietly', 'of many', 'SECRET']) assert.ok(!text.includes(words), `${words} in\n${text}`)
      assert.equal(text.split('in the open').length, 3, text)
      await terminal.press('Up')
      await has(/^> \/accept Bob/)
      await terminal.press('C-c')
      await bob('secret', 'send', id, 'while you are elsewhere', '-q')
      await has(/^Bob \(secret\): 1 new/)
      assert.ok(!(await terminal.text()).includes('elsewhere'))
    })

    it('opens again from the command line, unread below a line, and leaves the terminal as it was', async () => {
      await enter('/quit')
      await terminal.look(screen => screen.findLast(row => row.trim() !== '')?.trim() === '$', 'the shell')
      await terminal.begin('petrel --profile ada chat Bob --secret')
      await has(/while you are elsewhere/)
      await has(/^── new ──/)
      await enter('/quit')
      const output = await terminal.end()
      assert.ok(!output.includes('elsewhere'), output)
    })

    it('stands in no file, and in no list of what was typed', async () => {
      const files: string[] = []
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
      assert.ok(files.length > 20)
      for (const file of files) assert.ok(!(await readFile(file).catch(() => Buffer.alloc(0))).includes(WORD), file)
    })

    it('is read to people who do not see it in plain lines', async () => {
      const plain = await terminal.command('printf \'and in words\\n/info\\n\' | petrel --profile ada chat Bob --secret --plain')
      assert.match(plain, /^SECRET CHAT with Bob · no timer\.$/m)
      assert.match(plain, new RegExp(`^2, you, \\d\\d:\\d\\d, read: ${WORD}!$`, 'm'))
      assert.match(plain, /, you, \d\d:\d\d, not sent yet: and in words/)
    })

    it('ends on both sides when it is closed, and leaves nothing but that it was', async () => {
      await terminal.begin('petrel --profile ada chat Bob --secret')
      await has(/and in words/)
      await enter('/close')
      await has(/\/close yes/)
      await enter('/close yes')
      await has(/^· the secret chat with Bob is closed/)
      await enter('/quit')
      await terminal.end()
      await terminal.begin('petrel --profile ada secret list')
      assert.match(await terminal.end(), /No open secret chats/)
    })
  })
}
