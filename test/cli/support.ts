/** A command line in this process, with a fake daemon behind it. */
import { createHash } from 'node:crypto'
import { run } from '../../src/cli/main.js'
import type { Doors } from '../../src/cli/doors.js'
import type { Io } from '../../src/cli/io.js'
import { BLANK_CHAT, BLANK_MESSAGE } from '../blank.js'
import { homePaths } from '../../src/node/client/index.js'
import { AbortedError, NotRunningError, type ChatInfo, type ChatMessage, type Contact, type DeviceInfo, type GroupInfo, type GroupLink, type MediaFile, type MediaItem, type NodeStatus, type Petrel, type PollView, type SecretInfo, type SecretLine, type Update } from '../../src/protocol/api/index.js'

export const NOW = new Date('2026-03-04T12:00:00.000Z')
export const ACCOUNT = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
export const OTHER = '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'
export const MESSAGE_ID = 'bmy5pbo4wqyfmxcqfqd5oqd7nwe'

export const message = (fields: Partial<ChatMessage> = {}): ChatMessage => ({
  id: MESSAGE_ID, chat: 'bchat', seq: 3, preview: false, from: OTHER, fromName: 'Ada', own: false, at: NOW, kind: 'text', text: 'hello', entities: [], media: [],
  replyTo: null, forwardedFrom: null, edited: false, deleted: false, state: null, error: null, ...BLANK_MESSAGE, ...fields
})

/** The bytes of {@link file}. */
export const BYTES = Buffer.from('the bytes of a picture')

export const file = (fields: Partial<MediaFile> = {}): MediaFile => ({
  id: 'bafymedia', as: 'photo', name: 'holiday.jpg', type: 'image/jpeg', size: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex'), width: 1600, height: 1200, duration: null,
  thumb: null, waveform: null, state: { here: BYTES.length, held: true, transfer: null }, ...fields
})

const mediaItem = (fields: Partial<MediaFile> = {}): MediaItem => ({ chat: 'bchat', message: MESSAGE_ID, item: 0, from: OTHER, fromName: 'Ada', own: false, at: NOW, file: file(fields) })

export const contact = (fields: Partial<Contact> = {}): Contact => ({
  account: OTHER, name: 'Ada', alias: null, selfName: 'Ada L', blocked: false, verified: false, alarm: null, notice: null, addedAt: NOW, ...fields
})

const device = (fields: Partial<DeviceInfo> = {}): DeviceInfo => ({
  device: OTHER, name: 'laptop', current: true, since: NOW, lastSeen: NOW, online: true, way: 'local', revoked: false, pending: null, ...fields
})

export const chat = (fields: Partial<ChatInfo> = {}): ChatInfo => ({
  id: 'bchat', title: 'Ada', kind: 'direct', members: 2, peer: OTHER, home: OTHER, unread: 1, seq: 3, last: message(), current: true, signedAt: NOW, alarm: null, caught: null, gaps: [], moving: null, createdAt: NOW, ...BLANK_CHAT, ...fields
})

export const groupLink: GroupLink = { id: 'blink', chat: 'bgroup', name: 'friends', link: 'petrel:x?group=y', createdAt: NOW, expiresAt: null, uses: 5, used: 1, approve: false }
export const group = (fields: Partial<GroupInfo> = {}): GroupInfo => ({
  chat: chat({ title: 'Birds', kind: 'group', peer: '' }), about: 'of the garden', role: 'owner', history: true, slowMode: 0, permissions: ['sendMessages'],
  members: [{ account: OTHER, name: 'Ada', role: 'member', title: null, rights: [], permissions: ['sendMessages'], ownPermissions: false, until: null, leaving: false }], banned: [], pending: 0, notAdded: [], ...fields
})

/** A poll in which this account chose `own`. */
export const poll = (options: readonly string[], own: readonly number[] = []): PollView => ({
  options: options.map((text, i) => ({ text, votes: own.includes(i) ? 1 : 0, own: own.includes(i), accounts: own.includes(i) ? [ACCOUNT] : [] })), voters: own.length > 0 ? 1 : 0,
  multiple: false, quiz: false, correct: null, explanation: null, closed: false, closesAt: null
})

