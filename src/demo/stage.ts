/** The demo's processes and its temporary directory, and their end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const START = fileURLToPath(new URL('../../bin/petrel.js', import.meta.url))
/** A process that does not end when it is asked to is ended, ms. */
const PATIENCE_MS = 8000
const TAIL_LINES = 12

/** A `petrel` that keeps running. */
export interface Running {
  readonly name: string
  /** The first object it printed: it is ready. */
  readonly ready: Readonly<Record<string, unknown>>
  /** Asks it to end, and waits until it has. */
  stop (): Promise<void>
}

/** A command that failed, with what it said. */
export class StepFailed extends Error {}

/** Everything the demo starts, with one end for all of it. */
export class Stage {
  readonly folder: string
  readonly #running = new Set<ChildProcess>()
  readonly #logs = new Map<string, string[]>()
  #ended = false

  private constructor (folder: string) { this.folder = folder }

  /** A stage with a temporary directory of its own. */
  static async open (): Promise<Stage> { return new Stage(await mkdtemp(join(tmpdir(), 'petrel-demo-'))) }

  /** A directory on the stage. */
  path (name: string): string { return join(this.folder, name) }

  /** Runs `petrel ARGS --json` to its end and gives what it printed, an object per line. @throws StepFailed */
  async petrel (...args: string[]): Promise<Readonly<Record<string, unknown>>[]> {
    const child = this.#spawn(args)
    let [out, err] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', (text: string) => { out += text })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { err += text })
    const [code] = await once(child, 'close') as [number | null]
    if (code !== 0) throw new StepFailed(`petrel ${args.join(' ')}\nended with ${String(code)}: ${err.trim()}`)
    return out.split('\n').filter(line => line !== '').map(parsed)
  }

  /** Starts `petrel ARGS --json`, which stays, and waits for its first object. Its log is kept for `logTails`. @throws StepFailed */
  async start (name: string, ...args: string[]): Promise<Running> {
    const child = this.#spawn(args)
    const log: string[] = []
    this.#logs.set(name, log)
    if (child.stdout === null || child.stderr === null) throw new StepFailed(`${name} has no output`)
    createInterface({ input: child.stderr }).on('line', line => { log.push(line) })
    child.on('close', (code, signal) => { log.push(`(${name} ended: ${signal ?? `exit code ${String(code)}`})`) })
    const lines = createInterface({ input: child.stdout })
    const first = await Promise.race([once(lines, 'line'), once(child, 'close')])
    if (typeof first[0] !== 'string' || !first[0].startsWith('{')) throw new StepFailed(`the process "${name}" did not start`)
    return { name, ready: parsed(first[0]), stop: async () => { await this.#end(child) } }
  }

  /** The last lines that each running process logged. */
  logTails (): string {
    return [...this.#logs].map(([name, lines]) => `--- log of ${name}\n${lines.slice(-TAIL_LINES).join('\n')}`).join('\n')
  }

  /** Ends everything and removes the directory. Harmless twice. */
  async close (): Promise<void> {
    this.#ended = true
    await Promise.all([...this.#running].map(async child => { await this.#end(child) }))
    // What a process wrote as it ended may come between the listing and the removal of a folder.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #spawn (args: readonly string[]): ChildProcess {
    if (this.#ended) throw new StepFailed('the demo is over')
    const child = spawn(process.execPath, [START, ...args, '--json'], { env: this.#environment(), stdio: ['ignore', 'pipe', 'pipe'] })
    this.#running.add(child)
    child.on('close', () => { this.#running.delete(child) })
    return child
  }

  /** Nothing of the person's own Petrel: neither homes nor settings. */
  #environment (): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(PETREL|XDG)_/.test(name))
    return { ...Object.fromEntries(kept), HOME: this.folder }
  }

  async #end (child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return
    const closed = once(child, 'close')
    const timer = setTimeout(() => { child.kill('SIGKILL') }, PATIENCE_MS)
    child.kill('SIGTERM')
    await closed
    clearTimeout(timer)
  }
}

function parsed (line: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line)
  if (typeof value !== 'object' || value === null) throw new StepFailed(`not an object: ${line.slice(0, 200)}`)
  return value as Readonly<Record<string, unknown>>
}
