/** Nodes without a network: everything in memory, delivered at once. As faithful to the interface as a real one. */
import { createHash, randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  AbortedError, AmbiguousError, BadInputError, ConflictError, ExistsError, LIMITS, NotFoundError, TooLargeError, UnavailableError,
  type Activity, type CallOptions, type ChangeOptions, type ChatDraft, type ChatInfo, type ChatMessage, type ChatPage, type ChatProof, type Contact, type ContactRequest, type Finding, type ForwardOptions, type GroupDraft, type GroupEdit, type GroupInfo, type MemberEdit, type Identity, type Invite,
  type ItemOptions, type MediaDraft, type AddedMedia, type MediaFile, type MediaItem, type MediaKind, type MediaPage, type MediaTransfer, type MediaUrl, type Purged, type Reader, type TypingAction,
  type MessageState, type MessageVersion, type NodeStatus, type PeerInfo, type Petrel, type PollDraft, type PollOptions, type ReceiveOptions, type RelayInfo, type SafetyNumber, type SearchIndex, type SearchPage, type SearchQuery, type SendOptions, type TextEntity, type Update, type UpdateEvent
} from '../../../src/protocol/api/index.js'
import { BLANK_CHAT, BLANK_MESSAGE } from '../../blank.js'
import { askPoll, changeText, endPoll, forgetTold, reactTo, toldView, versionsOf, voteIn } from './fake-changes.js'
import { ForbiddenError, type BackupOptions, type DeviceInfo, type DeviceMeeting, type GroupLink, type GroupLinkDraft, type JoinRequest, type JoinResult, type SecretCode, type SecretEditOptions, type SecretInfo, type SecretLine, type SecretSendOptions } from '../../../src/protocol/api/index.js'
import { cleanName } from '../../../src/protocol/message/index.js'
import { fakeGroup, fakeLink } from './fake-group.js'
import { FakeSecrets } from './fake-secrets.js'
import { itemOf, stretch, takeIn, transferOf, type FakeFile } from './fake-media.js'

interface Shared { id: string, members: [FakePetrel, FakePetrel], messages: ChatMessage[], createdAt: Date }
const RANK: Record<MessageState, number> = { queued: 0, stored: 1, delivered: 2, read: 3, failed: 9, scheduled: -1 }
const newId = (): string => `b${[...randomBytes(16)].map(byte => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('')}`

/** The place where nodes find each other. */
export class FakeNetwork {
  readonly nodes = new Map<string, FakePetrel>()
  readonly invites = new Map<string, FakePetrel>()
  readonly files = new Map<string, FakeFile>()
  readonly secrets: unknown[] = []

  node (name: string): FakePetrel {
    const node = new FakePetrel(this, name)
    this.nodes.set(node.account, node)
    return node
  }
}

/** One node. `streams` counts receive() loops that have not ended. */
export class FakePetrel implements Petrel {
  readonly account = `12D3KooW${newId()}`
  streams = 0
  readonly calls: string[] = []
  readonly #device = `12D3KooW${newId()}`
  readonly #since = new Date()
  #deviceName = 'machine'
  readonly #contacts = new Map<string, Contact>()
  readonly #chats: Shared[] = []
  readonly #readUpTo = new Map<string, number>()
  readonly #keys = new Map<string, ChatMessage>()
  readonly #drafts = new Map<string, ChatDraft>()
  readonly #scheduled = new Map<string, { message: ChatMessage, text: string, options: SendOptions }>()
  readonly #invites = new Map<string, Invite>()
  readonly #requests = new Map<string, { request: ContactRequest, chat: Shared, from: FakePetrel }>()
  readonly #relays: RelayInfo[] = []
  readonly #updates: Update[] = []
  readonly #activity: Activity[] = []
  readonly #cursors = new Map<string, number>()
  #waiters = new Set<() => void>()
  #closed = false

  readonly net: FakeNetwork
  name: string

  constructor (net: FakeNetwork, name: string) {
    this.net = net
    this.name = name
  }

  #enter (method: string, options?: CallOptions): void {
    this.calls.push(method)
    if (options?.signal?.aborted === true) throw new AbortedError()
    if (this.#closed) throw new UnavailableError('the node is closed')
  }

