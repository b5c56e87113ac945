/** JSON Schemas (draft 2020-12) of what every command prints with `--json`: `{"v":1, …}` around the local API's values. */
import { schemaId, type Json } from '../protocol/api/index.js'
import { JSON_VERSION } from './output.js'

/** A JSON Schema. */
export type Schema = { [name: string]: Json }

const text: Schema = { type: 'string' }
const flag: Schema = { type: 'boolean' }
const count: Schema = { type: 'integer', minimum: 0 }
const time: Schema = { type: 'string', format: 'date-time' }
const api = (name: string): Schema => ({ $ref: schemaId(name) })
const listOf = (items: Schema): Schema => ({ type: 'array', items })
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
const oneOf = (...words: string[]): Schema => ({ type: 'string', enum: words })

/** An object whose fields are needed, but for those in `maybe`. Later versions may add fields. */
function object (fields: Record<string, Schema>, maybe: Record<string, Schema> = {}): Schema {
  return { type: 'object', properties: { ...fields, ...maybe }, required: Object.keys(fields) }
}

const printed = (fields: Record<string, Schema>, maybe: Record<string, Schema> = {}): Schema => object({ v: { const: JSON_VERSION }, ...fields }, maybe)

const token = { id: text, label: text, uses: count, used: count, created: time, expiresAt: orNull(time) }
const takedown = object({ reason: text, time }, { log: text, file: text })
const copy = object({ directory: text, records: count, blocks: count })
const findings = { ok: flag, findings: listOf(object({ check: text, ok: flag, message: text })) }
const contact = printed({ contact: api('Contact') })
const group = printed({ group: api('GroupInfo') })
const chats = printed({ chats: listOf(api('ChatInfo')) })
const contacts = printed({ contacts: listOf(api('Contact')) })
const mediaItems = printed({ items: listOf(api('MediaItem')), next: orNull(text) })
const relays = printed({ relays: listOf(api('RelayInfo')) })
const device = printed({ device: api('DeviceInfo') })
const devices = printed({ devices: listOf(api('DeviceInfo')) })
const meeting = printed({ meeting: object({ name: text, words: listOf(text) }) })
const scheduled = printed({ messages: listOf(api('ChatMessage')) })
const requests = printed({ requests: listOf(api('ContactRequest')) })

const runningRelay = object(
  {
    peerId: text, state: text, addresses: listOf(text), admission: text, pid: count, started: time,
    store: object({ state: text, format: count, created: time }, { copied: time, behind: count, quietUntil: time }),
    channels: count, sessions: count, accounts: count, logs: count, moved: count, coming: count, bytes: count, reports: count,
    media: object({ leases: count, bytes: count, blocks: count, storedBytes: count, diskBytes: count, uploads: count, coming: count })
  },
  { reason: text, healthUrl: text, drain: object({ since: count, total: count, left: count, calls: count, done: flag }) }
)

const secret = printed({ secret: api('SecretInfo') })
const secrets = printed({ secrets: listOf(api('SecretInfo')) })
const saved = printed({ saved: listOf(object({ item: count, path: text, bytes: count, resumed: count, sha256: text })), refused: listOf(object({ item: count, path: text, message: text })) })
const secretLine = printed({ line: api('SecretLine') })
const recovered = printed({ home: text, recovered: object({ account: text, device: text, name: text, contacts: count, chats: count, devices: count, generation: count }) })
const backupFields = { account: text, name: text, at: time, records: count, blocks: count, media: flag }

const changed = printed({ message: api('ChatMessage'), stored: flag })

/** What an error looks like on stderr. */
export const ERROR_SCHEMA: Schema = printed({ error: object({ code: text, message: text, details: { type: 'object' } }) })

