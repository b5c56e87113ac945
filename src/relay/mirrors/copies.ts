/** The copies of mirrored logs in the store: made, paid for, taken anew, given up. */
import {
  chainStart, ConflictError, decodeLeaf, ENTRY_KIND, ExistsError, NotFoundError, openOwnerAction, ProofError, sameBytes, termWins, verifyAttested, type Caps, type Genesis, type KeyBytes, type LogId, type TermAction
} from '../../protocol/wire/index.js'
import type { LogHead } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { LogContext } from '../logs/context.js'
import { decodeMeta, encodeMeta, firstMeta, type LogMeta } from '../logs/meta.js'
import { entryAt } from '../logs/old-keys.js'
import { markGone, type Removal } from '../logs/removal.js'
import { headOf } from '../logs/statements.js'
import type { NamedLog } from '../peer.js'
import { downReason } from '../takedown.js'
import { targetOf, type Target } from './walk.js'

/** Where a device says that a log lives; `order`: by the owner's order, if it came with it. */
export interface Place extends Pick<Target, 'home' | 'term' | 'addrs'> { readonly order: Uint8Array | null }

/**
 * What a device's word on where a log lives came to. `isElsewhere`: it is followed at another home, or in another term.
 * `anew`: what is here must be dropped, because the term that is over kept more than the owner does, or because it came
 * from where a device said that the log lives, and no order for that term ever did.
 */
export interface Pointed { readonly anew: boolean, readonly isElsewhere: boolean }

/** See the file's head. */
export class Copies {
  readonly #context: LogContext
  readonly #removal: Removal

  constructor (context: LogContext, removal: Removal) {
    this.#context = context
    this.#removal = removal
  }

