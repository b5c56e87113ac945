/** Petrel's processes for tests that kill them: the built command, as a person runs it. */
import { spawn, execFile, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connect } from '../../src/node/client/index.js'
import type { Petrel } from '../../src/protocol/api/index.js'

const BIN = fileURLToPath(new URL('../../bin/petrel.js', import.meta.url))

/** Runs one command to its end and returns its JSON. */
export async function petrel (home: string, ...args: string[]): Promise<Record<string, unknown>> {
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, [BIN, ...args, '--json', '--home', home], (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`petrel ${args.join(' ')}: ${stderr}`))
      else resolve(JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>)
    })
  })
}

/** A process that can be killed and started again. */
export class Process {
  readonly #args: string[]
  #child: ChildProcess | undefined
  /** The first JSON line it printed. */
  ready: Record<string, unknown> = {}
  /** Everything it wrote to its error output. */
  errors = ''
  kills = 0

  constructor (...args: string[]) { this.#args = args }

  /** Whether it was {@link end ended}. */
  isOver = false

  async start (): Promise<void> {
    if (this.isOver) throw new Error('the story is over')
    const child = spawn(process.execPath, [BIN, ...this.#args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    child.stderr.on('data', (data: Buffer) => { this.errors += data.toString() })
    this.ready = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', line => { resolve(JSON.parse(line) as Record<string, unknown>) })
      child.once('exit', code => { reject(new Error(`petrel ${this.#args.join(' ')} ended with ${code}: ${this.errors.slice(-2000)}`)) })
    })
  }

  get pid (): number { return this.#child?.pid ?? 0 }

  async kill (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await ended
    if (signal === 'SIGKILL') this.kills++
  }

  /** Ends it for good: it is not started again. Resolves when it is gone. Harmless twice. */
  async end (): Promise<void> {
    this.isOver = true
    // What hangs is no reason for the tests to hang.
    const hangs = setTimeout(() => { this.#child?.kill('SIGKILL') }, 10_000)
    await this.kill('SIGTERM')
    clearTimeout(hangs)
  }
}

/** A person's daemon, and a connection to it that is made again when it was killed. */
export class Daemon extends Process {
  readonly home: string
  #petrel: Promise<Petrel> | undefined

  constructor (home: string, ...args: string[]) {
    super('daemon', 'run', '--home', home, ...args)
    this.home = home
  }

  /** Calls the daemon, again and again until it answers: what a client of a process that may die does. */
  async ask<T> (work: (petrel: Petrel) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.isOver) throw new Error('the story is over')
      try {
        this.#petrel ??= connect({ socketPath: this.socket })
        return await work(await this.#petrel)
      } catch (error) {
        const code = (error as { code?: string }).code
        if (this.isOver) throw error
        if (code !== 'ERR_UNAVAILABLE' && code !== 'ERR_NOT_RUNNING' && code !== 'ERR_DEADLINE') throw error
        this.#petrel = undefined
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
  }

  get socket (): string { return (this.ready.ready as { socket: string }).socket }

  async disconnect (): Promise<void> { await (await this.#petrel?.catch(() => undefined))?.close() }

  override async end (): Promise<void> {
    // Before the connection is closed, which would be made again.
    this.isOver = true
    await this.disconnect()
    await super.end()
  }
}