  #push (event: UpdateEvent): void {
    this.#updates.push({ n: this.#updates.length + 1, at: new Date(), event: structuredClone(event) })
    this.#wake()
  }

  #wake (): void {
    const waiters = this.#waiters
    this.#waiters = new Set()
    for (const wake of waiters) wake()
  }

  async #change (signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => { this.#waiters.delete(go); reject(new AbortedError()) }
      const go = (): void => { signal?.removeEventListener('abort', stop); resolve() }
      this.#waiters.add(go)
      signal?.addEventListener('abort', stop, { once: true })
      if (signal?.aborted === true) stop()
    })
  }

  async identity (options?: CallOptions): Promise<Identity> {
    this.#enter('identity', options)
    return { account: this.account, device: this.#device, name: this.name, link: `petrel:${this.account}` }
  }

  async status (options?: CallOptions): Promise<NodeStatus> {
    this.#enter('status', options)
    return {
      version: '0.0.0-fake', pid: null, since: this.#since, home: '/nowhere', identity: await this.identity(), relays: [...this.#relays],
      queued: 0, chats: this.#chats.length, contacts: this.#contacts.size, requests: this.#requests.size, secretsAsked: 0, secretsUnread: 0, store: 'open', warnings: [], lan: false, updates: this.#updates.length, stopped: null
    }
  }

  async peers (options?: CallOptions): Promise<PeerInfo[]> {
    this.#enter('peers', options)
    return [...this.net.nodes.values()].filter(node => node !== this).map(node => ({ peer: node.account, address: '/memory/1', direction: 'outbound', relay: false, since: this.#since }))
  }

  async doctor (options?: CallOptions): Promise<Finding[]> { this.#enter('doctor', options); return [{ check: 'keys', ok: true, message: 'the keys are whole' }] }

  async addRelay (address: string, options?: CallOptions & { token?: string }): Promise<RelayInfo> {
    this.#enter('addRelay', options)
    const peer = /^\/.*\/p2p\/(\w+)$/.exec(address)?.[1]
    if (peer === undefined) throw new BadInputError('a relay\'s address is a multiaddr that ends in /p2p/PEER')
    const relay: RelayInfo = { address, peer, state: 'connected', home: true, role: 'hosted', error: null, usage: { bytes: 2 ** 40, quota: 2 ** 45 }, own: false, inbox: true, behind: null }
    this.#relays.push(relay)
    return relay
  }

  async listRelays (options?: CallOptions): Promise<RelayInfo[]> { this.#enter('listRelays', options); return [...this.#relays] }
  async removeRelay (address: string, options?: CallOptions): Promise<void> {
    this.#enter('removeRelay', options)
    const at = this.#relays.findIndex(relay => relay.address === address)
    if (at === -1) throw new NotFoundError('no such relay')
    this.#relays.splice(at, 1)
  }

  async moveInbox (address: string, options?: CallOptions): Promise<RelayInfo> {
    this.#enter('moveInbox', options)
    const relay = this.#relays.find(one => one.address === address)
    if (relay === undefined) throw new NotFoundError('no such relay')
    return relay
  }

  async createInvite (options?: CallOptions & { expiresInMs?: number }): Promise<Invite> {
    this.#enter('createInvite', options)
    const id = newId()
    const createdAt = new Date()
    const invite: Invite = { id, link: `petrel:${this.account}?invite=${id}`, createdAt, expiresAt: options?.expiresInMs === undefined ? null : new Date(createdAt.getTime() + options.expiresInMs) }
    this.#invites.set(id, invite)
    this.net.invites.set(id, this)
    return invite
  }

  async listInvites (options?: CallOptions): Promise<Invite[]> { this.#enter('listInvites', options); return [...this.#invites.values()] }
  async revokeInvite (id: string, options?: CallOptions): Promise<void> {
    this.#enter('revokeInvite', options)
    if (!this.#invites.delete(id)) throw new NotFoundError('no such invite')
    this.net.invites.delete(id)
  }

  async listDevices (options?: CallOptions): Promise<DeviceInfo[]> { this.#enter('listDevices', options); return [this.#deviceInfo()] }
  async approveDevice (link: string, options?: CallOptions): Promise<DeviceMeeting> {
    this.#enter('approveDevice', options)
    if (!link.startsWith('petrel:link?')) throw new BadInputError('no device link')
    throw new UnavailableError('no device waits there')
  }

  async confirmDevice (_id: string, _matches: boolean, options?: CallOptions): Promise<DeviceInfo | null> { this.#enter('confirmDevice', options); throw new NotFoundError('no such meeting') }
  async renameDevice (device: string, name: string, options?: CallOptions): Promise<DeviceInfo> {
    this.#enter('renameDevice', options)
    if (device !== this.#deviceInfo().name && device !== this.#device) throw new NotFoundError('no such device')
    this.#deviceName = name
    return this.#deviceInfo()
  }

  async revokeDevice (device: string, options?: CallOptions): Promise<DeviceInfo> {
    this.#enter('revokeDevice', options)
    throw device === this.#device ? new BadInputError('not by itself') : new NotFoundError('no such device')
  }

  #deviceInfo (): DeviceInfo {
    return { device: this.#device, name: this.#deviceName, current: true, since: this.#since, lastSeen: null, online: false, way: null, revoked: false, pending: null }
  }

  async addContact (link: string, options?: CallOptions & { alias?: string }): Promise<Contact> {
    this.#enter('addContact', options)
    const [, account = '', invite] = /^petrel:(\w+)(?:\?invite=(\w+))?$/.exec(link) ?? []
    const other = this.net.nodes.get(account)
    if (other === undefined || other === this) throw new BadInputError('that is no petrel: link of somebody else')
    const known = this.#contacts.get(account)
    if (known !== undefined) return known
    const contact = this.#know(other, options?.alias ?? null)
    const chat: Shared = { id: newId(), members: [this, other], messages: [], createdAt: new Date() }
    this.#open(chat, 'created')
    if (other.#contacts.has(this.account) || (invite !== undefined && this.net.invites.get(invite) === other)) {
      other.#know(this, null)
      other.#open(chat, 'joined')
    } else {
      const request: ContactRequest = { id: newId(), account: this.account, name: this.name, receivedAt: new Date(), chats: 1 }
      other.#requests.set(request.id, { request, chat, from: this })
      other.#push({ type: 'request', account: this.account, name: this.name, id: request.id })
    }
    return contact
  }

  #know (other: FakePetrel, alias: string | null): Contact {
    const contact: Contact = this.#contacts.get(other.account) ?? {
      account: other.account, name: alias ?? other.name, alias, selfName: other.name, blocked: false, verified: false, alarm: null, notice: null, addedAt: new Date()
    }
    if (!this.#contacts.has(other.account)) {
      this.#contacts.set(other.account, contact)
      this.#push({ type: 'contact', account: contact.account, name: contact.name, change: 'added' })
    }
    return contact
  }

  #open (chat: Shared, change: 'created' | 'joined'): void {
    this.#chats.push(chat)
    this.#push({ type: 'chat', chat: chat.id, title: this.#titleOf(chat), change })
  }

  #peerOf (chat: Shared): FakePetrel { return chat.members[0] === this ? chat.members[1] : chat.members[0] }
  #titleOf (chat: Shared): string { return this.#contacts.get(this.#peerOf(chat).account)?.name ?? this.#peerOf(chat).name }

  async listContacts (options?: CallOptions): Promise<Contact[]> { this.#enter('listContacts', options); return [...this.#contacts.values()].map(contact => ({ ...contact })) }

  #contact (reference: string): Contact {
    const all = [...this.#contacts.values()]
    return pick(reference, all, contact => contact.account, contact => contact.alias, 'contact')
  }

  #update (reference: string, change: (contact: Contact) => Partial<Contact>): Contact {
    const contact = this.#contact(reference)
    const next = { ...contact, ...change(contact) }
    this.#contacts.set(next.account, next)
    this.#push({ type: 'contact', account: next.account, name: next.name, change: 'changed' })
    return next
  }

  async renameContact (reference: string, alias: string | null, options?: CallOptions): Promise<Contact> {
    this.#enter('renameContact', options)
    const taken = [...this.#contacts.values()].some(other => alias !== null && other.alias === alias && other !== this.#contact(reference))
    if (taken) throw new ExistsError('another contact has this alias')
    return this.#update(reference, contact => ({ alias, name: alias ?? contact.selfName ?? contact.account }))
  }

  async blockContact (reference: string, blocked: boolean, options?: CallOptions): Promise<Contact> { this.#enter('blockContact', options); return this.#update(reference, () => ({ blocked })) }
  async setVerified (reference: string, verified: boolean, options?: CallOptions): Promise<Contact> { this.#enter('setVerified', options); return this.#update(reference, () => ({ verified })) }

  async safetyNumber (reference: string, options?: CallOptions): Promise<SafetyNumber> {
    this.#enter('safetyNumber', options)
    const contact = this.#contact(reference)
    const hash = createHash('sha512').update([this.account, contact.account].sort().join(' ')).digest()
    const digits = [...hash.subarray(0, 60)].map(byte => byte % 10).join('').match(/.{5}/g)?.join(' ') ?? ''
    return { account: contact.account, name: contact.name, digits, verified: contact.verified }
  }

  #chat (reference: string): Shared { return pick(reference, this.#chats, chat => chat.id, chat => this.#contacts.get(this.#peerOf(chat).account)?.alias ?? null, 'chat') }

  #info (chat: Shared): ChatInfo {
    const readUpTo = this.#readUpTo.get(chat.id) ?? 0
    const unread = chat.messages.filter(message => message.from !== this.account && (message.seq ?? 0) > readUpTo).length
    const last = chat.messages.at(-1)
    return {
      id: chat.id, title: this.#titleOf(chat), kind: 'direct', members: 2, peer: this.#peerOf(chat).account, home: '12D3KooWrelay', unread, seq: chat.messages.length,
      last: last === undefined ? null : this.#view(last), current: true, signedAt: null, alarm: null, caught: null, gaps: [], moving: null, createdAt: chat.createdAt, ...BLANK_CHAT, draft: this.#drafts.get(chat.id) ?? null
    }
  }

  #view (message: ChatMessage): ChatMessage {
    const own = message.from === this.account
    return structuredClone({ ...message, ...toldView(message, this.account), own, state: own ? message.state : null })
  }

  async listChats (options?: CallOptions): Promise<ChatInfo[]> { this.#enter('listChats', options); return this.#chats.map(chat => this.#info(chat)) }

  async showChat (reference: string, options?: CallOptions & { limit?: number, before?: number }): Promise<ChatPage> {
    this.#enter('showChat', options)
    const chat = this.#chat(reference)
    const upTo = chat.messages.filter(message => (message.seq ?? 0) < (options?.before ?? Infinity))
    const messages = upTo.slice(-(options?.limit ?? 50))
    return { chat: this.#info(chat), messages: messages.map(message => this.#view(message)), hasMore: messages.length < upTo.length }
  }

  async resumeChat (chat: string, options?: CallOptions): Promise<ChatInfo> { this.#enter('resumeChat', options); this.#chat(chat); throw new ConflictError('nothing stops sending in this chat') }
  async listProofs (chat: string, options?: CallOptions): Promise<ChatProof[]> { this.#enter('listProofs', options); this.#chat(chat); return [] }

  async readChat (reference: string, options?: CallOptions & { upTo?: number }): Promise<ChatInfo> {
    this.#enter('readChat', options)
    const chat = this.#chat(reference)
    const upTo = Math.min(options?.upTo ?? Infinity, chat.messages.length)
    this.#readUpTo.set(chat.id, Math.max(upTo, this.#readUpTo.get(chat.id) ?? 0))
    for (const message of chat.messages.slice(0, upTo)) if (message.from !== this.account) this.#peerOf(chat).#advance(chat, message, 'read')
    this.#push({ type: 'chat', chat: chat.id, title: this.#titleOf(chat), change: 'read' })
    return this.#info(chat)
  }

  async moveChat (reference: string, options?: CallOptions & { to?: string, lost?: boolean }): Promise<ChatInfo> {
    this.#enter('moveChat', options)
    const chat = this.#chat(reference)
    if (options?.to !== undefined) throw new NotFoundError('no such relay')
    return this.#info(chat)
  }

  async createGroup (title: string, options?: CallOptions & GroupDraft): Promise<GroupInfo> { this.#enter('createGroup', options); return fakeGroup(title, options) }
  async showGroup (_chat: string, options?: CallOptions): Promise<GroupInfo> { this.#enter('showGroup', options); return fakeGroup('Birds') }
  async editGroup (_chat: string, edit: GroupEdit, options?: CallOptions): Promise<GroupInfo> { this.#enter('editGroup', options); return fakeGroup(edit.title ?? 'Birds', edit) }
  async addMembers (_chat: string, members: string[], options?: CallOptions): Promise<GroupInfo> { this.#enter('addMembers', options); return fakeGroup('Birds', { members }) }
  async removeMembers (_chat: string, _members: string[], options?: CallOptions): Promise<GroupInfo> { this.#enter('removeMembers', options); return fakeGroup('Birds') }
  async editMember (_chat: string, _member: string, _edit: MemberEdit, options?: CallOptions): Promise<GroupInfo> { this.#enter('editMember', options); return fakeGroup('Birds') }
  async leaveGroup (_chat: string, options?: CallOptions): Promise<void> { this.#enter('leaveGroup', options) }
  async createGroupLink (_chat: string, options?: CallOptions & GroupLinkDraft): Promise<GroupLink> { this.#enter('createGroupLink', options); return fakeLink(options) }
  async listGroupLinks (_chat: string, options?: CallOptions): Promise<GroupLink[]> { this.#enter('listGroupLinks', options); return [fakeLink()] }
  async revokeGroupLink (_chat: string, _id: string, options?: CallOptions): Promise<void> { this.#enter('revokeGroupLink', options) }
  async joinGroup (_link: string, options?: CallOptions): Promise<JoinResult> { this.#enter('joinGroup', options); return { state: 'joined', chat: fakeGroup('Birds').chat, reason: null } }
  async listJoinRequests (_chat: string, options?: CallOptions): Promise<JoinRequest[]> { this.#enter('listJoinRequests', options); return [] }
  async answerJoinRequest (_chat: string, _who: string, _accept: boolean, options?: CallOptions): Promise<void> { this.#enter('answerJoinRequest', options) }

  #advance (chat: Shared, message: ChatMessage, state: MessageState): void {
    if (RANK[message.state ?? 'queued'] >= RANK[state]) return
    message.state = state
    this.#push({ type: 'messageState', chat: chat.id, id: message.id, state, error: null })
  }

  async send (reference: string, text: string, options: SendOptions = {}): Promise<ChatMessage> {
    this.#enter('send', options)
    if (text.length > LIMITS.textUnits) throw new TooLargeError(`a message has at most ${LIMITS.textUnits} UTF-16 units`)
    if ((text === '' && options.media === undefined) || !text.isWellFormed()) throw new BadInputError('a message needs well-formed text')
    const chat = this.#chat(reference)
    const known = options.idempotencyKey === undefined ? undefined : this.#keys.get(options.idempotencyKey)
    const message = known ?? (options.at === undefined ? this.#append(chat, text, options) : this.#schedule(chat, text, options, options.at))
    if (options.idempotencyKey !== undefined) this.#keys.set(options.idempotencyKey, message)
    await nextTurn()
    if (message.state === 'scheduled') return structuredClone(message)
    while (RANK[message.state ?? 'queued'] < RANK[options.wait ?? 'stored']) await this.#change(options.signal)
    return this.#view(message)
  }

  #draftOf (chat: Shared, text: string, options: SendOptions): ChatMessage {
    const quoted = options.replyTo === undefined ? undefined : this.#message(chat, options.replyTo)
    return {
      id: newId(), chat: chat.id, seq: chat.messages.length + 1, preview: false, from: this.account, fromName: this.name, own: true, at: new Date(), kind: options.media === undefined ? 'text' : options.media.length > 1 ? 'album' : 'media', text,
      entities: options.entities ?? [], media: (options.media ?? []).map(id => this.#file(id).file), replyTo: quoted === undefined ? null : { id: quoted.id, quote: options.quote ?? null, fromName: quoted.fromName, text: quoted.text.slice(0, 100) }, forwardedFrom: null,
      edited: false, deleted: false, state: 'queued', error: null, ...BLANK_MESSAGE, silent: options.silent === true
    }
  }

  #append (chat: Shared, text: string, options: SendOptions, forwardedFrom: ChatMessage['forwardedFrom'] = null, made: (message: ChatMessage) => void = () => undefined): ChatMessage {
    const message: ChatMessage = { ...this.#draftOf(chat, text, options), forwardedFrom }
    made(message)
    chat.messages.push(message)
    this.#push({ type: 'message', message: this.#view(message) })
    this.#advance(chat, message, 'stored')
    for (const file of message.media) this.#push({ type: 'transfer', transfer: transferOf(file, 'upload') })
    const peer = this.#peerOf(chat)
    if (peer.#chats.includes(chat) && peer.#contacts.get(this.account)?.blocked !== true) {
      peer.#push({ type: 'message', message: peer.#view(message) })
      this.#advance(chat, message, 'delivered')
    }
    return message
  }

  #message (chat: Shared, id: string): ChatMessage {
    const message = chat.messages.find(other => other.id === id)
    if (message === undefined) throw new NotFoundError('no such message')
    return message
  }

  #schedule (chat: Shared, text: string, options: SendOptions, at: Date): ChatMessage {
    if (at.getTime() <= Date.now()) throw new BadInputError('the time to send it at has passed')
    const message: ChatMessage = { ...this.#draftOf(chat, text, options), seq: null, state: 'scheduled', scheduledAt: at }
    this.#scheduled.set(message.id, { message, text, options })
    this.#push({ type: 'messageState', chat: chat.id, id: message.id, state: 'scheduled', error: null })
    return message
  }

  async saveDraft (reference: string, text: string | null, options: CallOptions & { replyTo?: string } = {}): Promise<ChatInfo> {
    this.#enter('saveDraft', options)
    const chat = this.#chat(reference)
    this.#push({ type: 'chat', chat: chat.id, title: this.#info(chat).title, change: 'draft' })
    if (text === null || (text === '' && options.replyTo === undefined)) this.#drafts.delete(chat.id)
    else this.#drafts.set(chat.id, { text, replyTo: options.replyTo ?? null, at: new Date() })
    return this.#info(chat)
  }

  async listScheduled (options: CallOptions & { chat?: string } = {}): Promise<ChatMessage[]> {
    this.#enter('listScheduled', options)
    const only = options.chat === undefined ? undefined : this.#chat(options.chat).id
    return [...this.#scheduled.values()].map(({ message }) => structuredClone(message)).filter(({ chat }) => only === undefined || chat === only)
  }

  async cancelScheduled (id: string, options?: CallOptions): Promise<void> {
    this.#enter('cancelScheduled', options)
    const one = this.#scheduled.get(id)
    if (one === undefined || !this.#scheduled.delete(id)) throw new NotFoundError('no such message waits')
    this.#push({ type: 'messageDeleted', chat: one.message.chat, id, seq: 0, by: this.account })
  }

  async sendScheduled (id: string, options?: CallOptions): Promise<ChatMessage> {
    this.#enter('sendScheduled', options)
    const one = this.#scheduled.get(id)
    if (one === undefined || !this.#scheduled.delete(id)) throw new NotFoundError('no such message waits')
    return this.#view(this.#append(this.#chat(one.message.chat), one.text, one.options))
  }

  async getMessage (chat: string, id: string, options?: CallOptions): Promise<ChatMessage> { this.#enter('getMessage', options); return this.#view(this.#message(this.#chat(chat), id)) }

  async forwardMessages (reference: string, ids: string[], to: string, options: ForwardOptions = {}): Promise<ChatMessage[]> {
    this.#enter('forwardMessages', options)
    if (ids.length === 0) throw new BadInputError('no message')
    const [from, chat] = [this.#chat(reference), this.#chat(to)]
    const sent = ids.map(id => this.#message(from, id)).map(({ text, entities, fromName, at, forwardedFrom }, i) => {
      const key = options.idempotencyKey === undefined ? undefined : `${options.idempotencyKey}/${i}`
      const known = key === undefined ? undefined : this.#keys.get(key)
      const message = known ?? this.#append(chat, text, { entities }, options.hideOrigin === true ? null : forwardedFrom ?? { name: fromName, at })
      if (key !== undefined) this.#keys.set(key, message)
      return message
    })
    await nextTurn()
    while (sent.some(message => RANK[message.state ?? 'queued'] < RANK[options.wait ?? 'stored'])) await this.#change(options.signal)
    return sent.map(message => this.#view(message))
  }

  async deleteMessages (reference: string, ids: string[], options?: CallOptions & { wait?: 'queued' | 'stored' }): Promise<void> {
    this.#enter('deleteMessages', options)
    const chat = this.#chat(reference)
    if (ids.length === 0) throw new BadInputError('no message')
    for (const message of ids.map(id => this.#message(chat, id))) {
      Object.assign(message, { deleted: true, text: '', entities: [] })
      forgetTold(message)
      const event = { type: 'messageDeleted', chat: chat.id, id: message.id, seq: message.seq ?? 0, by: this.account } as const
      this.#push(event)
      this.#peerOf(chat).#push(event)
    }
  }

  async #tell (method: string, reference: string, id: string, change: Extract<UpdateEvent, { type: 'messageChanged' }>['change'], options: CallOptions | undefined, work: (message: ChatMessage) => void): Promise<ChatMessage> {
    this.#enter(method, options)
    const chat = this.#chat(reference)
    const message = this.#message(chat, id)
    work(message)
    for (const node of chat.members) node.#push({ type: 'messageChanged', message: node.#view(message), change })
    return this.#view(message)
  }

  async editMessage (chat: string, id: string, text: string, o?: ChangeOptions & { entities?: TextEntity[] }): Promise<ChatMessage> {
    return await this.#tell('editMessage', chat, id, 'edited', o, message => { changeText(message, this.account, text, o?.entities ?? []) })
  }

  async messageHistory (chat: string, id: string, o?: CallOptions): Promise<MessageVersion[]> { this.#enter('messageHistory', o); return versionsOf(this.#message(this.#chat(chat), id)) }
  async react (chat: string, id: string, emoji: string[], o?: ChangeOptions): Promise<ChatMessage> { return await this.#tell('react', chat, id, 'reactions', o, message => { reactTo(message, this.account, emoji) }) }
  async pinMessage (chat: string, id: string, o?: ChangeOptions & { unpin?: boolean, silent?: boolean }): Promise<ChatMessage> { return await this.#tell('pinMessage', chat, id, 'pinned', o, message => { message.pinned = o?.unpin !== true }) }
  async listPinned (chat: string, o?: CallOptions): Promise<ChatMessage[]> { this.#enter('listPinned', o); return this.#chat(chat).messages.filter(({ pinned }) => pinned).map(message => this.#view(message)).reverse() }
  async sendPoll (reference: string, poll: PollDraft, o: PollOptions = {}): Promise<ChatMessage> {
    this.#enter('sendPoll', o)
    const message = this.#append(this.#chat(reference), poll.question, o, null, sent => { askPoll(sent, poll) })
    return this.#view(message)
  }

  async vote (chat: string, id: string, options: number[], o?: ChangeOptions): Promise<ChatMessage> { return await this.#tell('vote', chat, id, 'poll', o, message => { voteIn(message, this.account, options) }) }
  async closePoll (chat: string, id: string, o?: ChangeOptions): Promise<ChatMessage> { return await this.#tell('closePoll', chat, id, 'poll', o, message => { endPoll(message, this.account) }) }

  async * receive (options: ReceiveOptions = {}): AsyncGenerator<Update, void, undefined> {
    this.#enter('receive', options)
    if ((options.after ?? 0) > this.#updates.length) throw new BadInputError('that update has not happened yet')
    this.streams++
    try {
      let n = options.after ?? (options.consumer === undefined ? 0 : this.#cursors.get(options.consumer) ?? 0)
      while (true) {
        if (options.signal?.aborted === true) throw new AbortedError()
        if (this.#closed) throw new UnavailableError('the node is closed')
        const update = this.#updates[n]
        if (update !== undefined) {
          n++
          yield structuredClone(update)
        } else if (options.follow === true) {
          await this.#change(options.signal)
        } else {
          return
        }
      }
    } finally {
      this.streams--
      this.#wake()
    }
  }

  /** Resolves when no receive() loop is left. */
  async idle (): Promise<void> { while (this.streams > 0) await this.#change() }

  async acknowledge (consumer: string, n: number, options?: CallOptions): Promise<void> {
    this.#enter('acknowledge', options)
    if (n > this.#updates.length) throw new BadInputError('that update has not happened yet')
    this.#cursors.set(consumer, Math.max(n, this.#cursors.get(consumer) ?? 0))
  }

  #file (id: string): FakeFile {
    const found = this.net.files.get(id)
    if (found === undefined) throw new NotFoundError('no such file')
    return found
  }

  async addMedia (draft: MediaDraft, bytes: AsyncIterable<Uint8Array>, options?: CallOptions): Promise<AddedMedia> {
    this.#enter('addMedia', options)
    const taken = await takeIn(draft, bytes, sha256 => [...this.net.files.values()].find(({ file }) => file.sha256 === sha256))
    if (options?.signal?.aborted === true) throw new AbortedError()
    this.net.files.set(taken.file.id, taken)
    return { file: taken.file, notes: [] }
  }

  async listMedia (options: CallOptions & { chat?: string, as?: MediaKind, limit?: number, before?: string } = {}): Promise<MediaPage> {
    this.#enter('listMedia', options)
    const chats = options.chat === undefined ? this.#chats : [this.#chat(options.chat)]
    const all = chats.flatMap(chat => chat.messages.toReversed().flatMap(message => message.media.map((_, item) => this.#item(chat, message, item))))
    const items = all.filter(({ file }) => options.as === undefined || file.as === options.as)
    const from = Number(options.before ?? 0)
    const to = from + (options.limit ?? 50)
    return { items: items.slice(from, to), next: to < items.length ? String(to) : null }
  }

  #item (chat: Shared, message: ChatMessage, item?: number): MediaItem {
    const { id, from, fromName, own, at } = this.#view(message)
    return { chat: chat.id, message: id, item: item ?? 0, from, fromName, own, at, file: itemOf(message.media, item) }
  }

  async mediaInfo (reference: string, id: string, options: ItemOptions = {}): Promise<MediaItem> {
    this.#enter('mediaInfo', options)
    const chat = this.#chat(reference)
    return this.#item(chat, this.#message(chat, id), options.item)
  }

  async * readMedia (reference: string, id: string, options: ItemOptions & { start?: number, end?: number } = {}): AsyncGenerator<Uint8Array> {
    this.#enter('readMedia', options)
    const file = this.#file(itemOf(this.#message(this.#chat(reference), id).media, options.item).id)
    for await (const piece of stretch(file, options.start, options.end)) {
      if (options.signal?.aborted === true) throw new AbortedError()
      yield piece
    }
  }

  async setRecoveryCard (card: string, options?: CallOptions): Promise<void> {
    this.#enter('setRecoveryCard', options)
    if (card.length < 100) throw new BadInputError('this is no card')
  }

  async * backup ({ passphrase, media = false, resume, signal }: BackupOptions = {}): AsyncGenerator<Uint8Array> {
    this.#enter('backup', { ...(signal === undefined ? {} : { signal }) })
    if (passphrase === undefined && resume === undefined) throw new BadInputError('say what is to open the backup: a passphrase')
    if (resume !== undefined) throw new NotFoundError('this backup cannot be gone on with: begin it anew')
    // A node's begins so.
    yield new TextEncoder().encode('petrel-backup\n')
    for (let i = 0; i < (media ? 40 : 1); i++) {
      if (signal?.aborted === true) throw new AbortedError()
      yield new Uint8Array(64 * 1024).fill(i)
    }
  }

  async searchMessages ({ query = '', chat, from, kind, since, until, limit = 50, before, signal }: CallOptions & SearchQuery & { limit?: number, before?: string } = {}): Promise<SearchPage> {
    this.#enter('searchMessages', { ...(signal === undefined ? {} : { signal }) })
    if (query === '' && from === undefined && kind === undefined && since === undefined && until === undefined) throw new BadInputError('say what to look for')
    const chats = chat === undefined ? this.#chats : [this.#chat(chat)]
    const found = chats.flatMap(one => one.messages).toReversed().map(message => this.#view(message)).filter(({ text, own }) => text.toLowerCase().includes(query.toLowerCase()) && (from !== 'me' || own))
    const start = Number(before ?? 0)
    const messages = found.slice(start, start + limit).map(message => ({ message, matches: query === '' ? [] : [{ offset: message.text.toLowerCase().indexOf(query.toLowerCase()), length: query.length }] }))
    const hasMore = start + limit < found.length
    return { messages, hasMore, next: hasMore ? String(start + limit) : null, pending: 0 }
  }

  async rebuildSearch (options?: CallOptions): Promise<SearchIndex> {
    this.#enter('rebuildSearch', options)
    return { messages: this.#chats.reduce((sum, { messages }) => sum + messages.length, 0) }
  }

  get #secrets (): FakeSecrets { return new FakeSecrets(this.net.secrets, this.account, account => this.#contacts.get(account)?.name ?? account) }
  /** What was done is told to both. */
  #secretly <T> (method: string, options: CallOptions | undefined, work: () => T, change?: Extract<UpdateEvent, { type: 'secret' }>['change']): T {
    this.#enter(method, options)
    const done = work()
    if (change !== undefined) for (const node of this.net.nodes.values()) node.#push({ type: 'secret', secret: 'a', change })
    return done
  }

  async startSecret (contact: string, options: CallOptions & { timer?: number } = {}): Promise<SecretInfo> {
    return this.#secretly('startSecret', options, () => this.#secrets.start(this.#contact(contact).account, options.timer ?? 0), 'asked')
  }

  async acceptSecret (secret: string, options?: CallOptions): Promise<SecretInfo> { return this.#secretly('acceptSecret', options, () => this.#secrets.accept(secret), 'accepted') }
  async listSecrets (options?: CallOptions): Promise<SecretInfo[]> { return this.#secretly('listSecrets', options, () => this.#secrets.list()) }
  async showSecret (secret: string, options?: CallOptions): Promise<SecretInfo> { return this.#secretly('showSecret', options, () => this.#secrets.show(secret)) }
  async secretCode (secret: string, options?: CallOptions): Promise<SecretCode> {
    return this.#secretly('secretCode', options, () => { this.#secrets.show(secret); return { digits: '12345', emoji: [{ symbol: '🐶', name: 'dog' }] } })
  }

  async sendSecret (secret: string, text: string, options: SecretSendOptions = {}): Promise<SecretLine> { return this.#secretly('sendSecret', options, () => this.#secrets.send(secret, text, options, (options.media ?? []).map(id => this.#file(id).file)), 'message') }
  async secretMediaInfo (secret: string, message: string, options: ItemOptions = {}): Promise<MediaFile> { return this.#secretly('secretMediaInfo', options, () => this.#secrets.file(secret, message, options.item)) }
  async * readSecretMedia (secret: string, message: string, options: ItemOptions & { start?: number, end?: number } = {}): AsyncGenerator<Uint8Array> {
    this.#enter('readSecretMedia', options)
    yield * stretch(this.#file(this.#secrets.file(secret, message, options.item).id), options.start, options.end)
  }

  async editSecret (secret: string, id: string, text: string, options?: SecretEditOptions): Promise<SecretLine> {
    return this.#secretly('editSecret', options, () => this.#secrets.change(secret, id, (line, own) => {
      if (!own) throw new ForbiddenError('only its author edits a message')
      line.text = text
      line.entities = options?.entities ?? []
      line.edited = true
    }), 'changed')
  }

  async deleteSecret (secret: string, ids: string[], options?: CallOptions): Promise<void> { this.#secretly('deleteSecret', options, () => { this.#secrets.drop(secret, ids) }, 'changed') }
  async reactSecret (secret: string, id: string, emoji: string[], options?: CallOptions): Promise<SecretLine> {
    return this.#secretly('reactSecret', options, () => this.#secrets.change(secret, id, (line, own) => { line.reactions[own ? 'own' : 'theirs'] = emoji }), 'changed')
  }

  async secretLines (secret: string, options: CallOptions & { before?: number, limit?: number } = {}): Promise<SecretLine[]> { return this.#secretly('secretLines', options, () => this.#secrets.lines(secret, options.before, options.limit)) }
  async readSecret (secret: string, options?: CallOptions): Promise<void> { this.#secretly('readSecret', options, () => { this.#secrets.read(secret) }, 'read') }
  async setSecretTimer (secret: string, seconds: number, options?: CallOptions): Promise<SecretInfo> { return this.#secretly('setSecretTimer', options, () => this.#secrets.timer(secret, seconds), 'timer') }
  async noteScreenshot (secret: string, options?: CallOptions): Promise<void> { this.#secretly('noteScreenshot', options, () => { this.#secrets.show(secret) }, 'screenshot') }
  async closeSecret (secret: string, options?: CallOptions): Promise<void> { this.#secretly('closeSecret', options, () => { this.#secrets.close(secret) }, 'closed') }
  async forgetSecret (secret: string, options?: CallOptions): Promise<void> { this.#secretly('forgetSecret', options, () => { this.#secrets.forget(secret) }, 'forgotten') }
  async setSecretVerified (secret: string, verified: boolean, options?: CallOptions): Promise<SecretInfo> { return this.#secretly('setSecretVerified', options, () => this.#secrets.verify(secret, verified), 'verified') }

  async purgeMedia (options: ItemOptions & { chat?: string, message?: string, unusedMs?: number } = {}): Promise<Purged> {
    this.#enter('purgeMedia', options)
    const items = (await this.listMedia({ ...(options.chat === undefined ? {} : { chat: options.chat }), limit: 1000 })).items.filter(({ message }) => options.message === undefined || message === options.message)
    return { files: items.length, bytes: items.reduce((sum, { file }) => sum + file.size, 0) }
  }

  async mediaUrl (reference: string, id: string, options: ItemOptions & { expiresInMs?: number } = {}): Promise<MediaUrl> {
    this.#enter('mediaUrl', options)
    const chat = this.#chat(reference)
    this.#item(chat, this.#message(chat, id), options.item)
    return { url: `http://127.0.0.1:1/media/${newId()}`, expiresAt: new Date(Date.now() + (options.expiresInMs ?? 14_400_000)) }
  }

  async * transfers (options: CallOptions & { media?: string[] } = {}): AsyncGenerator<MediaTransfer> {
    this.#enter('transfers', options)
    const wanted = (id: string): boolean => options.media === undefined || options.media.length === 0 || options.media.includes(id)
    let n = 0
    while (true) {
      if (options.signal?.aborted === true) throw new AbortedError()
      if (this.#closed) throw new UnavailableError('the node is closed')
      const event = this.#updates[n++]?.event
      if (event === undefined) { n--; await this.#change(options.signal) } else if (event.type === 'transfer' && wanted(event.transfer.media)) yield event.transfer
    }
  }

  async listReaders (reference: string, id: string, options?: CallOptions): Promise<Reader[]> {
    this.#enter('listReaders', options)
    const chat = this.#chat(reference)
    const message = this.#message(chat, id)
    if (message.from !== this.account) throw new BadInputError('not an own message')
    const { account, name } = this.#peerOf(chat)
    return message.state === 'delivered' || message.state === 'read' ? [{ account, name, state: message.state, deliveredAt: new Date(), readAt: message.state === 'read' ? new Date() : null }] : []
  }

  async setTyping (reference: string, options: CallOptions & { action?: TypingAction } = {}): Promise<void> {
    this.#enter('setTyping', options)
    this.#does(this.#chat(reference), options.action ?? 'typing')
  }

  async setOnline (online: boolean, options?: CallOptions): Promise<void> {
    this.#enter('setOnline', options)
    for (const chat of this.#chats) this.#does(chat, online ? 'online' : 'offline')
  }

  #does (chat: Shared, kind: Activity['kind']): void {
    const peer = this.#peerOf(chat)
    peer.#activity.push({ chat: chat.id, account: this.account, name: this.name, kind, until: kind === 'idle' || kind === 'offline' ? null : new Date() })
    peer.#wake()
  }

  async * activity (options: CallOptions & { chat?: string } = {}): AsyncGenerator<Activity> {
    this.#enter('activity', options)
    const wanted = options.chat === undefined ? undefined : this.#chat(options.chat).id
    let n = 0
    while (true) {
      if (options.signal?.aborted === true) throw new AbortedError()
      if (this.#closed) throw new UnavailableError('the node is closed')
      const one = this.#activity[n++]
      if (one === undefined) { n--; await this.#change(options.signal) } else if (wanted === undefined || one.chat === wanted) yield one
    }
  }

  async listRequests (options?: CallOptions): Promise<ContactRequest[]> { this.#enter('listRequests', options); return [...this.#requests.values()].map(({ request }) => request) }

  #request (id: string): { request: ContactRequest, chat: Shared, from: FakePetrel } {
    const found = this.#requests.get(id)
    if (found === undefined) throw new NotFoundError('no such request')
    this.#requests.delete(id)
    return found
  }

  async acceptRequest (id: string, options?: CallOptions & { alias?: string }): Promise<Contact> {
    this.#enter('acceptRequest', options)
    const { chat, from } = this.#request(id)
    const contact = this.#know(from, options?.alias ?? null)
    this.#open(chat, 'joined')
    for (const message of chat.messages) {
      this.#push({ type: 'message', message: this.#view(message) })
      from.#advance(chat, message, 'delivered')
    }
    return contact
  }

  async declineRequest (id: string, options?: CallOptions & { block?: boolean }): Promise<void> { this.#enter('declineRequest', options); this.#request(id) }
  async report (chat: string, messageId: string, _note: string, options?: CallOptions): Promise<void> { this.#enter('report', options); this.#message(this.#chat(chat), messageId) }
  async renameAccount (name: string, options?: CallOptions): Promise<Identity> {
    this.#enter('renameAccount', options)
    if (cleanName(name) !== name.trim()) throw new BadInputError('no name')
    this.name = name.trim()
    return await this.identity()
  }

  async deleteAccount (confirm: string, options?: CallOptions): Promise<void> {
    this.#enter('deleteAccount', options)
    if (confirm !== this.account) throw new BadInputError('confirm must be the account\'s id')
    await this.close()
  }

  async close (): Promise<void> { this.#closed = true; this.#wake() }
  async shutdown (options?: CallOptions): Promise<void> { this.#enter('shutdown', options); await this.close() }
}

/** What a name, an id or a unique prefix of an id means. */
function pick <T> (reference: string, all: T[], id: (item: T) => string, alias: (item: T) => string | null, what: string): T {
  const exact = all.filter(item => id(item) === reference || alias(item) === reference)
  const hits = exact.length > 0 ? exact : all.filter(item => reference !== '' && id(item).startsWith(reference))
  if (hits.length > 1) throw new AmbiguousError(`several ${what}s fit "${reference}"`, { details: { candidates: hits.map(id) } })
  if (hits[0] === undefined) throw new NotFoundError(`no ${what} fits "${reference}"`)
  return hits[0]
}

/** Two nodes that know each other through an invite. */
export async function fakePair (): Promise<{ net: FakeNetwork, alice: FakePetrel, bob: FakePetrel }> {
  const net = new FakeNetwork()
  const [alice, bob] = [net.node('Alice'), net.node('Bob')]
  const invite = await alice.createInvite()
  await bob.addContact(invite.link)
  return { net, alice, bob }
}
