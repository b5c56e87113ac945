/** What the chats of a node share, and need of the rest of it. */
import type { UpdateEvent } from '../../protocol/api/index.js'
import type { MakeMlsEngine } from '../../protocol/crypto/index.js'
import type { MediaFile, Seen } from '../../protocol/message/index.js'
import type { CheckedManifest, Digest, EntryId, KeyBytes, LogId, Signer } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { RelayLink, RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { RecordKeys, Vault } from '../records/index.js'
import type { UpdateLog } from '../updates/index.js'
import type { ChatRecord } from './chat-record.js'
import type { ChatFiles } from './files.js'
import type { Candidate } from './group/make-commit.js'
import type { HeadTiming } from './head-timing.js'
import type { MarkTiming } from './mark-timing.js'
import type { LiveTiming, PresenceSetting } from './live/timing.js'
import type { MirrorsOf } from './mirror-path.js'
import type { RankedTurns } from './ranked-turns.js'
import type { RepairTiming } from './repair/timing.js'

/** Who a won commit added, and what lets them in. */
export interface AddedMember { account: KeyBytes, keyPackage: Digest, pq: Uint8Array, welcome: Uint8Array, began?: EntryId, roster?: MediaFile, /** What members call themselves, as they signed it. */ profiles: readonly Uint8Array[] }

/** Where this account listens at pipes, and where others do. */
export interface PipeReach {
  /** The links to this account's home relays. */
  readonly homes: () => readonly RelayLink[]
  /** The home relays of another account, as its newest manifest says. */
  readonly relaysOf: (account: KeyBytes) => ReadonlyArray<{ readonly peer: KeyBytes, readonly addrs: readonly string[] }>
  /** Times, ms; each defaults to its value in LIMITS. */
  readonly timing?: Partial<PipeTiming> | undefined
}

/** The times of a chat's pipes, ms. See LIMITS. */
export type PipeTiming = Record<'previewAfterMs' | 'previewGraceMs' | 'previewKeptMs' | 'headExchangeMs' | 'headAnswerMs' | 'pipeTickMs' | 'pipeSendMs', number> & LiveTiming

/** Names beyond one chat. */
export interface People {
  /** What this account calls itself, and whether it went by another name before; undefined for what is no name. */
  readonly own: () => { readonly name: string, readonly isNew: boolean } | undefined
  /** Whether an account is this one, or a contact; `by-alias`: this person chose what it is called. */
  readonly known: (account: KeyBytes) => 'by-alias' | 'by-name' | undefined
  /** How many such go by a name, given as `foldedName` has it. */
  readonly bearers: (folded: string) => number
  /** An account has said what it calls itself, at a time in ms: what that changes of a contact. */
  readonly heard: (account: KeyBytes, name: string, at: number) => { readonly ops: readonly KeyValueOp[], readonly events: readonly UpdateEvent[] } | undefined
}

/** What all chats of a node share. */
export interface ChatDeps {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly vault: Vault
  readonly updates: UpdateLog
  readonly pool: RelayPool
  readonly me: KeyBytes
  readonly device: Signer
  /** 32 bytes of this account, as the vault has them now: its own messages are erased with secrets that come from them, on each of its devices. */
  readonly eraserSeed: () => Uint8Array
  readonly nameOf: (account: KeyBytes) => string
  /** Whom this person knows, and what it calls itself; without it members go by {@link nameOf} alone. */
  readonly people?: People | undefined
  readonly isBlocked: (account: KeyBytes) => boolean
  /** The changes that hand an invitation over to be posted; called when the own commit that adds somebody has won, at its place in the log. */
  readonly invite: (record: ChatRecord, at: Seen, added: AddedMember) => KeyValueOp[]
  /** The change that hands a letter over to be posted: the log has another home, by this signed order. */
  readonly tellMove: (to: KeyBytes, action: Uint8Array) => KeyValueOp
  /** Called after a batch with a letter is durable. */
  readonly invited: () => void
  /** This account's own manifest. */
  readonly manifest: () => CheckedManifest
  /** Somebody to add to a group, with a key package, as its relays give it. @throws what they say */
  readonly candidate: (account: KeyBytes, options: { signal: AbortSignal }) => Promise<Candidate>
  /** The newest manifest that is known of another account, unless its keys are in doubt; without it no leaf is repaired. */
  readonly newest?: ((account: KeyBytes) => Uint8Array | undefined) | undefined
  /** This account is no member of a chat now: an invitation that came before that can be taken. */
  readonly wentOut?: ((log: LogId) => void) | undefined
  /** When others' lost leaves are repaired; as in LIMITS unless told. */
  readonly repair?: Partial<RepairTiming> | undefined
  readonly now: () => number
  readonly log: NodeLog
  /** Where pipes lead; without it chats have none. */
  readonly pipes?: PipeReach | undefined
  /** The own relays that may mirror; without it every foreign home is visited. */
  readonly mirrors?: MirrorsOf | undefined
  /** What is told of this person beside what it says; all of it unless told. */
  readonly presence?: PresenceSetting | undefined
  /** Where work in the background waits for its turn. */
  readonly turns: RankedTurns
  /** Called when a message of another is durable: what it was writing it has sent. */
  readonly said?: ((chat: string, from: KeyBytes) => void) | undefined
  /** Brings the files of messages to relays; without it no message with files is sent. */
  readonly files?: ChatFiles | undefined
  /** The index of search: the changes that go with a number of a chat that is written (`isNew`: for the first time). Without it nothing is indexed. */
  readonly search?: { changed: (log: LogId, seq: number, isNew: boolean) => KeyValueOp[] } | undefined
  /** When heads are asked for; as in LIMITS unless told. */
  readonly heads?: Partial<HeadTiming> | undefined
  /** How seldom groups are told what was received and read; as in LIMITS unless told. */
  readonly marks?: Partial<MarkTiming> | undefined
  /** Bytes of a group's tree and manifests that go into a letter; as in LIMITS unless told. */
  readonly letterRosterBytes?: number | undefined
  /** The MLS engine; the library's unless told. */
  readonly mls?: MakeMlsEngine | undefined
}
