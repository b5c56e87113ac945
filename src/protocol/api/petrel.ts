/**
 * The local API as TypeScript sees it: one interface for a node in this process (`createNode`) and for a
 * daemon behind a socket (`connect`). `petrel.proto` is the same contract for every other language.
 *
 * Every method takes `{ signal }` and rejects with a {@link PetrelError}: `code` says which decision is the caller's.
 * CHAT, CONTACT and request arguments are a name (whole, case counts), an id, or at least 4 characters of the start of
 * an id, of an account's also of the end, that no other has: else AmbiguousError.
 */

import type { ActivityMethods } from './activity.js'
import type { CallOptions } from './call-options.js'
import type { ChatGap, ChatProof } from './caught.js'
import type { ChangeMethods } from './changes.js'
import type { ChatInfo, ChatMessage, ChatPage, MessageState, TextEntity } from './chats.js'
import type { DeviceMethods } from './devices.js'
import type { GroupMethods, JoinState } from './groups.js'
import type { KeepingMethods } from './keeping.js'
import type { MediaMethods, MediaTransfer } from './media.js'
import type { Contact, ContactRequest, Invite, SafetyNumber } from './people.js'
import type { SearchMethods } from './search.js'
import type { SecretMethods } from './secrets.js'
import type { TextFormat, WordMethods } from './words.js'

export type { ChatDraft, ChatInfo, ChatMessage, ChatPage, MessageState, TextEntity } from './chats.js'

/** Who this node is. */
export interface Identity {
  /** The account's PeerId. */
  account: string
  /** This device's PeerId. */
  device: string
  name: string
  /** The `petrel:` link to share, without an invite: strangers who use it land in the requests. */
  link: string
}

/** How the connection to a relay stands. */
export type RelayState = 'connecting' | 'connected' | 'waiting' | 'refused'

/** A relay this node uses. */
export interface RelayInfo {
  /** The address it was added with; of this node itself, where it is reached first. */
  address: string
  /** The relay's PeerId. */
  peer: string
  state: RelayState
  /** Whether this relay is the account's home, or only reached for chats that live there. */
  home: boolean
  role: 'guest' | 'hosted' | null
  /** The last error's code and message, when `state` is waiting or refused. */
  error: { code: string, message: string } | null
  /** Bytes kept there for the account and its quota; null when unknown. */
  usage: { bytes: number, quota: number } | null
  /** Whether it is this node itself, which is a home of its own account (`--lan`). */
  own: boolean
  /** Whether the account's inbox lives there: letters of new contacts come to it. */
  inbox: boolean
  /** Of a home that does not have the account's newest manifest and key packages yet: why. Null when it has them, and for others. */
  behind: { code: string, message: string } | null
}

/** A peer this node has a connection with now. */
export interface PeerInfo { peer: string, address: string, direction: 'inbound' | 'outbound', relay: boolean, since: Date }

/** Why a device does not go on: its account has revoked it, another copy of its home runs, or its account never had it, as in a home that was restored from a backup. */
export type WhyStopped = 'revoked' | 'cloned' | 'unlisted'

/** The node at a glance. */
export interface NodeStatus {
  version: string
  /** Process id, or null for a node inside the caller's process. */
  pid: number | null
  since: Date
  home: string
  identity: Identity
  relays: RelayInfo[]
  /** Messages, and changes of groups, not yet acknowledged by a relay. */
  queued: number
  chats: number
  contacts: number
  requests: number
  /** Secret chats that somebody has begun and that wait for an answer on this device. */
  secretsAsked: number
  /** Messages in secret chats that were not read. */
  secretsUnread: number
  store: 'open' | 'read-only' | 'closed'
  /** What needs the person's attention, in words. */
  warnings: string[]
  /** Whether others may find this node in its local network and dial it. */
  lan: boolean
  /** The number of the last update, 0 when there is none: who wants only what comes from now on receives after it. */
  updates: number
  /** Why this device does not go on, or null while it does; the first warning says so in words. One that is `unlisted` may be read. */
  stopped: WhyStopped | null
}

/** What happened: a durable, numbered log that each named consumer reads at its own pace, at least once. */
export interface Update {
  /** The number, from 1, without gaps. */
  n: number
  at: Date
  event: UpdateEvent
}

