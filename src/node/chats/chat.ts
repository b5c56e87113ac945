/** One chat in memory: its lasting record, its cursor, its keys, what is on its way, and who waits for a state. */
import type { MessageState } from '../../protocol/api/index.js'
import { decodeBody, cachedPolicy, judgeGroupMessage, type Body, type GroupPolicy } from '../../protocol/message/index.js'
import { base32Text, chainStart, ENTRY_ID_LENGTH, ForbiddenError, fromBase32Text, LIMITS, ProofError, RateLimitError, sameBytes, type CheckedManifest, type Digest, type EntryId, type Genesis, type KeyBytes, type LogId, type LogPlace, type Statement } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Placed, RelayLink } from '../gateway/index.js'
import { Serial } from '../serial.js'
import { CaughtError, stops } from './alarm.js'
import type { ChatDeps } from './chat-deps.js'
import type { ChatKeys } from './chat-keys.js'
import { genesisOf, type ChatRecord } from './chat-record.js'
import { encodeCursor, loggedRun, placeOf, seenAt, type Cursor } from './cursor.js'
import { leafStanding, type LeafStanding } from './devices/leaf-standing.js'
import { manifestsOf } from './member-manifests.js'
import { ChatNames } from './names.js'
import { nameIn } from './naming.js'
import { MirrorPath, type LogHome } from './mirror-path.js'
import type { OwnRun, SealContext } from './outbox.js'
import { Promises, type LeftBehind } from './promises.js'
import { Outbox } from './outbox.js'
import { encodeItem, type OutboxItem } from './outbox-item.js'
import { RecordParts } from './record-parts.js'
import { RawLog } from './raw-log.js'
import { outWords } from './repair/out-words.js'
import { Repairs } from './repair/repairs.js'
import { Snapshots } from './snapshot.js'
import { TakenBack, type BackItem } from './taken-back.js'
import { encodePreview, Previews, type Preview } from './pipes/preview.js'
import { Timeline } from './timeline.js'
import type { ViewContext } from './view.js'
import { Witness } from './witness.js'

export type { AddedMember, ChatDeps, PipeReach, PipeTiming } from './chat-deps.js'

// Enough for what members in a live chat have just seen; older claims are checked against the rows on disk.
const RECENT_HASHES = 4096

/** A chat's state in memory. Changes of record and cursor happen in `serial` turns, after they are durable. */
export class Chat {
  readonly deps: ChatDeps
  readonly log: LogId
  readonly id: string
  readonly genesis: Genesis
  readonly timeline: Timeline
  readonly raw: RawLog
  readonly snapshots: Snapshots
  /** What its members call themselves. */
  readonly names: ChatNames
  readonly outbox: Outbox
  /** What the home has signed. */
  readonly witness: Witness
  readonly back: TakenBack
  /** What others have handed over by pipe, and the log has not shown yet. */
  readonly previews = new Previews()
  readonly serial = new Serial()
  /** Commits of the own leaf that the vault, read to its end, does not know: by the hash of each, as text. */
  readonly unkept = new Set<string>()
  readonly repairs = new Repairs(this)
  /** By which relay the log is used. */
  readonly path = new MirrorPath(this)
  keys: ChatKeys
  /** True while the home answers and its newest head is known. */
  current = false
  /** The epoch whose keys the relay was shown, where that is a later one than the chat's. */
  shownEpoch = 0
  /** Whether the home that own relays stand in for is away, as the last append was told. */
  homeAway = false
  #manifests: { of: ChatRecord['members'] | null, checked: CheckedManifest[] } = { of: null, checked: [] }
  readonly #hashes = new Map<number, Digest>()
  readonly #promises = new Promises()
  readonly #parts: RecordParts
  #record: ChatRecord
  #cursor: Cursor
  readonly #watchers = new Map<string, Set<(state: MessageState) => void>>()

