/**
 * Blocks and what they travel in lie outside the engine's heap, and it looks at them late: left alone it collects all of
 * its heap after every 6 MB of an upload, which took a third to a half of a relay's time (measured by bench/media.ts), the
 * more the larger the heap is. Nearly all of it is young, and collecting the young part alone costs a millisecond. What
 * waits for a disk or a peer outlives two such collections and counts as old from then on. So once what is held has grown
 * by some megabytes, all of the heap is looked through (35 ms): the engine itself waits until it has grown by more than a
 * half, and what it grew to stays with the process.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const MIB = 1024 * 1024
/**
 * What passes between two collections of what is young. Each MiB leaves some three behind (what was read, what was opened,
 * what was put together), and what a collection found is only given back by the next one: at 4 MiB the engine reckoned so
 * much to be held that it looked through the whole heap for every 10 MB all the same, which was more than half of what a
 * process that takes blocks in did.
 */
const EVERY_BYTES = MIB
/** What passes between two looks at how much is held: each costs half as much as a collection of what is young. */
const LOOK_EVERY_BYTES = 8 * MIB
/** What passes at least between two collections of everything. */
const FULL_EVERY_BYTES = 64 * MIB
/** Growth since the least that was held, from which on everything is looked through: at least so much, and so large a part of it. */
const GROWTH = { bytes: 12 * MIB, part: 0.25 } as const
/** The same once nothing passes any more: what is not left behind. */
const LEFT = { bytes: 4 * MIB, part: 0.1 } as const
/** Nothing passes any more after this time, ms. */
const QUIET_MS = 1000

type Collect = (options: { readonly type: 'minor' | 'major' }) => void

class Garbage {
  #collect: Collect | undefined
  #passed = 0
  #passedSinceLook = 0
  #passedSinceFull = 0
  /** The least that was seen to be held. */
  #least = Infinity
  #quiet: NodeJS.Timeout | undefined

  /** Says that so many bytes of blocks came or went. */
  passed (bytes: number): void {
    this.#passed += bytes
    if (this.#passed < EVERY_BYTES) return
    this.#passedSinceFull += this.#passed
    this.#passedSinceLook += this.#passed
    this.#passed = 0
    this.#collect ??= findCollect()
    this.#collect({ type: 'minor' })
    if (this.#passedSinceLook >= LOOK_EVERY_BYTES) {
      this.#passedSinceLook = 0
      if (this.#hasGrown(GROWTH) && this.#passedSinceFull >= FULL_EVERY_BYTES) this.#all()
    }
    this.#whenQuiet()
  }

  /** Looks through everything once nothing passes for a while, whatever is held. */
  later (): void {
    this.#least = 0
    this.#whenQuiet()
  }

  /** Does not keep the process. */
  #whenQuiet (): void {
    this.#quiet ??= setTimeout(() => {
      this.#quiet = undefined
      if (this.#hasGrown(LEFT)) this.#all()
    }, QUIET_MS).unref()
    this.#quiet.refresh()
  }

  #hasGrown ({ bytes, part }: { readonly bytes: number, readonly part: number }): boolean {
    const now = held()
    this.#least = Math.min(this.#least, now)
    return now - this.#least > Math.max(bytes, part * this.#least)
  }

  #all (): void {
    this.#collect ??= findCollect()
    this.#collect({ type: 'major' })
    this.#passedSinceFull = 0
    this.#least = held()
  }
}

function held (): number {
  const { used_heap_size: inside, external_memory: outside } = getHeapStatistics()
  return inside + outside
}

/** The engine's own function. Where it has none, it looks when it likes. */
function findCollect (): Collect {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  return typeof found === 'function' ? found as Collect : () => undefined
}

const garbage = new Garbage()

/** Says that so many bytes of blocks came or went. */
export function bytesPassed (bytes: number): void { garbage.passed(bytes) }

/** Gives back what a start left behind, once it is a second ago: for a process that is a node or a relay and nothing else. */
export function tidyLater (): void { garbage.later() }
