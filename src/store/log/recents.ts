/**
 * Entries on their way to the disk, by id: whoever asks for one of those again need not wait for the disk. A map for each
 * turn, which goes with its turn: out of one map for all, in which ids come and go, the engine makes new tables again and
 * again, of which each old one holds the next, and what is in it, until the whole heap is looked through.
 */
import type { LogEntry } from '../contract.js'

/** One, and those with the same id in other logs: no line of them, for who chooses the ids could make it long. */
interface Recent<State> { readonly state: State, readonly entry: LogEntry, others: Map<State, LogEntry> | undefined }

/** Those of one turn. */
export class TurnEntries<State extends object> {
  readonly #byId = new Map<string, Recent<State>>()

  /** Takes one in. */
  add (state: State, id: string, entry: LogEntry): void {
    const first = this.#byId.get(id)
    if (first === undefined) this.#byId.set(id, { state, entry, others: undefined })
    else (first.others ??= new Map()).set(state, entry)
  }

  /** The entry of a log that has this id. */
  find (state: State, id: string): LogEntry | undefined {
    const first = this.#byId.get(id)
    return first?.state === state ? first.entry : first?.others?.get(state)
  }

  /** All of one log. Told by a call: what walks through a map makes an object for each. */
  of (state: State): LogEntry[] {
    const entries: LogEntry[] = []
    this.#byId.forEach(first => {
      const entry = first.state === state ? first.entry : first.others?.get(state)
      if (entry !== undefined) entries.push(entry)
    })
    return entries
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
  of (state: State): LogEntry[] { return this.#turns.flatMap(turn => turn.of(state)) }
}
