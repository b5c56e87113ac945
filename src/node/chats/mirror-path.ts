/**
 * Which relay a chat is used at. A log of somebody else's home is followed and appended to at this account's own home
 * relay, which mirrors it; the home itself is visited when no own relay mirrors it, and when a mirror was caught.
 * DESIGN section 3.
 */
import {
  ConflictError, DeadlineError, ExistsError, FEATURE, ForbiddenError, InternalError, LIMITS, MovedError, NotFoundError, peerIdText, ProofError, RateLimitError, ReadOnlyError, RIGHT, sameBytes, SessionError,
  signDelegation, signerFromSeed, toPetrelError, UnavailableError, AbortedError, type Append, type KeyBytes, type LogId, type PetrelError, type StoredEntry
} from '../../protocol/wire/index.js'
import type { AppendOptions, AppendResult, RelayLink, RelayPool } from '../gateway/index.js'
import { shortId, type NodeLog } from '../log.js'
import { findingOf } from './alarm.js'
import type { ChatKeys } from './chat-keys.js'
import type { ChatRecord } from './chat-record.js'
import { CoveredRun, type Covered } from './covered-run.js'
import { LeftMirrors } from './left-mirrors.js'

/** Where a log lives. */
export interface LogHome { readonly term: number, readonly peer: KeyBytes, readonly addrs: readonly string[] }

/** The links to own home relays that may mirror a log of this home; null when it lives at an own home. */
export type MirrorsOf = (home: LogHome) => readonly RelayLink[] | null

/** What a path needs of its chat. */
export interface PathOwner {
  readonly log: LogId
  readonly id: string
  readonly home: LogHome
  readonly record: ChatRecord
  readonly keys: ChatKeys
  readonly deps: { readonly pool: RelayPool, readonly now: () => number, readonly log: NodeLog, readonly mirrors?: MirrorsOf | undefined }
}

/** The relay to use of those that may mirror: the present one while it is there, or nobody else is. Pure. */
function chooseMirror (candidates: readonly RelayLink[], present: RelayLink | undefined, isLeft: (link: RelayLink) => boolean): RelayLink | undefined {
  const usable = candidates.filter(link => !isLeft(link) && link.features?.includes(FEATURE.mirror) !== false)
  const isThere = (link: RelayLink): boolean => link.state === 'connected'
  if (present !== undefined && usable.includes(present) && (isThere(present) || !usable.some(isThere))) return present
  return usable.find(isThere) ?? usable[0]
}

// The home's clock may be behind: a delegation that reaches too far ahead is worth nothing.
const LIFE_MS = LIMITS.delegationMs - 86_400_000

/** How to append: `term` is the log's when it was decided what to append. Its home takes it in no other, where something may have been taken back that goes before it. */
export interface PathOptions extends AppendOptions { readonly term: number }

/** See the file's head. */
export class MirrorPath {
  readonly #owner: PathOwner
  readonly #run = new CoveredRun()
  /** The home that the choice was made for. */
  #for = ''
  #relay: RelayLink | undefined
  /** Mirrors that are not used for a home for a while. */
  readonly #left = new LeftMirrors()
  /** What was lent to whom, and until when that is enough. */
  #lent: { readonly name: string, readonly until: number } | undefined
  #lending: Promise<void> | undefined
  #renew: NodeJS.Timeout | undefined
  /** Called when the link is another one than before, by what happened here. */
  onChange: () => void = () => undefined
  /** Called when a relay that was to mirror the log says that it lives there. */
  onHome: (relay: RelayLink) => void = () => undefined

