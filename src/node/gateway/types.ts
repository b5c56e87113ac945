/** What a node's links to its relays are to those who use them. */
import type { Append, Block, Cid, Digest, KeyBytes, KeyPackageUse, LogId, PetrelError, Right, Role, Signer, StoredEntry, Way } from '../../protocol/wire/index.js'
import type { GetOptions, PutOptions } from '../../relay/net/index.js'
import type { Placed } from './placed.js'

/**
 * `connecting`: on its way to a session. `connected`: a session is there. `waiting`: nobody answered, it
 * tries again by itself. `refused`: the relay or its key says no; somebody must decide. `closed`: for good.
 */
export type LinkState = 'connecting' | 'connected' | 'waiting' | 'refused' | 'closed'

/** How a link stands. */
export interface LinkStatus {
  readonly state: LinkState
  /** What the relay grants this account while `connected`, else null. */
  readonly role: Role | null
  /** Why it is waiting or refused; the last trouble while connecting; null while connected. */
  readonly lastError: PetrelError | null
}

/** How to make one call. */
export interface LinkCallOptions {
  readonly signal?: AbortSignal
  /** For all of it, waiting for a session included. Milliseconds, at most LIMITS.callDeadlineMs, which is the default. */
  readonly deadlineMs?: number
}

/** How to append. */
export interface AppendOptions extends LinkCallOptions {
  /**
   * What stands behind a refused item on this log is refused too, until an append carries a higher number: raise it
   * to say that the refusal was seen. It starts anew with each connection.
   */
  readonly pipeline?: number
}

/** What became of one appended item: the home's receipt, or why not. */
export type AppendResult = { readonly receipt: Placed, readonly duplicate: boolean } | PetrelError

/** A page of a log and the home's attested end. The reader verifies both (`verifyRun`, `verifyHead`). */
export interface LogPage {
  readonly entries: StoredEntry[]
  /** Attested bytes. */
  readonly head: Uint8Array
  /** The chain's hash before the first entry, as the relay says it; absent without entries, and from a relay of an earlier version. */
  readonly prev?: Digest
}

/** A page of a log that is brought to a new home. */
export interface AdoptPage {
  readonly genesis: Uint8Array
  /** The owner's signed order. */
  readonly action: Uint8Array
  readonly after: number
  /** The chain's hash at `after`. */
  readonly hash: Digest
  readonly entries: readonly StoredEntry[]
  /** Keys of commits that handed the owner key over, oldest first: for a relay that knows an earlier one. */
  readonly handovers?: readonly Uint8Array[]
  /** Nothing comes after these: the term begins. */
  readonly done: boolean
}

/** What a relay is told of a log of another home that it is to mirror. */
export interface MirrorAsk {
  readonly log: LogId
  readonly genesis: Uint8Array
  readonly home: KeyBytes
  readonly term: number
  readonly addrs: readonly string[]
  /** Signed delegations to the relay. */
  readonly delegations: readonly Uint8Array[]
  /** The owner's signed order that opened the term. */
  readonly action?: Uint8Array
}

/** How a mirror stands: the last entry it holds, whether it follows the home now, and why not. */
export interface MirrorAnswer { readonly seq: number, readonly current: boolean, readonly trouble: PetrelError | null }

/** A key that may append to an inbox log, until `expiresAt` (ms since 1970; null: for ever). */
export interface InboxGrant { readonly key: KeyBytes, readonly expiresAt: number | null }

/** A key to an inbox that its owner has given away, for who has it. */
export interface InboxKey { readonly log: LogId, readonly key: Signer }

/** Who has a blob, as far as is known. */
export interface BlobHolder { readonly peer: KeyBytes, readonly addrs: readonly string[] }

/** A blob that a relay keeps for the account; `held`: all of it is there. */
export interface HeldBlob { readonly root: Cid, readonly size: number, readonly held: boolean }

/** How a blob is leased. */
export interface LeaseOptions extends LinkCallOptions {
  /** The relay lets go of it by itself after this, ms; absent: never. A lease without an end gets none by this. */
  readonly keepMs?: number
}

