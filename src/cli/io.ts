/** The process around a command: its streams, environment and signals, as a parameter, so that tests bring their own. */
import { addAbortSignal } from 'node:stream'
import { EXIT } from './exit-codes.js'
import { interrupted } from './interrupted.js'

/** What a command may touch of its process. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly cwd: string
  readonly userHome: string
  readonly userName: string
  /** Columns of the terminal behind stdout; null when it is no terminal. */
  readonly columns: number | null
  /** Columns of the terminal behind stderr; null when it is no terminal. */
  readonly errorColumns: number | null
  /** Whether somebody can answer a question. */
  readonly interactive: boolean
  readonly now: () => Date
  /** Resolves once the system took the text or the bytes. Rejects with the stream's error, EPIPE when the reader has gone. */
  readonly write: (data: string | Uint8Array) => Promise<void>
  readonly writeError: (text: string) => Promise<void>
  /** Everything on standard input, or what comes before it is `until`: whoever writes it may keep it open. The signal ends the wait. */
  readonly readInput: (limitBytes: number, options: { readonly signal: AbortSignal, readonly until?: string }) => Promise<Uint8Array>
  /** Aborted by SIGINT or SIGTERM, with an Interruption as its reason. */
  readonly signal: AbortSignal
}

function write (stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, error => { if (error) reject(error); else resolve() })
  })
}

async function readInput (limitBytes: number, { signal, until }: { readonly signal: AbortSignal, readonly until?: string }): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Who should write may never do so, and never close it: Ctrl-C and --timeout hold here too.
  for await (const chunk of addAbortSignal(signal, process.stdin) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > limitBytes || (until !== undefined && Buffer.from(chunk).includes(until))) break
  }
  return Buffer.concat(chunks)
}

/** A first signal asks the command to end; a second one ends the process, should the command be stuck. */
function signals (): AbortSignal {
  const controller = new AbortController()
  const on = (name: NodeJS.Signals, exit: typeof EXIT.interrupted | typeof EXIT.terminated): void => {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exit)
      controller.abort(interrupted(exit))
    })
  }
  on('SIGINT', EXIT.interrupted)
  on('SIGTERM', EXIT.terminated)
  return controller.signal
}

/** This process. Installs its signal handlers. */
export async function processIo (): Promise<Io> {
  const { homedir, userInfo } = await import('node:os')
  // A reader that goes away is told to each write; without a listener the event would end the process.
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  return {
    env: process.env,
    platform: process.platform,
    cwd: process.cwd(),
    userHome: homedir(),
    get userName () { try { return userInfo().username } catch { return 'me' } },
    columns: process.stdout.isTTY ? process.stdout.columns : null,
    errorColumns: process.stderr.isTTY ? process.stderr.columns : null,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    now: () => new Date(),
    write: data => write(process.stdout, data),
    writeError: text => write(process.stderr, text),
    readInput,
    signal: signals()
  }
}
