/**
 * Reads the vault's log, entry after entry: each is verified against the chain, opened under the generation of its place,
 * and counts only if it says itself that it belongs there. No I/O.
 */
import { openVaultEntry, vaultKeys, type VaultKeys } from '../../protocol/crypto/index.js'
import { decodeVaultBatch, decodeVaultPiece, openVaultKeyEntry, openVaultRecord, type VaultPiece } from '../../protocol/message/index.js'
import {
  decodeLeaf, ENTRY_ID_LENGTH, ENTRY_KIND, InternalError, LIMITS, PetrelError, ProofError, sameBytes, verifyRun, type CheckedManifest, type LogId, type LogPosition, type ManifestVault, type StoredEntry, type VerifiedEntry
} from '../../protocol/wire/index.js'
import { logOf, type VaultLogState } from './log-state.js'
import { keysBefore, takeKey, type VaultReader } from './take-key.js'

/** A version of a record that stands in the log. */
export interface ReadRecord { readonly name: string, readonly version: number, readonly data: Uint8Array, readonly seq: number, readonly isOwn: boolean }

/** What was read, in order. */
export type VaultStep =
  | { readonly type: 'records', readonly records: readonly ReadRecord[] }
  /** All that the vault holds stands behind entry `since`. */
  | { readonly type: 'whole', readonly since: number }
  /** The log was trimmed beyond what was read before: what the vault holds comes anew, up to `whole`. */
  | { readonly type: 'anew' }

/** See the file's head. */
export class VaultLogReader {
  readonly #log: LogId
  readonly #reader: VaultReader
  readonly #held: () => CheckedManifest
  #state: VaultLogState
  /** As it was before the pieces of a batch that is not whole yet. */
  #before: VaultLogState | null = null
  #pieces: Uint8Array[] = []
  /** Key entries that were read, and vault keys that are known, by generation. */
  readonly #entries: Array<{ readonly number: number, readonly back: Uint8Array | null }> = []
  readonly #known = new Map<number, Uint8Array>()
  #keys: { readonly generation: number, readonly keys: VaultKeys } | undefined
  #locked = false
  /** The first generation that was read. */
  #first: number | null = null
  /** Places that were read, as far as one is looked for. */
  #met = false
  /** Entries that did not open, or held what does not count: the home's own, or a broken device's. */
  strange = 0

  /** `held`: the account's manifest, as it is known here. */
  constructor (state: VaultLogState, reader: VaultReader, held: () => CheckedManifest) {
    this.#state = state
    this.#log = logOf(state)
    this.#reader = reader
    this.#held = held
  }

