import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { widthOf } from '../../src/cli/terminal/width.js'
import { PETREL, Terminal } from './tmux.js'
import { createRelay, type Relay } from '../../src/relay/index.js'

const run = promisify(execFile)

for (const [columns, rows] of [[80, 24], [40, 12]] as const) {
  describe(`petrel in a terminal of ${columns} by ${rows}`, function () {
    this.timeout(180_000)
    // Each step stands on the one before.
    this.bail(true)
    let folder: string
    let relay: Relay
    let terminal: Terminal
    let fits: (screen: string) => void

    before(async function () {
      if (await run('tmux', ['-V']).then(() => false, () => true)) { this.skip(); return }
      folder = await mkdtemp(join(tmpdir(), 'petrel-tty-'))
      relay = await createRelay({ directory: join(folder, 'relay'), listen: ['/ip4/127.0.0.1/tcp/0'], http: false })
      terminal = new Terminal(folder, columns, rows)
      await terminal.open()
      // A line of ours that is wider than the terminal would have been broken by it.
      fits = screen => { for (const line of screen.split('\n')) assert.ok(widthOf(line.trimEnd()) <= columns, line) }
    })

    after(async () => {
      if (folder === undefined) return
      // Not by the terminal, which may still show what failed.
      for (const flags of [[], ['--profile', 'bob']]) await run(process.execPath, [PETREL, ...flags, 'daemon', 'stop'], { env: { HOME: folder, PATH: process.env.PATH } })
      await terminal.close()
      await relay.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    })

    it('init ends by Ctrl-C and Ctrl-D at its question, and has made nothing', async () => {
      for (const [key, code] of [['C-c', 130], ['C-d', 2]] as const) {
        await terminal.begin('petrel init')
        await terminal.until(/Your name, as contacts see it \[/)
        await terminal.press(key)
        assert.match(await terminal.end(code), /petrel: (interrupted|the question was not answered)/)
      }
    })

    it('init asks for the name, shows the 24 words once, and fits', async () => {
      await terminal.begin('petrel init')
      await terminal.until(/Your name, as contacts see it \[/)
      await terminal.type('Ada')
      const screen = await terminal.end()
      const words = [...screen.slice(screen.indexOf('the end.')).matchAll(/\b(\d{1,2}) ([a-z]{3,8})\b/g)].map(match => Number(match[1]))
      assert.deepEqual(words, Array.from({ length: 24 }, (_, i) => i + 1))
      assert.match(screen, /Next: petrel daemon start/)
      fits(screen.slice(screen.indexOf('These'), screen.indexOf('Next:')))
      assert.match(await terminal.command('petrel init', 1), /there is an identity in .* already/)
    })

    it('asks for a passphrase without showing it', async () => {
      await terminal.command(`printf 'open sesame' > pass; petrel --profile bob init --no-input --name Bob --passphrase-file pass -q >/dev/null`)
      for (const [key, code] of [['C-c', 130], ['C-d', 2], [undefined, 0]] as const) {
        await terminal.begin('petrel --profile bob daemon start')
        await terminal.until(/Passphrase:/)
        if (key === undefined) break
        await terminal.press(key)
        await terminal.end(code)
      }
      await terminal.type('open sesame')
      const screen = await terminal.end()
      assert.ok(!screen.includes('sesame'), screen)
      assert.match(screen, /started, process \d+/)
    })

    it('starts a daemon, and a second start says that it runs', async () => {
      assert.match(await terminal.command('petrel daemon start'), /started, process \d+/)
      assert.match(await terminal.command('petrel daemon start'), /runs already/)
      assert.match(await terminal.command('petrel status'), /no relay yet: .*\(petrel relays add ADDRESS\)/)
    })

    it('sends and receives, and what is shown fits', async () => {
      for (const flags of ['', '--profile bob']) await terminal.command(`petrel ${flags} relays add ${relay.addresses()[0]!}`)
      await terminal.command('petrel invite -q > link')
      await terminal.command('petrel --profile bob contacts add - ada < link')
      assert.match(await terminal.command('petrel --profile bob send ada "a text that is longer than a narrow terminal: 漢字漢字漢字" --wait delivered'), /^b[a-z2-7]{26} {2}✓✓\s*$/m)
      const received = await terminal.command('petrel receive')
      assert.match(received, /^b[a-z2-7]{9} {2}\d\d:\d\d {2}Bob\s*$/m, 'ids are cut')
      assert.match(received, /^ {2}a text that is longer than a narrow/m)
      fits(received)
      const id = /^(b[a-z2-7]{9}) {2}/m.exec(received)![1]!
      assert.match(await terminal.command(`petrel send Bob "with what the screen shows" --reply ${id} --wait delivered`), /✓✓/)
      fits(await terminal.command('petrel chats'))
      const shown = await terminal.command('petrel --profile bob chats show ada')
      assert.match(shown, new RegExp(`reply to\\s+${id}`))
      fits(shown)
    })

    it('follows until Ctrl-C, and a text of others cannot drive it', async () => {
      await terminal.begin('petrel receive --follow')
      await run(process.execPath, [PETREL, '--profile', 'bob', 'send', 'ada', 'first \u001b]0;owned\u0007\u001b[2J\u202eafter'], { env: { HOME: folder, PATH: process.env.PATH } })
      assert.match(await terminal.until(/after/), /first ␛\]0;owned␇␛\[2Jafter/)
      await terminal.press('C-c')
      await terminal.end(130)
    })

    it('says that a message is queued when the relay is away, and at once what else cannot be', async () => {
      await relay.stop()
      const screen = await terminal.command('petrel send Bob "later"')
      assert.match(screen, /^b[a-z2-7]{26} {2}…\s*$/m)
      assert.match(screen, /queued on this node/)
      assert.match(await terminal.command('petrel invite', 6), /no connection with the relay/)
    })
  })
}
