/** Heads in memory: what readers may see, and what the next builder sees. */
import { CorruptError, LIMITS, sameBytes, toPetrelError, type PetrelError } from '../../protocol/wire/index.js'
import type { LogHead } from '../contract.js'
import type { Core } from '../core/index.js'
import { decodeEntry, decodeHead } from './codec.js'
import { KnownIds, MOST_IDS } from './known-ids.js'
import { LogKeys } from './layout.js'
import { Recents } from './recents.js'

/** One log in memory. */
export interface LogState {
  readonly log: Uint8Array
  readonly keys: LogKeys
  /** As on the disk: readers see this. */
  durable: LogHead
  /** With what is on its way to the disk: builders see this. */
  working: LogHead
  /** Turns on their way to the disk. */
  flying: number
  /** All ids that the log has, also of entries that were trimmed; undefined while they are not known, and must be looked up. */
  ids: KnownIds | undefined
  /** Those that came since they began to be learned. */
  learning: KnownIds | undefined
  /** Ids that were looked up. */
  lookups: number
}

/** A log whose ids were looked up so often has them read into memory. */
const LEARN_AFTER = 32

// Copied here first: to ask for the memory of so few bytes takes twice as long.
const scratch = Buffer.alloc(LIMITS.storeIdBytes)

/** Bytes as a map's key. */
export function textOf (bytes: Uint8Array): string {
  if (bytes.length <= scratch.length) {
    scratch.set(bytes)
    return scratch.toString('latin1', 0, bytes.length)
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** A damaged log, by its id. */
export function damagedLog (log: Uint8Array, what: string): PetrelError {
  const hex = Buffer.from(log).toString('hex')
  return new CorruptError(`log ${hex} is damaged: ${what}; restore from a backup or run doctor`, { details: { log: hex } })
}

/** The heads in memory, the least recently loaded forgotten first. */
export class LogStates {
  /** Entries on their way to the disk, and those that arrived there since the last lookup began. */
  readonly recents = new Recents<LogState>()
  readonly #core: Core
  readonly #states = new Map<string, LogState>()
  readonly #loading = new Map<string, Promise<LogState | undefined>>()
  #generation = 0
  #idBytes = 0

  constructor (core: Core) { this.#core = core }

  /** The log's state when it is in memory. */
  cached (name: string): LogState | undefined { return this.#states.get(name) }

  /** The log's state, read and checked if need be; undefined when there is no such log. @throws CorruptError */
  async load (log: Uint8Array, name: string): Promise<LogState | undefined> {
    const state = this.#states.get(name)
    if (state !== undefined) return state
    let loading = this.#loading.get(name)
    if (loading === undefined) {
      const own: Promise<LogState | undefined> = this.#read(log, name).finally(() => {
        if (this.#loading.get(name) === own) this.#loading.delete(name)
      })
      this.#loading.set(name, own)
      loading = own
    }
    return await loading
  }

  /** Puts a head that is durable now. */
  put (log: Uint8Array, name: string, head: LogHead): LogState {
    const state: LogState = {
      log: log.slice(), keys: new LogKeys(log), durable: head, working: head, flying: 0, ids: undefined, learning: undefined, lookups: 0
    }
    this.#forgetIds(this.#states.get(name))
    this.#states.set(name, state)
    return state
  }

  /** The log was made just now: it has no ids yet. */
  isNew (state: LogState): void { state.ids = this.#newIds(state) }

  /** An entry was built. */
  took (state: LogState, id: Uint8Array): void {
    const ids = state.ids ?? state.learning
    if (ids !== undefined && !ids.add(id)) this.#forgetIds(state)
  }

  /** Whether an id must be looked up on the disk. Who is asked often learns them all. */
  mustLookUp (state: LogState, id: Uint8Array): boolean {
    if (state.ids !== undefined) return state.ids.mayHold(id)
    if (++state.lookups === LEARN_AFTER && state.durable.seq <= MOST_IDS) void this.#learn(state)
    return true
  }

  /** Grows when heads were forgotten because they may be wrong: what was read before must be read again. */
  get generation (): number { return this.#generation }

  /** Forgets a log that was removed. */
  drop (name: string): void {
    this.#generation++
    this.#forgetIds(this.#states.get(name))
    this.#states.delete(name)
  }

  /** Forgets everything: after a failed write only the disk knows what is there. */
  clear (): void {
    this.#generation++
    for (const state of this.#states.values()) this.#forgetIds(state)
    this.#states.clear()
    this.#loading.clear()
  }

  /** Forgets idle logs over the limit, but none that is `held`. */
  shrink (held: (name: string) => boolean): void {
    if (this.#states.size <= LIMITS.storeCachedLogs) return
    for (const [name, state] of this.#states) {
      if (this.#states.size <= LIMITS.storeCachedLogs) return
      if (state.flying > 0 || held(name)) continue
      this.#forgetIds(state)
      this.#states.delete(name)
    }
  }

  /** Reads the log's ids. Those on their way to the disk, and those to come, are taken in as they are built. */
  async #learn (state: LogState): Promise<void> {
    const ids = state.learning = this.#newIds(state)
    let isWhole = this.recents.of(state).every(({ id }) => ids.add(id))
    try {
      for await (const pairs of this.#core.scan(state.keys.ids)) {
        if (state.learning !== ids || !isWhole) break
        isWhole = pairs.every(([key]) => ids.add(state.keys.idOf(key)))
      }
    } catch {
      // Who appends finds the same fault by itself.
      isWhole = false
    }
    if (state.learning !== ids) return
    if (isWhole) {
      state.ids = ids
      state.learning = undefined
    } else this.#forgetIds(state)
  }

  #newIds (state: LogState): KnownIds {
    return new KnownIds(bytes => {
      this.#idBytes += bytes
      // Whose ids have not been asked for the longest: the first in memory.
      for (const other of this.#states.values()) {
        if (this.#idBytes <= LIMITS.storeKnownIdsBytes) return
        if (other !== state) this.#forgetIds(other)
      }
    })
  }

  #forgetIds (state: LogState | undefined): void {
    if (state === undefined) return
    this.#idBytes -= (state.ids?.bytes ?? 0) + (state.learning?.bytes ?? 0)
    state.ids = undefined
    state.learning = undefined
  }

  async #read (log: Uint8Array, name: string): Promise<LogState | undefined> {
    const generation = this.#generation
    const keys = new LogKeys(log)
    const stored = await this.#core.get(keys.head)
    if (stored === undefined) return undefined
    const head = decodeHead(stored)
    const fault = await this.#check(log, keys, head).then(() => undefined, toPetrelError)
    // Somebody may have put a newer head, or forgotten all, while the disk was read.
    const newer = this.#states.get(name)
    if (newer !== undefined) return newer
    // Not by `load`: unless all was forgotten, it would wait for this very read.
    if (generation !== this.#generation) return await this.#read(log, name)
    // Only now: of a log that was removed meanwhile something is missing.
    if (fault !== undefined) throw fault
    return this.put(log, name, head)
  }

  /** Level may lose records without a word, and show an older head: then entries lie beyond it, or its own is not there. */
  async #check (log: Uint8Array, keys: LogKeys, head: LogHead): Promise<void> {
    for await (const pairs of this.#core.scan({ ...keys.entries(head.seq + 1, Number.MAX_SAFE_INTEGER), limit: 1 })) {
      if (pairs.length > 0) throw damagedLog(log, `there are entries beyond its head at ${head.seq}`)
    }
    if (head.seq < head.first) return
    const last = await this.#core.get(keys.entry(head.seq))
    if (last === undefined) throw damagedLog(log, `entry ${head.seq}, its last, is missing`)
    const entry = decodeEntry(last)
    if (entry.seq !== head.seq || !sameBytes(entry.hash, head.hash)) throw damagedLog(log, `entry ${head.seq} is not the one its head names`)
  }
}