/** The kinds of updates. A reader skips kinds it does not know. */
export type UpdateEvent =
  | { type: 'message', message: ChatMessage }
  | { type: 'messageState', chat: string, id: string, state: MessageState, error: { code: string, message: string } | null }
  /** `seq` is 0 of an own message that was taken back before its files were at a relay: it never left. */
  | { type: 'messageDeleted', chat: string, id: string, seq: number, by: string }
  /** Something about a message is another than before. The message is as it stands then. */
  | { type: 'messageChanged', message: ChatMessage, change: 'edited' | 'reactions' | 'pinned' | 'poll' }
  | { type: 'chat', chat: string, title: string, change: 'created' | 'joined' | 'read' | 'alarm' | 'moved' | 'resumed' | 'voided' | 'members' | 'removed' | 'history' | 'draft' | 'newest' | 'older' }
  /** Something of a chat is missing, or (`healed`) came after all. */
  | { type: 'gap', chat: string, title: string, gap: ChatGap, healed: boolean }
  | { type: 'contact', account: string, name: string, change: 'added' | 'changed' | 'alarm' }
  | { type: 'request', account: string, name: string, id: string }
  /** A file is here, or at the relay, whole; or that failed. What happens between is told by {@link Petrel.transfers}. */
  | { type: 'transfer', transfer: MediaTransfer }
  /** Somebody wants to join a group by a link that asks first. */
  | { type: 'joinRequest', chat: string, title: string, account: string, name: string }
  /** Whoever made a group's link has answered this account. */
  | { type: 'joinAnswer', account: string, state: JoinState, reason: string | null }
  /** Something about the account's devices; `cloned`: this one has stopped, because another copy of its home runs. */
  | { type: 'device', device: string, name: string, change: 'added' | 'renamed' | 'revoked' | 'cloned' }
  /** Something of a secret chat is another than before. What was said stands in no update. */
  | { type: 'secret', secret: string, change: 'asked' | 'accepted' | 'message' | 'changed' | 'read' | 'timer' | 'screenshot' | 'lost' | 'expired' | 'closed' | 'forgotten' | 'verified' | 'delivered' }

/** Options of {@link Petrel.send}. */
export interface SendOptions extends CallOptions {
  /** Return when the message has got this far; `stored` by default, however long that takes. It is on this node's disk first in any case. */
  wait?: 'queued' | 'stored' | 'delivered' | 'read'
  replyTo?: string
  /** A stretch of what it answers, word for word; for `replyTo` only. */
  quote?: string
  /** Formatting by offsets. Without it and without `format`, addresses, tags and the `@NAME` of members are found in the text. */
  entities?: TextEntity[]
  /** How formatting is written in the text; not together with `entities`. */
  format?: TextFormat
  silent?: boolean
  /** Files by the ids that `addMedia` gave, in order; several are an album. The text is their caption and may be empty. The message goes once they are at the relay. */
  media?: string[]
  /** The same key again returns the first message instead of sending another. At most 128 bytes. */
  idempotencyKey?: string
  /** Send it then, by this node's clock, at most a year ahead; a node that does not run then sends it when it runs again. It returns when that is on the disk, with the state `scheduled`. */
  at?: Date
}

/** Options of {@link Petrel.forwardMessages}. */
export interface ForwardOptions extends Pick<SendOptions, 'signal' | 'wait' | 'silent' | 'idempotencyKey'> {
  /** Say nothing of who wrote them. */
  hideOrigin?: boolean
}

/** Options of {@link Petrel.receive}. */
export interface ReceiveOptions extends CallOptions {
  /** A durable cursor by this name: the stream starts after what it acknowledged. */
  consumer?: string
  /** Start after this number instead. */
  after?: number
  /** Go on with what comes; otherwise end when all is read. */
  follow?: boolean
}

/** One finding of {@link Petrel.doctor}. */
export interface Finding { check: string, ok: boolean, message: string }

/** A running node: its own gateway, message service and key holder. */
export interface Petrel extends MediaMethods, GroupMethods, DeviceMethods, ActivityMethods, ChangeMethods, SearchMethods, SecretMethods, WordMethods, KeepingMethods {
  /** Who this node is. */
  identity (options?: CallOptions): Promise<Identity>
  /** The node at a glance. */
  status (options?: CallOptions): Promise<NodeStatus>
  /** Peers it is connected with now. */
  peers (options?: CallOptions): Promise<PeerInfo[]>
  /** Checks keys, store, relays and clocks; finds, does not repair. */
  doctor (options?: CallOptions): Promise<Finding[]>

  /** Makes a relay (a multiaddr that ends in /p2p/PEER) a home of this account. @throws BadInputError, AdmissionError when it asks for a token, UnavailableError */
  addRelay (address: string, options?: CallOptions & { token?: string }): Promise<RelayInfo>
  /** The relays in use. */
  listRelays (options?: CallOptions): Promise<RelayInfo[]>
  /**
   * Stops using a relay as a home. Where the inbox lived there, it moves to another home first. Chats that live there go
   * on there. @throws NotFoundError, ConflictError for the only home, UnavailableError when the inbox finds no other home
   */
  removeRelay (address: string, options?: CallOptions): Promise<void>
  /** Lets the inbox live at another home from now on; letters that still come to the old one are read as long as it answers. @throws NotFoundError, UnavailableError */
  moveInbox (relay: string, options?: CallOptions): Promise<RelayInfo>

  /** Makes a link whose holder may write without being a stranger. @throws UnavailableError without a home relay */
  createInvite (options?: CallOptions & { expiresInMs?: number }): Promise<Invite>
  /** Invites that are still good. */
  listInvites (options?: CallOptions): Promise<Invite[]>
  /** Ends an invite. @throws NotFoundError */
  revokeInvite (id: string, options?: CallOptions): Promise<void>