  /** How far it has read. */
  get state (): VaultLogState { return this.#state }
  /** From where it must read again after a start. */
  get durable (): VaultLogState { return this.#before ?? this.#state }
  /** Whether entries were passed over for want of their key, which is known now: they are to be read again, from the start. */
  get mustReadAgain (): boolean { return this.#locked && this.#state.generation.key !== null }

  /**
   * Whether what the account's manifest says of the log was met on the way from its start. @throws ProofError when the log
   * ends before that: it was put back to an older state
   */
  requireMet (): void {
    const word = this.#word()
    if (word === undefined || this.#met || (this.#first !== null && this.#first > word.generation)) return
    throw new ProofError('the relay\'s copy of the vault is older than the account\'s manifest, which knows more of it: it was put back to an older state', { details: { rolledBack: true } })
  }

  /** What the manifest says of this log. */
  #word (): ManifestVault | undefined {
    const { vault } = this.#held().manifest
    return vault !== undefined && sameBytes(vault.genesis, this.#state.genesis) ? vault : undefined
  }

  /** Something beside what is read changed. */
  change (change: Partial<Pick<VaultLogState, 'alarm' | 'replaces' | 'trimmed' | 'former'>>): void {
    this.#state = { ...this.#state, ...change }
    if (this.#before !== null) this.#before = { ...this.#before, ...change }
  }

  /** Begins again at a log's first entry, with the keys that were found. */
  again (from: VaultLogState): void {
    const { number, key } = this.#state.generation
    if (key !== null) for (const [generation, known] of keysBefore(this.#log, { number, key }, this.#entries)) this.#known.set(generation, known)
    this.#entries.length = 0
    this.#first = null
    this.#met = false
    this.#locked = false
    this.#before = null
    this.#pieces = []
    this.#state = from
  }

  /** Takes entries that follow what was read; those that were read already are left out. @throws ProofError when they are not what the log must hold */
  async take (stored: readonly StoredEntry[]): Promise<VaultStep[]> {
    const fresh = stored.filter(entry => decodeLeaf(entry.leaf).seq > this.#state.place.seq)
    const [first] = fresh
    if (first === undefined) return []
    const steps: VaultStep[] = []
    if (decodeLeaf(first.leaf).seq > this.#state.place.seq + 1) {
      this.#jump(first)
      steps.push({ type: 'anew' })
    }
    let from = this.#state.place
    for (const entry of verifyRun(from, fresh).entries) {
      await this.#takeOne(entry, from, steps)
      from = { seq: entry.leaf.seq, hash: entry.hash }
    }
    return steps
  }

  /** What a trimmed log begins with says itself, by a device's signature, what it follows. */
  #jump ({ leaf, payload }: StoredEntry): void {
    const { seq, kind } = decodeLeaf(leaf)
    if (kind !== ENTRY_KIND.commit || payload === null) throw new ProofError(`the relay leaves out entries ${this.#state.place.seq + 1} to ${seq - 1} of the vault`)
    const { entry } = openVaultKeyEntry(payload, this.#reader.account, this.#log)
    if (entry.seq !== seq - 1 || entry.generation <= this.#state.generation.number) throw new ProofError('the vault\'s log begins with a key entry of another place')
    const place = { seq: entry.seq, hash: entry.hash }
    const { generation, place: { seq: read } } = this.#state
    // Each generation takes an entry.
    if (generation.hash !== null && entry.generation - generation.number > seq - read) throw new ProofError('the vault\'s log begins with a generation that cannot have been reached')
    this.#drop()
    this.#state = { ...this.#state, place, start: place, keyStart: place, last: null, bytes: 0, sinceKey: 0, whole: false, trimmed: entry.seq, generation: { ...generation, hash: null, manifest: null } }
  }

  async #takeOne (entry: VerifiedEntry, after: LogPosition, steps: VaultStep[]): Promise<void> {
    const { leaf, hash, payload } = entry
    const state = this.#state
    if (!this.#met) this.#met = [after.hash, hash].some(one => sameBytes(one, this.#word()?.head ?? one.subarray(1)))
    const size = (payload?.length ?? 0) + LIMITS.leafBytes / 32
    const moved: VaultLogState = { ...state, place: { seq: leaf.seq, hash }, last: leaf.id, bytes: state.bytes + size, sinceKey: state.sinceKey + size }
    if (leaf.kind === ENTRY_KIND.commit) {
      const taken = await takeKey(this.#reader, this.#log, { entry, after }, state.generation.hash === null ? null : state.generation, this.#held())
      this.#drop()
      this.#entries.push({ number: taken.generation.number, back: taken.back })
      this.#first ??= taken.generation.number
      const generation = { ...taken.generation, key: taken.generation.key ?? this.#known.get(taken.generation.number) ?? null }
      this.#state = { ...moved, generation, keyStart: after, sinceKey: size }
      return
    }
    const piece = leaf.kind === ENTRY_KIND.data && payload !== null ? this.#opened(entry, payload) : undefined
    this.#requireFollows(piece, after, state)
    const bytes = piece === undefined ? undefined : this.#gathered(piece, state)
    if (piece === undefined) this.#drop()
    this.#state = moved
    if (bytes !== undefined) this.#takeBatch(bytes, leaf.seq, steps)
  }

  /** What an entry holds; undefined for what is not of an own device. */
  #opened ({ leaf }: VerifiedEntry, payload: Uint8Array): VaultPiece | undefined {
    const { number, key } = this.#state.generation
    if (key === null) {
      this.#locked = true
      return undefined
    }
    if (this.#keys?.generation !== number) this.#keys = { generation: number, keys: vaultKeys(key, this.#log) }
    try {
      return decodeVaultPiece(openVaultEntry(this.#keys.keys.content, payload, { log: this.#log, generation: number, id: leaf.id }))
    } catch (error) {
      this.#ignore(error)
      return undefined
    }
  }

  #requireFollows (piece: VaultPiece | undefined, after: LogPosition, { last }: VaultLogState): void {
    if (piece === undefined) return
    const isHere = piece.after.length === ENTRY_ID_LENGTH ? last === null || sameBytes(piece.after, last) : sameBytes(piece.after, after.hash)
    if (!isHere) throw new ProofError(`entry ${after.seq + 1} of the vault was written after other entries than its relay shows here: the log was forked or altered`, { details: { seq: after.seq + 1 } })
  }

  /** The batch that a piece makes whole. */
  #gathered ({ index, count, bytes }: VaultPiece, state: VaultLogState): Uint8Array | undefined {
    if (index !== this.#pieces.length) this.#drop()
    if (index !== this.#pieces.length) return undefined
    if (index === 0 && count > 1) this.#before = state
    this.#pieces.push(bytes)
    if (this.#pieces.length < count) return undefined
    const batch = Buffer.concat(this.#pieces)
    this.#drop()
    return batch
  }

  #drop (): void {
    this.#pieces = []
    this.#before = null
  }

  #takeBatch (bytes: Uint8Array, seq: number, steps: VaultStep[]): void {
    try {
      const { records, whole } = decodeVaultBatch(bytes)
      steps.push({ type: 'records', records: records.flatMap(record => this.#read(record, seq) ?? []) })
      if (whole !== true) return
      const { generation, keyStart, sinceKey } = this.#state
      this.#state = { ...this.#state, start: keyStart, bytes: sinceKey, whole: true }
      steps.push({ type: 'whole', since: generation.seq })
    } catch (error) {
      this.#ignore(error)
    }
  }

  #read (bytes: Uint8Array, seq: number): ReadRecord | undefined {
    try {
      const { record: { name, version, data }, device } = openVaultRecord(bytes, this.#reader.account)
      if (!this.#state.generation.devices.some(one => sameBytes(one, device))) throw new ProofError('a record of the vault is signed by a device that it is not for')
      return { name, version, data, seq, isOwn: this.#reader.device !== null && sameBytes(device, this.#reader.device) }
    } catch (error) {
      this.#ignore(error)
      return undefined
    }
  }

  #ignore (error: unknown): void {
    if (!(error instanceof PetrelError) || error instanceof InternalError) throw error
    this.strange++
  }
}
