/** One secret chat on this device: everything it takes in or sends is durable before anybody hears of it. */
import { forgetSecret, openSecret, sealSecret, type SecretFrame, type SecretMls, type SecretSession } from '../../protocol/crypto/index.js'
import { decodeSecret, encodeSecret, type SecretMessage, type UnknownSecret } from '../../protocol/message/index.js'
import type { UpdateEvent } from '../../protocol/api/index.js'
import { DecryptError, ForbiddenError, LIMITS, NotFoundError, PetrelError, ProofError, QuotaError, sameBytes, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { Serial } from '../serial.js'
import { placesOf, type Candidate, type SecretPlaceAt } from './candidates.js'
import { applySaid, beginAll, told, type Lines } from './lines.js'
import { gotOne, hasGot, missing } from './numbers.js'
import { ELSEWHERE, START_OUT, type SecretOut, type SecretPath, type SecretRecord, type SecretRow } from './record.js'
import type { SecretDeps } from './secret-deps.js'
import { secretName } from './store.js'

/** What a device says; number, receipt and clock are added. */
export type Saying = SecretMessage extends infer M ? M extends { n: number } ? Omit<M, 'n' | 'got' | 'at' | 'unknown'> : never : never

/** See the file's head. */
export class SecretChat {
  readonly id: string
  readonly deps: SecretDeps
  readonly mls: SecretMls
  readonly #serial = new Serial()
  #record: SecretRecord
  #session: SecretSession | null
  #candidates: readonly Candidate[]
  #listening: { readonly of: unknown, readonly places: readonly SecretPlaceAt[] } | undefined
  #isForgotten = false
  #hasLeft = false
  /** A receipt that was sealed and has not gone yet. */
  #unsent: { readonly epoch: number, readonly frame: SecretFrame } | undefined

  constructor (deps: SecretDeps, record: SecretRecord, session: SecretSession | null, candidates: readonly Candidate[] = []) {
    this.deps = deps
    this.mls = deps.mlsFor(record.manifest)
    this.id = secretName(record.chat)
    this.#record = record
    this.#session = session
    this.#candidates = candidates
    this.path = record.path
  }

  /** As it is durable. */
  get record (): SecretRecord { return this.#record }

  /** Why nothing is said here; null while there is no reason. */
  get doubt (): string | null { return this.deps.doubt(this.#record.peer, this.#record.device) }

  /** By what its last frame went; undefined before the first one. It is written with what is written next. */
  path: SecretPath | undefined
  /** Whether something that came must be told to the other device, who has nothing of ours that tells it. */
  owesReceipt = false
  /** Receipts since the last message with a number, and when a frame that was here before was last answered, ms. */
  #receipts = 0
  #answeredAt = -Infinity

  /** The addresses at which it listens. */
  get listening (): readonly SecretPlaceAt[] {
    // With the epochs they change.
    const of = this.#session?.epochs ?? this.#candidates
    if (this.#listening?.of !== of) this.#listening = { of, places: placesOf(this.#session, this.#candidates) }
    return this.#listening.places
  }

  /** The own leaf: 0 for who has begun the chat. */
  get leaf (): number | null { return this.#session?.mls.ownLeaf ?? null }

  /** Runs work when nothing else changes the chat. */
  async exclusive<T> (work: () => Promise<T>): Promise<T> { return await this.#serial.run(work) }

  /**
   * Seals and keeps a message; it goes as soon as the other device can be reached.
   *
   * @throws ForbiddenError while the chat is not open; ProofError while the other's keys are in doubt; QuotaError when too many wait
   */
  async say (saying: Saying, row?: (n: number) => Omit<SecretRow, 'n' | 'own'>, change: Partial<SecretRecord> = {}): Promise<number> {
    return await this.#serial.run(async () => await this.sayNow(saying, { ...row === undefined ? {} : { row }, change }))
  }

  /** As {@link SecretChat.say}, for who runs within {@link SecretChat.exclusive}; with further changes in the same write. */
  async sayNow (saying: Saying, { row, change = {}, ops }: { row?: (n: number) => Omit<SecretRow, 'n' | 'own'>, change?: Partial<SecretRecord>, ops?: (n: number) => Promise<KeyValueOp[]> } = {}): Promise<number> {
    this.requireOpen({ isLast: saying.kind === 'close' })
    const n = this.#record.next
    const { out, session } = await this.#sealed({ ...saying, n, got: this.#told(), at: this.deps.now() }, n)
    const quiet = saying.kind === 'said' ? {} : { quiet: [...this.#record.quiet ?? [], n] }
    await this.#write({ ...this.#record, ...quiet, ...change, next: n + 1 }, session, { rows: row === undefined ? [] : [{ ...row(n), n, own: true }], ops: [this.deps.store.putOut(this.#record.chat, out), ...await ops?.(n) ?? []] })
    this.owesReceipt = false
    this.#receipts = 0
    this.deps.changed(this)
    return n
  }

  /**
   * A sealed receipt, which nobody waits for: it is not kept. Undefined when there is nothing to tell. Until it went it is
   * the same one: each takes a key, and behind too many that never came the other device could open nothing more.
   */
  async receipt (): Promise<SecretFrame | undefined> {
    return await this.#serial.run(async () => {
      if (this.#session === null || this.#record.stage !== 'open' || this.doubt !== null) return undefined
      if (this.#unsent?.epoch === this.#session.mls.epoch) return this.#unsent.frame
      if (!this.owesReceipt) return undefined
      if (this.#receipts >= LIMITS.secretReceipts) { await this.#keptReceipt(); return undefined }
      const { out, session } = await this.#sealed({ kind: 'got', got: this.#told(), at: this.deps.now() }, 0)
      await this.#write(this.#record, session, {})
      this.owesReceipt = false
      this.#receipts++
      this.#unsent = { epoch: session.mls.epoch, frame: out }
      return out
    })
  }

  /**
   * Receipts may all be lost, by whoever likes: then the next message would be further ahead than the other device opens.
   * So after some of them there is one that goes until it came, and none before that has.
   */
  async #keptReceipt (): Promise<void> {
    const { next, theirs } = this.#record
    if (next - 1 > theirs.through + theirs.later.length || next - theirs.through > LIMITS.secretUnacknowledged) return
    await this.sayNow({ kind: 'gone', numbers: [] })
  }

  /** Its answer may have been lost: whoever sends it again does not know that it came. Whoever sends it again and again has its answer now and then. */
  #repeated (): void {
    const now = this.deps.steady()
    if (now < this.#answeredAt + LIMITS.secretRepeatMs) return
    this.#answeredAt = now
    this.owesReceipt = true
  }

  /** The receipt went. @returns whether more is to be told since */
  receiptWent (): boolean {
    this.#unsent = undefined
    return this.owesReceipt
  }

  /**
   * Takes a frame that came at the address of an epoch; of several devices that were asked, the first one whose frame
   * comes has the chat, and the others are told.
   *
   * @returns false when it is no frame of this chat that counts
   * @throws what the disk says, and UnavailableError while the person has yet to decide about the other's keys: the frame comes again
   */
  async take (epoch: number, frame: Uint8Array, device: KeyBytes = this.#record.device): Promise<boolean> {
    return await this.#serial.run(async () => {
      const candidate = this.#session === null ? this.#candidates.find(one => sameBytes(one.device, device)) : undefined
      const session = this.#session ?? candidate?.session
      if (session === undefined) return false
      if (this.deps.doubt(this.#record.peer, device) !== null) {
        if (!this.deps.isUndecided(this.#record.peer)) return false
        this.#leave()
        throw new UnavailableError('what this device says waits until the person has decided about its account')
      }
      let opened: { session: SecretSession, plaintext: Uint8Array }
      let message: SecretMessage | UnknownSecret
      try {
        opened = await openSecret({ mls: this.mls, now: this.deps.now }, session, epoch, frame)
        message = decodeSecret(opened.plaintext)
      } catch (error) {
        if (!(error instanceof PetrelError) || error instanceof UnavailableError) throw error
        if (error instanceof NotFoundError) this.#repeated()
        else this.deps.log(error instanceof DecryptError ? 'info' : 'warn', 'secret.refused', { chat: this.id, code: error.code })
        return false
      }
      await this.#took(opened.session, message, candidate)
      return true
    })
  }

  #leave (): void {
    // From now on it is looked whether the doubt has ended.
    if (!this.#hasLeft) this.deps.changed(this)
    this.#hasLeft = true
  }

  /** Whether frames were left at the homes since this was asked last, and can be taken now. */
  takeLeft (): boolean {
    if (!this.#hasLeft || this.doubt !== null) return false
    this.#hasLeft = false
    return true
  }

  /** Erases what must not stay: keys of epochs that ended long ago, and what the other device has. Runs now and then. */
  async tidy (): Promise<void> {
    await this.#serial.run(async () => {
      await beginAll(this)
      const session = this.#session === null ? null : forgetSecret({ mls: this.mls, now: this.deps.now }, this.#session, this.deps.now() - LIMITS.secretEpochMs)
      if (session !== this.#session) await this.#write(this.#record, session, {})
    })
  }

  /** Erases the chat with its record: what is still under way with it writes nothing any more. @returns false when it is by then in another stage than it was to be */
  async forget (stage = this.#record.stage): Promise<boolean> {
    const { store, updates } = this.deps
    return await this.#serial.run(async () => {
      if (this.#record.stage !== stage) return false
      this.deps.erased()
      await updates.write([...await store.dropAll(this.#record.chat), store.drop(this.#record.chat), store.putErased()], [{ type: 'secret', secret: this.id, change: 'forgotten' }])
      this.#isForgotten = true
      return true
    })
  }

  /** Changes the record and rows without saying anything; `rows` are fresh ones. */
  async change (record: Partial<SecretRecord>, more: { rows?: SecretRow[], ops?: KeyValueOp[], events?: UpdateEvent[], session?: SecretSession | null } = {}): Promise<void> {
    await this.#write({ ...this.#record, ...record }, more.session === undefined ? this.#session : more.session, { rows: more.rows ?? [], ops: more.ops ?? [], events: more.events ?? [] })
  }

  /** Whether something can be said now. For the last word there is always room: the other device takes one more than may wait. @throws as {@link SecretChat.say} */
  requireOpen ({ isLast = false }: { isLast?: boolean } = {}): void {
    const { stage, ending, next, theirs } = this.#record
    if (stage === 'asking') throw new ForbiddenError('the other device has not accepted this secret chat yet')
    if (stage === 'asked') throw new ForbiddenError('accept this secret chat first (petrel secret accept)')
    if (stage === 'closed') throw new ForbiddenError(ending === 'elsewhere' ? ELSEWHERE : 'this secret chat is closed: start another one')
    if (this.doubt !== null) throw new ProofError(`nothing is sent in this secret chat: ${this.doubt}`)
    if (!isLast && next - theirs.through > LIMITS.secretUnacknowledged) throw new QuotaError('too many messages wait for the other device: it must come first')
  }

  #told (): SecretRecord['got'] { return { ...this.#record.got, later: this.#record.got.later.slice(0, LIMITS.secretGotLater) } }

  async #sealed (message: SecretMessage, n: number): Promise<{ out: SecretOut, session: SecretSession }> {
    if (this.#session === null) throw new ForbiddenError('this secret chat has no keys')
    const { session, frame } = await sealSecret({ mls: this.mls, now: this.deps.now }, this.#session, encodeSecret(message))
    return { session, out: { n, ...frame, sealedAt: this.deps.now() } }
  }

  async #took (session: SecretSession, message: SecretMessage | UnknownSecret, candidate: Candidate | undefined): Promise<void> {
    const ops: KeyValueOp[] = candidate === undefined ? [] : await this.#chosen(candidate)
    const { theirs } = this.#record
    let record = this.#heardOf(message.got, ops)
    if (candidate !== undefined) {
      const { asking: _asking, ...rest } = record
      record = { ...rest, device: candidate.device }
    }
    const lines: Lines = { rows: [], ops, events: [], record }
    if (record.theirs.through > theirs.through || record.theirs.later.length > theirs.later.length) told(this, lines, 'delivered')
    // That it has accepted is the first that it says; whatever comes of it shows that it has.
    if (candidate !== undefined && message.kind !== 'accept') {
      record = lines.record = { ...record, stage: 'open' }
      told(this, lines, 'accepted')
    }
    if (message.kind !== 'got') {
      const got = gotOne(record.got, message.n)
      // An honest device lets no more wait.
      if (got === undefined) { await this.#write(record, session, { ops }); return }
      record = this.#withGap({ ...record, got }, session)
      lines.record = record
      await applySaid(this, lines, message)
      this.owesReceipt = true
    }
    await this.#write(lines.record, lines.record.stage === 'closed' ? null : session, lines)
    await beginAll(this)
    if (lines.erased === true) this.deps.erased()
    this.deps.changed(this)
  }

  /** The beginnings are no longer on their way; the other devices are told that one has taken it. */
  async #chosen ({ device }: Candidate): Promise<KeyValueOp[]> {
    const ops: KeyValueOp[] = []
    for (const [i, one] of this.#candidates.entries()) {
      ops.push(sameBytes(one.device, device) ? this.deps.store.dropOut(this.#record.chat, START_OUT + i) : await this.#over(i, one, 'taken'))
    }
    return ops
  }

  async #over (i: number, { keyPackage }: Candidate, k: 'taken' | 'withdrawn'): Promise<KeyValueOp> {
    return this.deps.store.putOut(this.#record.chat, { n: START_OUT + i, ...await this.deps.over(this.#record, keyPackage, k), sealedAt: this.deps.now() })
  }

  /** The changes by which nobody that was asked is asked any more. */
  async withdrawn (): Promise<KeyValueOp[]> { return await Promise.all(this.#candidates.map(async (one, i) => await this.#over(i, one, 'withdrawn'))) }

  /** Frames that the other device has are kept no longer. */
  #heardOf (got: SecretRecord['theirs'], ops: KeyValueOp[]): SecretRecord {
    const { theirs, next, chat } = this.#record
    const through = Math.min(Math.max(theirs.through, got.through), next - 1)
    const later = [...new Set([...theirs.later, ...got.later])].filter(n => n > through && n < next).sort((a, b) => a - b).slice(0, LIMITS.secretGotLater)
    for (let n = theirs.through + 1; n <= through; n++) ops.push(this.deps.store.dropOut(chat, n))
    for (const n of later) if (!hasGot(theirs, n)) ops.push(this.deps.store.dropOut(chat, n))
    const quiet = this.#record.quiet?.filter(n => !hasGot({ through, later }, n)) ?? []
    return { ...this.#record, quiet, theirs: { through, later } }
  }

  /** What is missing for as many epochs as late messages open in is lost: the person is told, and the chat goes on. */
  #withGap (record: SecretRecord, session: SecretSession): SecretRecord {
    if (missing(record.got).length === 0) return { ...record, gapEpoch: null }
    return { ...record, gapEpoch: record.gapEpoch ?? session.mls.epoch }
  }

  async #write (record: SecretRecord, session: SecretSession | null, { rows = [], ops = [], events = [] }: Partial<Lines> & { rows?: SecretRow[] }): Promise<void> {
    if (this.#isForgotten) throw new NotFoundError('this secret chat was deleted')
    const { store, updates } = this.deps
    const kept = session === null ? { kept: null, ops: [] } : store.session(record.chat, this.mls, this.#session, session)
    const written = rows.flatMap((value, i) => store.newRow(record.chat, record.rows + 1 + i, value))
    const full: SecretRecord = { ...record, session: kept.kept, rows: record.rows + rows.length, ...this.path === undefined ? {} : { path: this.path } }
    await updates.write([store.put(full), ...kept.ops, ...written, ...ops], events)
    this.#record = full
    this.#session = session
    if (session !== null || full.stage === 'closed') this.#candidates = []
  }
}