  /** Adds somebody by `petrel:` link, or by nothing but the account's id, and opens the direct chat. @throws BadInputError, UnavailableError */
  addContact (link: string, options?: CallOptions & { alias?: string }): Promise<Contact>
  /** All contacts, the blocked ones among them. */
  listContacts (options?: CallOptions): Promise<Contact[]>
  /** Sets the local alias; null takes it away. @throws NotFoundError, AmbiguousError, ExistsError */
  renameContact (contact: string, alias: string | null, options?: CallOptions): Promise<Contact>
  /** Blocks or unblocks: a blocked contact's messages are not shown, and it cannot write to the inbox. */
  blockContact (contact: string, blocked: boolean, options?: CallOptions): Promise<Contact>
  /** The safety number shared with a contact. */
  safetyNumber (contact: string, options?: CallOptions): Promise<SafetyNumber>
  /** Says that the person compared the number (or takes that back). Also settles an alarm. */
  setVerified (contact: string, verified: boolean, options?: CallOptions): Promise<Contact>

  /** All chats, the latest activity first. */
  listChats (options?: CallOptions): Promise<ChatInfo[]>
  /**
   * A page of a chat, the newest 50 by default; `before` is a seq. After much was missed the chat's end is there before the
   * rest is taken: messages beyond `chat.seq`, whose updates are still to come. A page never has both sides of what is on
   * its way; one that would be in it is short or empty, with `hasMore`.
   */
  showChat (chat: string, options?: CallOptions & { limit?: number, before?: number }): Promise<ChatPage>
  /** Marks as read up to a seq, all by default, and tells the other side. */
  readChat (chat: string, options?: CallOptions & { upTo?: number }): Promise<ChatInfo>
  /** Goes on after an alarm, with the relay as it shows the log now; one that still contradicts what was verified here is caught again. @throws ConflictError when nothing stands in the way */
  resumeChat (chat: string, options?: CallOptions): Promise<ChatInfo>
  /** The evidence kept against the chat's relays, oldest first. */
  listProofs (chat: string, options?: CallOptions): Promise<ChatProof[]>
  /**
   * Moves a chat's log to another of this account's home relays (its address or PeerId; another than the present home by
   * default), and returns when it lives there. The present home is asked; with `lost` it is gone for good and is not.
   * @throws ForbiddenError without the chat's owner key, UnavailableError when the present home does not answer, ConflictError, QuotaError
   */
  moveChat (chat: string, options?: CallOptions & { to?: string, lost?: boolean }): Promise<ChatInfo>
  /** Sends text, files, or both: on this node's disk first, then returns when it has got as far as `wait` says (`stored` by default). @throws TooLargeError over 4,096 UTF-16 units, BadInputError */
  send (chat: string, text: string, options?: SendOptions): Promise<ChatMessage>
  /**
   * Sends messages of a chat on to another one, in the order given: text and files as they stand, without what they
   * answered. The bytes of files are not moved. All are on this node's disk first, then it returns when all have got as
   * far as `wait` says. @throws NotFoundError, BadInputError for what is no message, UnsupportedError for kinds this build does not know
   */
  forwardMessages (chat: string, ids: string[], to: string, options?: ForwardOptions): Promise<ChatMessage[]>
  /**
   * Takes messages back for all: the other side hides them, and their bytes go at the relay. Own ones, and in a direct
   * chat the other's as well; a message that failed is just forgotten here. Returns when the relay has the word, or with
   * `wait: 'queued'` once it is on this node's disk. @throws NotFoundError, ForbiddenError
   */
  deleteMessages (chat: string, ids: string[], options?: CallOptions & { wait?: 'queued' | 'stored' }): Promise<void>
  /** The message by its id. */
  getMessage (chat: string, id: string, options?: CallOptions): Promise<ChatMessage>

  /** The updates, in order. Nothing is acknowledged by reading. */
  receive (options?: ReceiveOptions): AsyncIterable<Update>
  /** Moves a consumer's durable cursor: what is up to `n` is not sent to it again. */
  acknowledge (consumer: string, n: number, options?: CallOptions): Promise<void>

  /** What strangers asked and nobody has answered. */
  listRequests (options?: CallOptions): Promise<ContactRequest[]>
  /** Lets a stranger in: it becomes a contact and its chat is joined. @throws NotFoundError, AmbiguousError */
  acceptRequest (id: string, options?: CallOptions & { alias?: string }): Promise<Contact>
  /** Drops a request without a word; `block` refuses later ones too. @throws NotFoundError, AmbiguousError */
  declineRequest (id: string, options?: CallOptions & { block?: boolean }): Promise<void>
  /** Discloses one signed message to the operator of the chat's home. */
  report (chat: string, messageId: string, note: string, options?: CallOptions): Promise<void>
  /** Gives this account another name: contacts and members of its groups see it. @throws BadInputError for what is no name */
  renameAccount (name: string, options?: CallOptions): Promise<Identity>
  /** Deletes the account at its relays and everything in this home. There is no way back. @throws BadInputError unless `confirm` is the account's id */
  deleteAccount (confirm: string, options?: CallOptions): Promise<void>

  /** Drains and stops. A connected client stops the daemon only by {@link Petrel.shutdown}. */
  close (): Promise<void>
  /** Asks the node to stop: queued writes are made durable first. */
  shutdown (options?: CallOptions): Promise<void>
}
