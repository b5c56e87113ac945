/**
 * Whether what clients saw of one log can be put on one line: each call took effect at one moment between its begin and
 * its end, in the log's order. The log itself tells the order of its entries, so it is enough to find, for each entry, a
 * moment at which it was appended: what was seen before it bounds that from below, and what was seen of it from above.
 */

/** One call and what it told. Times are of one clock that only goes forward; `end` is Infinity when no answer came. */
export interface Seen {
  readonly what: string
  readonly begin: number
  readonly end: number
  /** The entry it appended, or found there under its id. */
  readonly appended?: { readonly seq: number, readonly id: string, readonly duplicate: boolean }
  /** Where the log ended when it was carried out: of a read, a head, or an expectation that did not hold. */
  readonly head?: number
  /** The entries a read gave. */
  readonly entries?: ReadonlyArray<{ readonly seq: number, readonly id: string }>
  /** The number at which a conditional append wanted the log to end, or its last commit to stand. */
  readonly expected?: { readonly head: number }
}

/** A moment and the call that asks for it. */
interface Bound { at: number, by: string }

/** Checks a history against the log as it is at the end, ids in order. @throws Error that names two calls that contradict each other */
export function requireLinearizable (history: readonly Seen[], log: readonly string[]): void {
  // Entry n (from 1) was appended after `from[n]`, and not after `until[n]`.
  const from: Bound[] = Array.from({ length: log.length + 2 }, () => ({ at: -Infinity, by: 'the beginning' }))
  const until: Bound[] = Array.from({ length: log.length + 2 }, () => ({ at: Infinity, by: 'the end' }))
  const after = (seq: number, at: number, by: string): void => { if (at > from[seq]!.at) from[seq] = { at, by } }
  const before = (seq: number, at: number, by: string): void => { if (seq > 0 && at < until[seq]!.at) until[seq] = { at, by } }
  for (const seen of history) {
    const { what, begin, end, appended, head, entries = [], expected } = seen
    for (const { seq, id } of [...entries, ...appended === undefined ? [] : [appended]]) {
      if (log[seq - 1] !== id) throw new Error(`${what} has ${id} at ${seq}, and the log has ${log[seq - 1] ?? 'nothing'} there`)
    }
    if (appended !== undefined) {
      before(appended.seq, end, what)
      if (!appended.duplicate) after(appended.seq, begin, what)
    }
    if (head !== undefined) {
      if (head > log.length) throw new Error(`${what} saw the log end at ${head}, and it has ${log.length} entries`)
      before(head, end, what)
      after(head + 1, begin, what)
      const beyond = entries.find(({ seq }) => seq > head)
      if (beyond !== undefined) throw new Error(`${what} gave entry ${beyond.seq} and ended at ${head}`)
    }
    if (expected !== undefined) requireExpected(seen, expected.head)
  }
  // Each at the earliest moment that is left to it: if that is too late, no other would do.
  let earliest: Bound = { at: -Infinity, by: 'the beginning' }
  for (let seq = 1; seq <= log.length; seq++) {
    if (from[seq]!.at > earliest.at) earliest = from[seq]!
    if (earliest.at > until[seq]!.at) throw new Error(`entry ${seq} was there for ${until[seq]!.by}, and it or one before it was not there for ${earliest.by}, which began later`)
  }
}

/** A condition was fulfilled exactly when the log said so. */
function requireExpected ({ what, appended, head }: Seen, expected: number): void {
  if (appended !== undefined && !appended.duplicate && appended.seq !== expected + 1) throw new Error(`${what} wanted to follow ${expected}, and got number ${appended.seq}`)
  if (appended === undefined && head === expected) throw new Error(`${what} was refused, and the log did end at ${expected}`)
}