const identity = { account: ACCOUNT, device: OTHER, name: 'Bob', link: `petrel:${ACCOUNT}?name=Bob` }
const relayInfo = { address: `/ip4/127.0.0.1/tcp/4001/p2p/${OTHER}`, peer: OTHER, state: 'connected' as const, home: true, role: 'hosted' as const, error: null, usage: { bytes: 2048, quota: 1024 ** 3 }, own: false, inbox: true, behind: null }
const invite = { id: 'binvite', link: `petrel:${ACCOUNT}?invite=abc`, createdAt: NOW, expiresAt: new Date(NOW.getTime() + 86_400_000) }
export const status = (fields: Partial<NodeStatus> = {}): NodeStatus => ({
  version: '0.1.0', pid: 4242, since: NOW, home: '/home/bob/.petrel', identity, relays: [relayInfo], queued: 0, chats: 1, contacts: 1, requests: 1, secretsAsked: 0, secretsUnread: 0, store: 'open', warnings: ['the clock is off'], lan: false, updates: 0, stopped: null, ...fields
})

/** A daemon that answers everything, and keeps what it was asked. */
export interface Fake { petrel: Petrel, calls: [string, ...unknown[]][], acknowledged: [string, number][] }

export const secretInfo: SecretInfo = { id: 'abcdef0123456789', account: OTHER, name: 'Ada', device: OTHER, devices: [OTHER], ending: null, state: 'open', timer: 3600, unread: 1, waiting: 0, createdAt: NOW, path: 'relay', alarm: null, verified: false }
export const secretLine: SecretLine = { number: 1, kind: 'message', id: MESSAGE_ID, own: false, at: NOW, text: 'hello', entities: [], replyTo: null, state: null, edited: false, reactions: { own: [], theirs: ['👍'] }, ttl: 3600, goesAt: null, note: null, media: [] }