/** Blocks at a relay. Calls throw as all calls of a link do; what needs a hosted session is refused to a guest with ForbiddenError. */
export interface LinkBlobs {
  /** Begins an upload under an id of 16 bytes, or keeps it open. `bytes`: of all leaves. @throws QuotaError, TooLargeError */
  begin (upload: Uint8Array, bytes: number, options?: LinkCallOptions): Promise<void>
  /** Ends an upload: the account holds the blob. @returns blocks that are missing, and then it stays open @throws NotFoundError when there is no such upload */
  finish (upload: Uint8Array, root: Cid, size: number, options?: LeaseOptions): Promise<Cid[]>
  /** Gives an upload up. */
  cancel (upload: Uint8Array, options?: LinkCallOptions): Promise<void>
  /** Which blocks are there, at most cidsPerCall; with an upload those are kept for it. */
  has (cids: readonly Cid[], upload?: Uint8Array, options?: LinkCallOptions): Promise<boolean[]>
  /** Has the relay keep a blob for the account, and fetch what it lacks from the sources. `have`: bytes of leaves that are there. @throws QuotaError, TooLargeError */
  lease (root: Cid, size: number, sources?: readonly BlobHolder[], options?: LeaseOptions): Promise<{ held: boolean, have: number }>
  /** Ends that. */
  release (root: Cid, options?: LinkCallOptions): Promise<void>
  /** A page of what it keeps, after a root, or the first. */
  leases (after: Cid | null, options?: LinkCallOptions): Promise<{ leases: HeldBlob[], more: boolean }>
  /** Hands over blocks of an upload, as BlobClient.put of relay/net does. */
  put (upload: Uint8Array, blocks: AsyncIterable<Block>, options?: PutOptions): Promise<void>
  /** Blocks that are there, as BlobClient.get does. */
  get (cids: readonly Cid[], options?: GetOptions): AsyncIterable<Block>
}

/** A device of the account as the relay has seen it: when (ms since 1970 by its clock), whether it is there now, and how it comes. */
export interface DeviceSession { readonly device: KeyBytes, readonly seen: number, readonly open: boolean, readonly way: Way }

/** What the account has at the relay. */
export interface RelayUsage { readonly role: Role, readonly logs: number, readonly bytes: number, readonly quotaBytes: number }

/**
 * Takes consecutive entries and attested bytes that cover the last of them. The next ones come when the promise has
 * settled. What it throws ends the follow. Numbers are checked at both ends of a run; the reader verifies the whole
 * (`verifyRun`, `verifyHead`). Without entries it is told where the log ends, each time the relay begins to follow.
 */
export type EntriesHandler = (entries: StoredEntry[], head: Uint8Array) => undefined | Promise<void>

/** Takes a frame that came by a pipe. The relay may send more when the promise has settled; what it throws cuts the connection. */
export type PipeHandler = (frame: Uint8Array) => undefined | Promise<void>

/** Takes a frame that a relay has kept for this device. The relay drops it when the promise has settled well; else it comes again in the next session, with all behind it at that address. */
export type KeptHandler = (address: Uint8Array, frame: Uint8Array) => Promise<void>

/** A running follow. */
export interface Follow {
  /** Ends it: nothing is delivered after this returns, and `onEnd` is not called. */
  stop (): void
}

/**
 * The link to one relay. It dials, opens and renews its session, and comes back by itself after a cut.
 *
 * Every call waits for a session, proves the capabilities that are set for the log, and rejects with typed
 * errors: the relay's own; UnavailableError when no session came in time (nothing was sent, `details.sent`
 * is false) or the connection went away meanwhile (without `details.sent`: the outcome is unknown, ask again
 * with the same id); the refusal (AdmissionError, ForbiddenError, ProofError…) while the link is refused;
 * AbortedError by signal. A call that met an expired session is made once more in a new one.
 */
