/**
 * Entries on their way to the disk, by id: whoever asks for one of those again need not wait for the disk. A map for each
 * turn, which goes with its turn: out of one map for all, in which ids come and go, the engine makes new tables again and
 * again, of which each old one holds the next, and what is in it, until the whole heap is looked through.
 */
import type { LogEntry } from '../contract.js'

/** One, and one with the same id in another log. */
interface Recent<State> { readonly state: State, readonly entry: LogEntry, readonly next: Recent<State> | undefined }

/** Those of one turn. */
export class TurnEntries<State extends object> {
  readonly #byId = new Map<string, Recent<State>>()

  /** Takes one in. */
  add (state: State, id: string, entry: LogEntry): void {
    this.#byId.set(id, { state, entry, next: this.#byId.get(id) })
  }

  /** The entry of a log that has this id. */
  find (state: State, id: string): LogEntry | undefined {
    for (let recent = this.#byId.get(id); recent !== undefined; recent = recent.next) if (recent.state === state) return recent.entry
    return undefined
  }

  /** All of one log. */
  * of (state: State): Iterable<LogEntry> {
    for (let recent of this.#byId.values()) {
      for (;;) {
        if (recent.state === state) yield recent.entry
        if (recent.next === undefined) break
        recent = recent.next
      }
    }
  }
}

/** Those of all turns under way. */
export class Recents<State extends object> {
  readonly #turns: Array<TurnEntries<State>> = []

  /** A turn goes to the disk. */
  begin (turn: TurnEntries<State>): void { this.#turns.push(turn) }

  /** A turn is on the disk, and so seen by who asks there; or it has failed. */
  end (turn: TurnEntries<State>): void {
    const at = this.#turns.indexOf(turn)
    if (at >= 0) this.#turns.splice(at, 1)
  }

  /** The entry of a log that has this id. */
  find (state: State, id: string): LogEntry | undefined {
    for (const turn of this.#turns) {
      const entry = turn.find(state, id)
      if (entry !== undefined) return entry
    }
    return undefined
  }

  /** All of one log. */
  * of (state: State): Iterable<LogEntry> { for (const turn of this.#turns) yield * turn.of(state) }
}