/** A fake daemon; `over` replaces methods. */
export function fake (over: Partial<Petrel> = {}, updates: readonly Update[] = []): Fake {
  const calls: Fake['calls'] = []
  const acknowledged: Fake['acknowledged'] = []
  const answers: Petrel = {
    identity: async () => identity,
    renameAccount: async name => ({ ...identity, name }),
    status: async () => status(),
    peers: async () => [{ peer: OTHER, address: '/ip4/127.0.0.1/tcp/1', direction: 'outbound', relay: true, since: NOW }],
    doctor: async () => [{ check: 'store', ok: true, message: 'whole' }],
    addRelay: async () => relayInfo,
    listRelays: async () => [relayInfo],
    removeRelay: async () => {},
    moveInbox: async () => relayInfo,
    createInvite: async () => invite,
    listInvites: async () => [invite],
    revokeInvite: async () => {},
    listDevices: async () => [device(), device({ device: ACCOUNT, name: 'phone', current: false, way: 'internet', online: false }), device({ name: 'old', current: false, revoked: true, pending: 'keys of chats' })],
    approveDevice: async () => ({ id: 'bmeeting', device: OTHER, name: 'phone', words: ['able', 'baker', 'charlie', 'dog'], expiresAt: NOW }),
    confirmDevice: async (_id, matches) => matches ? device({ name: 'phone', current: false }) : null,
    renameDevice: async (_device, name) => device({ name }),
    revokeDevice: async () => device({ revoked: true, current: false, pending: 'keys of chats' }),
    addContact: async (_link, o) => contact(o?.alias === undefined ? {} : { alias: o.alias, name: o.alias }),
    listContacts: async () => [contact()],
    renameContact: async (_c, alias) => contact({ alias, name: alias ?? 'Ada L' }),
    blockContact: async (_c, blocked) => contact({ blocked }),
    safetyNumber: async () => ({ account: OTHER, name: 'Ada', digits: Array.from({ length: 12 }, () => '12345').join(' '), verified: false }),
    setVerified: async (_c, verified) => contact({ verified }),
    listChats: async () => [chat()],
    showChat: async () => ({ chat: chat(), messages: [message(), message({ own: true, state: 'delivered', text: 'hi' })], hasMore: true }),
    readChat: async () => chat({ unread: 0 }),
    editMessage: async (_c, id, text) => message({ id, text, own: true, state: 'stored', edited: true, editedAt: NOW }),
    messageHistory: async () => [{ text: 'helo', entities: [], at: NOW }, { text: 'hello', entities: [], at: NOW }],
    react: async (_c, id, emoji) => message({ id, reactions: emoji.map(one => ({ emoji: one, count: 2, own: true, accounts: [ACCOUNT, OTHER] })) }),
    pinMessage: async (_c, id, o) => message({ id, pinned: o?.unpin !== true }),
    listPinned: async () => [message({ pinned: true })],
    sendPoll: async (_c, { question, options }) => message({ kind: 'poll', text: question, own: true, state: 'stored', poll: poll(options) }),
    vote: async (_c, id, options) => message({ id, kind: 'poll', text: 'Tea or coffee?', poll: poll(['Tea', 'Coffee'], options) }),
    closePoll: async (_c, id) => message({ id, kind: 'poll', text: 'Tea or coffee?', own: true, poll: { ...poll(['Tea', 'Coffee']), closed: true } }),
    resumeChat: async () => chat(),
    listProofs: async () => [{ n: 1, kind: 'fork', message: 'two histories', seq: 3, at: NOW, evidence: 'AAAA' }],
    moveChat: async () => chat(),
    createGroup: async () => group(),
    showGroup: async () => group(),
    editGroup: async () => group(),
    addMembers: async () => group(),
    removeMembers: async () => group(),
    editMember: async () => group(),
    leaveGroup: async () => {},
    createGroupLink: async () => groupLink,
    listGroupLinks: async () => [groupLink],
    revokeGroupLink: async () => {},
    joinGroup: async () => ({ state: 'joined', chat: chat({ title: 'Birds', kind: 'group', peer: '' }), reason: null }),
    listJoinRequests: async () => [{ chat: 'bgroup', account: ACCOUNT, name: 'ada', link: 'blink', requestedAt: NOW }],
    answerJoinRequest: async () => {},
    send: async (_chat, text) => message({ own: true, text, state: 'stored' }),
    saveDraft: async () => chat(),
    listScheduled: async () => [message({ own: true, seq: null, state: 'scheduled', scheduledAt: NOW })],
    cancelScheduled: async () => {},
    sendScheduled: async () => message({ own: true, state: 'queued' }),
    getMessage: async () => message(),
    forwardMessages: async (_chat, ids) => ids.map(() => message({ own: true, state: 'stored', forwardedFrom: { name: 'Ada', at: NOW } })),
    deleteMessages: async () => {},
    receive: async function * () { yield * updates },
    acknowledge: async (consumer, n) => { acknowledged.push([consumer, n]) },
    addMedia: async (draft, bytes) => {
      const size = (await Array.fromAsync(bytes)).reduce((sum, { length }) => sum + length, 0)
      return { file: file({ size, name: draft.name ?? null, as: draft.as ?? 'file', sha256: draft.sha256 ?? '' }), notes: [] }
    },
    listMedia: async () => ({ items: [mediaItem()], next: null }),
    mediaInfo: async () => mediaItem(),
    readMedia: async function * (_chat, _message, o) { yield BYTES.subarray(o?.start, o?.end) },
    purgeMedia: async () => ({ files: 1, bytes: BYTES.length }),
    mediaUrl: async () => ({ url: 'http://127.0.0.1:1/media/token/holiday.jpg', expiresAt: NOW }),
    transfers: async function * () { yield { media: 'bafymedia', direction: 'upload', state: 'done', bytes: BYTES.length, total: BYTES.length, rate: 0, error: null } },
    backup: async function * () { yield BYTES },
    setRecoveryCard: async () => {},
    listReaders: async () => [{ account: OTHER, name: 'Ada', state: 'read', deliveredAt: NOW, readAt: NOW }],
    setTyping: async () => {},
    setOnline: async () => {},
    activity: async function * () { yield { chat: 'bchat', account: OTHER, name: 'Ada', kind: 'typing', until: NOW } },
    searchMessages: async () => ({ messages: [{ message: message(), matches: [{ offset: 0, length: 5 }] }], hasMore: false, next: null, pending: 0 }),
    rebuildSearch: async () => ({ messages: 3 }),
    startSecret: async () => secretInfo,
    acceptSecret: async () => secretInfo,
    listSecrets: async () => [secretInfo],
    showSecret: async () => secretInfo,
    secretCode: async () => ({ digits: '12345 67890', emoji: [{ symbol: '🐶', name: 'dog' }] }),
    sendSecret: async () => secretLine,
    secretMediaInfo: async () => file(),
    readSecretMedia: async function * (_secret, _message, o) { yield BYTES.subarray(o?.start, o?.end) },
    editSecret: async () => secretLine,
    deleteSecret: async () => {},
    reactSecret: async () => secretLine,
    secretLines: async () => [secretLine],
    readSecret: async () => {},
    setSecretTimer: async () => secretInfo,
    noteScreenshot: async () => {},
    closeSecret: async () => {},
    forgetSecret: async () => {},
    setSecretVerified: async (_, verified) => ({ ...secretInfo, verified }),
    listRequests: async () => [{ id: 'brequest', account: OTHER, name: 'Eve', receivedAt: NOW, chats: 1 }],
    acceptRequest: async () => contact(),
    declineRequest: async () => {},
    report: async () => {},
    deleteAccount: async () => {},
    close: async () => {},
    shutdown: async () => {},
    ...over
  }
  const petrel = new Proxy(answers, {
    get: (target, name: keyof Petrel) => !Object.hasOwn(target, name) ? undefined : (...given: unknown[]) => {
      calls.push([name, ...given.map(value => typeof value === 'object' && value !== null ? withoutSignal(value) : value)])
      return (target[name] as (...args: unknown[]) => unknown)(...given)
    }
  })
  return { petrel, calls, acknowledged }
}