  /** The log's end here; undefined when it is not. */
  async find ({ log }: NamedLog): Promise<LogHead | undefined> {
    try {
      return await this.#context.store.logs.head(log)
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }

  /** The same, but what somebody brings by an order that is not the owner's is dropped: else it would keep everybody's mirror away for good. */
  async findOwned (named: NamedLog): Promise<LogHead | undefined> {
    const head = await this.find(named)
    const meta = head === undefined ? undefined : decodeMeta(head.meta)
    if (meta?.elsewhere?.at !== 'coming' || sameBytes(openOwnerAction(meta.elsewhere.action).signer, meta.owner)) return head
    await this.#removal.removeCopy(named.log, named.name, meta.payerName)
    return undefined
  }

  /** Makes an empty copy. @throws QuotaError */
  async make (named: NamedLog, first: Pick<Genesis, 'kind' | 'home' | 'owner'>, caps: Caps | undefined, payer: KeyBytes, place: Place): Promise<void> {
    const { store, ledger, clock, whereabouts } = this.#context
    const { kind, owner } = first
    // The owner's key stands for the keys that nobody has named yet.
    const plain = firstMeta({ kind, home: first.home, owner, payer, created: clock.now() }, caps ?? { append: owner, read: owner })
    const meta: LogMeta = { ...plain, down: await downReason(store.records, named.log), elsewhere: { at: 'mirror', ...place, order: orderFor(named, place, owner) === undefined ? null : place.order, head: null, erasures: 0 } }
    const isNew = ledger.claimLog(meta.payerName, named.name)
    try {
      await store.logs.create(named.log, { meta: encodeMeta(meta), hash: chainStart(named.log, first.home), term: 1 })
      whereabouts.note(named.name, meta)
    } catch (error) {
      if (isNew) ledger.forget(meta.payerName, named.name)
      throw error
    }
  }

  /**
   * Brings a log that is here under a mirror's care to where a device says that it lives.
   *
   * @throws ExistsError when it lives here, ConflictError while it is brought here
   * @throws ProofError for a higher term without the owner's order, or with one that does not hold
   */
  async point (named: NamedLog, head: LogHead, place: Place): Promise<Pointed> {
    const { elsewhere } = decodeMeta(head.meta)
    if (elsewhere === null) throw new ExistsError('the log lives at this very relay')
    if (elsewhere.at === 'coming') throw new ConflictError('the log is being brought to this relay by its owner')
    if (elsewhere.at === 'moved') {
      await this.#becomeCopy(named, head, elsewhere)
      return await this.point(named, await this.#context.store.logs.head(named.log), place)
    }
    const anew = await this.#pointCopy(named, head, place)
    const now = targetOf(decodeMeta((await this.#context.store.logs.head(named.log)).meta))
    return { anew, isElsewhere: now.term !== elsewhere.term || !sameBytes(now.home, elsewhere.home) }
  }

  async #pointCopy (named: NamedLog, head: LogHead, place: Place): Promise<boolean> {
    const meta = decodeMeta(head.meta)
    const target = targetOf(meta)
    const order = orderFor(named, place, meta.owner)
    const known = target.order === null ? undefined : termAction(target.order)
    // By its entries, or by the owner's order. Else it is a device's word.
    const isShown = head.term === target.term || known !== undefined
    if (sameBytes(place.home, target.home) && place.term === target.term) {
      await this.#aim(named, { ...place, addrs: merged(target.addrs, place.addrs), order: target.order ?? (order === undefined ? null : place.order) })
      return false
    }
    if (place.term < head.term || (isShown && place.term < target.term)) return false
    if (isShown && place.term === target.term) {
      // Two orders for one term, when no home could say: everybody decides the same.
      if (order === undefined || known === undefined || !termWins(order, known)) return false
      await this.#aim(named, place)
      return head.seq > Math.min(order.seq, known.seq)
    }
    if (!isShown || (head.seq === 0 && known === undefined)) {
      if (order === undefined && place.term > head.term && head.seq > 0) throw orderMissing(place, head.term)
      await this.#aim(named, order === undefined ? { ...place, order: null } : place)
      // What came from where nothing has shown that the log lives may be anybody's.
      return head.seq > 0 && (order !== undefined || isOfAnother(head, target))
    }
    if (order === undefined) throw orderMissing(place, head.term)
    const isOther = !await this.#isKept(named, head, order)
    // A copy that has been through a takeover may have followed one that did not hold.
    if (isOther && head.term === 1) throw new ProofError(`the order keeps another entry ${order.seq} than this copy has`)
    await this.#aim(named, place)
    return isOther || order.seq < head.seq
  }

  /** Whether what the owner keeps is of this chain, as far as it is here. */
  async #isKept ({ log }: NamedLog, head: LogHead, { seq, hash }: TermAction): Promise<boolean> {
    if (seq === 0 || seq > head.seq) return true
    const entry = await entryAt(this.#context.store.logs, log, seq)
    return entry !== undefined && sameBytes(entry.hash, hash)
  }

  /** A log that moved away from here goes on as a copy of what it becomes there. */
  async #becomeCopy ({ log, name }: NamedLog, head: LogHead, { home, addrs, term }: Omit<Place, 'order'>): Promise<void> {
    const { store, attester, time, whereabouts } = this.#context
    // Its numbers must not start again in a term that this home has signed, even when the copy is given up.
    await markGone(store.records, log, head.term)
    const bytes = await attester.attestOne(headOf(log, head, time.now()))
    // By agreement the order stands in the chain. After a takeover it does not: what this home had beyond it may be too much.
    const order = await this.#lastOrder(log, head, term)
    const target = order !== null ? { home, addrs, term } : { home: this.#context.home, addrs: [], term: head.term }
    const after = await store.logs.updateMeta(log, ({ meta }) => ({
      meta: encodeMeta({ ...decodeMeta(meta), elsewhere: { at: 'mirror', ...target, head: { seq: head.seq, bytes }, erasures: 0, order } }), term: target.term
    }))
    whereabouts.note(name, decodeMeta(after.meta))
  }

  /** The order at the log's end that began this term; null when there is none. */
  async #lastOrder (log: LogId, { seq }: LogHead, term: number): Promise<Uint8Array | null> {
    const entry = await entryAt(this.#context.store.logs, log, seq)
    if (entry === undefined || entry.erased || decodeLeaf(entry.leaf).kind !== ENTRY_KIND.control) return null
    return termAction(entry.payload)?.term === term ? entry.payload : null
  }

  async #aim ({ log }: NamedLog, { home, addrs, term, order }: Place): Promise<void> {
    await this.#context.store.logs.updateMeta(log, ({ seq, meta: bytes }) => {
      const meta = decodeMeta(bytes)
      const target = targetOf(meta)
      const isSame = sameBytes(target.home, home) && target.term === term
      const isAll = isSame && (order === null) === (target.order === null) && target.addrs.length === addrs.length && target.addrs.every((address, i) => address === addrs[i])
      if (isAll) return undefined
      // What another home said of entries that have not come is not the new one's word, and need not be so there.
      const word = isSame || (target.head?.seq ?? 0) <= seq ? target.head : null
      return { meta: encodeMeta({ ...meta, elsewhere: { ...target, home, addrs, term, order, head: word, erasures: isSame ? target.erasures : 0 } }) }
    })
  }

  /** Drops what is here and begins anew, at the same home, for the same payer. The keys come again with the entries. */
  async anew (named: NamedLog, owner: KeyBytes, caps: Caps | undefined): Promise<void> {
    const meta = decodeMeta((await this.#context.store.logs.head(named.log)).meta)
    const { home, addrs, term, order } = targetOf(meta)
    await this.#removal.removeCopy(named.log, named.name, meta.payerName)
    await this.make(named, { kind: meta.kind, home: meta.home, owner }, caps, meta.payer, { home, addrs, term, order })
  }

  /** Gives the copy up, or has another account pay for it. */
  async leave (named: NamedLog, others: readonly KeyBytes[]): Promise<void> {
    const { store, ledger } = this.#context
    const head = await this.find(named)
    const meta = head === undefined ? undefined : decodeMeta(head.meta)
    // It came to live here meanwhile: its payer decides.
    if (head === undefined || meta?.elsewhere?.at !== 'mirror') return
    const [next] = others
    if (next === undefined) { await this.#removal.removeCopy(named.log, named.name, meta.payerName); return }
    if (others.some(other => sameBytes(other, meta.payer))) return
    const payerName = mapKey(next)
    const after = await store.logs.updateMeta(named.log, ({ meta: bytes }) => ({ meta: encodeMeta({ ...decodeMeta(bytes), payer: next, payerName }) }))
    ledger.forget(meta.payerName, named.name)
    ledger.observe(payerName, named.name, after.bytes)
  }
}

/** Whether the last word on a copy is of a term that its entries do not show: they may be anybody's. */
function isOfAnother ({ term }: LogHead, { head }: Target): boolean { return head !== null && verifyAttested(head.bytes).statement.term > term }

function termAction (bytes: Uint8Array): TermAction | undefined {
  const { action } = openOwnerAction(bytes)
  return action.op === 'term' ? action : undefined
}

/**
 * The owner's order that came with a place; undefined when none did, or none that the key `owner` has signed while
 * nothing of the log is here: another may have followed it.
 *
 * @throws ProofError for one of another log, term or home
 */
function orderFor ({ log }: NamedLog, { order, term, home }: Place, owner: KeyBytes): TermAction | undefined {
  if (order === null) return undefined
  const { action, signer } = openOwnerAction(order)
  if (action.op !== 'term' || !sameBytes(action.log, log) || action.term !== term || !sameBytes(action.home, home)) throw new ProofError('the order is not the one that opened this term')
  return sameBytes(signer, owner) ? action : undefined
}

function orderMissing ({ order }: Place, term: number): ProofError {
  return order === null
    ? new ProofError('a higher term needs the owner\'s order that opened it: bring it with the call', { details: { term } })
    : new ProofError('the order is not signed by the owner key that the copy knows')
}

/** Addresses that were known stay first: whoever makes some up must not push out the one that works. */
function merged (known: readonly string[], said: readonly string[]): readonly string[] {
  const half = 8
  const fresh = said.filter(address => !known.includes(address)).slice(0, half)
  return fresh.length === 0 ? known : [...known.slice(0, half), ...fresh, ...known.slice(half)].slice(0, 2 * half)
}
