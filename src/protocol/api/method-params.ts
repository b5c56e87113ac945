/** What the methods of the local API take. */
import type { TypingAction } from './activity.js'
import type { PollDraft, PollOptions } from './changes.js'
import type { MediaKind } from './media.js'
import type { GroupDraft, GroupEdit, GroupLinkDraft, MemberEdit } from './groups.js'
import type { SearchQuery } from './search.js'
import type { SecretSendOptions } from './secrets.js'
import type { ForwardOptions, SendOptions, TextEntity } from './petrel.js'
import type { TextFormat } from './words.js'

/** Parameters that several methods share. */
export interface InvitesParams { id: string }
/** Parameters that several methods share. */
export interface ContactParams { contact: string }
/** Parameters that several methods share. */
export interface MessageParams { chat: string, id: string }
/** Parameters that several methods share. */
export interface ChangeParams extends MessageParams { wait?: 'queued' | 'stored' }
/** Parameters that several methods share. */
export interface SecretParams { secret: string }
/** Parameters that several methods share. */
export interface ItemParams { chat: string, message: string, item?: number }
/** The parameters of `readMedia`. */
export interface ReadMediaParams extends ItemParams { start?: number, end?: number }
/** No parameters. */
export type None = Record<string, never>

/** The parameters of each method by name: the interface's arguments and options in one object. */
export interface MethodParams {
  identity: None
  status: None
  peers: None
  doctor: None
  addRelay: { address: string, token?: string }
  listRelays: None
  removeRelay: { address: string }
  moveInbox: { relay: string }
  createInvite: { expiresInMs?: number }
  listInvites: None
  revokeInvite: InvitesParams
  listDevices: None
  approveDevice: { link: string }
  confirmDevice: { id: string, matches: boolean }
  renameDevice: { device: string, name: string }
  revokeDevice: { device: string }
  addContact: { link: string, alias?: string }
  listContacts: None
  renameContact: ContactParams & { alias: string | null }
  blockContact: ContactParams & { blocked: boolean }
  safetyNumber: ContactParams
  setVerified: ContactParams & { verified: boolean }
  listChats: None
  showChat: { chat: string, limit?: number, before?: number }
  readChat: { chat: string, upTo?: number }
  resumeChat: { chat: string }
  listProofs: { chat: string }
  moveChat: { chat: string, to?: string, lost?: boolean }
  createGroup: { title: string } & GroupDraft
  showGroup: { chat: string }
  editGroup: { chat: string } & GroupEdit
  addMembers: { chat: string, members: string[] }
  removeMembers: { chat: string, members: string[], ban?: boolean, forMs?: number }
  editMember: { chat: string, member: string } & MemberEdit
  leaveGroup: { chat: string }
  createGroupLink: { chat: string } & GroupLinkDraft
  listGroupLinks: { chat: string }
  revokeGroupLink: { chat: string, id: string }
  joinGroup: { link: string, waitMs?: number }
  listJoinRequests: { chat: string }
  answerJoinRequest: { chat: string, who: string, accept: boolean }
  send: { chat: string, text: string } & Pick<SendOptions, 'wait' | 'replyTo' | 'quote' | 'entities' | 'format' | 'silent' | 'media' | 'idempotencyKey' | 'at'>
  saveDraft: { chat: string, text: string | null, replyTo?: string }
  listScheduled: { chat?: string }
  cancelScheduled: { id: string }
  sendScheduled: { id: string }
  getMessage: MessageParams
  forwardMessages: { chat: string, ids: string[], to: string } & Omit<ForwardOptions, 'signal'>
  deleteMessages: { chat: string, ids: string[], wait?: 'queued' | 'stored' }
  editMessage: ChangeParams & { text: string, entities?: TextEntity[], format?: TextFormat }
  messageHistory: MessageParams
  react: ChangeParams & { emoji: string[] }
  pinMessage: ChangeParams & { unpin?: boolean, silent?: boolean }
  listPinned: { chat: string }
  sendPoll: { chat: string, poll: PollDraft } & Omit<PollOptions, 'signal'>
  vote: ChangeParams & { options: number[] }
  closePoll: ChangeParams
  receive: { consumer?: string, after?: number, follow?: boolean }
  acknowledge: { consumer: string, n: number }
  listMedia: { chat?: string, as?: MediaKind, limit?: number, before?: string }
  mediaInfo: ItemParams
  purgeMedia: { chat?: string, message?: string, item?: number, unusedMs?: number }
  mediaUrl: ItemParams & { expiresInMs?: number }
  transfers: { media?: string[] }
  listReaders: { chat: string, message: string }
  setTyping: { chat: string, action?: TypingAction }
  setOnline: { online: boolean }
  activity: { chat?: string }
  searchMessages: SearchQuery & { limit?: number, before?: string }
  rebuildSearch: None
  startSecret: { contact: string, timer?: number }
  acceptSecret: SecretParams
  listSecrets: None
  showSecret: SecretParams
  secretCode: SecretParams
  sendSecret: SecretParams & { text: string } & Pick<SecretSendOptions, 'entities' | 'format' | 'replyTo' | 'media'>
  secretMediaInfo: SecretParams & { message: string, item?: number }
  editSecret: SecretParams & { id: string, text: string } & Pick<SecretSendOptions, 'entities' | 'format'>
  deleteSecret: SecretParams & { ids: string[] }
  reactSecret: SecretParams & { id: string, emoji: string[] }
  secretLines: SecretParams & { before?: number, limit?: number }
  readSecret: SecretParams
  setSecretTimer: SecretParams & { seconds: number }
  noteScreenshot: SecretParams
  closeSecret: SecretParams
  forgetSecret: SecretParams
  setSecretVerified: SecretParams & { verified: boolean }
  listRequests: None
  acceptRequest: { id: string, alias?: string }
  declineRequest: { id: string, block?: boolean }
  report: { chat: string, messageId: string, note: string }
  renameAccount: { name: string }
  deleteAccount: { confirm: string }
  setRecoveryCard: { card: string }
  shutdown: None
}
