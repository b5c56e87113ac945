/**
 * What a message says. Kinds are Telegram's. A kind this build does not know is kept, byte for
 * byte, and shown by its `fallback` text: nothing is dropped for being new. DESIGN section 4.
 */
import { BadInputError, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, keyShape, LIMITS, shape, type EntryId, type KeyBytes } from '../wire/index.js'
import { albumItems, itemFields, type AlbumItem } from './media-file.js'
import { personName } from './person-name.js'
import { plainText } from './plain-text.js'
import { pollFields, requirePoll, type Poll } from './poll.js'

/** Formatting of a stretch of text; offset and length in UTF-16 units. Unknown types are kept. */
export interface Entity { type: string, offset: number, length: number, value?: string, unknown?: Record<string, unknown> }

/** What a message answers: its id, and a stretch of it when the author quoted one. */
export interface ReplyTo { id: EntryId, quote?: string, unknown?: Record<string, unknown> }

/** Where a forwarded text came from, as its forwarder says. */
export interface ForwardOrigin { name: string, at: number, unknown?: Record<string, unknown> }

interface Common {
  /** Shown by readers that do not know the kind. */
  fallback?: string
  /** Deliver without a notification. */
  silent?: boolean
  unknown?: Record<string, unknown>
}

/** Text with formatting. */
export interface TextBody extends Common { kind: 'text', text: string, entities?: Entity[], reply?: ReplyTo, forward?: ForwardOrigin }
interface Captioned extends Common { text?: string, entities?: Entity[], reply?: ReplyTo, forward?: ForwardOrigin }
/** A file, and perhaps a caption. */
export interface MediaBody extends Captioned, AlbumItem { kind: 'media' }
/** Several files shown as one, and perhaps a caption. */
export interface AlbumBody extends Captioned { kind: 'album', items: AlbumItem[] }
/** A question with options to choose from. */
export interface PollBody extends Common, Poll { kind: 'poll', reply?: ReplyTo, forward?: ForwardOrigin }
/** New text for one of the author's own messages: of a text, or below files. */
export interface EditBody extends Common { kind: 'edit', target: EntryId, text: string, entities?: Entity[] }
/** Takes messages back for everybody. */
export interface DeleteBody extends Common { kind: 'delete', targets: EntryId[] }
/** Replaces the author's reactions to a message. */
export interface ReactionBody extends Common { kind: 'reaction', target: EntryId, emoji: string[] }
/** Puts a message where everybody finds it, or takes it from there. */
export interface PinBody extends Common { kind: 'pin', target: EntryId, pinned: boolean }
/** Replaces the author's vote in a poll. */
export interface VoteBody extends Common { kind: 'vote', target: EntryId, options: number[] }
/** Ends a poll of the author's. */
export interface ClosePollBody extends Common { kind: 'closePoll', target: EntryId }
/** How far the author's account has received and read this log, by seq. Merged, never answered by another mark. */
export interface MarkBody extends Common { kind: 'mark', delivered: number, read: number }
/** What the author's account calls itself. No line of the chat: people who are no contacts see each other's names by it. */
export interface ProfileBody extends Common { kind: 'profile', name: string }
/** Something that happened to the chat. */
export interface ServiceBody extends Common { kind: 'service', event: string, text?: string, accounts?: KeyBytes[] }
/** A kind this build does not know. `bytes` is the whole body as it came. */
export interface UnknownBody { kind: 'unknown', name: string, fallback: string, bytes: Uint8Array }

/** Every body. */
export type Body = Said | About | DeleteBody | MarkBody | ProfileBody | ServiceBody

/** A body that is a line of a chat: what somebody said, and not what was done to it. */
export type Said = TextBody | MediaBody | AlbumBody | PollBody | UnknownBody

/** A body that tells something about one message, its target. */
export type About = EditBody | ReactionBody | PinBody | VoteBody | ClosePollBody

/** Whether a body is a line of a chat. */
export function isSaid (body: Body): body is Said { return SAID.has(body.kind) }

/** Whether a body tells something about one message. */
export function isAbout (body: Body): body is About { return ABOUT.has(body.kind) }

const SAID: ReadonlySet<Body['kind']> = new Set<Said['kind']>(['text', 'media', 'album', 'poll', 'unknown'])
const ABOUT: ReadonlySet<Body['kind']> = new Set<About['kind']>(['edit', 'reaction', 'pin', 'vote', 'closePoll'])

const id = shape.bytes(ENTRY_ID_LENGTH)
const longText = shape.text(LIMITS.textUnits * 3)
const messageText: shape.Shape<string> = (value, path) => {
  const text = longText(value, path)
  if (text.length > LIMITS.textUnits) throw new BadInputError(`${path}: a text has at most ${LIMITS.textUnits} UTF-16 units, this one has ${text.length}`)
  return text
}
const entities = shape.array(shape.struct({
  type: shape.text(32), offset: shape.uint(LIMITS.textUnits), length: shape.uint(LIMITS.textUnits, 1), value: shape.optional(shape.text(LIMITS.entityValueBytes))
}), LIMITS.entities)
const common = { fallback: shape.optional(shape.text(LIMITS.fallbackBytes)), silent: shape.optional(shape.bool) }
const reply = shape.struct({ id, quote: shape.optional(shape.text(LIMITS.textUnits * 3)) })
const forward = shape.struct({ name: shape.text(LIMITS.nameBytes), at: shape.uint() })

