/**
 * What a chat does about others' lost leaves: it waits a moment for the account itself, which mostly renews its leaf at once;
 * then this account repairs it. What this account says meanwhile waits, so that no revoked device reads it.
 */
import { systemRandom } from '../../../protocol/crypto/index.js'
import { base32Text, LIMITS } from '../../../protocol/wire/index.js'
import type { ChatDeps } from '../chat-deps.js'
import type { ChatRecord } from '../chat-record.js'
import { lostLeaves, type LostLeaf } from './lost-leaf.js'
import type { RepairTiming } from './timing.js'

/** What it looks at of a chat. */
interface Place { readonly deps: Pick<ChatDeps, 'newest' | 'vault' | 'me' | 'now' | 'repair'>, readonly record: Pick<ChatRecord, 'members' | 'stage' | 'direct'>, readonly outbox: { readonly size: number } }

/** See the file's head. */
export class Repairs {
  readonly #chat: Place
  /** When each lost leaf was first seen as such. Another manifest of its account begins nothing anew: one member could hold up the others for ever. */
  #since = new Map<string, number>()
  /** What was seen: something may be due with each newer manifest. */
  #seen = new Set<string>()
  #known: { readonly members: unknown, readonly revision: number, readonly lost: readonly LostLeaf[] } | undefined
  readonly #timers = new Set<NodeJS.Timeout>()
  /** In a group not all begin at once. */
  readonly #turn = (systemRandom(1)[0] ?? 0) / 256
  /** Called when something may be due. */
  onDue: () => void = () => undefined
  /** Called when what waits may go. */
  onFree: () => void = () => undefined

  constructor (chat: Place) { this.#chat = chat }

  /** Whether what this account says waits: in a direct chat until the leaf is repaired, in a group no longer than one member may hold up the others. */
  get holds (): boolean { return this.#lost.some(lost => this.#chat.record.direct || this.#age(lost) < this.#timing.repairHoldMs) }

  /** Those that this account is to repair now. */
  get due (): readonly LostLeaf[] { return this.#lost.filter(lost => this.#age(lost) >= this.#grace) }

  /** Forgets what it waits for. */
  stop (): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#since.clear()
    this.#seen.clear()
    this.#known = undefined
  }

  get #timing (): RepairTiming {
    const { repairAfterMs, repairSpreadMs, repairHoldMs } = LIMITS
    return { repairAfterMs, repairSpreadMs, repairHoldMs, ...this.#chat.deps.repair }
  }

  /** Who has something to say does not wait for others to begin. */
  get #grace (): number { return this.#timing.repairAfterMs + (this.#chat.outbox.size > 0 ? 0 : this.#spread) }

  get #spread (): number { return this.#turn * this.#timing.repairSpreadMs * Math.min(1, this.#chat.record.members.length / LIMITS.receiptMembers) }

  get #lost (): readonly LostLeaf[] {
    const { record: { members, stage }, deps: { newest, vault, me } } = this.#chat
    if (newest === undefined || stage !== 'ready') return []
    const { revision } = vault
    if (this.#known?.members !== members || this.#known.revision !== revision) {
      this.#known = { members, revision, lost: lostLeaves(members, me, newest) }
      this.#note(this.#known.lost)
    }
    return this.#known.lost
  }

  #note (lost: readonly LostLeaf[]): void {
    const now = this.#chat.deps.now()
    const before = this.#seen
    this.#since = new Map(lost.map(one => [nameOf(one), this.#since.get(nameOf(one)) ?? now]))
    this.#seen = new Set(lost.map(one => `${nameOf(one)} ${base32Text(one.newest.hash)}`))
    if ([...this.#seen].every(name => before.has(name))) return
    const { repairAfterMs, repairHoldMs } = this.#timing
    for (const ms of [repairAfterMs, repairAfterMs + this.#spread]) this.#at(now + ms, ms, () => { this.onDue() })
    this.#at(now + repairHoldMs, repairHoldMs, () => { this.onFree() })
  }

  /** A timer's milliseconds are not the clock's: it may fire just before what it is for is due, which nobody would look at again. */
  #at (due: number, ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const left = due - this.#chat.deps.now()
      if (left > 0) this.#at(due, Math.min(left, ms), run)
      else run()
    }, ms).unref()
    this.#timers.add(timer)
  }

  #age (lost: LostLeaf): number { return this.#chat.deps.now() - (this.#since.get(nameOf(lost)) ?? 0) }
}

function nameOf ({ account, leaf }: LostLeaf): string { return `${base32Text(account)} ${base32Text(leaf)}` }
