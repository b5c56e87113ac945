/** A shell in a real terminal, by tmux, for tests of what people see. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The start script of `petrel`. */
export const PETREL = join(import.meta.dirname, '../../bin/petrel.js')
/** How long a command may take before its text is on the screen, ms, and how often the screen is looked at. */
const PATIENCE_MS = 30_000
const LOOK_MS = 50

/** A shell in a real terminal of a size, with a home of its own. */
export class Terminal {
  readonly #socket: string
  readonly #size: readonly [number, number]
  readonly #home: string
  #count = 0

  constructor (home: string, columns: number, rows: number) {
    this.#home = home
    this.#size = [columns, rows]
    this.#socket = join(home, 'tmux.sock')
  }

  async open (): Promise<void> {
    const [columns, rows] = this.#size
    const shell = `env -i HOME='${this.#home}' TERM=screen-256color LC_ALL=C.UTF-8 PATH='${dirname(process.execPath)}:/usr/bin:/bin' PS1='$ ' bash --norc --noprofile`
    await this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', this.#home, '-s', 'petrel', shell)
    await this.type(`petrel() { '${process.execPath}' '${PETREL}' "$@"; }`)
  }

  async close (): Promise<void> { await this.#tmux('kill-server').catch(() => undefined) }

  async type (line: string): Promise<void> {
    await this.#tmux('send-keys', '-t', 'petrel', '-l', line)
    await this.#tmux('send-keys', '-t', 'petrel', 'Enter')
  }

  async press (key: string): Promise<void> { await this.#tmux('send-keys', '-t', 'petrel', key) }

  /** What the terminal shows and what scrolled away, with lines that it had to break as one. */
  async text (): Promise<string> { return await this.#tmux('capture-pane', '-p', '-t', 'petrel', '-J', '-S', '-') }

  /** Begins a command; its output stands between two marks. */
  async begin (line: string): Promise<void> { await this.type(`clear; echo "<${++this.#count}>"; ${line}; echo "=${this.#count}:$?="`) }

  /** Looks until the running command's output fits, and gives it. @throws AssertionError with the screen when it never does */
  async until (pattern: RegExp): Promise<string> {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      const output = (await this.text()).split(new RegExp(`^<${this.#count}>\\s*$`, 'm'))[1] ?? ''
      if (pattern.test(output)) return output
      await wait(LOOK_MS)
    }
    return assert.fail(`never on the screen: ${String(pattern)}\n${await this.text()}`)
  }

  /** What the running command wrote, once it ended with `code`. */
  async end (code = 0): Promise<string> {
    const mark = new RegExp(`^=${this.#count}:(\\d+)=\\s*$`, 'm')
    const [output, ended] = (await this.until(mark)).split(mark)
    assert.equal(ended, String(code), output)
    return output!
  }

  /** Runs a command to its end. */
  async command (line: string, code = 0): Promise<string> {
    await this.begin(line)
    return await this.end(code)
  }

  /** What the terminal shows now, row by row. */
  async screen (): Promise<string[]> { return (await this.#tmux('capture-pane', '-p', '-t', 'petrel')).replace(/\n$/, '').split('\n') }

  /** Where the cursor is: column and row. */
  async cursor (): Promise<number[]> { return (await this.#tmux('display-message', '-p', '-t', 'petrel', '#{cursor_x} #{cursor_y}')).trim().split(' ').map(Number) }

  /** Another size, as when somebody pulls at the window. */
  async resize (columns: number, rows: number): Promise<void> { await this.#tmux('resize-window', '-t', 'petrel', '-x', String(columns), '-y', String(rows)) }

  /** Types text without Enter. */
  async write (text: string): Promise<void> { await this.#tmux('send-keys', '-t', 'petrel', '-l', text) }

  /** Pastes as a terminal does, marked if the program asked for that. */
  async paste (text: string): Promise<void> {
    await this.#tmux('set-buffer', text)
    await this.#tmux('paste-buffer', '-p', '-t', 'petrel')
  }

  /** Looks until the screen fits, and gives it. @throws AssertionError with the screen when it never does */
  async look (fits: (rows: readonly string[]) => boolean, what: string): Promise<string[]> {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      const rows = await this.screen()
      if (fits(rows)) return rows
      await wait(LOOK_MS)
    }
    return assert.fail(`never on the screen: ${what}\n${(await this.screen()).join('\n')}`)
  }

  async #tmux (...args: string[]): Promise<string> { return (await run('tmux', ['-S', this.#socket, ...args])).stdout }
}
