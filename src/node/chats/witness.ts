/**
 * What a chat's home has signed, as far as it may be needed against it: the newest statements on the chain that was
 * verified here, one now and then on the way, and those that the log has not borne out yet. DESIGN section 3.
 */
import {
  decodeCbor, decodeLeaf, encodeCbor, evidenceOf, LIMITS, PetrelError, sameBytes, shape, verifyAttested,
  type Attested, type ChainLink, type Digest, type Leaf, type LogId, type StoredEntry
} from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'

// Receipts of calls on their way, and what others showed: each is a kilobyte at most, and the leaves of one call with it.
const LOOSE_KEPT = 32

const statement = shape.nullable(shape.bytes({ max: LIMITS.recordBytes }))
const recordShape = shape.struct({ v: shape.literal(1), newest: statement, head: statement, waypoint: shape.uint() })

/** What a witness is made of. */
export interface WitnessParts {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly log: LogId
  readonly genesis: Uint8Array
  /** Unix milliseconds, by this machine's clock. */
  readonly now: () => number
  /** The chain's hash at a number that was verified of late. */
  readonly recent: (seq: number) => Digest | undefined
  /** The chain's hash at a verified number. */
  readonly hashAt: (seq: number) => Promise<Digest | undefined>
  /** The leaves of the verified entries after `after` up to `to`, or undefined when this node does not have them all. */
  readonly leaves: (after: number, to: number) => Promise<Uint8Array[] | undefined>
}

/** A statement that the chain does not bear out, or not yet, and what led to it where that is known. */
interface Loose { readonly attested: Attested, readonly past?: ChainLink | undefined }

/** What is kept of a home's word, in one record, but for the statements on the way. */
interface Kept { readonly newest: Attested | null, readonly head: Attested | null, readonly waypoint: number }

/**
 * See the file's head. What comes with entries goes to the disk with them; what comes alone is written without waiting for
 * the disk: a crash may cost a proof, never a message.
 */
export class Witness {
  readonly #parts: WitnessParts
  #newest: Attested | null = null
  #head: Attested | null = null
  #waypoint = 0
  #saidAt: number | null = null
  #freshAt: number | null = null
  /** Statements that this node's chain does not bear out, or not yet. */
  readonly #loose = new Map<string, Loose>()
  /** The last run of entries that came: the past of the statement that came with it. */
  #run: ChainLink | undefined
  #writing: Promise<void> | undefined
  #dirty = false
  #waypoints: KeyValueOp[] = []

