/**
 * Mirrors: logs of other homes, followed for the people hosted here and served to them as a home would, with the home's
 * own word on everything. DESIGN section 3.
 */
import {
  LIMITS, MovedError, peerIdText, ProofError, QuotaError, RateLimitError, sameBytes, toPetrelError, UnsupportedError,
  type KeyBytes, type PetrelError, type Signer
} from '../../protocol/wire/index.js'
import { Turns, type LogHead } from '../../store/index.js'
import { bytesOfMapKey, mapKey } from '../bytes-text.js'
import type { Gossip } from '../gossip/types.js'
import type { LogContext } from '../logs/context.js'
import type { Follows } from '../logs/follows.js'
import { decodeMeta } from '../logs/meta.js'
import type { Removal } from '../logs/removal.js'
import type { NamedLog } from '../peer.js'
import { Copies } from './copies.js'
import type { DialHome } from './dial.js'
import { Homes } from './homes.js'
import { withHeld } from './lent.js'
import { MirroredLog, type MirrorEvents } from './mirrored-log.js'
import type { MirrorWish } from './request.js'
import { caughtUp, firstWord } from './waits.js'
import { targetOf } from './walk.js'
import { Wishes } from './wishes.js'

/** What mirrors are made of. */
export interface MirrorParts {
  readonly context: LogContext
  readonly removal: Removal
  readonly follows: Follows
  readonly signer: Signer
  readonly gossip: Gossip
  /** From 0 up to 1. */
  readonly random: () => number
  /** How homes are reached; undefined: this relay mirrors nothing. */
  readonly dial: DialHome | undefined
  readonly onEntries: (count: number) => void
}

/** How a mirror stands. */
export interface MirrorState { readonly seq: number, readonly current: boolean, readonly trouble: PetrelError | undefined }

/** See the file's head. */
export class Mirrors {
  readonly #parts: MirrorParts
  readonly #wishes: Wishes
  readonly #copies: Copies
  readonly #homes: Homes | undefined
  readonly #logs = new Map<string, MirroredLog>()
  readonly #turns = new Turns()
  readonly #events: MirrorEvents

