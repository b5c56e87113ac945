/**
 * A process of a benchmark, over the built code and without a loader, which would take time and memory. It runs as people's
 * relays and daemons do, with the flags of src/cli/lean.ts; BENCH_FLAGS takes their place.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LEAN_ENVIRONMENT, LEAN_FLAGS, RELAY_FLAGS } from '../../src/cli/lean.js'

const given = process.env['BENCH_FLAGS']?.split(' ').filter(flag => flag !== '')
/** Relays, and the bare programs beside them. */
const RELAYS: readonly string[] = ['relay/server.ts', 'media/relay.ts', 'reference/loop.ts', 'reference/promises.ts']

/** Does what it is told, one thing at a time. */
export class Side {
  readonly child: ChildProcess
  /** What it said first. */
  readonly ready: Promise<unknown>

  /** @param of - the process's module, from bench/, and what Node is told beside the usual */
  constructor (of: string | { readonly path: string, readonly flags: readonly string[] }, ...args: string[]) {
    const { path, flags } = typeof of === 'string' ? { path: of, flags: [] } : of
    const usual = given ?? (RELAYS.includes(path) ? RELAY_FLAGS : LEAN_FLAGS)
    this.child = fork(fileURLToPath(new URL(`../${path}`, import.meta.url)), args, { execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning', ...usual, ...flags], env: { ...LEAN_ENVIRONMENT, ...process.env } })
    this.child.setMaxListeners(0)
    this.ready = this.#answer()
  }

  /** Has something done, and gives what came of it. */
  async do<T = Record<string, number>> (name: string, given?: unknown): Promise<T> {
    const answer = this.#answer()
    this.child.send({ name, given })
    return await answer as T
  }

  /** Kills it, as a crash does. */
  async kill (): Promise<void> {
    const gone = new Promise(resolve => { this.child.once('exit', resolve) })
    this.child.kill('SIGKILL')
    await gone
  }

  /** Ends it. */
  end (): void { if (this.child.connected) this.child.disconnect() }

  async #answer (): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => { reject(new Error(`a side ended with ${String(code)}`)) }
      this.child.once('exit', onExit)
      this.child.once('message', answer => {
        this.child.off('exit', onExit)
        resolve(answer)
      })
    })
  }
}