export interface RelayLink extends LinkStatus {
  /** The relay's key. */
  readonly peer: KeyBytes
  /** Where it is dialled, as multiaddrs. */
  readonly addrs: readonly string[]
  /** The multiaddr by which it is reached now; undefined without a session. */
  readonly address: string | undefined
  /** Blocks there. */
  readonly blobs: LinkBlobs
  /** What the relay said that it can do, in its last Hello; null before the first session. */
  readonly features: readonly string[] | null
  /** Calls `listener` at each change of the status. Returns the way to stop that. */
  onState (listener: (status: LinkStatus) => void): () => void
  /** Waits for a session. @throws the refusal while refused; AbortedError; UnavailableError once closed */
  ready (options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Tries again at once, or, while connected, asks whether the relay is there: for when the network changed or the machine woke. */
  poke (): void
  /** Replaces the addresses; used from the next dial on, which is now if the link is waiting. */
  setAddrs (addrs: readonly string[]): void
  /** The admission token of the next session. A refused link tries again at once. */
  setToken (token: string | undefined): void
  /** The account's newest manifest, shown when the next session is opened or this one renewed. */
  setManifest (bytes: Uint8Array): void
  /**
   * Uses this key for a right on a log: proved now if connected and again in every new session, many in one
   * call. Replaces the key set before. A proof that was refused is tried again before the next call on the log.
   */
  setCapability (log: LogId, right: Right, key: Signer): void
  /** Forgets a key. What was proved in this session stays proved until it ends. */
  dropCapability (log: LogId, right: Right): void

  /** Creates a log from its genesis and the owner's signed `open`. @returns attested head bytes @throws ExistsError, ForbiddenError, QuotaError … */
  createLog (genesis: Uint8Array, open: Uint8Array, options?: LinkCallOptions): Promise<Uint8Array>
  /**
   * Appends in order; after a refused item all later ones are refused too. Never sent twice by itself: an
   * outbox that gets UnavailableError or DeadlineError appends again with the same ids. Each receipt is checked:
   * its signature, its log, and that a fresh one names the payload; whether its `home` is the log's home is
   * for the caller to say.
   *
   * @returns one result per item, in order
   */
  append (log: LogId, items: readonly Append[], options?: AppendOptions): Promise<AppendResult[]>
  /** Reads up to `limit` entries after `after`. */
  read (log: LogId, after: number, limit: number, options?: LinkCallOptions): Promise<LogPage>
  /** The log's attested end, as bytes. */
  head (log: LogId, options?: LinkCallOptions): Promise<Uint8Array>
  /** Erases one entry's payload with its eraser secret. */
  erase (log: LogId, seq: number, secret: Uint8Array, options?: LinkCallOptions): Promise<void>
  /** Hands over a signed order of the log's owner. */
  ownerAction (log: LogId, action: Uint8Array, options?: LinkCallOptions): Promise<void>
  /** Brings a page of a log to its new home, this relay. @throws ProofError, ConflictError, QuotaError … */
  adoptLog (page: AdoptPage, options?: LinkCallOptions): Promise<{ seq: number, head: Uint8Array | null }>
  /** Has the relay drop a log that this account pays for: a copy of one that lives elsewhere, or, where the owner key is proved, the log itself. @throws NotFoundError, ForbiddenError, ConflictError … */
  dropLog (log: LogId, options?: LinkCallOptions): Promise<void>
  /** Has the relay, an own home, mirror a log of another one. Repeated to bring newer delegations. @throws UnsupportedError, QuotaError, ExistsError, ConflictError, ProofError … */
  mirror (ask: MirrorAsk, options?: LinkCallOptions): Promise<MirrorAnswer>
  /** Ends that for this account. */
  unmirror (log: LogId, options?: LinkCallOptions): Promise<void>
  /** Lets keys append to an inbox log. */
  grant (log: LogId, grants: readonly InboxGrant[], options?: LinkCallOptions): Promise<void>
  /** Ends grants. */
  revoke (log: LogId, keys: readonly KeyBytes[], options?: LinkCallOptions): Promise<void>
  /**
   * Delivers every entry after `after`, in order, each once, over any number of reconnects, until it is
   * stopped or ends. `onEnd` is called once with the reason when the relay (or a handler that threw) ends
   * it. One follow per log.
   *
   * @throws ExistsError when the log is followed already
   */
  follow (log: LogId, after: number, onEntries: EntriesHandler, onEnd: (error: PetrelError) => void): Follow

  /**
   * Listens at a pipe address of 32 bytes while this link has a session, again in each new one. Frames that come while
   * it has none are lost: who sends them is told so.
   *
   * @returns the way to stop
   * @throws ExistsError when this link listens there already, BadInputError for another length
   */
  listenPipe (address: Uint8Array, onFrame: PipeHandler): () => void
  /**
   * Hands a frame to whoever listens at a pipe address of the relay.
   *
   * @throws NotFoundError when nobody does, RateLimitError when they can take no more now, UnsupportedError at a relay without pipes
   */
  sendPipe (address: Uint8Array, frame: Uint8Array, options?: LinkCallOptions): Promise<void>

  /** Who takes the frames that the relay has kept for this device. Set it before the first address is kept. */
  onKept (handler: KeptHandler): void
  /**
   * Has the relay keep frames at addresses of 32 bytes for this device while it is away, and hand them over when it is
   * here, in this session and each later one; at most `most` at each of them. Resolves once they are durable there. With
   * `again` those are handed over once more whose handler failed in this session. Homes only.
   *
   * @throws QuotaError over LIMITS.keptAddresses; ForbiddenError for an address of somebody else's; UnsupportedError at a relay that keeps none
   */
  keepPipes (addresses: readonly Uint8Array[], options?: LinkCallOptions & { most?: number, again?: boolean }): Promise<void>
  /** Ends that, and drops what waits there. */
  forgetPipes (addresses: readonly Uint8Array[], options?: LinkCallOptions): Promise<void>
  /**
   * Has a frame kept for the device whose address it is. Resolves once the device has it, or it is durable there. `by`: the
   * key to its account's inbox by which the relay sees that this is no stranger.
   *
   * @throws NotFoundError when none are kept there; QuotaError when too many wait already; UnsupportedError at a relay that keeps none
   */
  postPipe (address: Uint8Array, frame: Uint8Array, options?: LinkCallOptions & { by?: InboxKey | undefined }): Promise<void>

  /** Publishes a manifest. @throws ConflictError, ProofError */
  putManifest (manifest: Uint8Array, options?: LinkCallOptions): Promise<void>
  /** An account's newest manifest there, as bytes. @throws NotFoundError */
  getManifest (account: KeyBytes, options?: LinkCallOptions): Promise<Uint8Array>
  /** The best manifest of an account that the relay and the relays it knows hold; a second one when it contradicts the first. Homes only. @throws NotFoundError */
  findManifest (account: KeyBytes, options?: LinkCallOptions): Promise<Uint8Array[]>
  /** Publishes signed key package records; with or without any it tells what is left of this device's for secret chats: null at an older relay. */
  putKeyPackages (records: readonly Uint8Array[], options?: LinkCallOptions): Promise<PackagesLeft | null>
  /** A key package of an account, as signed bytes; of a secret one `device` says whose. An older relay gives any device's. @throws NotFoundError */
  getKeyPackage (account: KeyBytes, use: KeyPackageUse, options?: LinkCallOptions & { device?: KeyBytes }): Promise<{ record: Uint8Array, lastResort: boolean }>
  /** Discloses one signed message to the relay's operator. */
  report (report: { log: LogId, seq: number, message: Uint8Array, note: string }, options?: LinkCallOptions): Promise<void>
  /** Hands over the account's signed deletion. */
  deleteAccount (deletion: Uint8Array, options?: LinkCallOptions): Promise<void>
  /** The account's devices as the relay has seen them. Homes only. @throws UnsupportedError at an older relay */
  sessions (options?: LinkCallOptions): Promise<DeviceSession[]>
  /** What the account has there. */
  usage (options?: LinkCallOptions): Promise<RelayUsage>
  /** Closes the session and the link for good. Calls in flight reject, follows stop without `onEnd`. */
  close (options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** What a relay still has of a device's one-time packages (their hashes), how often its last resort had to do instead since the relay began, and when last (ms; 0: never). */
export interface PackagesLeft { readonly left: readonly Uint8Array[], readonly lastResorts: number, readonly lastResortAt: number }

/** The links of one node, one per relay. */
export interface RelayPool {
  /** It opens no more links: the node is stopping, or its device is out. */
  readonly isClosed: boolean
  /** The link to a relay, made and started when it is new. New addresses are tried beside the old ones; a home's are this account's own word (`homeAddrs`). @throws UnavailableError once closed */
  link (peer: KeyBytes, addrs: readonly string[]): RelayLink
  /** All links that are not closed. */
  links (): RelayLink[]
  /** {@link RelayLink.poke} on all. */
  poke (): void
  /** Closes every link. */
  close (options?: { readonly signal?: AbortSignal }): Promise<void>
}

