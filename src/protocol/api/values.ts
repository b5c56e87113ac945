/** The descriptions of every value that a method returns. */
import type { ChatAlarm, ChatGap, ChatProof } from './caught.js'
import { pollView, reaction, textEntity } from './changes-values.js'
import { failure, mediaFile, mediaTransfer } from './media-values.js'
import type {
  ChatInfo, ChatMessage, ChatPage, Finding, Identity, MessageState, NodeStatus, PeerInfo, RelayInfo, RelayState, Update, UpdateEvent, WhyStopped
} from './petrel.js'
import type { JoinState } from './groups.js'
import type { Contact, ContactRequest, Invite, SafetyNumber } from './people.js'
import { bool, choice, date, integer, list, nullable, object, text, union } from './spec.js'

const count = integer(0, 2 ** 32 - 1)

/** The states of an own message, with their enum numbers. */
const messageState = choice<MessageState>({ queued: 1, stored: 2, delivered: 3, read: 4, failed: 5, scheduled: 6 })
/** How far a wish to join a group is. */
export const joinState = choice<JoinState>({ sent: 1, pending: 2, joined: 3, refused: 4 })
const relayState = choice<RelayState>({ connecting: 1, connected: 2, waiting: 3, refused: 4 })

/** Describes {@link Identity}. */
export const identity = object<Identity>('Identity', { account: text(), device: text(), name: text(), link: text() })

/** Describes {@link RelayInfo}. */
export const relayInfo = object<RelayInfo>('RelayInfo', {
  address: text(),
  peer: text(),
  state: relayState,
  home: bool,
  role: nullable(choice<'guest' | 'hosted'>({ guest: 1, hosted: 2 })),
  error: failure,
  usage: nullable(object<{ bytes: number, quota: number }>('Usage', { bytes: integer(), quota: integer() })),
  own: bool,
  inbox: bool,
  behind: failure
})

/** Describes {@link PeerInfo}. */
export const peerInfo = object<PeerInfo>('PeerInfo', {
  peer: text(), address: text(), direction: choice<'inbound' | 'outbound'>({ inbound: 1, outbound: 2 }), relay: bool, since: date
})

/** Describes {@link NodeStatus}. */
export const nodeStatus = object<NodeStatus>('NodeStatus', {
  version: text(),
  pid: nullable(count),
  since: date,
  home: text(),
  identity,
  relays: list(relayInfo),
  queued: count,
  chats: count,
  contacts: count,
  requests: count,
  secretsAsked: count,
  secretsUnread: count,
  store: choice<'open' | 'read-only' | 'closed'>({ open: 1, 'read-only': 2, closed: 3 }),
  warnings: list(text()),
  lan: bool,
  updates: integer(),
  stopped: nullable(choice<WhyStopped>({ revoked: 1, cloned: 2, unlisted: 3 }))
})

/** Describes {@link Invite}. */
export const invite = object<Invite>('Invite', { id: text(), link: text(), createdAt: date, expiresAt: nullable(date) })

/** Describes {@link Contact}. */
export const contact = object<Contact>('Contact', {
  account: text(),
  name: text(),
  alias: nullable(text()),
  selfName: nullable(text()),
  blocked: bool,
  verified: bool,
  alarm: nullable(text()),
  notice: nullable(text()),
  addedAt: date
})

/** Describes {@link SafetyNumber}. */
export const safetyNumber = object<SafetyNumber>('SafetyNumber', { account: text(), name: text(), digits: text(), verified: bool })

/** Describes {@link ChatMessage}. */
export const chatMessage = object<ChatMessage>('ChatMessage', {
  id: text(),
  chat: text(),
  seq: nullable(integer()),
  preview: bool,
  from: text(),
  fromName: text(),
  own: bool,
  at: date,
  kind: text(),
  text: text(),
  entities: list(textEntity),
  media: list(mediaFile),
  replyTo: nullable(object<NonNullable<ChatMessage['replyTo']>>('Reply', { id: text(), quote: nullable(text()), fromName: nullable(text()), text: nullable(text()) })),
  forwardedFrom: nullable(object<{ name: string, at: Date }>('ForwardOrigin', { name: text(), at: date })),
  edited: bool,
  editedAt: nullable(date),
  reactions: list(reaction),
  pinned: bool,
  poll: nullable(pollView),
  deleted: bool,
  silent: bool,
  scheduledAt: nullable(date),
  state: nullable(messageState),
  error: failure,
  mentionsMe: bool,
  deliveredTo: nullable(count),
  readBy: nullable(count)
})

