/** What others do at the moment, in memory only: each thing ends by itself, and none is on any disk. */
import { LIMITS, peerIdText, type KeyBytes } from '../../../protocol/wire/index.js'

/** What somebody does, or that it has ended. */
export type ActivityKind = 'typing' | 'recording' | 'uploading' | 'idle' | 'online' | 'offline'

/** What somebody does, as it is told. Of one key, the newest counts. */
export interface ActivityNews {
  readonly key: string
  readonly chat: string
  readonly account: KeyBytes
  /** The account's PeerId. */
  readonly name: string
  readonly kind: ActivityKind
  /** When it ends by itself, ms; null of what has ended. */
  readonly until: number | null
}

/** A word of somebody, before it is judged. */
export interface Heard {
  readonly chat: string
  readonly account: KeyBytes
  readonly kind: ActivityKind
  /** When it was said, by its author's clock, ms. */
  readonly at: number
  /** How long it lasts, ms. */
  readonly ms: number
}

/** How long a word may say that it lasts, ms. */
export type BoardTiming = Record<'typingMs' | 'presenceMs', number>

/** When a word was said, by its author, and when it came. */
interface Word { readonly at: number, readonly takenAt: number }

/** From then on it is too old to be taken again. */
const forgottenAt = ({ at, takenAt }: Word): number => Math.max(at, takenAt) + LIMITS.clockSkewMs + 1

const isPresence = (kind: ActivityKind): boolean => kind === 'online' || kind === 'offline'
const hasEnded = (kind: ActivityKind): boolean => kind === 'idle' || kind === 'offline'

/** See the file's head. */
export class Board {
  readonly #now: () => number
  readonly #timing: BoardTiming
  readonly #shown = new Map<string, ActivityNews & { readonly until: number }>()
  /** The newest word of each key: what is older was said before, and comes late or again. */
  readonly #words = new Map<string, Word>()
  readonly #watchers = new Set<(news: ActivityNews) => void>()
  #timer: NodeJS.Timeout | undefined
  /** When the timer wakes, ms. */
  #wakes = Infinity

  constructor (now: () => number, timing: BoardTiming) {
    this.#now = now
    this.#timing = timing
  }

  /** What is done now. */
  all (): ActivityNews[] { return [...this.#shown.values()] }

  /** Tells `listener` of each change. Returns the way to stop that. */
  watch (listener: (news: ActivityNews) => void): () => void {
    this.#watchers.add(listener)
    return () => { this.#watchers.delete(listener) }
  }

  /** Takes a word. One that is old, that comes again, or that comes too soon after another is dropped. @returns whether it tells of something that was not so before */
  take ({ chat, account, kind, at, ms }: Heard): boolean {
    const now = this.#now()
    const name = peerIdText(account)
    const key = `${chat}/${name}/${isPresence(kind) ? 'presence' : 'typing'}`
    const last = this.#words.get(key)
    if (Math.abs(at - now) > LIMITS.clockSkewMs || (last !== undefined && at <= last.at)) return false
    const before = this.#shown.get(key)
    if (!hasEnded(kind) && last !== undefined && now - last.takenAt < LIMITS.activityLeastMs) return false
    if (last === undefined && this.#words.size >= LIMITS.activitiesKept) return false
    this.#words.set(key, { at, takenAt: now })
    const base = { key, chat, account, name, kind }
    if (hasEnded(kind)) this.#end(key, kind)
    else this.#show({ ...base, until: now + Math.min(ms, isPresence(kind) ? this.#timing.presenceMs : this.#timing.typingMs) })
    this.#wakeAt(Math.min(this.#shown.get(key)?.until ?? Infinity, forgottenAt({ at, takenAt: now })))
    return before?.kind !== kind
  }

  /** Somebody sent what it was about to send. */
  said (chat: string, account: KeyBytes): void { this.#end(`${chat}/${peerIdText(account)}/typing`, 'idle') }

  /** Nothing of these is shown any more. */
  drop (fits: (news: ActivityNews) => boolean): void {
    for (const news of this.all()) if (fits(news)) this.#end(news.key, isPresence(news.kind) ? 'offline' : 'idle')
  }

  /** Forgets everything. */
  stop (): void {
    clearTimeout(this.#timer)
    this.#wakes = Infinity
    this.#shown.clear()
    this.#words.clear()
  }

  #show (news: ActivityNews & { readonly until: number }): void {
    this.#shown.set(news.key, news)
    this.#tell(news)
  }

  #end (key: string, kind: ActivityKind): void {
    const there = this.#shown.get(key)
    if (there === undefined) return
    this.#shown.delete(key)
    this.#tell({ ...there, kind, until: null })
  }

  #tell (news: ActivityNews): void { for (const listener of [...this.#watchers]) listener(news) }

  /** Wakes at a time, if it would not wake before. */
  #wakeAt (ms: number): void {
    if (ms >= this.#wakes) return
    clearTimeout(this.#timer)
    this.#wakes = ms
    this.#timer = setTimeout(() => { this.#sweep() }, Math.max(1, ms - this.#now())).unref()
  }

  /** What has ended by itself is told; words that are too old to come again are forgotten. */
  #sweep (): void {
    const now = this.#now()
    for (const [key, { kind, until }] of this.#shown) if (until <= now) this.#end(key, isPresence(kind) ? 'offline' : 'idle')
    for (const [key, { at, takenAt }] of this.#words) if (forgottenAt({ at, takenAt }) <= now) this.#words.delete(key)
    this.#wakes = Infinity
    for (const { until } of this.#shown.values()) this.#wakeAt(until)
    for (const word of this.#words.values()) this.#wakeAt(forgottenAt(word))
  }
}