  constructor (deps: ChatDeps, record: ChatRecord, cursor: Cursor, keys: ChatKeys, items: readonly OutboxItem[], back: readonly BackItem[] = []) {
    this.deps = deps
    this.#record = record
    this.#parts = new RecordParts(deps, record.log)
    this.#cursor = cursor
    this.keys = keys
    this.log = record.log
    this.id = base32Text(record.log)
    this.genesis = genesisOf(record)
    this.timeline = new Timeline(deps.kv, deps.keys, record.log, seq => deps.search?.changed(record.log, seq, seq > this.cursor.seq) ?? [])
    this.raw = new RawLog(deps.kv, deps.keys, record.log)
    this.snapshots = new Snapshots(deps.kv, deps.keys, record.log)
    this.names = new ChatNames(deps.kv, deps.keys, record.log)
    this.outbox = new Outbox(items)
    this.witness = new Witness({
      kv: deps.kv, keys: deps.keys, log: record.log, genesis: record.genesis, now: deps.now, recent: seq => this.hashAt(seq),
      hashAt: async seq => seq === 0 ? chainStart(record.log, this.genesis.home) : (await this.timeline.at(seq))?.hash,
      leaves: async (after, to) => await this.#leaves(after, to)
    })
    this.back = new TakenBack(deps.keys, record.log, back)
  }

  /** What the chat is called here. */
  get title (): string { return this.policy?.title ?? this.record.title ?? (this.peer === undefined ? this.id.slice(0, 12) : this.deps.nameOf(this.peer)) }

  /** What a member is called here. */
  nameOf (account: KeyBytes): string { return nameIn(this, account) }

  /** Where the log lives now, as far as this node knows. */
  get home (): LogHome { return this.record.home ?? { term: 1, peer: this.genesis.home, addrs: this.record.addrs } }
  /** The link by which the log is used: to its home, or to the own relay that mirrors it. */
  get link (): RelayLink { return this.path.link }
  /** The last verified place of the log, and whose it is. */
  get place (): LogPlace { return placeOf(this.cursor, this.genesis) }
  /** The other member of a direct chat. */
  get peer (): KeyBytes | undefined { return this.record.direct ? this.peers[0] : undefined }
  /** Whether the person has blocked the other of this direct chat. */
  get isBlocked (): boolean { return this.record.direct && this.peers.some(p => this.deps.isBlocked(p)) }

  /** Every member but this account; before the first commit, those it adds. */
  get peers (): KeyBytes[] {
    const all = [...this.record.members, ...this.record.direct && this.record.members.length < 2 ? this.record.commit?.added.map(({ member }) => member) ?? [] : []]
    return all.map(m => m.account).filter(a => !sameBytes(a, this.deps.me))
  }

  /** Whether another member is known to be in it: it came by its letter, or something of it stands in the log. */
  get hasPeer (): boolean { return this.record.joined !== null || this.cursor.received > 0 || this.cursor.marks.some(m => !sameBytes(m.account, this.deps.me)) }

  /** Whether its members tell each other what they have received and read. */
  get hasReceipts (): boolean { return this.record.direct || this.record.members.length <= LIMITS.receiptMembers }

  /** What views of its messages need. */
  get view (): ViewContext { return { log: this.log, me: this.deps.me, nameOf: account => this.nameOf(account), counts: !this.record.direct && this.hasReceipts, now: this.deps.now() } }

  /** A group's policy at this epoch; undefined for a direct chat. */
  get policy (): GroupPolicy | undefined {
    const { policy } = this.record
    return policy === undefined ? undefined : cachedPolicy(policy)
  }