const said = { entities: shape.optional(entities), reply: shape.optional(reply), forward: shape.optional(forward), ...common }
const captioned = { text: shape.optional(messageText), ...said }

const SHAPES = {
  text: shape.struct({ k: shape.literal('text'), text: messageText, ...said }),
  media: shape.struct({ k: shape.literal('media'), ...itemFields, ...captioned }),
  album: shape.struct({ k: shape.literal('album'), items: albumItems, ...captioned }),
  edit: shape.struct({ k: shape.literal('edit'), target: id, text: messageText, entities: shape.optional(entities), ...common }),
  delete: shape.struct({ k: shape.literal('delete'), targets: shape.array(id, LIMITS.deleteTargets, 1), ...common }),
  reaction: shape.struct({ k: shape.literal('reaction'), target: id, emoji: shape.array(shape.text(64), LIMITS.reactionEmoji), ...common }),
  poll: shape.struct({ k: shape.literal('poll'), ...pollFields, reply: shape.optional(reply), forward: shape.optional(forward), ...common }),
  pin: shape.struct({ k: shape.literal('pin'), target: id, pinned: shape.bool, ...common }),
  vote: shape.struct({ k: shape.literal('vote'), target: id, options: shape.array(shape.uint(LIMITS.pollOptions - 1), LIMITS.pollOptions), ...common }),
  closePoll: shape.struct({ k: shape.literal('closePoll'), target: id, ...common }),
  mark: shape.struct({ k: shape.literal('mark'), delivered: shape.uint(), read: shape.uint(), ...common }),
  profile: shape.struct({ k: shape.literal('profile'), name: personName, ...common }),
  service: shape.struct({ k: shape.literal('service'), event: shape.text(64), text: shape.optional(shape.text(LIMITS.fallbackBytes)), accounts: shape.optional(shape.array(keyShape, LIMITS.mlsMembers)), ...common })
} as const

function requireEntitiesInside ({ text = '', entities = [] }: { text?: string, entities?: Entity[] }): void {
  for (const e of entities) {
    if (e.offset + e.length > text.length) throw new BadInputError(`an entity ends at ${e.offset + e.length}, after the text's end at ${text.length}`)
  }
}

/** A body as canonical dag-cbor. An unknown body is its own bytes. @throws BadInputError when it breaks a limit */
export function encodeBody (body: Body): Uint8Array {
  if (body.kind === 'unknown') return body.bytes
  const { kind, ...rest } = body
  const map = { ...shape.open(rest), k: kind }
  // Before it is encoded: half a surrogate pair would become another character in silence.
  checkedBody(map, kind)
  return encodeCbor(map)
}

const anyBody = shape.struct({ k: shape.text(32), fallback: shape.optional(shape.text(LIMITS.fallbackBytes)) })

/** A body from its bytes; an unknown kind comes back as {@link UnknownBody}. @throws BadInputError for malformed bytes */
export function decodeBody (bytes: Uint8Array): Body {
  const text = bytes.length > LIMITS.entryBytes ? undefined : plainText(bytes)
  return text !== undefined && text.length <= LIMITS.textUnits ? { kind: 'text', text } : readBody(bytes)
}

/** The long way of {@link decodeBody}, for all there are. @internal */
export function readBody (bytes: Uint8Array): Body {
  const value = decodeCbor(bytes, LIMITS.entryBytes)
  const kind = (value as { k?: unknown } | null)?.k
  if (typeof kind === 'string' && Object.hasOwn(SHAPES, kind)) return checkedBody(value, kind as keyof typeof SHAPES)
  const { k, fallback } = anyBody(value, 'body')
  return { kind: 'unknown', name: k, fallback: fallback ?? '', bytes }
}

// A message is asked for what it says at each step of its way, and then no more. A weak map would cost as much as decoding.
const RECENT = 16
const recent: Array<{ readonly bytes: Uint8Array, readonly body: Body }> = []
let next = 0

/** As {@link decodeBody}, but once for the same bytes in memory while few others come between. Do not change what it returns, nor the bytes. */
export function cachedBody (bytes: Uint8Array): Body {
  // By number: what goes over them one by one makes an object for each.
  for (let i = 1; i <= recent.length; i++) {
    const known = recent[(next - i + RECENT) % RECENT]
    if (known?.bytes === bytes) return known.body
  }
  const body = decodeBody(bytes)
  recent[next] = { bytes, body }
  next = (next + 1) % RECENT
  return body
}

function checkedBody (value: unknown, kind: keyof typeof SHAPES): Body {
  const { k, ...fields } = SHAPES[kind](value, kind)
  const body = { kind: k, ...fields } as Body
  if (body.kind === 'text' || body.kind === 'edit' || body.kind === 'media' || body.kind === 'album') requireEntitiesInside(body)
  if (body.kind === 'poll') requirePoll(body)
  return body
}