  constructor (owner: PathOwner) { this.#owner = owner }

  /** The link to use now. */
  get link (): RelayLink {
    if (this.#for !== this.#home || this.#relay?.state === 'closed') this.choose()
    const { home, deps } = this.#owner
    return this.#relay ?? deps.pool.link(home.peer, home.addrs)
  }

  /** Whether that is a mirror's. */
  get isMirror (): boolean { return this.link === this.#relay }

  get #home (): string {
    const { home, record } = this.#owner
    return `${peerIdText(home.peer)} ${home.term} ${record.stage === 'create' ? 'new' : ''}`
  }

  /** Chooses anew, by how things stand now. */
  choose (): void {
    const { home, deps, log, record } = this.#owner
    const before = this.#relay
    this.#for = this.#home
    const candidates = record.stage === 'create' ? [] : deps.mirrors?.(home) ?? null
    this.#relay = chooseMirror(candidates ?? [], before, link => this.#left.has(this.#nameAt(link)))
    if (this.#relay === before) return
    this.#run.clear()
    // The log lives at an own home now: its copies elsewhere are given up, and the one there becomes it. Whoever is not there now finds that nobody renews it.
    if (candidates === null && before !== undefined && !sameBytes(before.peer, home.peer)) before.unmirror(log).catch((error: unknown) => { this.#note('chat.unmirror', toPetrelError(error)) })
  }

  /** Calls `listener` when an own relay that may mirror this log comes or goes. Returns the way to stop that. */
  watch (listener: () => void): () => void {
    const stops = (this.#owner.deps.mirrors?.(this.#owner.home) ?? []).map(link => link.onState(listener))
    return () => { for (const stop of stops) stop() }
  }

  /** Ends what goes on by itself. */
  stop (): void {
    clearTimeout(this.#renew)
    this.#left.stop()
    this.#run.clear()
  }

  /** A follow begins: from the last verified entry. */
  begin (): void { this.#run.clear() }

  /**
   * Sees to it that the mirror has what it needs: the right to mirror, and to append in the present epoch.
   *
   * @throws what may pass: it is to be tried again. A mirror that refuses is left
   */
  async lend (signal?: AbortSignal): Promise<void> {
    const relay = this.#relay
    if (relay === undefined || !this.isMirror || this.#isLent(relay)) return
    this.#lending ??= this.#lend(relay, signal).finally(() => { this.#lending = undefined })
    await this.#lending
    // It may have been for the epoch before.
    if (this.#relay === relay && !this.#isLent(relay)) await this.lend(signal)
  }

  /** Appends by the path of now. @throws as RelayLink.append */
  async append (made: readonly Append[], { term, ...options }: PathOptions): Promise<AppendResult[]> {
    const { log } = this.#owner
    const items = made.map(item => ({ ...item, expectTerm: term }))
    if (!this.isMirror) return await this.link.append(log, items, options)
    await this.lend(options.signal)
    try {
      const results = await this.link.append(log, items, options)
      for (const result of results) if (result instanceof NotFoundError) this.ended(result)
      return results
    } catch (error) {
      if (isBroken(error)) {
        this.leave(error)
        throw new UnavailableError('the mirror says that it has caught the home: the home is asked itself', { cause: error })
      }
      if (!(error instanceof NotFoundError || (error instanceof ForbiddenError && error.details.delegation === 'append'))) throw error
    }
    // It had lost what it was lent, or had an older one. The refusal has ended that lane: the next append begins another.
    this.#lent = undefined
    await this.lend(options.signal)
    return await this.link.append(log, items, options)
  }

  /** The mirror does not serve the log, or not to this node: what it was lent may be lost there, and is lent again. */
  ended (why: PetrelError): void { if (why instanceof NotFoundError || why instanceof ForbiddenError) this.#lent = undefined }

  /** What came by a mirror and is not covered yet. */
  get waiting (): readonly StoredEntry[] { return this.#run.waiting }

  /** What of a follow's entries may be taken now: at a mirror, what the home's own word covers. @throws ProofError */
  covered (after: number, entries: readonly StoredEntry[], head: Uint8Array): Covered | undefined {
    if (!this.isMirror) return { entries, head }
    const covered = this.#run.take(after, entries, head)
    if (covered !== 'full') return covered
    this.leave(new UnavailableError('more entries came by the mirror than this node holds before the home\'s word covers them'))
    return undefined
  }

  /** Whether the home has signed for more than its mirror has shown. */
  isShort ({ promisedTo, cursor }: { readonly promisedTo: number, readonly cursor: { readonly seq: number } }): boolean { return this.isMirror && promisedTo > cursor.seq }

  /** Whether what was found is the mirror's to bear: no signature of the home proves it. Then the mirror is left. */
  async bears (error: PetrelError, witness: { prove (): Promise<Uint8Array | null> }): Promise<boolean> {
    // A mirror's word about the home that comes after the mirror was left.
    if (!this.isMirror && isBroken(error) && this.#left.size > 0) return true
    if (!this.isMirror || findingOf(error).evidence != null) return false
    const relay = this.#relay
    if (await witness.prove() !== null) return false
    // Two lies of one mirror, in an answer and in what it shows: the other was found first, and it is left already.
    return this.#relay !== relay || this.leave(error)
  }

  /** Uses the mirror no more for this home, for a while: the home is visited. False when there is none. */
  leave (why: PetrelError): boolean {
    if (this.#relay === undefined) return false
    this.#note('chat.mirror-left', why)
    const changed = (): void => {
      this.choose()
      this.onChange()
    }
    this.#left.add(this.#nameAt(this.#relay), changed)
    changed()
    return true
  }

  #nameAt (relay: RelayLink): string { return `${peerIdText(relay.peer)} ${this.#home}` }
  #lentName (relay: RelayLink): string { return `${this.#nameAt(relay)} ${this.#owner.keys.epoch}` }
  #isLent (relay: RelayLink): boolean { return this.#lent?.name === this.#lentName(relay) && this.#owner.deps.now() < this.#lent.until }

  async #lend (relay: RelayLink, signal: AbortSignal | undefined): Promise<void> {
    const { log, home, record, deps } = this.#owner
    const name = this.#lentName(relay)
    const now = deps.now()
    let trouble: PetrelError | null
    try {
      const order = record.home?.action
      const ask = { log, genesis: record.genesis, home: home.peer, term: home.term, addrs: home.addrs.slice(0, LIMITS.addressesPerRelay), delegations: this.#delegations(relay, now + LIFE_MS) }
      ;({ trouble } = await relay.mirror(order === undefined ? ask : { ...ask, action: order }, signal === undefined ? {} : { signal }))
    } catch (error) {
      trouble = toPetrelError(error)
      if (mayPass(trouble)) throw trouble
    }
    if (this.#relay !== relay) return
    if (trouble !== null && !mayPass(trouble)) {
      this.leave(trouble)
      if (trouble instanceof ExistsError) this.onHome(relay)
      return
    }
    this.#lent = { name, until: now + LIFE_MS / 2 }
    clearTimeout(this.#renew)
    this.#renew = setTimeout(() => { this.lend().catch((error: unknown) => { this.#note('chat.mirror', toPetrelError(error)) }) }, LIFE_MS / 2).unref()
  }

  /** A chat of an earlier version names no mirror key: who may read it may lend that. */
  #delegations (relay: RelayLink, expires: number): Uint8Array[] {
    const { log, home, record: { mirror }, keys } = this.#owner
    const shared = { v: 1, log, home: home.peer, relay: relay.peer, expires } as const
    return [
      mirror === undefined ? signDelegation({ ...shared, right: RIGHT.read }, keys.read) : signDelegation({ ...shared, right: RIGHT.mirror }, signerFromSeed(mirror)),
      signDelegation({ ...shared, right: RIGHT.append }, keys.append)
    ]
  }

  #note (event: string, why: PetrelError): void { this.#owner.deps.log('warn', event, { chat: shortId(this.#owner.id), code: why.code }) }
}

/** Whether a mirror says that it has caught the home: so it is asked itself. */
function isBroken (error: unknown): error is ProofError { return error instanceof ProofError && error.details.mirror === 'broken' }

/** Not found: the next home has not got the log yet, and then nobody serves it elsewhere. */
function mayPass (error: PetrelError): boolean {
  return [NotFoundError, UnavailableError, DeadlineError, RateLimitError, ReadOnlyError, SessionError, InternalError, ConflictError, MovedError, AbortedError].some(type => error instanceof type)
}
