/**
 * The account's private state as named, numbered, device-signed records (DESIGN section 4, Vault), as this device has
 * it. All of them are in memory: a person's contacts and chats, not their messages. What all devices share goes to the
 * vault's log and comes from there by `node/vault`.
 */
import type { UpdateEvent } from '../../protocol/api/index.js'
import { openVaultRecord, signVaultRecord } from '../../protocol/message/index.js'
import { decodeCbor, encodeCbor, LIMITS, QuotaError, TooLargeError, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { nameBytes, type RecordKeys } from './keys.js'
import { isChatName, isSharedName } from './shared-names.js'
import { arrived, changedHere, decodeMark, encodeMark, isThere, SOFT, type Arrived, type VaultEntry } from './vault-entry.js'
import { sizeOf, VaultMemory } from './vault-memory.js'
import { VaultWaits, type VaultSharing, type VaultWaitOptions } from './vault-waits.js'

/** Records of one kind, decoded. */
export interface VaultView<T> {
  /** The record of a name, or undefined. */
  get (name: string): T | undefined
  /** The records whose name starts with `prefix`. */
  list (prefix: string): T[]
}

/** A record that another device changed; undefined: it is not there. */
export interface VaultChange { readonly name: string, readonly data: unknown, readonly before: unknown }
/** What is written and told together with a change that came, and what is done once that is durable. */
export interface VaultTaken { readonly ops?: readonly KeyValueOp[], readonly events?: readonly UpdateEvent[], readonly after?: () => void }
/** Takes a change of another device into the running parts. The record itself shows the new value only in `after`. */
export type VaultListener = (change: VaultChange) => VaultTaken | undefined
/** Makes one record of two changes that did not know of each other; undefined: there is none. */
export type VaultMerge = (name: string, mine: unknown, theirs: unknown) => unknown
const GONE = new Uint8Array()

/** How many bytes of shared records there may be: written here, of these by chats, and taken from the log. */
export interface VaultBounds { readonly all: number, readonly chats: number, readonly taken: number }
const BOUNDS: VaultBounds = { all: LIMITS.vaultBytes, chats: LIMITS.vaultChatBytes, taken: LIMITS.vaultTakenBytes }

/** The vault of one account on this node. */
export class Vault {
  /** The store through which every change of a record must be written: it tells the vault what became of it. */
  readonly kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #account: KeyBytes
  readonly #device: Signer
  readonly #memory = new VaultMemory()
  readonly #listeners = new Set<{ readonly prefix: string, readonly take: VaultListener }>()
  readonly #merges = new Map<string, VaultMerge>()
  readonly #waits = new VaultWaits(name => this.#memory.durable(name))
  #sharing: VaultSharing | undefined
  readonly #most: VaultBounds
  #holds: (name: string, data: Uint8Array) => boolean = () => true
  #soft = false
  readonly #onKnown = new Set<() => void>()

  private constructor (kv: KeyValueStore, keys: RecordKeys, account: KeyBytes, device: Signer, most: VaultBounds) {
    this.#most = most
    this.kv = this.#watched(kv)
    this.#keys = keys
    this.#account = account
    this.#device = device
  }

  /** Reads every record. @throws CorruptError, ProofError when one is not what was written */
  static async open (kv: KeyValueStore, keys: RecordKeys, account: KeyBytes, device: Signer, most: VaultBounds = BOUNDS): Promise<Vault> {
    const vault = new Vault(kv, keys, account, device, most)
    const marks = new Map<string, { base: number | null, seq: number }>()
    for await (const [, bytes] of kv.iterate(keys.all('vaultMark'))) {
      const { name, ...mark } = decodeMark(bytes)
      marks.set(name, mark)
    }
    for await (const [, bytes] of kv.iterate(keys.all('vault'))) {
      const { record: { name, version, data } } = openVaultRecord(bytes, account)
      vault.#memory.load(name, { version, data, ...marks.get(name) ?? { base: null, seq: 0 } })
    }
    return vault
  }

  /** Takes from other devices only what `holds` says is what its name says (encoded; nothing for what was removed). */
  takeOnly (holds: (name: string, data: Uint8Array) => boolean): void { this.#holds = holds }

  /** Whether what is written now is written without knowing what the log has. */
  get soft (): boolean { return this.#soft }

  set soft (soft: boolean) {
    const isNews = this.#soft && !soft
    this.#soft = soft
    if (isNews) for (const known of [...this.#onKnown]) known()
  }

  /** Calls `known` whenever what the log has comes to be known here: it was read to its end. */
  onKnown (known: () => void): void { this.#onKnown.add(known) }

  /** Another number whenever a record changes: what was worked out from records holds as long as it stays. */
  get revision (): number { return this.#memory.revision }

  /** The decoded data of a record, or undefined. */
  get (name: string): unknown { return decodedOf(this.#memory.get(name)) }

  /** A way to read records that decodes each version of one only once. `decode` gets the record's data. */
  view<T> (decode: (data: unknown) => T): VaultView<T> {
    const decoded = new WeakMap<Uint8Array, { value: T }>()
    const of = ({ data }: VaultEntry): T => {
      let known = decoded.get(data)
      if (known === undefined) decoded.set(data, known = { value: decode(decodeCbor(data, LIMITS.vaultRecordBytes)) })
      return known.value
    }
    return {
      get: name => {
        const entry = this.#memory.get(name)
        return isThere(entry) ? of(entry) : undefined
      },
      list: prefix => [...this.#memory.all()].flatMap(([name, entry]) => name.startsWith(prefix) && isThere(entry) ? [of(entry)] : [])
    }
  }

  /** Names and data of the records whose name starts with `prefix`. */
  * list (prefix: string): Generator<[name: string, data: unknown]> {
    for (const [name, entry] of this.#memory.all()) if (name.startsWith(prefix) && isThere(entry)) yield [name, decodedOf(entry)]
  }

  /**
   * The change that writes a record's next version: put it into a batch of {@link kv} with whatever must be written
   * in the same step. Memory has the new version at once, so batches must go out in the order of the calls.
   * @throws TooLargeError for what could not be read again; QuotaError when all that devices share has no room for more
   */
  put (name: string, value: unknown): KeyValueOp {
    const data = encodeCbor(value)
    if (data.length > LIMITS.vaultRecordBytes) throw new TooLargeError(`the vault record "${name}" would take ${data.length} bytes, over the limit of ${LIMITS.vaultRecordBytes}`)
    this.#requireRoom(name, data)
    return this.#write(name, changedHere(this.#memory.get(name), data, this.soft))
  }

  /** What the records take that all devices share: at most LIMITS.vaultBytes, written here. */
  get bytes (): number { return this.#memory.bytes }

  #requireRoom (name: string, data: Uint8Array): void {
    const most = isChatName(name) ? this.#most.chats : this.#most.all
    const more = this.#more(name, data)
    if (more <= 0 || this.#memory.bytes + more <= most) return
    throw new QuotaError(`what this account's devices share takes ${this.#memory.bytes} bytes, and ${most} are the most${isChatName(name) ? ' for new chats' : ''}: nothing was changed`, { details: { bytes: this.#memory.bytes, most } })
  }

  #more (name: string, data: Uint8Array): number { return sizeOf(name, { data }) - sizeOf(name, this.#memory.get(name)) }

  /** The change that removes a record. */
  del (name: string): KeyValueOp {
    const known = this.#memory.get(name)
    if (!isSharedName(name) || this.#sharing === undefined || known === undefined) return this.#memory.change(name, undefined, { type: 'del', key: this.#key(name) })
    return this.#write(name, changedHere(known, GONE, this.soft))
  }

  /** Writes a record durably, alone. */
  async write (name: string, value: unknown): Promise<void> { await this.kv.batch([this.put(name, value)]) }

  /**
   * Resolves when what these shared records are now, or are later, stands in the vault's log, so that it is not lost with
   * this device; at once while the vault has no log. Call it before what they hold is used.
   * @throws UnavailableError, DeadlineError when it cannot be reached; AbortedError; ProofError while the log is in doubt
   */
  async published (names: readonly string[], options: VaultWaitOptions = {}): Promise<void> {
    if (this.#sharing === undefined) return
    const shared = names.filter(isSharedName)
    await this.#waits.wait(shared.map(name => [name, this.#memory.get(name)?.version ?? 0]), this.#sharing, options)
  }

  /** Whether what a shared record is now stands in the log, or there is no log that it could stand in. */
  isPublished (name: string): boolean { return this.#sharing === undefined || !isSharedName(name) || this.#memory.durable(name)?.base === null }

  /** Resolves when all that other devices had changed up to now is here; at once while the vault has no log. @throws as {@link published} */
  async current (options: VaultWaitOptions = {}): Promise<void> { await this.#sharing?.current(options) }

  /** Has changes of other devices told, of records whose name starts with `prefix`. Returns the way to stop that. */
  onChange (prefix: string, take: VaultListener): () => void {
    const listener = { prefix, take }
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  /** How two changes of one record of this kind become one. Without a rule the later one in the log stands, as it is written again. */
  mergeWith (prefix: string, merge: VaultMerge): void { this.#merges.set(prefix, merge) }

  // --- for node/vault ---

  /** Whether there is a log to bring shared records to; undefined ends that. */
  share (sharing: VaultSharing | undefined): void { this.#sharing = sharing }

  /** The names of shared records that the log does not have as they are on the disk. */
  waiting (): string[] { return [...this.#memory.allDurable()].flatMap(([name, entry]) => entry.base !== null && isSharedName(name) ? [name] : []) }

  /** All shared records that are there on the disk, removed ones too. */
  * shared (): Generator<[name: string, entry: VaultEntry]> {
    for (const [name, entry] of this.#memory.allDurable()) if (isSharedName(name)) yield [name, entry]
  }

  /** What is on the disk of a record, signed by this device for the log. */
  signed (name: string): Uint8Array | undefined {
    const entry = this.#memory.durable(name)
    return entry === undefined ? undefined : this.#signed(name, entry)
  }

  /** The changes that a version which stands in the log makes, and what is told with them. To be written at once. */
  arrive (theirs: Arrived): VaultTaken & { readonly ops: KeyValueOp[] } {
    const { name } = theirs
    const known = this.#memory.get(name)
    // No device writes that often. Behind the last number there is none, and a home that wrote one could not be opened again.
    if (theirs.version > (known === undefined ? LIMITS.vaultVersions : known.version + LIMITS.vaultVersionLeap)) return { ops: [] }
    if (this.#memory.bytes + this.#more(name, theirs.data) > this.#most.taken && this.#more(name, theirs.data) > 0) return { ops: [] }
    if (!theirs.isOwn && !this.#holds(name, theirs.data)) return { ops: [] }
    const next = arrived(known, theirs, (_name, mine, their) => this.#merged(name, mine, their))
    if (next === known) return { ops: [] }
    const before = decodedOf(known)
    const data = decodedOf(next)
    const isNews = !isSame(known?.data ?? GONE, next.data)
    const taken = isNews ? this.#tell({ name, data, before }) : []
    if (next.base !== null && next.version !== known?.version) this.#waits.raise(name, next.version)
    return {
      ops: [this.#write(name, next), ...taken.flatMap(one => one.ops ?? [])],
      events: taken.flatMap(one => one.events ?? []),
      after: () => { for (const { after } of taken) after?.() }
    }
  }

  /** The changes by which all shared records wait for a log again: a new one. `soft`: of what it has already, nothing is known. */
  unsettle (soft: boolean): KeyValueOp[] {
    return [...this.#memory.all()].flatMap(([name, entry]) => isSharedName(name) ? [this.#write(name, { ...entry, base: soft ? SOFT : 0, seq: 0 })] : [])
  }

  /** The changes by which removed records whose removal stands before `seq` are forgotten, and `names`, which the log has no more, removed. */
  settle (seq: number, names: Iterable<string>): VaultTaken & { readonly ops: KeyValueOp[] } {
    const gone = [...this.#memory.all()].filter(([name, { base, data, seq: at }]) => isSharedName(name) && base === null && data.length === 0 && at < seq)
    const left = [...names].filter(name => this.#memory.get(name)?.base === null)
    const taken = left.flatMap(name => this.#tell({ name, data: undefined, before: decodedOf(this.#memory.get(name)) }))
    return {
      ops: [...[...gone.map(([name]) => name), ...left].map(name => this.#memory.change(name, undefined, { type: 'del', key: this.#key(name) })), ...taken.flatMap(one => one.ops ?? [])],
      events: taken.flatMap(one => one.events ?? []),
      after: () => { for (const { after } of taken) after?.() }
    }
  }

  /** Has those who wait look again. */
  look (): void { this.#waits.look(this.#sharing) }

  #tell (change: VaultChange): VaultTaken[] {
    return [...this.#listeners].flatMap(({ prefix, take }) => {
      const taken = change.name.startsWith(prefix) ? take(change) : undefined
      return taken === undefined ? [] : [taken]
    })
  }

  #merged (name: string, mine: Uint8Array, theirs: Uint8Array): Uint8Array {
    for (const [prefix, merge] of this.#merges) {
      if (!name.startsWith(prefix)) continue
      const made = merge(name, decodedData(mine), decodedData(theirs))
      return made === undefined ? GONE : encodeCbor(made)
    }
    return mine
  }

  #write (name: string, entry: VaultEntry): KeyValueOp {
    return this.#memory.change(name, entry, { type: 'put', key: this.#key(name), value: this.#signed(name, entry) })
  }

  #signed (name: string, { version, data }: VaultEntry): Uint8Array {
    return signVaultRecord({ v: 1, account: this.#account, name, version, data }, this.#device)
  }

  #watched (kv: KeyValueStore): KeyValueStore {
    return {
      get: async key => await kv.get(key),
      getMany: async keys => await kv.getMany(keys),
      iterate: (range, options) => kv.iterate(range, options),
      batch: async (ops, options) => {
        const changes = ops.flatMap(op => this.#memory.changeOf(op) ?? []).filter(({ name }) => isSharedName(name))
        try {
          await kv.batch(changes.length === 0 ? ops : [...ops, ...changes.map(({ name, entry }) => this.#mark(name, entry))], options)
        } catch (error) {
          this.#memory.settle(ops, false)
          throw error
        }
        this.#memory.settle(ops, true)
        if (changes.length === 0) return
        this.#waits.look(this.#sharing)
        if (changes.some(({ entry }) => entry !== undefined && entry.base !== null)) this.#sharing?.changed()
      }
    }
  }

  #mark (name: string, entry: VaultEntry | undefined): KeyValueOp {
    const key = this.#keys.one('vaultMark', nameBytes(name))
    const value = entry === undefined ? undefined : encodeMark(name, entry)
    return value === undefined ? { type: 'del', key } : { type: 'put', key, value }
  }

  #key (name: string): Uint8Array { return this.#keys.one('vault', nameBytes(name)) }
}

function decodedData (data: Uint8Array): unknown { return data.length === 0 ? undefined : decodeCbor(data, LIMITS.vaultRecordBytes) }
function decodedOf (entry: VaultEntry | undefined): unknown { return entry === undefined ? undefined : decodedData(entry.data) }
function isSame (a: Uint8Array, b: Uint8Array): boolean { return Buffer.compare(a, b) === 0 }