/** The schema of each command's output by the command's words: of its object, or of each line of a stream. */
export const OUTPUT_SCHEMAS: Readonly<Record<string, Schema>> = {
  init: { anyOf: [recovered, printed({ home: text, name: text, account: text, device: text, words: { type: 'string', pattern: '^([a-z]+ ){23}[a-z]+$' }, unlock: oneOf('keyfile', 'passphrase', 'systemd') })] },
  id: printed({ identity: api('Identity') }),
  invite: printed({ invite: api('Invite') }),
  'invite list': printed({ invites: listOf(api('Invite')) }),
  'invite revoke': printed({ revoked: text }),
  devices,
  'devices list': devices,
  'devices link': { anyOf: [printed({ link: text }), meeting, printed({ linked: object({ home: text, account: text, device: text, name: text }) })] },
  'devices approve': { anyOf: [meeting, printed({ device: orNull(api('DeviceInfo')) })] },
  'devices rename': device,
  'devices revoke': device,
  'account rename': printed({ identity: api('Identity') }),
  'account recovery': printed({ recovery: object({ account: text }) }),
  'account delete': printed({ deleted: text }),
  'daemon run': printed({ ready: object({ pid: count, socket: text, account: text, device: text }) }),
  'daemon start': printed({ started: flag, pid: orNull(count), log: text, stopped: orNull(oneOf('revoked', 'cloned', 'unlisted')) }),
  'daemon stop': printed({ stopped: flag, pid: orNull(count) }),
  'daemon status': printed({ daemon: object({ running: flag, pid: orNull(count), since: orNull(time), home: text, socket: text, log: text }) }),
  status: printed({ status: api('NodeStatus') }),
  peers: printed({ peers: listOf(api('PeerInfo')) }),
  doctor: printed(findings),
  contacts,
  'contacts list': contacts,
  'contacts add': contact,
  'contacts rename': contact,
  'contacts block': contact,
  'contacts unblock': contact,
  verify: printed({ safetyNumber: api('SafetyNumber') }),
  requests,
  'requests list': requests,
  'requests accept': contact,
  'requests decline': printed({ declined: text, blocked: flag }),
  send: printed({ message: api('ChatMessage'), wait: oneOf('queued', 'stored', 'delivered', 'read'), reached: flag }),
  receive: printed({ update: api('Update') }),
  chats,
  'chats list': chats,
  'chats show': { anyOf: [printed({ page: api('ChatPage') }), printed({ chat: api('ChatInfo'), proofs: listOf(api('ChatProof')), written: orNull(text) })] },
  'chats resume': printed({ chat: api('ChatInfo') }),
  'proof verify': printed({
    proof: object({ kind: oneOf('fork', 'rollback'), relay: text, log: text, term: count, seq: count, hashes: listOf(text), had: orNull(count), hadAt: orNull(time), endedAt: orNull(time) })
  }),
  'chats read': printed({ chat: api('ChatInfo') }),
  'chats move': printed({ chat: api('ChatInfo') }),
  scheduled,
  'scheduled list': scheduled,
  'scheduled cancel': printed({ cancelled: text }),
  'scheduled now': printed({ message: api('ChatMessage') }),
  forward: printed({ messages: listOf(api('ChatMessage')), wait: oneOf('queued', 'stored', 'delivered', 'read'), reached: flag }),
  group: chats,
  'group create': group,
  'group list': chats,
  'group show': group,
  'group rename': group,
  'group permissions': group,
  'group add': group,
  'group remove': group,
  'group unban': group,
  'group promote': group,
  'group demote': group,
  'group restrict': group,
  'group leave': printed({ left: text }),
  'group invite': printed({ link: api('GroupLink') }),
  'group links': printed({ links: listOf(api('GroupLink')) }),
  'group revoke': printed({ revoked: text }),
  'group join': printed({ result: api('JoinResult') }),
  'group requests': printed({ requests: listOf(api('JoinRequest')) }),
  'group approve': printed({ approved: text }),
  'group decline': printed({ declined: text }),
  readers: printed({ message: text, readers: listOf(api('Reader')) }),
  edit: { anyOf: [changed, printed({ versions: listOf(api('MessageVersion')) })] },
  react: changed,
  pin: changed,
  unpin: changed,
  pins: printed({ messages: listOf(api('ChatMessage')) }),
  'poll create': printed({ message: api('ChatMessage') }),
  'poll vote': changed,
  'poll show': printed({ message: api('ChatMessage') }),
  'poll close': changed,
  secret: secrets,
  'secret start': secret,
  'secret accept': secret,
  'secret list': secrets,
  'secret show': printed({ secret: api('SecretInfo'), lines: listOf(api('SecretLine')) }),
  'secret send': secretLine,
  'secret save': saved,
  'secret edit': secretLine,
  'secret react': secretLine,
  'secret delete': printed({ deleted: listOf(text) }),
  'secret timer': secret,
  'secret verify': printed({ secret: api('SecretInfo'), code: api('SecretCode') }, { same: flag }),
  'secret close': secret,
  delete: printed({ deleted: object({ chat: text, message: text }), stored: flag }),
  report: printed({ reported: object({ chat: text, message: text }) }),
  media: mediaItems,
  'media list': mediaItems,
  'media get': saved,
  'media info': printed({ items: listOf(api('MediaItem')) }),
  'media url': printed({ url: text, expiresAt: time }),
  'media purge': printed({ purged: api('Purged') }),
  search: printed({ messages: listOf(api('FoundMessage')), hasMore: flag, next: orNull(text), pending: count, rebuilt: orNull(api('SearchIndex')) }),
  'backup create': printed({ backup: object({ path: text, bytes: count, resumed: count }) }),
  'backup verify': printed({ backup: object(backupFields) }),
  'backup restore': printed({ restored: object({ home: text, device: text, ...backupFields }) }),
  // With --output - each line is one of these; the first says what is exported.
  export: {
    anyOf: [
      printed({ export: object({ chat: text, title: text, format: oneOf('html', 'jsonl'), path: text, messages: count, files: count, bytes: count, missing: listOf(object({ message: text, item: count, error: text })), whole: flag }) }),
      printed({ export: object({ chat: text, title: text, kind: text, members: count, peer: text, exportedAt: time }) }),
      printed({ message: api('ChatMessage'), files: listOf(object({ item: count, path: orNull(text), error: orNull(text) })) })
    ]
  },
  relays,
  'relays list': relays,
  'relays add': printed({ relay: api('RelayInfo'), added: flag }),
  'relays remove': printed({ removed: text, chats: count }),
  'relays move-inbox': printed({ relay: api('RelayInfo') }),
  'relay run': printed({ relay: object({ peer: text, addresses: listOf(text), health: orNull(text), directory: text }) }),
  'relay status': printed({ relay: runningRelay }),
  'relay sessions': printed({ sessions: listOf(object({ account: text, device: text, role: text, opened: time, expires: time })) }),
  'relay token create': printed({ token: object({ ...token, token: text }) }),
  'relay token list': printed({ tokens: listOf(object(token)) }),
  'relay token revoke': printed({ token: object(token) }),
  'relay takedown': { anyOf: [printed({ takedown }), printed({ lifted: text })] },
  'relay takedown list': printed({ takedowns: listOf(takedown) }),
  'relay reports': printed({ reports: listOf(object({ id: text, time, log: text, seq: count, note: text, message: text })) }),
  'relay reports drop': printed({ dropped: text }),
  'relay backup': printed({ backup: copy }),
  'relay restore': printed({ restored: copy }),
  'relay drain': printed({ drain: object({ done: flag, left: orNull(count), stopped: flag }) }),
  'relay doctor': printed(findings),
  'service install': printed({ service: object({ path: text, text, next: listOf(text), written: flag }) }),
  version: printed({ version: text, node: text })
}
