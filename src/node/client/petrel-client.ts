/** The interface over a socket. */
import {
  resultFromJson, toJson, UnavailableError,
  type Activity, type CallOptions, type ChangeOptions, type ChatInfo, type ChatMessage, type ChatPage, type ChatProof, type Contact, type ContactRequest, type Finding, type ForwardOptions, type GroupDraft, type GroupEdit, type GroupInfo, type Identity, type Invite,
  type ItemOptions, type MemberEdit, type MediaDraft, type AddedMedia, type MediaFile, type MediaItem, type MediaKind, type MediaPage, type MediaTransfer, type MediaUrl, type Purged, type Reader, type TypingAction,
  type MessageVersion, type MethodName, type MethodParams, type MethodResult, type NodeStatus, type PeerInfo, type Petrel, type PollDraft, type PollOptions, type ReceiveOptions, type RelayInfo,
  type SafetyNumber, type SearchIndex, type SearchPage, type SearchQuery, type SendOptions, type TextEntity, type TextFormat, type Update
} from '../../protocol/api/index.js'
import type { BackupOptions, DeviceInfo, DeviceMeeting, GroupLink, GroupLinkDraft, JoinRequest, JoinResult, SecretCode, SecretEditOptions, SecretInfo, SecretLine, SecretSendOptions } from '../../protocol/api/index.js'
import type { Until } from './byte-call.js'
import { getBackup, getMedia, putMedia } from './bytes.js'
import type { CallConnection } from './call-connection.js'
import type { Target } from './dial.js'
import { subscribe } from './subscription.js'
import { understood } from './understood.js'

/** A daemon as a {@link Petrel}. Each method turns its arguments into one object of parameters. */
export class PetrelClient implements Petrel {
  readonly #target: Target
  readonly #connection: CallConnection
  readonly #closed = new AbortController()

  /** `target` is where streams connect to; `connection` carries the calls. */
  constructor (target: Target, connection: CallConnection) {
    this.#target = target
    this.#connection = connection
  }

