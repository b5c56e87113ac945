/**
 * Logs of other homes, brought here by their owners: page by page, each log serving nobody until its chain is the one
 * that the owner's order names. What has come is durable, so whoever brings it goes on after any break.
 */
import {
  BadInputError, chainStart, ConflictError, decodeGenesis, ExistsError, ForbiddenError, LIMITS, logIdOf, NotFoundError, openOwnerAction, ownerBy, ProofError,
  sameBytes, TooLargeError, type Caps, type Digest, type Genesis, type KeyBytes, type StoredEntry
} from '../../protocol/wire/index.js'
import { Turns, type LogHead } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { NamedLog } from '../peer.js'
import { downReason } from '../takedown.js'
import { isOwner, requireNotDown, type ProvenKeys } from './access.js'
import { storePage, type SignedOrder } from './adopt-page.js'
import { broughtEntry } from './adopt-rules.js'
import type { LogContext } from './context.js'
import { isCopy } from './ends.js'
import { firstKeys } from './first-keys.js'
import { decodeMeta, encodeMeta, firstMeta, type LogMeta } from './meta.js'
import { entryAt } from './old-keys.js'
import { goneTerm, markGone, type Removal } from './removal.js'
import { headOf } from './statements.js'

/** A page of a log that is brought here. */
export interface AdoptWish {
  readonly genesis: Uint8Array
  readonly action: Uint8Array
  readonly open?: Uint8Array | undefined
  /** The chain's hash at `after` in the caller's copy. */
  readonly hash?: Digest | undefined
  readonly after: number
  /** Keys of commits that handed the owner key over, oldest first. */
  readonly handovers?: readonly Uint8Array[]
  readonly entries: readonly StoredEntry[]
  readonly done: boolean
}

/** How far the log is here; `head` (attested) once it lives here. */
export interface Adopted { readonly seq: number, readonly head?: Uint8Array }

/** The log of a wish, and the order it comes by. */
interface Coming extends NamedLog, SignedOrder { readonly genesis: Genesis, readonly caps: Caps | undefined, readonly account: KeyBytes, readonly handovers: readonly Uint8Array[] }

/** See the file's head. */
export class Adoptions {
  readonly #context: LogContext
  readonly #removal: Removal
  readonly #onChange: (log: string) => void
  readonly #turns = new Turns()
  /** When each log was last brought on, ms. */
  readonly #touched = new Map<string, number>()

  /** `onChange` is told each log (map key) that came to live here, or ceased to be served. */
  constructor (context: LogContext, removal: Removal, onChange: (log: string) => void) {
    this.#context = context
    this.#removal = removal
    this.#onChange = onChange
  }

  /**
   * Takes a page of a log that `account` brings and pays for. A page that does not begin where the log ends here changes
   * nothing: the answer says where it ends.
   *
   * @throws BadInputError, TooLargeError; ProofError for a chain or an order that does not hold
   * @throws ConflictError when the log lives here or another brings it; ExistsError, ForbiddenError, QuotaError
   * @throws ReadOnlyError, UnavailableError when the outcome is unknown: ask again
   */
  async adopt (account: KeyBytes, wish: AdoptWish, signal?: AbortSignal): Promise<Adopted> {
    const { entries } = wish
    const bytes = entries.reduce((sum, { leaf, payload }) => sum + leaf.length + (payload?.length ?? 0), 0)
    if (entries.length > LIMITS.readItems || (bytes > LIMITS.readBytes && entries.length > 1)) {
      throw new TooLargeError(`a page has at most ${LIMITS.readItems} entries and ${LIMITS.readBytes} bytes`, { details: { max: LIMITS.readBytes } })
    }
    const coming = this.#opened(account, wish)
    return await this.#turns.run(coming.name, signal, () => this.#take(coming, wish))
  }

  /**
   * Gives up a copy that `account` pays for: of a log that moved away, or was not brought to its end. Of one that lives here
   * nothing is left anywhere: only for who has proved its owner key.
   *
   * @throws NotFoundError; ForbiddenError when another account pays for it, ConflictError when the log lives here and the owner key was not proved
   */
  async drop (account: KeyBytes, proven: ProvenKeys, log: NamedLog): Promise<void> {
    await this.#turns.run(log.name, undefined, async () => {
      const meta = decodeMeta((await this.#context.store.logs.head(log.log)).meta)
      if (!sameBytes(meta.payer, account)) throw new ForbiddenError('another account pays for the log')
      if (meta.elsewhere === null && !isOwner(meta, proven)) throw new ConflictError('the log lives here: only who has proved its owner key may give it up')
      if (isCopy(meta)) throw new ConflictError('the log is mirrored here: end that with unmirror')
      await this.#removal.remove(log.log, log.name, meta.payerName)
      this.#touched.delete(log.name)
    })
  }

