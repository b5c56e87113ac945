/**
 * Walks through several chats at once, always on in the one whose next message is the newest, so that what is found is
 * in one order, and a walk can be broken off anywhere and gone on with.
 */
import { LIMITS } from '../../protocol/wire/index.js'

/** Where a walk stands: the home's time, ms, the chat, and the number. */
export interface Place { readonly time: number, readonly chat: string, readonly seq: number }

/** One step: a message that was looked at, and what came of it. */
export interface Step<T> { readonly place: Place, readonly found: T | null }

/** What came of a walk: what was found, and where it stopped, unless it came to the end. */
export interface Walked<T> { readonly found: T[], readonly next: Place | null }

/** Below zero: `a` comes before `b`. Within a chat the number counts, whatever the clock of its home did. */
export function order (a: Place, b: Place): number {
  if (a.chat === b.chat) return b.seq - a.seq
  return b.time - a.time || (a.chat < b.chat ? 1 : -1)
}

/** Goes through the steps of all chats until `limit` were found, the walk is at its end, or it has looked at LIMITS.searchLooks in vain. */
export async function walk <T> (chats: ReadonlyArray<AsyncGenerator<Step<T>>>, limit: number): Promise<Walked<T>> {
  const heads: Array<{ readonly steps: AsyncGenerator<Step<T>>, head: Step<T> }> = []
  const found: T[] = []
  let [last, inVain] = [null as Place | null, 0]
  try {
    for (const steps of chats) {
      const next = await steps.next()
      if (next.done !== true) heads.push({ steps, head: next.value })
    }
    for (;;) {
      const first = heads.reduce<typeof heads[number] | undefined>((best, one) => best === undefined || order(one.head.place, best.head.place) < 0 ? one : best, undefined)
      if (first === undefined) return { found, next: null }
      const { place, found: one } = first.head
      if (one === null) inVain++
      else if (found.length === limit) return { found, next: last }
      else found.push(one)
      last = place
      if (inVain >= LIMITS.searchLooks) return { found, next: last }
      const next = await first.steps.next()
      if (next.done === true) heads.splice(heads.indexOf(first), 1)
      else first.head = next.value
    }
  } finally {
    for (const { steps } of heads) await steps.return(undefined)
  }
}

/** A place as a caller keeps it. */
export function placeText ({ time, seq, chat }: Place): string { return `${time}.${seq}.${chat}` }

/** A place from its text; undefined for what is none. */
export function readPlace (text: string): Place | undefined {
  const [, time, seq, chat] = /^(\d{1,16})\.(\d{1,16})\.([a-z2-7]{1,80})$/.exec(text) ?? []
  return chat === undefined ? undefined : { time: Number(time), seq: Number(seq), chat }
}
