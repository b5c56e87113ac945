/**
 * Follows one of the account's inbox logs: each letter is taken in, then the place is written, then the home may drop it.
 * All devices of the account read it. What one has taken in stands in the vault before the home drops the letter, and so
 * does the place: another one that was away goes on from there.
 */
import {
  base32Text, chainStart, CorruptError, decodeCbor, decodeGenesis, DIGEST_LENGTH, encodeCbor, ENTRY_KIND, InternalError, LIMITS, logIdOf, PetrelError, ProofError, ReadOnlyError, shape, signerFromSeed, signOwnerAction,
  UnavailableError, verifyHead, verifyRun, type KeyBytes, type LogId, type LogPosition, type StoredEntry
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Follow, RelayLink } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { RecordKeys, Vault } from '../records/index.js'

/** What a reader works with. */
export interface InboxReaderOptions {
  readonly vault: Vault
  readonly keys: RecordKeys
  readonly link: RelayLink
  readonly genesis: Uint8Array
  readonly ownerSeed: Uint8Array
  /** Takes one sealed letter in; what it throws drops the letter, unless it is the store's. */
  readonly take: (sealed: Uint8Array, log: LogId) => Promise<void>
  readonly log: NodeLog
}

const RETRY_MS = { first: 1000, most: 60_000 } as const
const positionShape = shape.struct({ v: shape.literal(1), seq: shape.uint(), hash: shape.bytes(DIGEST_LENGTH) })

/** Reads one inbox log. */
export class InboxReader {
  readonly #options: InboxReaderOptions
  readonly #log: LogId
  readonly #home: KeyBytes
  #position: LogPosition | undefined
  #follow: Follow | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = true
  #stopping = new AbortController()
  #retryMs: number = RETRY_MS.first
  #taking: Promise<void> = Promise.resolve()
  /** The newest place up to which the home may drop letters, and the work on that. */
  #taken: LogPosition | undefined
  #trimming: Promise<void> | undefined
  /** Why no letters come in, until the home is believed again. */
  problem: PetrelError | null = null

  constructor (options: InboxReaderOptions) {
    this.#options = options
    this.#log = logIdOf(options.genesis)
    this.#home = decodeGenesis(options.genesis).home
  }