  #opened (account: KeyBytes, wish: AdoptWish): Coming {
    const genesis = decodeGenesis(wish.genesis)
    const log = logIdOf(wish.genesis)
    const { action: order, signer } = openOwnerAction(wish.action)
    if (order.op !== 'term') throw new BadInputError(`expected the order "term", got "${order.op}"`)
    if (!sameBytes(order.log, log)) throw new ProofError('the order is for another log')
    if (!sameBytes(order.home, this.#context.home)) throw new BadInputError('the order names another home')
    return { account, genesis, log, name: mapKey(log), order, signer, bytes: wish.action, handovers: wish.handovers ?? [], caps: wish.open === undefined ? undefined : firstKeys(wish.open, genesis, log) }
  }

  async #take (coming: Coming, wish: AdoptWish): Promise<Adopted> {
    const { log, name, order } = coming
    const there = await this.#find(coming)
    if (there !== undefined && await this.#isDone(coming, there)) return await this.#living(coming, there)
    const head = there === undefined ? await this.#beginUnlessThere(coming) : await this.#goOn(coming, there)
    this.#touched.set(name, this.#context.clock.now())
    if (await this.#holdsOrder(coming, head)) return wish.done ? await this.#arrived(coming, await this.#wake(coming)) : { seq: head.seq }
    const isOtherChain = head.seq > order.seq || (wish.after === head.seq && wish.hash !== undefined && !sameBytes(wish.hash, head.hash))
    if (isOtherChain) {
      await this.#dropBrought(coming)
      return { seq: (await this.#begin(coming)).seq }
    }
    if (wish.after !== head.seq) return { seq: head.seq }
    const entries = wish.entries.map(({ leaf, payload }) => broughtEntry(leaf, payload))
    const outcome = await storePage(this.#context, coming, coming, entries, wish.done)
    if (!outcome.taken) {
      // Nobody can go on from a chain that is not the owner's.
      if (outcome.atEnd && outcome.error instanceof ProofError) {
        await this.#removal.remove(log, name, mapKey(coming.account))
        this.#touched.delete(name)
      }
      throw outcome.error
    }
    const now = await this.#context.store.logs.head(log)
    return wish.done ? await this.#arrived(coming, now) : { seq: now.seq }
  }

  /** Whether the copy here, which was mirrored up to the end of the term before, ends with the order itself. */
  async #holdsOrder ({ log, order, bytes, signer }: Coming, { seq, meta: metaBytes }: LogHead): Promise<boolean> {
    if (order.by !== 'agreement' || seq !== order.seq + 1) return false
    const entry = await entryAt(this.#context.store.logs, log, seq)
    const { owner, elsewhere } = decodeMeta(metaBytes)
    const isWhole = elsewhere?.at === 'coming' && elsewhere.keys && sameBytes(signer, owner)
    return isWhole && entry !== undefined && sameBytes(entry.payload, bytes) && sameBytes(entry.prevHash, order.hash)
  }

  /** Begins the term of a log that is whole here. */
  async #wake ({ log, order }: Coming): Promise<LogHead> {
    const { store, clock } = this.#context
    return await store.logs.updateMeta(log, ({ meta }) => ({ term: order.term, meta: encodeMeta({ ...decodeMeta(meta), elsewhere: null, created: clock.now() }) }))
  }

  async #arrived (coming: Coming, head: LogHead): Promise<Adopted> {
    const { restored, whereabouts, log } = this.#context
    this.#touched.delete(coming.name)
    await restored.forget(coming.log)
    whereabouts.note(coming.name, decodeMeta(head.meta))
    log('info', 'log.adopted', { entries: head.seq, term: head.term })
    this.#onChange(coming.name)
    return await this.#living(coming, head)
  }

  async #living ({ log }: Coming, head: LogHead): Promise<Adopted> {
    const { attester, time } = this.#context
    return { seq: head.seq, head: await attester.attestOne(headOf(log, head, time.now())) }
  }

  async #find ({ log }: Coming): Promise<LogHead | undefined> {
    try {
      return await this.#context.store.logs.head(log)
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }

  /** Whether this very order has brought the log here already. @throws ConflictError when the log lives here otherwise */
  async #isDone ({ log, name, order, bytes, account }: Coming, { term, meta: metaBytes }: LogHead): Promise<boolean> {
    const meta = decodeMeta(metaBytes)
    if (meta.elsewhere !== null) return false
    if (term === order.term && sameBytes(meta.payer, account)) {
      const entry = await entryAt(this.#context.store.logs, log, order.seq + 1)
      if (entry !== undefined && sameBytes(entry.payload, bytes)) return true
    }
    // What a restored relay has lost, its owner may bring it in a new term.
    if (this.#context.restored.isBehind(name) && order.by === 'takeover' && order.term > term) return false
    throw new ConflictError(`the log lives here, in term ${term}`, { details: { term } })
  }

  /** A mirror may have begun its copy since it was looked for: that one is gone on with. */
  async #beginUnlessThere (coming: Coming): Promise<LogHead> {
    try {
      return await this.#begin(coming)
    } catch (error) {
      const there = error instanceof ExistsError ? await this.#find(coming) : undefined
      if (there === undefined) throw error
      // Who mirrors it pays for it: that it does was forgotten with what was begun.
      const { payer, payerName } = decodeMeta(there.meta)
      if (sameBytes(payer, coming.account)) this.#context.ledger.claimLog(payerName, coming.name)
      return await this.#goOn(coming, there)
    }
  }

  async #begin ({ log, name, genesis, caps, account, order, bytes }: Coming): Promise<LogHead> {
    const { store, ledger, clock, whereabouts } = this.#context
    const gone = await goneTerm(store.records, log)
    if (gone !== undefined && gone >= order.term) throw new ExistsError('the log was here in that term, and was deleted: its numbers cannot start again', { details: { term: gone } })
    const { kind, home, owner } = genesis
    // The owner's key stands for the keys that are not known yet. Nobody is served before they are.
    const first = firstMeta({ kind, home, owner, payer: account, created: clock.now() }, caps ?? { append: owner, read: owner })
    const meta: LogMeta = { ...first, down: await downReason(store.records, log), elsewhere: { at: 'coming', action: bytes, keys: caps !== undefined } }
    requireNotDown(meta)
    const payer = mapKey(account)
    const isNew = ledger.claimLog(payer, name)
    try {
      const head = await store.logs.create(log, { meta: encodeMeta(meta), hash: chainStart(log, home), term: order.term })
      whereabouts.note(name, meta)
      return head
    } catch (error) {
      if (isNew) ledger.forget(payer, name)
      throw error
    }
  }

  /** Goes on with what is here of the log: what was brought before, or a copy from when it lived here. */
  async #goOn (coming: Coming, there: LogHead): Promise<LogHead> {
    const meta = decodeMeta(there.meta)
    requireNotDown(meta)
    const isPayer = sameBytes(meta.payer, coming.account)
    // A copy may end before the key was handed on: then who signs has to show by whom.
    const isOwner = sameBytes(ownerBy(coming.log, coming.handovers, meta.owner), coming.signer)
    if (meta.elsewhere?.at === 'coming') {
      if (isPayer && sameBytes(meta.elsewhere.action, coming.bytes)) return there
      if (!isPayer) this.#requireFree(coming, meta, meta.elsewhere.action)
      return await this.#claim(coming, there, { ...meta, elsewhere: { ...meta.elsewhere, action: coming.bytes } })
    }
    const over = meta.elsewhere?.term ?? there.term
    // A mirror's copy may have been followed up to this very order.
    const isAwaited = meta.elsewhere?.at === 'mirror' && over === coming.order.term && sameBytes(meta.elsewhere.home, this.#context.home)
    if (coming.order.term <= over && !isAwaited) throw new ConflictError(`the log is in term ${over} already`, { details: { term: over } })
    // Else anybody could have the copy hidden from those who still read it; a mirror's others want as well as its payer.
    const mayHide = isPayer && meta.elsewhere?.at !== 'mirror'
    if (!mayHide && !isOwner) throw new ForbiddenError('there is a copy of the log here, and the order is not signed by the owner key it knows')
    return await this.#claim(coming, there, { ...meta, elsewhere: { at: 'coming', action: coming.bytes, keys: !sameBytes(meta.append, meta.owner) } })
  }

  /** Whether another account may go on in place of the one that began. @throws ConflictError with `details.retryMs` */
  #requireFree ({ name, signer }: Coming, meta: LogMeta, action: Uint8Array): void {
    if (sameBytes(signer, meta.owner) && !sameBytes(openOwnerAction(action).signer, meta.owner)) return
    const idle = this.#context.clock.now() - (this.#touched.get(name) ?? -Infinity)
    if (idle < LIMITS.adoptIdleMs) throw new ConflictError('another account is bringing this log here', { details: { retryMs: LIMITS.adoptIdleMs - idle } })
  }

