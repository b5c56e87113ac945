/** The other end of {@link ./child/main.ts}: starts it when there is work, feeds it, and ends it when it misbehaves. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { AbortedError } from '../../protocol/wire/errors.js'
import { LIMITS } from '../../protocol/wire/limits.js'
import type { FromChild, Job, ToChild } from './child/messages.js'
import { Damaged } from './damaged.js'
import type { ByteSource } from './types.js'

const ENTRY = fileURLToPath(new URL('./child/main.js', import.meta.url))

/** What the JavaScript in it may take; pictures are decoded outside of that heap. */
const NODE_ARGUMENTS = ['--max-old-space-size=64', '--max-semi-space-size=2']

/** Its whole environment: nothing of ours, above all no passphrase. Fewer arenas of malloc waste less. */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2', ...(process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot } : {}) }

/** The child ended or took too long: the file was too much for it. */
export class ChildGone extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'ChildGone'
  }
}

/** A library that the job needs is not installed. */
export class LibraryMissing extends Error {
  constructor (library: string) {
    super(library)
    this.name = 'LibraryMissing'
  }
}

/** Options of {@link LookingProcess.run}. */
export interface RunOptions { readonly signal?: AbortSignal | undefined, readonly deadlineMs: number }

/** One process, one job at a time, in the order they came. */
export class LookingProcess {
  readonly #nodeArguments: readonly string[]
  #child: ChildProcess | undefined
  #idle: NodeJS.Timeout | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  /** @param nodeArguments - for tests: more arguments for the child's node */
  constructor (nodeArguments: readonly string[] = []) { this.#nodeArguments = nodeArguments }

  /**
   * Does a job and gives what the child answers.
   *
   * @throws AbortedError, also after close; Damaged; LibraryMissing; ChildGone; what `source.read` throws
   */
  async run (job: Job, source: ByteSource, options: RunOptions): Promise<unknown> {
    const mine = this.#last.then(async () => await this.#now(job, source, options))
    this.#last = mine.catch(() => undefined)
    return await mine
  }

  /** Ends the process and the job it does. */
  async close (): Promise<void> {
    this.#closed = true
    await this.#end()
    await this.#last
  }

  async #now (job: Job, source: ByteSource, { signal, deadlineMs }: RunOptions): Promise<unknown> {
    if (this.#closed || isAborted(signal)) throw new AbortedError()
    clearTimeout(this.#idle)
    const child = await this.#started()
    const deadline = AbortSignal.timeout(deadlineMs)
    const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    try {
      return await conversation(child, job, source, stop)
    } catch (error) {
      if (error instanceof Damaged || error instanceof LibraryMissing) throw error
      // It may be in the middle of anything: the next job gets a new one.
      await this.#end()
      if (isAborted(signal) || this.#closed) throw new AbortedError(undefined, { cause: error })
      throw deadline.aborted ? new ChildGone('it took too long') : error
    } finally {
      this.#rest()
    }
  }

  async #started (): Promise<ChildProcess> {
    if (this.#child !== undefined) { this.#child.ref(); this.#child.channel?.ref(); return this.#child }
    const child = fork(ENTRY, [], {
      execArgv: [...process.execArgv, ...NODE_ARGUMENTS, ...this.#nodeArguments],
      env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced'
    })
    this.#child = child
    child.once('exit', () => { if (this.#child === child) this.#child = undefined })
    try {
      await once(child, 'spawn')
    } catch (error) {
      this.#child = undefined
      throw new ChildGone(`the process that looks at files did not start: ${String(error)}`)
    }
    child.on('error', () => undefined)
    return child
  }

  /** It waits a while for more work, and keeps nobody's process from ending. */
  #rest (): void {
    this.#child?.unref()
    this.#child?.channel?.unref()
    this.#idle = setTimeout(() => { void this.#end() }, LIMITS.lookerIdleMs).unref()
  }

  async #end (): Promise<void> {
    clearTimeout(this.#idle)
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.ref()
    child.kill('SIGKILL')
    await ended
  }
}

/** One job from its order to its answer. */
async function conversation (child: ChildProcess, job: Job, source: ByteSource, stop: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const tell = (message: ToChild): void => { child.send(message, error => { if (error !== null) reject(new ChildGone('it ended')) }) }
  const heard = (message: FromChild): void => {
    if ('read' in message) source.read(...message.read, { signal: stop }).then(bytes => { tell({ bytes }) }, reject)
    else if ('result' in message) resolve(message.result)
    else reject('missing' in message ? new LibraryMissing(message.missing) : new Damaged(message.damaged))
  }
  const ended = (): void => { reject(new ChildGone('it ended')) }
  const stopped = (): void => { reject(new ChildGone('it was stopped')) }
  child.on('message', heard)
  child.once('exit', ended)
  stop.addEventListener('abort', stopped, { once: true })
  try {
    tell({ job })
    return await promise
  } finally {
    child.off('message', heard)
    child.off('exit', ended)
    stop.removeEventListener('abort', stopped)
  }
}

/** Asked anew each time: it changes while a job runs. */
function isAborted (signal: AbortSignal | undefined): boolean { return signal?.aborted === true }
