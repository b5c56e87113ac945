/** The terminal of this process, key by key. The edge: nothing here decides anything. */
import type { Size } from './state.js'

/** A terminal that gives each key as it is pressed. */
export interface Tty {
  readonly size: () => Size
  /** Calls back with what comes from the keyboard, undefined at its end, and when the size has changed, until closed. */
  readonly open: (onText: (text: string | undefined) => void, onResize: () => void) => void
  /** Gives the terminal back to the shell and stops the process, as Ctrl-Z does; resolves when it goes on. */
  readonly suspend: () => Promise<void>
  readonly close: () => void
}

/** Pastes come marked (private mode 2004), and the terminal tells whether it is looked at (1004). */
const ON = '\u001b[?2004h\u001b[?1004h'
const OFF = '\u001b[?2004l\u001b[?1004l\u001b[?7h\u001b[?25h'
/** Some terminals say that they have no size: they mean that they do not know. */
const USUAL: Size = { columns: 80, rows: 24 }
/** Below this nothing can be laid out; what does not fit is then cut by the terminal. */
const LEAST: Size = { columns: 20, rows: 4 }

/** This process's terminal. */
export function processTty (): Tty {
  const { stdin, stdout } = process
  let onText: ((text: string | undefined) => void) | undefined
  let onResize: (() => void) | undefined
  const data = (text: string): void => { onText?.(text) }
  const end = (): void => { onText?.(undefined) }
  const resize = (): void => { onResize?.() }
  const on = (): void => {
    stdin.setRawMode(true)
    stdout.write(ON)
    stdin.resume()
  }
  const off = (): void => {
    stdout.write(OFF)
    stdin.setRawMode(false)
    stdin.pause()
  }
  return {
    size: () => ({ columns: Math.max(LEAST.columns, stdout.columns || USUAL.columns), rows: Math.max(LEAST.rows, stdout.rows || USUAL.rows) }),
    open: (text, size) => {
      [onText, onResize] = [text, size]
      stdin.setEncoding('utf8')
      stdin.on('data', data).on('end', end).on('error', end)
      stdout.on('resize', resize)
      on()
    },
    suspend: async () => {
      // There is nothing like it there.
      if (process.platform === 'win32') return
      off()
      await new Promise<void>(resolve => {
        process.once('SIGCONT', resolve)
        process.kill(process.pid, 'SIGTSTP')
      })
      on()
    },
    close: () => {
      off()
      stdin.off('data', data).off('end', end).off('error', end)
      stdout.off('resize', resize)
      onText = undefined
      onResize = undefined
    }
  }
}

/** Lines of standard input, whatever it is; ends with it. */
export async function * inputLines (signal: AbortSignal): AsyncGenerator<string> {
  const { createInterface } = await import('node:readline')
  const lines = createInterface({ input: process.stdin, terminal: false, crlfDelay: Infinity })
  const stop = (): void => { lines.close() }
  signal.addEventListener('abort', stop, { once: true })
  try {
    yield * lines
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}