/** Describes {@link ChatGap}. */
const chatGap = object<ChatGap>('ChatGap', { of: choice<ChatGap['of']>({ log: 1, member: 2 }), from: integer(1), to: integer(1), account: text(), name: text(), since: date })

/** Describes {@link ChatAlarm}. */
const chatAlarm = object<ChatAlarm>('ChatAlarm', {
  kind: choice<ChatAlarm['kind']>({ fork: 1, rollback: 2, broken: 3, view: 4, missing: 5, device: 6, commit: 7, refused: 8 }), seq: nullable(integer()), at: date, claim: bool, by: nullable(text()), proof: nullable(integer())
})

/** Describes {@link ChatProof}. */
export const chatProof = object<ChatProof>('ChatProof', {
  n: integer(), kind: choice<ChatProof['kind']>({ fork: 1, rollback: 2 }), message: text(), seq: nullable(integer()), at: date, evidence: text()
})

/** Describes {@link ChatInfo}. */
export const chatInfo = object<ChatInfo>('ChatInfo', {
  id: text(),
  title: text(),
  kind: choice<'direct' | 'group'>({ direct: 1, group: 2 }),
  members: count,
  peer: text(),
  home: text(),
  unread: count,
  unreadMentions: count,
  seq: integer(),
  last: nullable(chatMessage),
  current: bool,
  signedAt: nullable(date),
  alarm: nullable(text()),
  caught: nullable(chatAlarm),
  gaps: list(chatGap),
  moving: nullable(object<NonNullable<ChatInfo['moving']>>('ChatMove', { to: text(), error: failure })),
  draft: nullable(object<NonNullable<ChatInfo['draft']>>('ChatDraft', { text: text(), replyTo: nullable(text()), at: date })),
  createdAt: date
})

/** Describes {@link ChatPage}. */
export const chatPage = object<ChatPage>('ChatPage', { chat: chatInfo, messages: list(chatMessage), hasMore: bool })

/** Describes {@link ContactRequest}. */
export const contactRequest = object<ContactRequest>('ContactRequest', { id: text(), account: text(), name: text(), receivedAt: date, chats: count })

/** Describes {@link Finding}. */
export const finding = object<Finding>('Finding', { check: text(), ok: bool, message: text() })

type Event<K extends UpdateEvent['type']> = Omit<Extract<UpdateEvent, { type: K }>, 'type'>

const updateEvent = union<UpdateEvent>('UpdateEvent', {
  message: object<Event<'message'>>(null, { message: chatMessage }),
  messageState: object<Event<'messageState'>>(null, { chat: text(), id: text(), state: messageState, error: failure }),
  messageDeleted: object<Event<'messageDeleted'>>(null, { chat: text(), id: text(), seq: integer(), by: text() }),
  messageChanged: object<Event<'messageChanged'>>(null, { message: chatMessage, change: choice<Event<'messageChanged'>['change']>({ edited: 1, reactions: 2, pinned: 3, poll: 4 }) }),
  chat: object<Event<'chat'>>(null, { chat: text(), title: text(), change: choice<Event<'chat'>['change']>({ created: 1, joined: 2, read: 3, alarm: 4, moved: 5, resumed: 8, voided: 9, members: 10, removed: 11, history: 12, draft: 13, newest: 14, older: 15 }) }),
  gap: object<Event<'gap'>>(null, { chat: text(), title: text(), gap: chatGap, healed: bool }),
  contact: object<Event<'contact'>>(null, { account: text(), name: text(), change: choice<Event<'contact'>['change']>({ added: 1, changed: 2, alarm: 3 }) }),
  request: object<Event<'request'>>(null, { account: text(), name: text(), id: text() }),
  transfer: object<Event<'transfer'>>(null, { transfer: mediaTransfer }),
  joinRequest: object<Event<'joinRequest'>>(null, { chat: text(), title: text(), account: text(), name: text() }),
  joinAnswer: object<Event<'joinAnswer'>>(null, { account: text(), state: joinState, reason: nullable(text()) }),
  device: object<Event<'device'>>(null, { device: text(), name: text(), change: choice<Event<'device'>['change']>({ added: 1, renamed: 2, revoked: 3, cloned: 4 }) }),
  secret: object<Event<'secret'>>(null, { secret: text(), change: choice<Event<'secret'>['change']>({ asked: 1, accepted: 2, message: 3, changed: 4, read: 5, timer: 6, screenshot: 7, lost: 8, expired: 9, closed: 10, forgotten: 30, verified: 31, delivered: 32 }) })
})

/** Describes {@link Update}. */
export const update = object<Update>('Update', { n: integer(1), at: date, event: updateEvent })