  async #claim ({ log, name, account, order }: Coming, there: LogHead, meta: LogMeta): Promise<LogHead> {
    const { store, ledger, whereabouts } = this.#context
    const payerName = mapKey(account)
    const isNew = ledger.claimLog(payerName, name)
    try {
      if (isNew) ledger.requireBytes(payerName, name, there.bytes)
      // This home has signed in the term that it was here: whatever comes of the order, that one must not begin again.
      const before = decodeMeta(there.meta).elsewhere?.at
      if (before !== 'coming' && before !== 'mirror') await markGone(store.records, log, there.term)
      const claimed: LogMeta = { ...meta, payer: account, payerName }
      const head = await store.logs.updateMeta(log, () => ({ meta: encodeMeta(claimed), term: order.term }))
      if (isNew) ledger.forget(meta.payerName, name)
      ledger.observe(payerName, name, head.bytes)
      whereabouts.note(name, claimed)
      this.#onChange(name)
      return head
    } catch (error) {
      if (isNew) ledger.forget(payerName, name)
      throw error
    }
  }

  /** The copy here is of another chain than the owner's. */
  async #dropBrought ({ log, name, account }: Coming): Promise<void> {
    await this.#removal.mark(log)
    await this.#context.store.logs.remove(log)
    this.#context.ledger.forget(mapKey(account), name)
  }
}
