/** Logs as a home serves them, but for appends and follows: making, reading, erasing, trimming. */
import {
  BadInputError, chainStart, ConflictError, decodeGenesis, ExistsError, ForbiddenError, LIMITS, logIdOf, openOwnerAction, ProofError,
  sameBytes, UnsupportedError, type Digest, type KeyBytes, type LogId, type OwnerAction, type pb
} from '../../protocol/wire/index.js'
import type { LogHead } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { NamedLog, Peer } from '../peer.js'
import { recordKey } from '../record-keys.js'
import { requireArrived, requireHere, requireOwner, requireRead, requireUp } from './access.js'
import type { LogContext } from './context.js'
import { attestedEnd, coveredThrough, isCopy } from './ends.js'
import { firstKeys } from './first-keys.js'
import { decodeMeta, encodeMeta, firstMeta } from './meta.js'
import { entryAt } from './old-keys.js'
import { receiptOf, wireEntry } from './statements.js'

/** A reader's wishes, and how long it waits. */
export interface ReadWish { readonly after: number, readonly limit: number, readonly maxBytes: number, readonly signal?: AbortSignal }

/** See the file's head. Rights are checked against what the peer has proved. */
export class LogService {
  readonly #context: LogContext
  readonly #onChange: (log: string) => void

  /** `onChange` is told each log (map key) that changed otherwise than by an entry. */
  constructor (context: LogContext, onChange: (log: string) => void) {
    this.#context = context
    this.#onChange = onChange
  }

  /**
   * Makes a log that `account` pays for, and returns its attested head. Making it again returns the head it has now.
   *
   * @throws BadInputError, ProofError when genesis and order do not fit each other or this home
   * @throws ExistsError when the log is another account's, or was deleted; QuotaError
   */
  async create (account: KeyBytes, genesisBytes: Uint8Array, openBytes: Uint8Array): Promise<Uint8Array> {
    const { ledger, store, home, clock } = this.#context
    const genesis = decodeGenesis(genesisBytes)
    const log = logIdOf(genesisBytes)
    if (!sameBytes(genesis.home, home)) throw new BadInputError('the log\'s genesis names another home')
    const caps = firstKeys(openBytes, genesis, log)
    const name = mapKey(log)
    const payer = mapKey(account)
    if (await store.records.get(recordKey('gone', log)) !== undefined) throw new ExistsError('the log was deleted here: its numbers cannot start again, make another')
    const meta = firstMeta({ kind: genesis.kind, home, owner: genesis.owner, payer: account, created: clock.now() }, caps)
    // Counted before it is made, so that many calls at once cannot pass where one could not.
    const isNew = ledger.claimLog(payer, name)
    try {
      await store.logs.create(log, { meta: encodeMeta(meta), hash: chainStart(log, home), term: 1 })
    } catch (error) {
      const there = error instanceof ExistsError ? decodeMeta((await store.logs.head(log)).meta) : undefined
      if (there === undefined || !sameBytes(there.payer, account)) {
        if (isNew) ledger.forget(payer, name)
        throw there === undefined ? error : new ExistsError('the log is here already, and another account made it')
      }
      requireArrived(there)
    }
    return await this.#attestedHead(log)
  }

  /** The attested head, for who may read. @throws NotFoundError, ForbiddenError */
  async head (peer: Peer, log: NamedLog): Promise<Uint8Array> {
    const head = await this.#context.store.logs.head(log.log)
    return await this.#end(log, head, requireRead(decodeMeta(head.meta), peer.proven(log.name)))
  }