  constructor (parts: MirrorParts) {
    const { context, removal, dial, signer, random } = parts
    this.#parts = parts
    this.#wishes = new Wishes(context.store.records)
    this.#copies = new Copies(context, removal)
    const onTrouble = (why: PetrelError): void => { context.log('info', 'mirror.home-away', { code: why.code }) }
    this.#homes = dial === undefined ? undefined : new Homes({ clock: context.clock, dial, signer, random, onTrouble })
    this.#events = {
      onEntries: parts.onEntries,
      onErased: async log => { await this.#erased(log) },
      onSwitched: log => { void this.#aim(log) },
      onTrouble: (log, why) => { this.#troubled(log, why) },
      onBroken: (log, why) => { void this.#broke(log, why) }
    }
  }

  /** Whether this relay mirrors logs. */
  get isOn (): boolean { return this.#homes !== undefined }
  /** Mirrored logs, those whose home lied, other homes, and how many of them can be reached now. */
  get counts (): { logs: number, broken: number, homes: number, connected: number } {
    const { all, connected } = this.#homes?.count ?? { all: 0, connected: 0 }
    let broken = 0
    for (const log of this.#logs.values()) if (log.broken !== null) broken++
    return { logs: this.#logs.size, broken, homes: all, connected }
  }

  /** Goes on with what was mirrored before. Once, before use. */
  async recover (): Promise<void> {
    for (const wish of await this.#wishes.recover()) {
      const log = this.#add({ log: wish.log, name: mapKey(wish.log) }, wish)
      await this.#aim(log)
    }
  }

  /** A mirrored log by its map key. */
  find (name: string): MirroredLog | undefined { return this.#logs.get(name) }

  /**
   * Mirrors a log for an account, or brings what is known of it up to date. Waits a little for the home's first word.
   *
   * @throws UnsupportedError, QuotaError, ExistsError, ConflictError, ProofError
   */
  async mirror (account: KeyBytes, wish: MirrorWish): Promise<MirrorState> {
    if (this.#homes === undefined) throw new UnsupportedError('this relay mirrors no logs')
    const log = await this.#turns.run(wish.named.name, undefined, () => this.#take(account, wish))
    await firstWord(log, this.#parts.context.clock)
    return await this.stateOf(log)
  }

  /** Mirrors a log no longer for an account. */
  async unmirror (account: KeyBytes, named: NamedLog): Promise<void> {
    await this.#turns.run(named.name, undefined, async () => {
      const isLast = await this.#wishes.remove(account, named.log)
      const log = this.#logs.get(named.name)
      if (log !== undefined && isLast) this.#drop(log)
      await this.#copies.leave(named, this.#wishes.accounts(named.name))
      if (isLast) await this.#wishes.forget(named.log)
    })
  }

  /** An account is deleted here. */
  async endAccount (account: KeyBytes): Promise<void> {
    for (const name of this.#wishes.logsOf(mapKey(account))) await this.unmirror(account, { log: bytesOfMapKey(name), name })
  }

  /** How a mirrored log stands. */
  async stateOf (log: MirroredLog): Promise<MirrorState> {
    const { seq } = await log.state()
    return { seq, current: log.isCurrent, trouble: log.isCurrent ? undefined : this.brokenError(log) ?? log.trouble ?? log.link?.why }
  }

  /** What those get who use a log whose home lied; undefined for any other. */
  brokenError (log: MirroredLog): PetrelError | undefined {
    return log.broken === null ? undefined : new ProofError(`the log's home was caught by its mirror: ${log.broken}`, { details: { mirror: 'broken' } })
  }

  /** Asks a log's home where it ends, if it can be reached. */
  async refresh (name: string): Promise<void> {
    const log = this.#logs.get(name)
    try {
      await log?.refresh(LIMITS.mirrorSyncMs)
    } catch (error) {
      // The home's last word stands: it says when it was said.
      this.#parts.context.log('debug', 'mirror.not-refreshed', { code: toPetrelError(error).code })
    }
  }

  /** Waits until a copy has what its home has now. False when the log is no mirror, or it cannot be. */
  async catchUp (name: string): Promise<boolean> {
    const log = this.#logs.get(name)
    return log !== undefined && await caughtUp(log, this.#parts.context.clock)
  }

  /** A log's meta was changed by somebody else (map key): it may live here now. */
  changed (name: string): void {
    const log = this.#logs.get(name)
    if (log === undefined) return
    log.state().then(async ({ meta }) => {
      if (meta.elsewhere?.at !== 'mirror') await this.#livesHere(log)
      await log.listen()
    }).catch(() => undefined)
  }

  /** Nobody else is its home: what was held against another is over. */
  async #livesHere (log: MirroredLog): Promise<void> {
    this.#homes?.detach(log)
    if (log.broken === null) return
    log.broken = null
    await this.#wishes.put(log.wish)
  }

  /** Lets go of every home. */
  close (): void {
    for (const log of this.#logs.values()) log.deafen()
    this.#homes?.close()
  }

  async #take (account: KeyBytes, wish: MirrorWish): Promise<MirroredLog> {
    const { named, genesis, caps, place, held } = wish
    this.#wishes.requireRoom(mapKey(account), named.name)
    this.#requireHome(account, place.home)
    const there = await this.#copies.findOwned(named)
    if (there === undefined) await this.#copies.make(named, genesis, caps, account, place)
    else await this.#point(wish, there)
    const log = this.#logs.get(named.name) ?? this.#add(named, { owner: genesis.owner, delegations: [], broken: null })
    const { meta } = await log.state()
    for (const one of held) log.held = withHeld(log.held, one, meta)
    // A device asks again: perhaps the home has come to its senses, or the log lives elsewhere.
    log.broken = null
    log.trouble = undefined
    await this.#wishes.put(log.wish)
    await this.#wishes.add(account, named.log)
    await this.#aim(log)
    return log
  }

  /** @throws QuotaError when the account, or the relay, would follow too many homes */
  #requireHome (account: KeyBytes, home: KeyBytes): void {
    const name = mapKey(home)
    const own = new Set<string>()
    for (const log of this.#wishes.logsOf(mapKey(account))) {
      const at = this.#logs.get(log)?.home
      if (at === name) return
      if (at !== undefined) own.add(at)
    }
    const most = LIMITS.mirrorHomesPerAccount
    if (own.size >= most) throw new QuotaError(`the account has logs of ${most} other homes mirrored, which is the most`, { details: { quotaHomes: most } })
    this.#homes?.requireRoom(home)
  }

  /** In the log's turn: what its home says meanwhile is judged by where the log was then, or is not taken any more. */
  async #point (wish: MirrorWish, there: LogHead): Promise<void> {
    const log = this.#logs.get(wish.named.name)
    if (log === undefined) await this.#pointNow(wish, there)
    else await log.turn(async () => { await this.#pointNow(wish, await this.#parts.context.store.logs.head(log.log), log) })
  }

  async #pointNow ({ named, genesis, caps, place }: MirrorWish, there: LogHead, log?: MirroredLog): Promise<void> {
    const { anew, isElsewhere } = await this.#copies.point(named, there, place)
    if (log !== undefined && isElsewhere) this.#homes?.detach(log)
    if (!anew) return
    const details = { home: peerIdText(place.home), addrs: [...place.addrs], term: place.term }
    this.#parts.follows.endLog(named.name, new MovedError('the log\'s owner has moved it, and keeps less than this relay had', { details }))
    await this.#copies.anew(named, genesis.owner, caps)
  }

  #add (named: NamedLog, wish: ConstructorParameters<typeof MirroredLog>[1]): MirroredLog {
    const log = new MirroredLog(named, wish, this.#parts.context, this.#events, this.#parts.gossip)
    this.#logs.set(log.name, log)
    return log
  }

  #drop (log: MirroredLog): void {
    log.deafen()
    this.#homes?.detach(log)
    this.#logs.delete(log.name)
  }

  /** Hangs a log on the link to where it lives now. */
  async #aim (log: MirroredLog): Promise<void> {
    const { context } = this.#parts
    try {
      const { meta } = await log.state()
      if (meta.elsewhere?.at !== 'mirror') { await this.#livesHere(log); return }
      const { home, addrs } = targetOf(meta)
      if (sameBytes(home, context.home)) this.#homes?.detach(log)
      else this.#homes?.attach(log, home, addrs)
      await log.listen()
    } catch (error) {
      context.log('warn', 'mirror.not-begun', { code: toPetrelError(error).code })
    }
  }

  #troubled (log: MirroredLog, why: PetrelError): void {
    const { retryMs } = why.details
    this.#parts.context.log('info', 'mirror.stopped', { code: why.code })
    this.#homes?.retry(log, why instanceof RateLimitError && typeof retryMs === 'number' ? retryMs : 0)
    if (why instanceof QuotaError) this.#parts.context.log('warn', 'mirror.no-room')
  }

  async #broke (log: MirroredLog, why: PetrelError): Promise<void> {
    log.broken = why.message.slice(0, 400)
    this.#parts.context.log('error', 'mirror.home-lied', { code: why.code, reason: log.broken })
    const error = this.brokenError(log)
    if (error !== undefined) this.#parts.follows.endLog(log.name, error)
    try {
      await log.listen()
      await this.#wishes.put(log.wish)
    } catch (error) {
      this.#parts.context.log('error', 'mirror.not-kept', { code: toPetrelError(error).code })
    }
  }

  async #erased (log: MirroredLog): Promise<void> {
    const { context, follows } = this.#parts
    await context.scrubber.expect(log.log)
    follows.wake(log.name)
    const head = await context.store.logs.head(log.log)
    context.ledger.observe(decodeMeta(head.meta).payerName, log.name, head.bytes)
  }
}
