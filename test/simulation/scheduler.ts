/**
 * The time of a simulated world and everything that waits in it. What runs belongs to a machine; what a machine that has
 * crashed still waits for never happens. Each thing that happens goes into a trace, whose hash two equal runs share.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'

/** One run of a node or relay, from its start to its end or crash. */
export interface Machine {
  readonly name: string
  alive: boolean
  /** How far its clock is off, in milliseconds. */
  readonly skewMs: number
}

interface Due { readonly at: number, readonly order: number, readonly machine: Machine, readonly what: string, readonly run: () => void, cancelled: boolean }

/** The run's real way to let everything that is under way settle: taken before anything is replaced. */
const settleSoon = setImmediate

/** More steps than any run needs: one that goes in circles is found out. */
const MOST_STEPS = 400_000

/** See the file's head. */
export class Scheduler {
  /** Milliseconds since the run began. */
  now = 0
  steps = 0
  /** What is not a machine's: the story itself. */
  readonly director: Machine = { name: 'story', alive: true, skewMs: 0 }
  readonly #heap: Due[] = []
  readonly #machines = new AsyncLocalStorage<Machine>()
  readonly #hash = createHash('sha256')
  #order = 0
  /** Called with each thing that happens: to see where two runs part. */
  onStep: ((line: string) => void) | undefined

  /** Whose code is running. */
  get machine (): Machine { return this.#machines.getStore() ?? this.director }

  /** Whether what runs now belongs to the run. What an earlier test left behind in this process does not. */
  get isInside (): boolean { return this.#machines.getStore() !== undefined }

  /** Runs something as a machine. */
  as<T> (machine: Machine, run: () => T): T { return this.#machines.run(machine, run) }

  /** Runs something as a machine after some time, unless that machine is dead by then. Returns the way to cancel it. */
  after (ms: number, machine: Machine, what: string, run: () => void): () => void {
    const due: Due = { at: this.now + Math.max(0, ms), order: this.#order++, machine, what, run, cancelled: false }
    this.#push(due)
    return () => { due.cancelled = true }
  }

  /** Lets time pass for the story. */
  async pause (ms: number): Promise<void> { await new Promise<void>(resolve => { this.after(ms, this.director, 'pause', resolve) }) }

  /** Puts something into the trace. */
  note (what: string): void {
    const line = `${this.now.toFixed(3)} ${what}\n`
    this.#hash.update(line)
    this.onStep?.(line)
  }

  /** The hash of all that happened. */
  digest (): string { return this.#hash.copy().digest('hex') }

  /** Lets the world go on until the story has ended. @throws what the story throws; Error when nothing is left to happen */
  async drive<T> (story: () => Promise<T>): Promise<T> {
    let outcome: { value: T } | { error: unknown } | undefined
    this.as(this.director, story).then(value => { outcome = { value } }, (error: unknown) => { outcome = { error } })
    for (;;) {
      await new Promise<void>(resolve => { settleSoon(resolve) })
      if (outcome !== undefined) break
      this.#step()
    }
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  #step (): void {
    for (;;) {
      const due = this.#pop()
      if (due === undefined) throw new Error('nothing is left that could happen, and the story has not ended')
      if (due.cancelled || !due.machine.alive) continue
      if (++this.steps > MOST_STEPS) throw new Error(`the run goes in circles: ${MOST_STEPS} steps`)
      this.now = Math.max(this.now, due.at)
      this.note(`${due.machine.name} ${due.what}`)
      this.as(due.machine, due.run)
      return
    }
  }

  #push (due: Due): void {
    const heap = this.#heap
    let i = heap.push(due) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(due, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = due
  }

  #pop (): Due | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return first
  }
}

function before (a: Due, b: Due): boolean { return a.at < b.at || (a.at === b.at && a.order < b.order) }
