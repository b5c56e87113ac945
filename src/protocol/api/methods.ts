/** Every method of the local API: its parameters, its result, and the scope a token needs for it. */
import { LIMITS } from '../wire/limits.js'
import { activity, reader, typingAction } from './activity-values.js'
import type { ChangeParams, ContactParams, InvitesParams, ItemParams, MessageParams, MethodParams, None, SecretParams } from './method-params.js'
import { changeWait, messageVersion, pollDraft } from './changes-values.js'
import { base64, type ByteMethodName, type Scope } from './byte-methods.js'
import { mediaFile, mediaItem, mediaKind, mediaPage, mediaTransfer, mediaUrl, purged } from './media-values.js'
import { deviceInfo, deviceMeeting } from './device-values.js'
import { groupInfo, groupLink, joinRequest, joinResult, rightNames } from './group-values.js'
import { searchIndex, searchPage, searchQuery } from './search-values.js'
import { secretCode, secretInfo, secretLine } from './secret-values.js'
import type { Petrel, SendOptions, TextEntity } from './petrel.js'
import type { TextFormat } from './words.js'
import { bool, closedChoice, date, integer, list, nothing, nullable, optional, params, text, type ObjectSpec, type Spec } from './spec.js'
import { chatInfo, chatMessage, chatPage, chatProof, contact, contactRequest, finding, identity, invite, nodeStatus, peerInfo, relayInfo, safetyNumber, update } from './values.js'

/** The methods that cross a socket as values: all others but `close`, which ends only the connection. */
export type MethodName = Exclude<keyof Petrel, 'close' | ByteMethodName>
/** Those of them that give one value after another. */
export type StreamName = 'receive' | 'transfers' | 'activity'
/** What a method returns, or each item of what it streams. */
export type MethodResult<M extends MethodName> = ReturnType<Petrel[M]> extends AsyncIterable<infer T> ? T : Awaited<ReturnType<Petrel[M]>>

export type { MethodParams, ReadMediaParams } from './method-params.js'

/** One method's contract. */
export interface Method<P, R> { readonly params: Spec<P> & ObjectSpec, readonly result: Spec<R>, readonly scope: Scope, readonly stream: boolean }

const none = params<None>({})
const name = text(LIMITS.nameBytes, 1)
// A name, an id or a prefix of one.
const reference = text(LIMITS.nameBytes, 1)
const address = text(LIMITS.addressBytes, 1)
const consumer = text(LIMITS.apiKeyBytes, 1)
const seq = integer()
const entity = params<TextEntity>({ type: text(LIMITS.apiKeyBytes, 1), offset: integer(0, 2 ** 32 - 1), length: integer(0, 2 ** 32 - 1), value: optional(text(LIMITS.linkBytes)) })
const format = closedChoice<TextFormat>({ markdown: 1, html: 2 })
const wait = closedChoice<NonNullable<SendOptions['wait']>>({ queued: 1, stored: 2, delivered: 3, read: 4 })

const seconds = integer(0, LIMITS.secretTimerSeconds)
const groupTitle = text(LIMITS.groupTitleBytes, 1)
const groupAbout = text(LIMITS.groupAboutBytes)
const members = list(reference, LIMITS.mlsMembers)
const message = { chat: reference, id: reference }
const change = { ...message, wait: optional(changeWait) }
const item = { chat: reference, message: reference, item: optional(integer(0, LIMITS.albumItems - 1)) }
const mediaIds = list(text(LIMITS.apiKeyBytes, 1), LIMITS.albumItems)

function unary <P, R> (scope: Scope, of: Spec<P> & ObjectSpec, result: Spec<R>): Method<P, R> { return { params: of, result, scope, stream: false } }