  async identity (o?: CallOptions): Promise<Identity> { return await this.#call('identity', {}, o) }
  async status (o?: CallOptions): Promise<NodeStatus> { return await this.#call('status', {}, o) }
  async peers (o?: CallOptions): Promise<PeerInfo[]> { return await this.#call('peers', {}, o) }
  async doctor (o?: CallOptions): Promise<Finding[]> { return await this.#call('doctor', {}, o) }
  async addRelay (address: string, o?: CallOptions & { token?: string }): Promise<RelayInfo> { return await this.#call('addRelay', { address }, o) }
  async listRelays (o?: CallOptions): Promise<RelayInfo[]> { return await this.#call('listRelays', {}, o) }
  async removeRelay (address: string, o?: CallOptions): Promise<void> { await this.#call('removeRelay', { address }, o) }
  async moveInbox (relay: string, o?: CallOptions): Promise<RelayInfo> { return await this.#call('moveInbox', { relay }, o) }
  async createInvite (o?: CallOptions & { expiresInMs?: number }): Promise<Invite> { return await this.#call('createInvite', {}, o) }
  async listInvites (o?: CallOptions): Promise<Invite[]> { return await this.#call('listInvites', {}, o) }
  async revokeInvite (id: string, o?: CallOptions): Promise<void> { await this.#call('revokeInvite', { id }, o) }
  async listDevices (o?: CallOptions): Promise<DeviceInfo[]> { return await this.#call('listDevices', {}, o) }
  async approveDevice (link: string, o?: CallOptions): Promise<DeviceMeeting> { return await this.#call('approveDevice', { link }, o) }
  async confirmDevice (id: string, matches: boolean, o?: CallOptions): Promise<DeviceInfo | null> { return await this.#call('confirmDevice', { id, matches }, o) }
  async renameDevice (device: string, name: string, o?: CallOptions): Promise<DeviceInfo> { return await this.#call('renameDevice', { device, name }, o) }
  async revokeDevice (device: string, o?: CallOptions): Promise<DeviceInfo> { return await this.#call('revokeDevice', { device }, o) }
  async addContact (link: string, o?: CallOptions & { alias?: string }): Promise<Contact> { return await this.#call('addContact', { link }, o) }
  async listContacts (o?: CallOptions): Promise<Contact[]> { return await this.#call('listContacts', {}, o) }
  async renameContact (contact: string, alias: string | null, o?: CallOptions): Promise<Contact> { return await this.#call('renameContact', { contact, alias }, o) }
  async blockContact (contact: string, blocked: boolean, o?: CallOptions): Promise<Contact> { return await this.#call('blockContact', { contact, blocked }, o) }
  async safetyNumber (contact: string, o?: CallOptions): Promise<SafetyNumber> { return await this.#call('safetyNumber', { contact }, o) }
  async setVerified (contact: string, verified: boolean, o?: CallOptions): Promise<Contact> { return await this.#call('setVerified', { contact, verified }, o) }
  async listChats (o?: CallOptions): Promise<ChatInfo[]> { return await this.#call('listChats', {}, o) }
  async showChat (chat: string, o?: CallOptions & { limit?: number, before?: number }): Promise<ChatPage> { return await this.#call('showChat', { chat }, o) }
  async resumeChat (chat: string, o?: CallOptions): Promise<ChatInfo> { return await this.#call('resumeChat', { chat }, o) }
  async listProofs (chat: string, o?: CallOptions): Promise<ChatProof[]> { return await this.#call('listProofs', { chat }, o) }
  async readChat (chat: string, o?: CallOptions & { upTo?: number }): Promise<ChatInfo> { return await this.#call('readChat', { chat }, o) }
  async moveChat (chat: string, o?: CallOptions & { to?: string, lost?: boolean }): Promise<ChatInfo> { return await this.#call('moveChat', { chat }, o) }
  async createGroup (title: string, o?: CallOptions & GroupDraft): Promise<GroupInfo> { return await this.#call('createGroup', { title }, o) }
  async showGroup (chat: string, o?: CallOptions): Promise<GroupInfo> { return await this.#call('showGroup', { chat }, o) }
  async editGroup (chat: string, edit: GroupEdit, o?: CallOptions): Promise<GroupInfo> { return await this.#call('editGroup', { ...edit, chat }, o) }
  async addMembers (chat: string, members: string[], o?: CallOptions): Promise<GroupInfo> { return await this.#call('addMembers', { chat, members }, o) }
  async removeMembers (chat: string, members: string[], o?: CallOptions & { ban?: boolean, forMs?: number }): Promise<GroupInfo> { return await this.#call('removeMembers', { chat, members }, o) }
  async editMember (chat: string, member: string, edit: MemberEdit, o?: CallOptions): Promise<GroupInfo> { return await this.#call('editMember', { ...edit, chat, member }, o) }
  async leaveGroup (chat: string, o?: CallOptions): Promise<void> { await this.#call('leaveGroup', { chat }, o) }
  async createGroupLink (chat: string, o?: CallOptions & GroupLinkDraft): Promise<GroupLink> { return await this.#call('createGroupLink', { chat }, o) }
  async listGroupLinks (chat: string, o?: CallOptions): Promise<GroupLink[]> { return await this.#call('listGroupLinks', { chat }, o) }
  async revokeGroupLink (chat: string, id: string, o?: CallOptions): Promise<void> { await this.#call('revokeGroupLink', { chat, id }, o) }
  async joinGroup (link: string, o?: CallOptions & { waitMs?: number }): Promise<JoinResult> { return await this.#call('joinGroup', { link }, o) }
  async listJoinRequests (chat: string, o?: CallOptions): Promise<JoinRequest[]> { return await this.#call('listJoinRequests', { chat }, o) }
  async answerJoinRequest (chat: string, who: string, accept: boolean, o?: CallOptions): Promise<void> { await this.#call('answerJoinRequest', { chat, who, accept }, o) }
  async send (chat: string, text: string, o?: SendOptions): Promise<ChatMessage> { return await this.#call('send', { chat, text }, o) }
  async forwardMessages (chat: string, ids: string[], to: string, o?: ForwardOptions): Promise<ChatMessage[]> { return await this.#call('forwardMessages', { chat, ids, to }, o) }
  async deleteMessages (chat: string, ids: string[], o?: CallOptions & { wait?: 'queued' | 'stored' }): Promise<void> { await this.#call('deleteMessages', { chat, ids }, o) }
  async saveDraft (chat: string, text: string | null, o?: CallOptions & { replyTo?: string }): Promise<ChatInfo> { return await this.#call('saveDraft', { chat, text }, o) }
  async listScheduled (o?: CallOptions & { chat?: string }): Promise<ChatMessage[]> { return await this.#call('listScheduled', {}, o) }
  async cancelScheduled (id: string, o?: CallOptions): Promise<void> { await this.#call('cancelScheduled', { id }, o) }
  async sendScheduled (id: string, o?: CallOptions): Promise<ChatMessage> { return await this.#call('sendScheduled', { id }, o) }
  async getMessage (chat: string, id: string, o?: CallOptions): Promise<ChatMessage> { return await this.#call('getMessage', { chat, id }, o) }
  async editMessage (chat: string, id: string, text: string, o?: ChangeOptions & { entities?: TextEntity[], format?: TextFormat }): Promise<ChatMessage> { return await this.#call('editMessage', { chat, id, text }, o) }
  async messageHistory (chat: string, id: string, o?: CallOptions): Promise<MessageVersion[]> { return await this.#call('messageHistory', { chat, id }, o) }
  async react (chat: string, id: string, emoji: string[], o?: ChangeOptions): Promise<ChatMessage> { return await this.#call('react', { chat, id, emoji }, o) }
  async pinMessage (chat: string, id: string, o?: ChangeOptions & { unpin?: boolean, silent?: boolean }): Promise<ChatMessage> { return await this.#call('pinMessage', { chat, id }, o) }
  async listPinned (chat: string, o?: CallOptions): Promise<ChatMessage[]> { return await this.#call('listPinned', { chat }, o) }
  async sendPoll (chat: string, poll: PollDraft, o?: PollOptions): Promise<ChatMessage> { return await this.#call('sendPoll', { chat, poll }, o) }
  async vote (chat: string, id: string, options: number[], o?: ChangeOptions): Promise<ChatMessage> { return await this.#call('vote', { chat, id, options }, o) }
  async closePoll (chat: string, id: string, o?: ChangeOptions): Promise<ChatMessage> { return await this.#call('closePoll', { chat, id }, o) }
  receive (options: ReceiveOptions = {}): AsyncIterable<Update> { return subscribe(this.#target, 'receive', options, this.#closed.signal) }
  async acknowledge (consumer: string, n: number, o?: CallOptions): Promise<void> { await this.#call('acknowledge', { consumer, n }, o) }
  async addMedia (draft: MediaDraft, bytes: AsyncIterable<Uint8Array>, o: CallOptions = {}): Promise<AddedMedia> { return await putMedia(this.#target, draft, bytes, this.#until(o.signal)) }
  async listMedia (o?: CallOptions & { chat?: string, as?: MediaKind, limit?: number, before?: string }): Promise<MediaPage> { return await this.#call('listMedia', {}, o) }
  async mediaInfo (chat: string, message: string, o?: ItemOptions): Promise<MediaItem> { return await this.#call('mediaInfo', { chat, message }, o) }
  readMedia (chat: string, message: string, { signal, ...rest }: ItemOptions & { start?: number, end?: number } = {}): AsyncIterable<Uint8Array> { return getMedia(this.#target, { chat, message, ...rest }, this.#until(signal)) }
  async purgeMedia (o?: ItemOptions & { chat?: string, message?: string, unusedMs?: number }): Promise<Purged> { return await this.#call('purgeMedia', {}, o) }
  async mediaUrl (chat: string, message: string, o?: ItemOptions & { expiresInMs?: number }): Promise<MediaUrl> { return await this.#call('mediaUrl', { chat, message }, o) }
  transfers (options: CallOptions & { media?: string[] } = {}): AsyncIterable<MediaTransfer> { return subscribe(this.#target, 'transfers', options, this.#closed.signal) }
  backup ({ signal, ...rest }: BackupOptions = {}): AsyncIterable<Uint8Array> { return getBackup(this.#target, rest, this.#until(signal)) }
  async setRecoveryCard (card: string, o?: CallOptions): Promise<void> { await this.#call('setRecoveryCard', { card }, o) }
  async listReaders (chat: string, message: string, o?: CallOptions): Promise<Reader[]> { return await this.#call('listReaders', { chat, message }, o) }
  async setTyping (chat: string, o?: CallOptions & { action?: TypingAction }): Promise<void> { await this.#call('setTyping', { chat }, o) }
  async setOnline (online: boolean, o?: CallOptions): Promise<void> { await this.#call('setOnline', { online }, o) }
  activity (options: CallOptions & { chat?: string } = {}): AsyncIterable<Activity> { return subscribe(this.#target, 'activity', options, this.#closed.signal) }
  async searchMessages (o?: CallOptions & SearchQuery & { limit?: number, before?: string }): Promise<SearchPage> { return await this.#call('searchMessages', {}, o) }
  async rebuildSearch (o?: CallOptions): Promise<SearchIndex> { return await this.#call('rebuildSearch', {}, o) }
  async startSecret (contact: string, o?: CallOptions & { timer?: number }): Promise<SecretInfo> { return await this.#call('startSecret', { contact }, o) }
  async acceptSecret (secret: string, o?: CallOptions): Promise<SecretInfo> { return await this.#call('acceptSecret', { secret }, o) }
  async listSecrets (o?: CallOptions): Promise<SecretInfo[]> { return await this.#call('listSecrets', {}, o) }
  async showSecret (secret: string, o?: CallOptions): Promise<SecretInfo> { return await this.#call('showSecret', { secret }, o) }
  async secretCode (secret: string, o?: CallOptions): Promise<SecretCode> { return await this.#call('secretCode', { secret }, o) }
  async sendSecret (secret: string, text: string, o?: SecretSendOptions): Promise<SecretLine> { return await this.#call('sendSecret', { secret, text }, o) }
  async secretMediaInfo (secret: string, message: string, o?: ItemOptions): Promise<MediaFile> { return await this.#call('secretMediaInfo', { secret, message }, o) }
  readSecretMedia (secret: string, message: string, { signal, ...rest }: ItemOptions & { start?: number, end?: number } = {}): AsyncIterable<Uint8Array> { return getMedia(this.#target, { chat: secret, message, ...rest }, this.#until(signal), '/secret-media') }
  async editSecret (secret: string, id: string, text: string, o?: SecretEditOptions): Promise<SecretLine> { return await this.#call('editSecret', { secret, id, text }, o) }
  async deleteSecret (secret: string, ids: string[], o?: CallOptions): Promise<void> { await this.#call('deleteSecret', { secret, ids }, o) }
  async reactSecret (secret: string, id: string, emoji: string[], o?: CallOptions): Promise<SecretLine> { return await this.#call('reactSecret', { secret, id, emoji }, o) }
  async secretLines (secret: string, o?: CallOptions & { before?: number, limit?: number }): Promise<SecretLine[]> { return await this.#call('secretLines', { secret }, o) }
  async readSecret (secret: string, o?: CallOptions): Promise<void> { await this.#call('readSecret', { secret }, o) }
  async setSecretTimer (secret: string, seconds: number, o?: CallOptions): Promise<SecretInfo> { return await this.#call('setSecretTimer', { secret, seconds }, o) }
  async noteScreenshot (secret: string, o?: CallOptions): Promise<void> { await this.#call('noteScreenshot', { secret }, o) }
  async closeSecret (secret: string, o?: CallOptions): Promise<void> { await this.#call('closeSecret', { secret }, o) }
  async forgetSecret (secret: string, o?: CallOptions): Promise<void> { await this.#call('forgetSecret', { secret }, o) }
  async setSecretVerified (secret: string, verified: boolean, o?: CallOptions): Promise<SecretInfo> { return await this.#call('setSecretVerified', { secret, verified }, o) }
  async listRequests (o?: CallOptions): Promise<ContactRequest[]> { return await this.#call('listRequests', {}, o) }
  async acceptRequest (id: string, o?: CallOptions & { alias?: string }): Promise<Contact> { return await this.#call('acceptRequest', { id }, o) }
  async declineRequest (id: string, o?: CallOptions & { block?: boolean }): Promise<void> { await this.#call('declineRequest', { id }, o) }
  async report (chat: string, messageId: string, note: string, o?: CallOptions): Promise<void> { await this.#call('report', { chat, messageId, note }, o) }
  async renameAccount (name: string, o?: CallOptions): Promise<Identity> { return await this.#call('renameAccount', { name }, o) }
  async deleteAccount (confirm: string, o?: CallOptions): Promise<void> { await this.#call('deleteAccount', { confirm }, o) }

  async shutdown (o?: CallOptions): Promise<void> {
    try {
      await this.#call('shutdown', {}, o)
    } catch (error) {
      // A daemon that stops may take the connection along before its answer.
      if (!(error instanceof UnavailableError) || !this.#connection.isLost || this.#closed.signal.aborted) throw error
    }
  }

  async close (): Promise<void> {
    this.#closed.abort()
    this.#connection.close()
  }

  /** When a transfer of bytes ends early: with the call's own signal, or with the connection. */
  #until (signal: AbortSignal | undefined): Until { return { signal, closed: this.#closed.signal } }

  async #call <M extends MethodName> (method: M, fixed: Partial<MethodParams[M]>, options: CallOptions = {}): Promise<MethodResult<M>> {
    const { signal, ...rest } = options
    const params = toJson({ ...rest, ...fixed }) as object
    const result = await this.#connection.call(method, params, signal)
    return understood(() => resultFromJson(method, result))
  }
}
