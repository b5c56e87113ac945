/** One log of the vault at its home: read, followed and written, and what comes from it taken into the vault's records. */
import { vaultKeys } from '../../protocol/crypto/index.js'
import type { UpdateEvent } from '../../protocol/api/index.js'
import {
  chainNext, ConflictError, decodeGenesis, encodeLeaf, ForbiddenError, leafFor, LIMITS, PetrelError, ProofError, RIGHT, sameBytes, signerFromSeed, toPetrelError, UnavailableError,
  type Append, type CheckedManifest, type Digest, type KeyBytes, type LogId, type StoredEntry
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { AppendResult, Follow, LinkCallOptions, RelayLink } from '../gateway/index.js'
import type { RecordKeys, Vault, VaultTaken } from '../records/index.js'
import { Serial } from '../serial.js'
import { VaultLogReader, type VaultStep } from './log-reader.js'
import { isEnd } from './judge-end.js'
import { alarmOf, encodeLogState, logOf, unread, type VaultLogState } from './log-state.js'
import type { VaultReader } from './take-key.js'
import { tried } from './tried.js'

/** What a log of the vault works with. */
export interface VaultLogDeps {
  readonly vault: Vault
  readonly keys: RecordKeys
  readonly reader: VaultReader
  /** The account's manifest, as it is known here. */
  readonly held: () => CheckedManifest
  readonly linkTo: (home: KeyBytes) => RelayLink
  /** Writes changes of the vault and the updates that tell of them. */
  readonly write: (ops: readonly KeyValueOp[], events: readonly UpdateEvent[]) => Promise<void>
  /** Something was read. */
  readonly onRead: () => void
}

/** Entries of one call: of 64 KiB each they fit into a frame. */
const CALL_ITEMS = 24

/** What became of an attempt to write: others were first (`late`), or it stands. */
export type Written = 'written' | 'late'

/** See the file's head. */
export class VaultLog {
  readonly id: LogId
  readonly home: KeyBytes
  readonly #deps: VaultLogDeps
  #reader: VaultLogReader
  /** As it is on the disk. */
  #kept: VaultLogState
  readonly #serial = new Serial()
  #follow: Follow | undefined
  /** Names of records that were not met yet since the vault comes anew. */
  #unseen: Set<string> | undefined
  /** Counts refusals that were seen. */
  #pipeline = 0
  #isSure = false
  /** By which link it is followed, or was at last. */
  #followed: RelayLink | undefined
  /** Which keys which link was told. */
  #proved: { readonly link: RelayLink, readonly number: number } | undefined
  /** Where a refused append was to stand: refused there again, nobody was first. */
  #refusedAt: Digest | undefined
  /** Whether it is read from its start. */
  #isFirst: boolean
  /** Another one may have its place: what it came to is written no more, or it would stand in that one's. */
  #isOver = false

  constructor (state: VaultLogState, deps: VaultLogDeps) {
    this.#deps = deps
    this.id = logOf(state)
    this.home = decodeGenesis(state.genesis).home
    this.#kept = state
    this.#reader = this.#readerFrom(state)
    this.#isFirst = !state.whole && state.generation.key === null
  }

  get state (): VaultLogState { return this.#reader.state }
  /** What reads it here. */
  get reader (): KeyBytes { return this.#deps.reader.keys.reader.key }
  get link (): RelayLink { return this.#deps.linkTo(this.home) }
  /** Whether it was read to its end, and is told what comes by itself since. */
  get isCurrent (): boolean { return this.#follow !== undefined && this.#isSure }
  /** The connection is another one: what the home has now must be compared. */
  doubt (): void { this.#isSure = false }

  /** Something beside what is read changed; durable when it resolves. */
  async change (change: Partial<Pick<VaultLogState, 'alarm' | 'replaces' | 'trimmed' | 'former'>>): Promise<void> {
    await this.#serial.run(async () => {
      this.#reader.change(change)
      await this.#write()
    })
  }

  #readerFrom (state: VaultLogState): VaultLogReader {
    this.#unseen = state.whole ? undefined : this.#names()
    // What came before all was there is read again: only so is it known what is there no more.
    return new VaultLogReader(state.whole || state.place.seq === 0 ? state : unread(state), this.#deps.reader, this.#deps.held)
  }

  /** What was read since is not on the disk: it is read again, as after a start. */
  #backToKept (): void {
    this.#follow?.stop()
    this.#follow = undefined
    this.#isSure = false
    this.#reader = this.#readerFrom(this.#kept)
  }

  /** Writes how far it has read, and what came of that. @throws UnavailableError once it is over */
  async #write (ops: readonly KeyValueOp[] = [], events: readonly UpdateEvent[] = []): Promise<void> {
    this.#requireOn()
    const state = this.#reader.durable
    await this.#deps.write([...ops, stateOp(this.#deps.keys, state)], events)
    this.#kept = state
  }

  #requireOn (): void { if (this.#isOver) throw new UnavailableError('the vault has another log by now, or the node is stopping', { details: { sent: false } }) }

  /** Reads to the end that the home attests now. @throws the link's errors; ProofError once it is in doubt */
  async catchUp (options: LinkCallOptions): Promise<void> {
    // A doubt that comes meanwhile stands.
    this.#isSure = true
    await this.#catchUp(options).catch((error: unknown) => { this.#isSure = false; throw error })
  }

  async #catchUp (options: LinkCallOptions): Promise<void> {
    for (;;) {
      this.prove()
      const { seq } = this.state.place
      const { entries, head } = await this.link.read(this.id, seq, LIMITS.readItems, options)
      const atEnd = await this.#serial.run(async () => {
        await this.#take(entries)
        return await this.#guarded(() => isEnd(head, { log: this.id, home: this.home, place: this.state.place, asked: seq }))
      })
      if (atEnd && !await this.#serial.run(async () => await this.#again())) break
    }
  }

  /** Takes part from now on in what comes. Not before {@link catchUp}. */
  follow (onEnd: (error: PetrelError) => void): void {
    const { link } = this
    // A link that was closed ended what followed by it without a word: another address of the home has another link.
    if (this.#follow !== undefined && this.#followed === link) return
    this.#follow?.stop()
    this.#followed = link
    let isOver = false
    const end = (error: PetrelError): void => {
      if (isOver) return
      isOver = true
      if (this.#follow === follow) this.#follow = undefined
      onEnd(error)
    }
    const follow: Follow = link.follow(this.id, this.state.place.seq, async entries => {
      try {
        await this.#serial.run(async () => { if (this.#follow === follow) await this.#take(entries) })
      } catch (error) {
        // One that was stopped by that tells nobody.
        end(toPetrelError(error))
        throw error
      }
      // Where the log ends is asked for: a word that was under way may be older than what is known.
      this.#deps.onRead()
    }, end)
    this.#follow = follow
  }

  /** Ends that: what is being taken becomes durable, and nothing after it. */
  async stop (): Promise<void> {
    this.#follow?.stop()
    this.#follow = undefined
    await this.#serial.run(async () => { this.#isOver = true })
  }

  /**
   * Appends entries that were made for the place after what was read, and takes those that stand.
   * @throws the link's errors: then the outcome is unknown, and reading tells; ProofError once the log is in doubt
   */
  async append (items: readonly Append[], options: LinkCallOptions): Promise<Written> {
    for (let i = 0; i < items.length; i += CALL_ITEMS) if (await this.#append(items.slice(i, i + CALL_ITEMS), options) === 'late') return 'late'
    return 'written'
  }

  async #append (items: readonly Append[], options: LinkCallOptions): Promise<Written> {
    this.prove()
    const at = this.state.place.hash
    const results = await this.link.append(this.id, items, { ...options, pipeline: this.#pipeline })
    const refused = results.find(result => result instanceof PetrelError)
    if (refused !== undefined) this.#pipeline++
    await this.#serial.run(async () => {
      const entries = await this.#guarded(() => this.#receipted(items, results))
      await this.#take(entries)
    })
    const again = this.#refusedAt
    this.#refusedAt = refused === undefined ? undefined : at
    if (refused === undefined) return 'written'
    // Another device was first, or made a new generation. A home that refuses without that is asked again later only.
    if ((refused instanceof ConflictError || refused instanceof ForbiddenError) && (again === undefined || !sameBytes(again, at))) return 'late'
    this.#refusedAt = undefined
    throw refused
  }

  /** Tells the link the keys of the moment. */
  prove (): void {
    const { generation: { number, key, owner } } = this.state
    const { link } = this
    link.setCapability(this.id, RIGHT.mirror, this.#deps.reader.keys.reader)
    if (key === null || owner === null || (link === this.#proved?.link && number === this.#proved.number)) return
    this.#proved = { link, number }
    link.setCapability(this.id, RIGHT.append, vaultKeys(key, this.id).append)
    link.setCapability(this.id, RIGHT.owner, signerFromSeed(owner))
  }

  /** The entries that receipts show to stand, in their places directly after what was read. */
  #receipted (items: readonly Append[], results: readonly AppendResult[]): StoredEntry[] {
    let { seq, hash } = this.state.place
    const entries: StoredEntry[] = []
    for (const [i, result] of results.entries()) {
      const item = items[i]
      if (result instanceof PetrelError || item === undefined) break
      const { statement, home } = result.receipt
      if (!sameBytes(home, this.home)) throw new ProofError('the receipt is signed by another key than the vault\'s home')
      if (statement.seq !== seq + 1) break
      const leaf = encodeLeaf(leafFor(item, statement.seq, statement.time))
      hash = chainNext(hash, leaf)
      if (!sameBytes(hash, statement.hash)) throw new ProofError(`the relay's receipt for entry ${statement.seq} of the vault is for another chain`, { details: { seq: statement.seq } })
      seq++
      entries.push({ leaf, payload: item.payload })
    }
    return entries
  }

  async #take (entries: readonly StoredEntry[]): Promise<void> {
    if (entries.length === 0) return
    const before = this.#reader.durable
    const steps = await this.#guarded(async () => await this.#reader.take(entries))
    if (this.#reader.durable === before && steps.length === 0) return
    try {
      await this.#apply(steps)
    } catch (error) {
      this.#backToKept()
      throw error
    }
  }

  /** In one go from the first change to the write: changes of the vault go out in the order in which they are made. */
  async #apply (steps: readonly VaultStep[]): Promise<void> {
    const all: VaultTaken[] = []
    const { vault } = this.#deps
    this.#requireOn()
    for (const step of steps) {
      if (step.type === 'anew') this.#unseen = this.#names()
      else if (step.type === 'whole') {
        all.push(vault.settle(step.since, this.#unseen ?? []))
        this.#unseen = undefined
      } else {
        for (const record of step.records) {
          this.#unseen?.delete(record.name)
          // What is not what its name says is as if it were not there.
          const taken = tried(() => vault.arrive(record))
          if (taken !== undefined) all.push(taken)
        }
      }
    }
    await this.#write(all.flatMap(({ ops }) => ops ?? []), all.flatMap(({ events }) => events ?? []))
    for (const { after } of all) after?.()
    vault.look()
  }

  /** At the end: reads from the start again what was passed over before its key was known. */
  async #again (): Promise<boolean> {
    const { mustReadAgain, state } = this.#reader
    if (mustReadAgain) {
      this.#reader.again(unread(state))
      return true
    }
    const isLeftOut = state.generation.hash !== null && state.generation.key === null
    // One that has just come may be early: the key entry for it is on its way.
    if (isLeftOut && this.#isFirst) throw new UnavailableError('no device of the account has let this one into the vault yet')
    await this.#guarded(() => {
      if (this.#isFirst) this.#reader.requireMet()
      if (isLeftOut) throw new ProofError('the newest key of the vault is not for this device: another device of the account left it out', { details: { leftOut: true } })
    })
    this.#isFirst = false
    return false
  }

  #names (): Set<string> { return new Set([...this.#deps.vault.shared()].map(([name]) => name)) }

  /** A log in doubt is not read on: that is kept, and told. */
  async #guarded<T> (work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ProofError)) throw error
      // What stands before the lie was read, and nothing came of it yet.
      this.#backToKept()
      this.#reader.change({ alarm: alarmOf(error) })
      if (!this.#isOver) await this.#write()
      throw error
    }
  }
}

/** The change that keeps a log's state. */
export function stateOp (keys: RecordKeys, state: VaultLogState): KeyValueOp { return { type: 'put', key: keys.one('vaultLog'), value: encodeLogState(state) } }