  constructor (parts: WitnessParts) { this.#parts = parts }

  /** Reads what was kept. What cannot be read any more is not needed for anything but a proof. */
  async load (): Promise<void> {
    const { kv, keys, log } = this.#parts
    const bytes = await kv.get(keys.one('witness', log))
    if (bytes === undefined) return
    try {
      const { newest, head, waypoint } = recordShape(decodeCbor(bytes, LIMITS.vaultRecordBytes), 'witness')
      this.#newest = newest === null ? null : verifyAttested(newest)
      this.#head = head === null ? null : verifyAttested(head)
      this.#waypoint = waypoint
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
    }
  }

  /** The newest attested bytes, to be shown to other members; null before the first. */
  get newest (): Uint8Array | null { return this.#newest?.bytes ?? null }

  /** When the home last signed where the log ends, by its own clock, ms; null when it never did. */
  get signedAt (): number | null { return this.#head?.statement.time ?? null }

  /** The newest time that the home signed in this run of the node, by its own clock, ms. */
  get saidAt (): number | null { return this.#saidAt }

  /** When such a statement came that was newer than all before, by this machine's clock, ms. */
  get freshAt (): number | null { return this.#freshAt }

  /** The changes that keep a statement, for the batch of the entries that it comes with: {@link take} it once that is durable. */
  ops (attested: Attested): KeyValueOp[] {
    const kept = this.#with(attested)
    return [...kept.waypoint === this.#waypoint ? [] : [this.#waypointOp(attested)], this.#op(kept)]
  }

  /**
   * Takes a statement that the verified chain bears out, with the entries it came with, which follow `before`: with
   * entries it is on the disk already. `leaves`: theirs, where they are decoded.
   *
   * @returns evidence when it shows that the home had signed an end before, long after it had one of these entries
   */
  take (attested: Attested, before: Digest, entries: readonly StoredEntry[], leaves?: readonly Leaf[]): Uint8Array | null {
    const run = entries.length === 0 ? undefined : { hash: before, leaves: entries.map(e => e.leaf) }
    if (run !== undefined) this.#run = run
    for (const [name, { attested: { statement: { seq, hash } } }] of this.#loose) if (isSame(this.#parts.recent(seq), hash)) this.#loose.delete(name)
    const late = this.#head === null || run === undefined ? null : withheld(this.#parts.genesis, this.#head, attested, run, leaves ?? run.leaves.map(decodeLeaf))
    if (late !== null) this.#add(attested)
    const { time, type } = attested.statement
    // A receipt alone says nothing of the log's end, and a home can sign one at any time without a lie that could be proved.
    if (time > (this.#saidAt ?? 0) && (type === 'head' || run !== undefined)) {
      this.#saidAt = time
      this.#freshAt = this.#parts.now()
    }
    const kept = this.#with(attested)
    if (kept.waypoint !== this.#waypoint && run === undefined) this.#waypoints.push(this.#waypointOp(attested))
    this.#newest = kept.newest
    this.#head = kept.head
    this.#waypoint = kept.waypoint
    if (run === undefined) this.#write()
    return late
  }

  #with (attested: Attested): Kept {
    const { seq, term, time, type } = attested.statement
    const head = type === 'head' && time >= (this.#head?.statement.time ?? 0) ? attested : this.#head
    if (this.#isBehindNewest(term, seq)) return { newest: this.#newest, head, waypoint: this.#waypoint }
    const isWaypoint = seq - this.#waypoint >= LIMITS.waypointEntries || seq < this.#waypoint
    return { newest: attested, head, waypoint: isWaypoint ? seq : this.#waypoint }
  }

  /**
   * Keeps a statement that the chain does not bear out, or not yet: a receipt, what another member showed, a lie. Bytes
   * that are no statement are none. `run` is what it came with: entries, and the hash that they follow.
   */
  saw (said: Uint8Array | Attested, run?: { before: Digest, entries: readonly StoredEntry[] }): void {
    try {
      this.#add(said instanceof Uint8Array ? verifyAttested(said) : said)
      if (run !== undefined && run.entries.length > 0) this.#run = { hash: run.before, leaves: run.entries.map(e => e.leaf) }
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
    }
  }

  /** Keeps a receipt that answers an append, with the past by which it speaks of more entries than its own. */
  promised ({ said, past }: { readonly said: Attested, readonly past?: ChainLink | undefined }): void { this.#add(said, past) }

  /** The person goes on: what was said before is not held against the home any more. */
  forgive (): void {
    this.#loose.clear()
    this.#run = undefined
    this.#head = null
    this.#saidAt = null
    this.#write()
  }

  /** The evidence that what is kept makes, or null. */
  async prove (): Promise<Uint8Array | null> {
    await this.#writing
    const loose = [...this.#loose.values()].reverse()
    for (const [i, one] of loose.entries()) {
      const evidence = await this.#contradicted(one, loose.slice(i + 1))
      if (evidence !== null) return evidence
    }
    return null
  }

  /** The evidence that one statement makes with what is kept, or null. @throws ProofError, BadInputError for bytes that are none */
  async against (bytes: Uint8Array): Promise<Uint8Array | null> {
    await this.#writing
    return await this.#contradicted({ attested: verifyAttested(bytes) }, [...this.#loose.values()])
  }

  async #contradicted (one: Loose, loose: readonly Loose[]): Promise<Uint8Array | null> {
    const own = [this.#newest, this.#head].filter(s => s !== null)
    for (const other of [...own.map((attested): Loose => ({ attested })), ...loose]) {
      const evidence = contradiction(this.#parts.genesis, one, other, this.#run)
      if (evidence !== null) return evidence
    }
    return await this.#againstThePast(one.attested)
  }

  #add (attested: Attested, past?: ChainLink): void {
    const name = nameOf(attested)
    const known = this.#loose.get(name)?.past
    this.#loose.delete(name)
    this.#loose.set(name, { attested, past: past ?? known })
    for (const oldest of this.#loose.keys()) if (this.#loose.size > LOOSE_KEPT) this.#loose.delete(oldest)
  }

  #isBehindNewest (term: number, seq: number): boolean {
    const known = this.#newest?.statement
    return known !== undefined && (term < known.term || (term === known.term && seq < known.seq))
  }

  /** Compares a statement about a number that was verified here with the first one kept from there on. */
  async #againstThePast (one: Attested): Promise<Uint8Array | null> {
    const { seq } = one.statement
    const { kv, keys, log, genesis, hashAt, leaves } = this.#parts
    const kept: Attested[] = []
    for await (const [key, bytes] of kv.iterate({ gte: keys.numbered('waypoint', seq, log), lte: keys.numbered('waypoint', Number.MAX_SAFE_INTEGER, log) })) {
      if (numberOf(key) - seq <= LIMITS.evidenceLeaves) kept.push(verifyAttested(bytes))
      break
    }
    for (const other of [...kept, this.#newest]) {
      if (other === null || other.statement.seq <= seq) continue
      const [hash, past] = [await hashAt(seq), await leaves(seq, other.statement.seq)]
      const evidence = hash === undefined || past === undefined ? null : evidenceOf(genesis, one.bytes, other.bytes, { hash, leaves: past })
      if (evidence !== null) return evidence
    }
    return null
  }

  #write (): void {
    this.#dirty = true
    // What cannot be written now is written with the next one.
    this.#writing ??= this.#writeAll().catch(() => undefined).finally(() => {
      this.#writing = undefined
      if (this.#dirty) this.#write()
    })
  }

  async #writeAll (): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false
      await this.#parts.kv.batch([...this.#waypoints.splice(0), this.#op({ newest: this.#newest, head: this.#head, waypoint: this.#waypoint })], { soft: true })
    }
  }

  #op ({ newest, head, waypoint }: Kept): KeyValueOp {
    return { type: 'put', key: this.#parts.keys.one('witness', this.#parts.log), value: encodeCbor({ v: 1, newest: newest?.bytes ?? null, head: head?.bytes ?? null, waypoint }) }
  }

  #waypointOp ({ statement: { seq }, bytes }: Attested): KeyValueOp {
    return { type: 'put', key: this.#parts.keys.numbered('waypoint', seq, this.#parts.log), value: bytes }
  }
}

const isSame = (a: Digest | undefined, b: Digest): boolean => a !== undefined && sameBytes(a, b)
const nameOf = ({ statement: { type, term, seq, hash } }: Attested): string => `${type} ${term} ${seq} ${Buffer.from(hash).toString('latin1')}`

/** The evidence that two statements make by themselves or by what led to one of them: what is known of it, and the last run of entries. */
function contradiction (genesis: Uint8Array, a: Loose, b: Loose, run: ChainLink | undefined): Uint8Array | null {
  const [one, other] = [a.attested.bytes, b.attested.bytes]
  const direct = evidenceOf(genesis, one, other)
  if (direct !== null) return direct
  // Each try costs as much as its leaves: what led to another statement than these two is not tried.
  for (const link of [run, b.past]) {
    const linked = link === undefined ? null : evidenceOf(genesis, one, other, link)
    if (linked !== null) return linked
  }
  for (const link of [run, a.past]) {
    const linked = link === undefined ? null : evidenceOf(genesis, other, one, link)
    if (linked !== null) return linked
  }
  return null
}

/** The evidence that an entry was there long before its home signed that the log ended below it. */
function withheld (genesis: Uint8Array, head: Attested, attested: Attested, run: ChainLink, leaves: readonly Leaf[]): Uint8Array | null {
  const { seq, time } = head.statement
  // They follow each other: mostly the end that was signed lies beyond all of them.
  if ((leaves.at(-1)?.seq ?? 0) <= seq) return null
  const isLate = leaves.some(leaf => leaf.seq > seq && leaf.time + LIMITS.proofMarginMs <= time)
  return isLate ? evidenceOf(genesis, head.bytes, attested.bytes, run) : null
}