/** The whole contract as data. */
export const METHODS: { readonly [M in MethodName]: Method<MethodParams[M], MethodResult<M>> } = {
  identity: unary('read', none, identity),
  status: unary('read', none, nodeStatus),
  peers: unary('read', none, list(peerInfo)),
  doctor: unary('read', none, list(finding)),
  addRelay: unary('admin', params<MethodParams['addRelay']>({ address, token: optional(text(LIMITS.tokenBytes, 1)) }), relayInfo),
  listRelays: unary('read', none, list(relayInfo)),
  removeRelay: unary('admin', params<MethodParams['removeRelay']>({ address }), nothing),
  moveInbox: unary('admin', params<MethodParams['moveInbox']>({ relay: address }), relayInfo),
  createInvite: unary('admin', params<MethodParams['createInvite']>({ expiresInMs: optional(integer(1)) }), invite),
  // Who holds an invite may write without being a stranger: listing them is not mere reading.
  listInvites: unary('admin', none, list(invite)),
  revokeInvite: unary('admin', params<InvitesParams>({ id: reference }), nothing),
  listDevices: unary('read', none, list(deviceInfo)),
  approveDevice: unary('admin', params<MethodParams['approveDevice']>({ link: text(LIMITS.linkBytes, 1) }), deviceMeeting),
  confirmDevice: unary('admin', params<MethodParams['confirmDevice']>({ id: reference, matches: bool }), nullable(deviceInfo)),
  renameDevice: unary('admin', params<MethodParams['renameDevice']>({ device: reference, name }), deviceInfo),
  revokeDevice: unary('admin', params<MethodParams['revokeDevice']>({ device: reference }), deviceInfo),
  addContact: unary('admin', params<MethodParams['addContact']>({ link: text(LIMITS.linkBytes, 1), alias: optional(name) }), contact),
  listContacts: unary('read', none, list(contact)),
  renameContact: unary('admin', params<MethodParams['renameContact']>({ contact: reference, alias: nullable(name) }), contact),
  blockContact: unary('admin', params<MethodParams['blockContact']>({ contact: reference, blocked: bool }), contact),
  safetyNumber: unary('read', params<ContactParams>({ contact: reference }), safetyNumber),
  setVerified: unary('admin', params<MethodParams['setVerified']>({ contact: reference, verified: bool }), contact),
  listChats: unary('read', none, list(chatInfo)),
  showChat: unary('read', params<MethodParams['showChat']>({ chat: reference, limit: optional(integer(1, LIMITS.apiPageItems)), before: optional(seq) }), chatPage),
  readChat: unary('send', params<MethodParams['readChat']>({ chat: reference, upTo: optional(seq) }), chatInfo),
  // It takes a decision that the person has.
  resumeChat: unary('admin', params<MethodParams['resumeChat']>({ chat: reference }), chatInfo),
  listProofs: unary('read', params<MethodParams['listProofs']>({ chat: reference }), list(chatProof)),
  moveChat: unary('admin', params<MethodParams['moveChat']>({ chat: reference, to: optional(address), lost: optional(bool) }), chatInfo),
  createGroup: unary('admin', params<MethodParams['createGroup']>({ title: groupTitle, about: optional(groupAbout), history: optional(bool), members: optional(members) }), groupInfo),
  showGroup: unary('read', params<MethodParams['showGroup']>({ chat: reference }), groupInfo),
  editGroup: unary('admin', params<MethodParams['editGroup']>({
    chat: reference, title: optional(groupTitle), about: optional(groupAbout), history: optional(bool), slowMode: optional(integer(0, LIMITS.slowModeSeconds)), permissions: optional(rightNames)
  }), groupInfo),
  addMembers: unary('admin', params<MethodParams['addMembers']>({ chat: reference, members }), groupInfo),
  removeMembers: unary('admin', params<MethodParams['removeMembers']>({ chat: reference, members, ban: optional(bool), forMs: optional(integer(1)) }), groupInfo),
  editMember: unary('admin', params<MethodParams['editMember']>({
    chat: reference, member: reference, rights: optional(rightNames), title: optional(text(LIMITS.adminTitleBytes)), permissions: optional(rightNames), unrestrict: optional(bool), forMs: optional(integer(1)), unban: optional(bool), owner: optional(bool)
  }), groupInfo),
  leaveGroup: unary('admin', params<MethodParams['leaveGroup']>({ chat: reference }), nothing),
  createGroupLink: unary('admin', params<MethodParams['createGroupLink']>({
    chat: reference, expiresInMs: optional(integer(1)), uses: optional(integer(1, LIMITS.mlsMembers)), approve: optional(bool), name: optional(text(LIMITS.nameBytes))
  }), groupLink),
  // Who holds a link may join: listing them is not mere reading.
  listGroupLinks: unary('admin', params<MethodParams['listGroupLinks']>({ chat: reference }), list(groupLink)),
  revokeGroupLink: unary('admin', params<MethodParams['revokeGroupLink']>({ chat: reference, id: reference }), nothing),
  joinGroup: unary('admin', params<MethodParams['joinGroup']>({ link: text(LIMITS.linkBytes, 1), waitMs: optional(integer(0, LIMITS.joinWaitMs)) }), joinResult),
  listJoinRequests: unary('read', params<MethodParams['listJoinRequests']>({ chat: reference }), list(joinRequest)),
  answerJoinRequest: unary('admin', params<MethodParams['answerJoinRequest']>({ chat: reference, who: reference, accept: bool }), nothing),
  send: unary('send', params<MethodParams['send']>({
    chat: reference,
    text: text(LIMITS.apiTextBytes),
    wait: optional(wait),
    replyTo: optional(reference),
    quote: optional(text(LIMITS.textUnits * 3, 1)),
    entities: optional(list(entity, LIMITS.entities)),
    format: optional(format),
    silent: optional(bool),
    media: optional(mediaIds),
    idempotencyKey: optional(text(LIMITS.apiKeyBytes, 1)),
    at: optional(date)
  }), chatMessage),
  saveDraft: unary('send', params<MethodParams['saveDraft']>({ chat: reference, text: nullable(text(LIMITS.apiTextBytes)), replyTo: optional(reference) }), chatInfo),
  listScheduled: unary('read', params<MethodParams['listScheduled']>({ chat: optional(reference) }), list(chatMessage)),
  cancelScheduled: unary('send', params<MethodParams['cancelScheduled']>({ id: reference }), nothing),
  sendScheduled: unary('send', params<MethodParams['sendScheduled']>({ id: reference }), chatMessage),
  forwardMessages: unary('send', params<MethodParams['forwardMessages']>({
    chat: reference, ids: list(reference, LIMITS.forwardMessages), to: reference, hideOrigin: optional(bool), silent: optional(bool), wait: optional(wait), idempotencyKey: optional(text(LIMITS.apiKeyBytes, 1))
  }), list(chatMessage)),
  deleteMessages: unary('send', params<MethodParams['deleteMessages']>({ chat: reference, ids: list(reference, LIMITS.deleteTargets), wait: optional(changeWait) }), nothing),
  getMessage: unary('read', params<MessageParams>(message), chatMessage),
  editMessage: unary('send', params<MethodParams['editMessage']>({ ...change, text: text(LIMITS.apiTextBytes), entities: optional(list(entity, LIMITS.entities)), format: optional(format) }), chatMessage),
  messageHistory: unary('read', params<MessageParams>(message), list(messageVersion)),
  react: unary('send', params<MethodParams['react']>({ ...change, emoji: list(text(LIMITS.apiKeyBytes, 1), LIMITS.reactionEmoji) }), chatMessage),
  pinMessage: unary('send', params<MethodParams['pinMessage']>({ ...change, unpin: optional(bool), silent: optional(bool) }), chatMessage),
  listPinned: unary('read', params<MethodParams['listPinned']>({ chat: reference }), list(chatMessage)),
  sendPoll: unary('send', params<MethodParams['sendPoll']>({ chat: reference, poll: pollDraft, wait: optional(wait), replyTo: optional(reference), silent: optional(bool), idempotencyKey: optional(text(LIMITS.apiKeyBytes, 1)) }), chatMessage),
  vote: unary('send', params<MethodParams['vote']>({ ...change, options: list(integer(0, LIMITS.pollOptions - 1), LIMITS.pollOptions) }), chatMessage),
  closePoll: unary('send', params<ChangeParams>(change), chatMessage),
  receive: { params: params<MethodParams['receive']>({ consumer: optional(consumer), after: optional(seq), follow: optional(bool) }), result: update, scope: 'read', stream: true },
  // A reader must be able to say what it has read; the messages themselves stay in the chat.
  acknowledge: unary('read', params<MethodParams['acknowledge']>({ consumer, n: integer() }), nothing),
  listMedia: unary('read', params<MethodParams['listMedia']>({ chat: optional(reference), as: optional(mediaKind), limit: optional(integer(1, LIMITS.apiPageItems)), before: optional(text(LIMITS.apiKeyBytes, 1)) }), mediaPage),
  mediaInfo: unary('read', params<ItemParams>(item), mediaItem),
  // What is removed here is fetched again by whoever reads it: a reader may not make a person wait.
  purgeMedia: unary('admin', params<MethodParams['purgeMedia']>({ chat: optional(reference), message: optional(reference), item: item.item, unusedMs: optional(integer(1)) }), purged),
  mediaUrl: unary('read', params<MethodParams['mediaUrl']>({ ...item, expiresInMs: optional(integer(1)) }), mediaUrl),
  transfers: { params: params<MethodParams['transfers']>({ media: optional(list(text(LIMITS.apiKeyBytes, 1), LIMITS.apiPageItems)) }), result: mediaTransfer, scope: 'read', stream: true },
  listReaders: unary('read', params<MethodParams['listReaders']>({ chat: reference, message: reference }), list(reader)),
  setTyping: unary('send', params<MethodParams['setTyping']>({ chat: reference, action: optional(typingAction) }), nothing),
  setOnline: unary('send', params<MethodParams['setOnline']>({ online: bool }), nothing),
  activity: { params: params<MethodParams['activity']>({ chat: optional(reference) }), result: activity, scope: 'read', stream: true },
  searchMessages: unary('read', searchQuery, searchPage),
  // It takes the processor for a while.
  rebuildSearch: unary('admin', none, searchIndex),
  startSecret: unary('admin', params<MethodParams['startSecret']>({ contact: reference, timer: optional(seconds) }), secretInfo),
  acceptSecret: unary('admin', params<SecretParams>({ secret: reference }), secretInfo),
  listSecrets: unary('read', none, list(secretInfo)),
  showSecret: unary('read', params<SecretParams>({ secret: reference }), secretInfo),
  secretCode: unary('read', params<SecretParams>({ secret: reference }), secretCode),
  sendSecret: unary('send', params<MethodParams['sendSecret']>({ secret: reference, text: text(LIMITS.apiTextBytes), entities: optional(list(entity, LIMITS.entities)), format: optional(format), replyTo: optional(reference), media: optional(list(reference, LIMITS.albumItems)) }), secretLine),
  secretMediaInfo: unary('read', params<MethodParams['secretMediaInfo']>({ secret: reference, message: reference, item: optional(integer(0, LIMITS.albumItems - 1)) }), mediaFile),
  editSecret: unary('send', params<MethodParams['editSecret']>({ secret: reference, id: reference, text: text(LIMITS.apiTextBytes), entities: optional(list(entity, LIMITS.entities)), format: optional(format) }), secretLine),
  deleteSecret: unary('send', params<MethodParams['deleteSecret']>({ secret: reference, ids: list(reference, LIMITS.deleteTargets) }), nothing),
  reactSecret: unary('send', params<MethodParams['reactSecret']>({ secret: reference, id: reference, emoji: list(text(LIMITS.apiKeyBytes, 1), LIMITS.reactionEmoji) }), secretLine),
  secretLines: unary('read', params<MethodParams['secretLines']>({ secret: reference, before: optional(seq), limit: optional(integer(1, LIMITS.apiPageItems)) }), list(secretLine)),
  readSecret: unary('send', params<SecretParams>({ secret: reference }), nothing),
  setSecretTimer: unary('send', params<MethodParams['setSecretTimer']>({ secret: reference, seconds }), secretInfo),
  noteScreenshot: unary('send', params<SecretParams>({ secret: reference }), nothing),
  closeSecret: unary('admin', params<SecretParams>({ secret: reference }), nothing),
  forgetSecret: unary('admin', params<SecretParams>({ secret: reference }), nothing),
  setSecretVerified: unary('admin', params<MethodParams['setSecretVerified']>({ secret: reference, verified: bool }), secretInfo),
  listRequests: unary('read', none, list(contactRequest)),
  acceptRequest: unary('admin', params<MethodParams['acceptRequest']>({ id: reference, alias: optional(name) }), contact),
  declineRequest: unary('admin', params<MethodParams['declineRequest']>({ id: reference, block: optional(bool) }), nothing),
  report: unary('admin', params<MethodParams['report']>({ chat: reference, messageId: reference, note: text(LIMITS.apiTextBytes) }), nothing),
  renameAccount: unary('admin', params<MethodParams['renameAccount']>({ name }), identity),
  deleteAccount: unary('admin', params<MethodParams['deleteAccount']>({ confirm: reference }), nothing),
  setRecoveryCard: unary('admin', params<MethodParams['setRecoveryCard']>({ card: base64(LIMITS.cardBytes + 256) }), nothing),
  shutdown: unary('admin', none, nothing)
}

/** Every method's name, in the order of the interface. */
export const METHOD_NAMES: readonly MethodName[] = Object.keys(METHODS) as MethodName[]

/** Whether a name from a peer is one of the methods. */
export function isMethodName (value: unknown): value is MethodName { return typeof value === 'string' && Object.hasOwn(METHODS, value) }

/** Whether a method gives one value after another. */
export function isStreamName (name: MethodName): name is StreamName { return METHODS[name].stream }

const RANK: Readonly<Record<Scope, number>> = { read: 0, send: 1, admin: 2 }

/** Whether a token of scope `has` may call what needs `needs`. */
export function scopeAllows (has: Scope, needs: Scope): boolean { return RANK[has] >= RANK[needs] }