/** Waits for ever, as for a relay that is away, until it is given up: perhaps before it began. */
export async function untilGivenUp (signal: AbortSignal | undefined): Promise<never> {
  if (signal?.aborted !== true) await new Promise(resolve => { signal?.addEventListener('abort', resolve) })
  throw new AbortedError()
}

function withoutSignal (value: object): object { return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'signal')) }

/** A JSON value that a test looks into. */
export interface Json { [name: string]: Json }

export interface Ran { code: number, out: string, err: string, json: () => Json, lines: () => Json[] }

/** What a test may change of the surroundings. */
export interface Setup { io?: Partial<Io>, doors?: Partial<Doors>, petrel?: Petrel, input?: string }

/** Runs `petrel ARGS`. Without a `petrel` no daemon runs. */
export async function cli (args: string[], setup: Setup = {}): Promise<Ran> {
  let [out, err] = ['', '']
  const io: Io = {
    env: {}, platform: 'linux', cwd: '/somewhere', userHome: '/nowhere/home', userName: 'bob', columns: null, errorColumns: null, interactive: false,
    now: () => NOW,
    write: async data => { out += Buffer.from(data).toString() },
    writeError: async text => { err += text },
    readInput: async () => Buffer.from(setup.input ?? ''),
    signal: new AbortController().signal,
    ...setup.io
  }
  const missing = async (): Promise<never> => { throw new Error('not in this test') }
  const doors: Doors = {
    paths: async input => homePaths(input),
    connect: async () => { if (setup.petrel === undefined) throw new NotRunningError('nobody'); return setup.petrel },
    relay: missing, node: missing, launch: missing, terminal: missing, probe: async () => await import('../../src/node/probe/index.js'), peerIdText: async () => ACCOUNT, noteText: async note => `(${note})`,
    ...setup.doors
  }
  const code = await run(args, { io, doors })
  return { code, out, err, json: () => JSON.parse(out) as Json, lines: () => out.trim().split('\n').map(line => JSON.parse(line) as Json) }
}