  /**
   * Entries after a number, and what attests them: the head, or, for who may read up to a replaced epoch's end, the
   * receipt of the last entry it may read.
   *
   * @throws NotFoundError, ForbiddenError, CorruptError
   */
  async read (peer: Peer, log: NamedLog, wish: ReadWish): Promise<pb.ReadReply> {
    const { store, restored } = this.#context
    const proven = peer.proven(log.name)
    requireRead(decodeMeta((await store.logs.head(log.log)).meta), proven)
    const limit = Math.min(wish.limit === 0 ? LIMITS.readItems : wish.limit, LIMITS.readItems)
    const maxBytes = Math.min(wish.maxBytes === 0 ? LIMITS.readBytes : wish.maxBytes, LIMITS.readBytes)
    const page = await store.logs.read(log.log, wish.after, limit, maxBytes, wish.signal === undefined ? {} : { signal: wish.signal })
    // Judged again by the state the entries were read from: a commit may have come between.
    const meta = decodeMeta(page.head.meta)
    const through = requireRead(meta, proven)
    if (!isCopy(meta)) restored.asked(log, wish.after, page.head.seq)
    const covered = Math.min(through, coveredThrough(meta))
    const entries = page.entries.filter(entry => entry.seq <= covered)
    const [first] = entries
    return { entries: entries.map(wireEntry), head: await this.#end(log, page.head, through), ...first === undefined ? {} : { prev: first.prevHash } }
  }

  /**
   * Replaces an entry's payload by its digest. The secret is the right, or the owner's order that stands in its place: no
   * session right is asked beside it.
   *
   * @throws NotFoundError; ForbiddenError when the secret is none of the entry's
   */
  async erase (log: NamedLog, seq: number, secret: Uint8Array): Promise<void> {
    const { store, ledger, scrubber, erasures } = this.#context
    await erasures.carryOut(log.log, seq, secret)
    await scrubber.expect(log.log)
    this.#onChange(log.name)
    const head = await store.logs.head(log.log)
    ledger.observe(decodeMeta(head.meta).payerName, log.name, head.bytes)
  }

  /**
   * Carries out an owner's order that makes no entry: `trim`, and `term` by takeover, which anybody may show. Returns the attested head.
   *
   * @throws ForbiddenError, ProofError, BadInputError; UnsupportedError for an order this home does not take this way
   */
  async order (peer: Peer, log: NamedLog, bytes: Uint8Array): Promise<Uint8Array> {
    const { store } = this.#context
    const meta = decodeMeta((await store.logs.head(log.log)).meta)
    const { action, signer } = openOwnerAction(bytes)
    // A takeover speaks for itself: who brings the log back may hold a later key, which this home has not seen come.
    if (action.op === 'term' && action.by === 'takeover') requireUp(meta)
    else requireOwner(meta, peer.proven(log.name))
    if (!sameBytes(signer, meta.owner)) throw new ProofError('the order is not signed by the log\'s owner key')
    if (!sameBytes(action.log, log.log)) throw new ProofError('the order is for another log')
    // A copy is not this relay's to order about.
    if (isCopy(meta)) requireHere(meta)
    if (action.op === 'trim') await this.#trim(log, action)
    else if (action.op === 'term') await this.#close(log, action)
    else if (action.op === 'void') throw new UnsupportedError('append the order "void" as a control entry')
    else if (action.op === 'erase') throw new UnsupportedError('give the order "erase" in place of a secret')
    return await this.#attestedHead(log.log)
  }

  async #trim (log: NamedLog, { seq, hash }: Extract<OwnerAction, { op: 'trim' }>): Promise<void> {
    const { store, ledger } = this.#context
    const before = await store.logs.head(log.log)
    if (seq > before.seq) throw new ConflictError(`the log ends at entry ${before.seq}`, { details: { head: before.seq } })
    if (seq < before.first) return
    const entry = await entryAt(store.logs, log.log, seq)
    if (entry === undefined || !sameBytes(entry.hash, hash)) throw new ProofError(`the checkpoint is not this log's at entry ${seq}`)
    const head = await store.logs.trim(log.log, seq)
    await this.#context.scrubber.expect(log.log)
    this.#onChange(log.name)
    ledger.observe(decodeMeta(head.meta).payerName, log.name, head.bytes)
  }

  /** The log was taken over while this home was away: it closes, so that nobody goes on writing into a term that is over. */
  async #close (log: NamedLog, { by, home, addrs, term, seq, hash }: Extract<OwnerAction, { op: 'term' }>): Promise<void> {
    const { store, whereabouts } = this.#context
    if (by !== 'takeover') throw new UnsupportedError('append the order "term" by agreement as a control entry')
    if (sameBytes(home, this.#context.home)) throw new UnsupportedError('the order names this home: bring the log by adoptLog')
    if (!sameBytes(await this.#hashAt(log.log, seq), hash)) throw new ProofError(`the order keeps another entry ${seq} than this log has`)
    const head = await store.logs.updateMeta(log.log, ({ term: own, meta: bytes }) => {
      const meta = decodeMeta(bytes)
      if (term <= (meta.elsewhere?.at === 'moved' ? meta.elsewhere.term : own)) throw new ConflictError(`the log is in term ${own} here`, { details: { term: own } })
      return { meta: encodeMeta({ ...meta, elsewhere: { at: 'moved', home, addrs, term } }) }
    })
    whereabouts.note(log.name, decodeMeta(head.meta))
    this.#onChange(log.name)
  }

  /** The hash of the chain at a number. @throws ConflictError beyond the log's end, or when it was trimmed */
  async #hashAt (log: LogId, seq: number): Promise<Digest> {
    const { logs } = this.#context.store
    const head = await logs.head(log)
    if (seq === head.seq) return head.hash
    if (seq === 0) return chainStart(log, decodeMeta(head.meta).home)
    const entry = seq > head.seq ? undefined : await entryAt(logs, log, seq)
    if (entry === undefined) throw new ConflictError(`this log has no entry ${seq} here: it ends at ${head.seq}`, { details: { head: head.seq } })
    return entry.hash
  }

  /** What attests the log up to entry `through`. Of a copy there is only the home's word on its end. */
  async #end (log: NamedLog, head: LogHead, through: number): Promise<Uint8Array> {
    return through >= head.seq || isCopy(decodeMeta(head.meta)) ? await attestedEnd(this.#context, log, head) : await this.#receiptAt(log.log, through, head.term)
  }

  async #attestedHead (log: LogId): Promise<Uint8Array> {
    return await attestedEnd(this.#context, { log }, await this.#context.store.logs.head(log))
  }

  async #receiptAt (log: LogId, seq: number, term: number): Promise<Uint8Array> {
    const { store, attester } = this.#context
    const entry = await entryAt(store.logs, log, seq)
    if (entry === undefined) throw new ForbiddenError('what this key may read has been trimmed')
    return await attester.attestOne(receiptOf(log, entry, term))
  }
}
