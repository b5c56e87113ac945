import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRelay, type Relay } from '../../../src/relay/index.js'
import { widthOf } from '../../../src/cli/terminal/width.js'
import { PETREL, Terminal } from '../tmux.js'

const run = promisify(execFile)

/** The rows of a screen down to the last that has something in it. */
const filled = (rows: readonly string[]): string[] => rows.slice(0, rows.findLastIndex(row => row.trim() !== '') + 1).map(row => row.trimEnd())

const count = (rows: readonly string[], pattern: RegExp): number => rows.filter(row => pattern.test(row)).length

for (const [columns, rows] of [[80, 24], [40, 12]] as const) {
  describe(`petrel chat in a terminal of ${columns} by ${rows}`, function () {
    this.timeout(240_000)
    // Each step stands on the one before.
    this.bail(true)
    let folder: string
    let relay: Relay
    let terminal: Terminal
    const petrel = async (who: string, ...args: string[]): Promise<string> => (await run(process.execPath, [PETREL, '--profile', who, ...args], { env: { HOME: folder, PATH: process.env.PATH } })).stdout
    const bob = async (...args: string[]): Promise<string> => await petrel('bob', ...args)
    const enter = async (text: string): Promise<void> => { await terminal.type(text) }
    /** The lower edge, from the line on: the last rows. */
    const ends = (screen: readonly string[], line: RegExp, footer: RegExp): boolean => line.test(filled(screen).at(-2) ?? '') && footer.test(filled(screen).at(-1) ?? '')

    before(async function () {
      if (await run('tmux', ['-V']).then(() => false, () => true)) { this.skip(); return }
      folder = await mkdtemp(join(tmpdir(), 'petrel-chat-'))
      relay = await createRelay({ directory: join(folder, 'relay'), listen: ['/ip4/127.0.0.1/tcp/0'], http: false })
      for (const [who, name] of [['ada', 'Ada'], ['bob', 'Bob']] as const) {
        await petrel(who, 'init', '--no-input', '--name', name, '-q')
        await petrel(who, 'daemon', 'start')
        await petrel(who, 'relays', 'add', relay.addresses()[0]!)
      }
      await bob('contacts', 'add', (await petrel('ada', 'invite', '-q')).trim())
      await bob('send', 'Ada', 'good morning, are you there?', '--wait', 'delivered')
      terminal = new Terminal(folder, columns, rows)
      await terminal.open()
    })

    after(async () => {
      if (folder === undefined) return
      await terminal.close()
      for (const who of ['ada', 'bob']) await petrel(who, 'daemon', 'stop').catch(() => undefined)
      await relay.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    })

    it('shows what is new, who said it and when, and how things stand below the line', async () => {
      await terminal.begin('petrel --profile ada chat Bob')
      const screen = filled(await terminal.look(screen => ends(screen, /^>$/, /^Bob · connected · not verified/), 'the chat'))
      assert.ok(screen.includes('── 1 new message ──'), screen.join('\n'))
      assert.ok(screen.some(row => /^\d\d:\d\d Bob$/.test(row)), screen.join('\n'))
      assert.ok(screen.includes('  1 good morning, are you there?'), screen.join('\n'))
      assert.deepEqual(await terminal.cursor(), [2, screen.length - 2])
    })

    it('shows how far a message got, in its place, and what comes', async () => {
      await enter('Yes! 漢字 and 👍')
      await terminal.look(screen => count(screen, /^ {2}2 Yes! 漢字 and 👍 {2}✓✓/) === 1, '✓✓')
      await bob('chats', 'read', 'Ada')
      await terminal.look(screen => count(screen, /^ {2}2 Yes! 漢字 and 👍 {2}read/) === 1, 'read')
      await bob('send', 'Ada', 'first \u001b]0;owned\u0007\u001b[2J\u202eafter\n\u001b[1;1Hsecond', '--wait', 'delivered')
      await terminal.look(screen => count(screen, /^ {2}3 first ␛\]0;owned␇␛\[2Jafter/) === 1, 'a text that cannot drive the terminal')
    })

    it('answers, reacts and changes; and a change to what is in sight is made in its place', async () => {
      await enter('/reply 1 I am')
      await terminal.look(screen => count(screen, /^ {2}4 │ 1 Bob: good morning/) === 1 && count(screen, /^ {4}I am/) === 1, 'the reply')
      await enter('/edit 4 I am here')
      await terminal.look(screen => count(screen, /^ {4}I am here {2}edited/) === 1 && count(screen, /^ {4}I am$/) === 0, 'the new text')
      await enter('/react 4 +1')
      await terminal.look(screen => count(screen, /^ {4}\[👍 1\]/) === 1, 'the reaction')
    })

    it('keeps a paste of many rows in the line, within bounds, until Enter', async () => {
      await terminal.paste(Array.from({ length: 30 }, (_, i) => `row ${i}`).join('\n'))
      const screen = filled(await terminal.look(screen => count(screen, /^ {2}row 29$/) === 1, 'the paste'))
      assert.ok(count(screen, /^ {2}row \d+$/) <= 8, screen.join('\n'))
      assert.match(screen.at(-1)!, /^Bob/)
      await terminal.press('Enter')
      await terminal.look(screen => ends(screen, /^>$/, /^Bob/) && count(screen, /^ {4}row 29 {2}✓/) === 1, 'the message')
    })

    it('leaves no rubbish when the window changes its size', async () => {
      await terminal.write('a line that is a little longer than forty columns are wide')
      await terminal.look(screen => screen.join('').replace(/\s+/g, '').includes('columnsarewide'), 'the line')
      for (const [room, high] of [[40, 12], [61, 30], [33, 14], [100, 20], [columns, rows]] as const) {
        await terminal.resize(room, high)
        const screen = await terminal.look(screen => {
          const edge = filled(screen)
          const at = edge.findLastIndex(row => row.startsWith('> '))
          return edge.slice(at, -1).map(row => row.slice(2)).join('').replace(/\s+/g, '') === 'alinethatisalittlelongerthanfortycolumnsarewide' && /^Bob · connected/.test(edge.at(-1)!)
        }, `the line at ${room} columns`)
        assert.equal(count(screen, /^> /), 1, screen.join('\n'))
        assert.equal(count(screen, /^Bob · connected/), 1, screen.join('\n'))
        for (const row of screen) assert.ok(widthOf(row) <= room, row)
      }
      await terminal.press('C-c')
      await terminal.look(screen => ends(screen, /^>$/, /^Bob/), 'an empty line')
      await bob('send', 'Ada', 'after all that', '--wait', 'delivered')
      await terminal.look(screen => count(screen, /^ {2}6 after all that$/) === 1 && ends(screen, /^>$/, /^Bob/), 'a message after it')
    })

    it('completes commands and files, and sends a file', async () => {
      await writeFile(join(folder, 'some notes.txt'), 'notes')
      await terminal.write('/att')
      await terminal.press('Tab')
      await terminal.write('some')
      await terminal.press('Tab')
      await terminal.look(screen => count(screen, /^> \/attach some\\ notes\.txt$/) === 1, 'the completed name')
      await terminal.press('Enter')
      await terminal.look(screen => screen.join(' ').includes('[file] some notes.txt'), 'the file')
    })

    it('says that the relay is away, keeps what is written, and sends it later', async () => {
      const [address] = relay.addresses()
      await relay.stop()
      await terminal.look(screen => /^Bob · (relay away|connecting)/.test(filled(screen).at(-1)!), 'the footer')
      await enter('while you are away')
      await terminal.look(screen => count(screen, /while you are away {2}…/) === 1, '…')
      relay = await createRelay({ directory: join(folder, 'relay'), listen: [address!.replace(/\/p2p\/.*/, '')], http: false })
      await terminal.look(screen => count(screen, /while you are away {2}✓✓/) === 1 && /^Bob · connected/.test(filled(screen).at(-1)!), '✓✓')
    })

    it('stops with Ctrl-Z, goes on, and leaves with Ctrl-D: the lower edge goes, what was said stays', async () => {
      await terminal.press('C-z')
      assert.match(await terminal.end(148), /Stopped/)
      await terminal.begin('fg')
      await terminal.look(screen => ends(screen, /^>$/, /^Bob · connected/), 'the chat again')
      await enter('back again')
      await terminal.look(screen => count(screen, /back again {2}✓✓/) === 1, 'the message')
      await terminal.press('C-d')
      await terminal.end(0)
      const all = await terminal.text()
      assert.match(all, /^ {2}1 good morning, are you there\?$/m)
      assert.doesNotMatch(all, /^Bob · /m)
    })

    it('is read to people who do not see it in plain lines', async () => {
      const plain = await terminal.command('printf \'and in words\\n\' | petrel --profile ada chat Bob --plain')
      assert.match(plain, /^1, Bob, \d\d:\d\d: good morning, are you there\?/m)
      assert.match(plain, /, you, \d\d:\d\d, not sent yet: and in words/)
    })
  })
}