  /** Begins to follow after the last letter that was taken; harmless while it does. */
  async start (): Promise<void> {
    if (!this.#stopped) return
    this.#stopped = false
    this.#stopping = new AbortController()
    try {
      this.#position ??= await this.#load()
    } catch (error) {
      this.#stopped = true
      throw error
    }
    this.#begin()
  }

  /** Stops; the letter in hand is finished first. */
  async stop (): Promise<void> {
    this.#stopped = true
    this.#stopping.abort()
    clearTimeout(this.#timer)
    this.#follow?.stop()
    this.#follow = undefined
    await this.#taking.catch(() => undefined)
    await this.#trimming
  }

  async #load (): Promise<LogPosition> {
    const bytes = await this.#options.vault.kv.get(this.#options.keys.one('cursor', this.#log))
    if (bytes === undefined) return { seq: 0, hash: chainStart(this.#log, this.#home) }
    const { seq, hash } = positionShape(decodeCbor(bytes, 256), 'inbox position')
    return { seq, hash }
  }

  #begin (): void {
    if (this.#stopped || this.#follow !== undefined || this.#position === undefined) return
    this.#follow = this.#options.link.follow(this.#log, this.#position.seq, async (entries, head) => {
      this.#taking = this.#take(entries, head)
      await this.#taking
    }, error => {
      this.#follow = undefined
      this.problem = error
      this.#options.log('warn', 'inbox.unfollowed', { code: error.code })
      if (!(error instanceof ProofError)) { this.#beginLater(); return }
      this.#goOn().then(goesOn => { if (goesOn) this.#begin(); else this.#beginLater() }, () => { this.#beginLater() })
    })
  }

  #beginLater (): void {
    clearTimeout(this.#timer)
    if (!this.#stopped) this.#timer = setTimeout(() => { this.#begin() }, this.#retryMs).unref()
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.most)
  }

  async #take (entries: StoredEntry[], head: Uint8Array): Promise<void> {
    if (this.#position === undefined) throw new InternalError('the inbox was followed before its place was known')
    const run = verifyRun(this.#position, entries)
    const { statement } = verifyHead(head, { log: this.#log, home: this.#home, term: 1, at: run.to })
    if (statement.seq < this.#position.seq) throw new ProofError(`the relay's inbox ends at letter ${statement.seq}, and ${this.#position.seq} were read here: it was rolled back`, { details: { seq: statement.seq } })
    this.problem = null
    this.#retryMs = RETRY_MS.first
    if (entries.length === 0) return
    for (const { leaf, payload } of run.entries) {
      if (leaf.kind === ENTRY_KIND.data && payload !== null) await this.#letter(payload)
    }
    const { vault } = this.#options
    await vault.kv.batch([this.#placeOp(run.to), vault.put(this.#placeName, { v: 1, ...run.to })])
    this.#position = run.to
    this.#trimSoon(run.to)
  }

  get #placeName (): string { return `read/${base32Text(this.#log)}` }
  #placeOp (place: LogPosition): KeyValueOp { return { type: 'put', key: this.#options.keys.one('cursor', this.#log), value: encodeCbor({ v: 1, ...place }) } }

  /** What comes next may be gone from the home since another device of the account has taken it in: then this one goes on where that one stands. @returns whether it does */
  async #goOn (): Promise<boolean> {
    const { vault } = this.#options
    await vault.current({ deadlineMs: LIMITS.callDeadlineMs, signal: this.#stopping.signal })
    const data = vault.get(this.#placeName)
    if (data === undefined || this.#position === undefined) return false
    const { seq, hash } = positionShape(data, 'inbox position')
    if (seq <= this.#position.seq) return false
    await vault.kv.batch([this.#placeOp({ seq, hash })])
    this.#position = { seq, hash }
    return true
  }

  async #letter (payload: Uint8Array): Promise<void> {
    try {
      await this.#options.take(payload, this.#log)
    } catch (error) {
      // A store that cannot write or read is not the letter's fault: it is taken again.
      if (error instanceof ReadOnlyError || error instanceof UnavailableError || error instanceof CorruptError) throw error
      // Anything else is: a stranger's letter that this node trips over must not keep all others out.
      this.#options.log(error instanceof PetrelError ? 'info' : 'error', 'letter.dropped', { code: error instanceof PetrelError ? error.code : InternalError.code })
    }
  }

  /** Others' letters do not wait for the vault. */
  #trimSoon (to: LogPosition): void {
    this.#taken = to
    this.#trimming ??= this.#trimAll().finally(() => {
      this.#trimming = undefined
      if (this.#taken !== undefined && !this.#stopping.signal.aborted) this.#trimSoon(this.#taken)
    })
  }

  async #trimAll (): Promise<void> {
    for (let to = this.#taken; to !== undefined && !this.#stopping.signal.aborted; to = this.#taken) {
      this.#taken = undefined
      await this.#trim(to)
    }
  }

  /** Lets the home drop what was taken, once what it led to stands in the vault: it frees quota, and room for strangers' requests. */
  async #trim (to: LogPosition): Promise<void> {
    const action = signOwnerAction({ op: 'trim', log: this.#log, seq: to.seq, hash: to.hash }, signerFromSeed(this.#options.ownerSeed))
    try {
      const { vault } = this.#options
      await vault.published(vault.waiting(), { deadlineMs: LIMITS.callDeadlineMs, signal: this.#stopping.signal })
      await this.#options.link.ownerAction(this.#log, action, { deadlineMs: LIMITS.callDeadlineMs, signal: this.#stopping.signal })
    } catch (error) {
      this.#options.log('debug', 'inbox.trim', { code: error instanceof PetrelError ? error.code : InternalError.code })
    }
  }
}