  /** The members' manifests at this epoch, checked. */
  get manifests (): readonly CheckedManifest[] {
    if (this.#manifests.of !== this.record.members) this.#manifests = { of: this.record.members, checked: manifestsOf(this.record.members) }
    return this.#manifests.checked
  }

  /** Whether the relay was shown the keys of a later epoch: what is sealed for the present one must not go out by them. */
  get isAhead (): boolean { return this.shownEpoch > this.keys.epoch }

  /** How this account's leaf stands to its devices. */
  get leaf (): LeafStanding { return this.record.stage === 'ready' ? leafStanding(this.record, this.deps.manifest(), this.deps.device.key) : 'holds' }

  /** This device's run as the log has it. */
  get loggedRun (): OwnRun { return loggedRun(this.cursor, this.deps.device.key) }

  /** What a message is sealed with now. */
  get sealing (): SealContext {
    return { log: this.log, epoch: this.keys.epoch, content: this.keys.content, account: this.deps.me, device: this.deps.device, seen: seenAt(this.cursor) }
  }

  /** @throws ForbiddenError when this account may not write this here; RateLimitError while slow mode is on */
  requireMaySend (body: Body): void {
    if (this.isBlocked) throw new ForbiddenError('this contact is blocked: unblock it to write to it')
    if (this.record.stage === 'out') throw new ForbiddenError(outWords(this.record))
    const { policy, deps: { me } } = this
    if (policy === undefined) return
    const at = this.deps.now()
    const lastAt = policy.slowMode > 0 && this.outbox.isSaying ? at : this.cursor.posts?.find(post => sameBytes(post.account, me))?.at
    const refusal = judgeGroupMessage({ policy, author: me, at, ...lastAt === undefined ? {} : { lastAt } }, body)
    if (refusal?.why === 'permission') throw new ForbiddenError(`you may not do this in the group: its admins have not given members the permission ${refusal.permission}`, { details: { permission: refusal.permission } })
    if (refusal?.why === 'slow') throw new RateLimitError(`slow mode: you can write again in ${Math.ceil((refusal.until - at) / 1000)} s`, { details: { retryMs: refusal.until - at } })
  }

  /** Whether the log stands accused: nothing goes out until the person decides. */
  get isStopped (): boolean { return stops(this.cursor.alarm) }

  /** @throws ProofError while the log stands accused */
  requireNoAlarm (): void {
    if (this.isStopped) throw new ProofError(`sending in this chat has stopped: ${this.cursor.alarm?.message ?? ''}`)
  }

  async #leaves (after: number, to: number): Promise<Uint8Array[] | undefined> {
    const leaves: Uint8Array[] = []
    if (to - after > LIMITS.evidenceLeaves) return undefined
    while (after + leaves.length < to) {
      const page = await this.raw.page(after + leaves.length, to)
      if (page.length === 0) return undefined
      leaves.push(...page.map(entry => entry.leaf))
    }
    return leaves
  }

  /** The changes that write the record. */
  recordOps (record: ChatRecord): KeyValueOp[] { return this.#parts.ops(record) }
  /** The record as it is durable. */
  get record (): ChatRecord { return this.#record }
  set record (record: ChatRecord) {
    this.#record = record
    this.#parts.keeps(record)
  }

  /** The verified state of the log, as it is durable. */
  get cursor (): Cursor { return this.#cursor }
  set cursor (cursor: Cursor) { this.#cursor = { ...cursor, runs: cursor.runs.kept() } }

  /** The changes that write the cursor. */
  cursorOps (cursor: Cursor): KeyValueOp[] {
    const { keys } = this.deps
    return [{ type: 'put', key: keys.one('cursor', this.log), value: encodeCursor(cursor) }, ...cursor.runs.ops(keys, this.log)]
  }

  /** The change that writes an item on its way. */
  itemOp (item: OutboxItem): KeyValueOp { return { type: 'put', key: this.deps.keys.numbered('outbox', item.order, this.log), value: encodeItem(item) } }
  /** The change that writes a preview. */
  previewOp (preview: Preview): KeyValueOp { return { type: 'put', key: this.deps.keys.numbered('preview', preview.order, this.log), value: encodePreview(preview) } }
  /** The change that removes one. */
  previewDel (preview: Preview): KeyValueOp { return { type: 'del', key: this.deps.keys.numbered('preview', preview.order, this.log) } }
  /** The change that removes one. */
  itemDel (item: OutboxItem): KeyValueOp { return { type: 'del', key: this.deps.keys.numbered('outbox', item.order, this.log) } }

  /** Drops a message that failed for good. */
  async forget (id: EntryId): Promise<void> {
    const item = this.outbox.get(id)
    if (item === undefined || item.error === null) return
    await this.deps.kv.batch([this.itemDel(item), ...this.deps.files?.unused(this.log, id, decodeBody(item.body)) ?? []])
    this.outbox.delete(item)
    this.deps.files?.letGo()
  }

  /** Remembers the chain's hash at a number. */
  remember (seq: number, hash: Digest): void {
    this.#hashes.set(seq, hash)
    this.#promises.shown(seq)
    this.#hashes.delete(seq - RECENT_HASHES)
  }

  /**
   * What of a receipt does not hold: it must be the home's, for one of the item's sealings, and agree with what is
   * known of the log. What it says of entries that have not come yet is kept: they must be as it said. `stale`: it is of
   * a home that the log has left, and worth nothing any more.
   */
  async contradiction (hashes: readonly Digest[], { statement, home }: Pick<Placed, 'statement' | 'home'>): Promise<ProofError | 'stale' | undefined> {
    const { term, peer } = this.home
    const isOurs = statement.term !== term || sameBytes(home, peer)
    if (!isOurs || !sameBytes(statement.log, this.log) || !hashes.some(hash => sameBytes(hash, statement.entry))) return new ProofError('the relay\'s receipt is for something else than what was sent')
    if (statement.term < term) return 'stale'
    if (await this.#holds(statement)) return undefined
    return new CaughtError({ kind: 'fork', seq: statement.seq, message: `the relay's receipt for entry ${statement.seq} contradicts the entry that is known there: the log was rolled back or rewritten` })
  }

  async #holds ({ term, seq, hash }: Statement): Promise<boolean> {
    if (seq > this.cursor.seq) return this.#promises.add(seq, hash, term)
    const known = this.hashAt(seq) ?? (await this.timeline.at(seq))?.hash
    // Of a later term than was read: it may stand on a takeover from below, which is read first.
    return known === undefined || sameBytes(known, hash) || term > this.cursor.term
  }

  /** The log was taken over: receipts of the home before are worth nothing beyond `seq`, and numbers beyond it are given again. */
  takenOver (seq: number): void {
    this.forgetPromises()
    for (const known of [...this.#hashes.keys()]) if (known > seq) this.#hashes.delete(known)
  }

  /** What receipts promised, all of it or what a takeover left behind, is not held against the home any more; what has one counts as not sent. */
  forgetPromises (left?: LeftBehind): void {
    this.#promises.forget(left)
    this.outbox.forgetReceipts(left)
    this.back.forgetReceipts(left)
  }

  /** Whether a statement that came by another way agrees with what is known of the log. What it says of entries that have not come is kept, as a receipt's is, unless the log has left that home. */
  async agrees (statement: Statement): Promise<boolean> { return (statement.seq > this.cursor.seq && statement.term < this.home.term) || await this.#holds(statement) }

  /** The highest number that a receipt promised and the log has not shown yet, 0 for none; and in which term. */
  get promisedTo (): number { return this.#promises.highest }
  get promisedIn (): number { return this.#promises.highestTerm }

  /** Whether the chain's hash at a number is the one that a receipt promised, if one did. `left`: takeovers on the way there that are not taken yet. */
  keptPromise (seq: number, hash: Digest, left?: readonly LeftBehind[]): boolean { return this.#promises.holds(seq, hash, left) }

  /** The chain's hash at a recent number. */
  hashAt (seq: number): Digest | undefined { return seq === this.cursor.seq ? this.cursor.hash : this.#hashes.get(seq) }

  /** Tells `listener` of each state that a message reaches. Returns the way to stop that. */
  watch (id: EntryId, listener: (state: MessageState) => void): () => void {
    const text = base32Text(id)
    const set = this.#watchers.get(text) ?? new Set()
    this.#watchers.set(text, set.add(listener))
    return () => {
      set.delete(listener)
      if (set.size === 0) this.#watchers.delete(text)
    }
  }

  /** The messages that somebody waits for. */
  watched (): EntryId[] { return [...this.#watchers.keys()].map(text => fromBase32Text(text, ENTRY_ID_LENGTH)) }

  /** Tells who watches. */
  reached (id: EntryId, state: MessageState): void {
    for (const listener of [...this.#watchers.get(base32Text(id)) ?? []]) listener(state)
  }
}
