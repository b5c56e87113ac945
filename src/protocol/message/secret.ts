/**
 * What the two devices of a secret chat say to each other, inside MLS. Each device numbers its messages, so that loss
 * is seen; each tells with every message what it has, so that the other knows what to send again. MESSAGE.md has the format.
 */
import { BadInputError, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, type EntryId } from '../wire/index.js'

/** What a device has of the other's messages: all up to a number, and some behind a gap, in order. */
export interface SecretGot { readonly through: number, readonly later: readonly number[] }

interface Common {
  /** What the sender has of the receiver's messages. */
  got: SecretGot
  /** The sender's clock, ms. */
  at: number
  unknown?: Record<string, unknown>
}
interface Numbered extends Common {
  /** 1, 2, 3 … of the sending device in this chat. */
  n: number
}

/** A message body (body.ts) with an id that edits, reactions and deletes name; `ttl` in seconds counts from reading, 0: it stays. */
export interface SecretSaid extends Numbered { kind: 'said', id: EntryId, body: Uint8Array, ttl: number }
/** The other device takes the chat: its first message. */
export interface SecretAccept extends Numbered { kind: 'accept' }
/** All messages up to a number of the receiver's were read. */
export interface SecretRead extends Numbered { kind: 'read', through: number }
/** From here on messages disappear so many seconds after they were read; 0: they stay. */
export interface SecretTimer extends Numbered { kind: 'timer', seconds: number }
/** The sender's person has taken a picture of the chat. */
export interface SecretScreenshot extends Numbered { kind: 'screenshot' }
/** The sender does not have these messages of its own any more: nobody will ever read them. */
export interface SecretGone extends Numbered { kind: 'gone', numbers: number[] }
/** The chat is over: both devices forget it. */
export interface SecretClose extends Numbered { kind: 'close' }
/** Nothing but what the sender has. It has no number: nobody waits for it. */
export interface SecretReceipt extends Common { kind: 'got' }

/** Everything that this build knows. */
export type SecretMessage = SecretSaid | SecretAccept | SecretRead | SecretTimer | SecretScreenshot | SecretGone | SecretClose | SecretReceipt
/** A message of a kind of a later version: its number counts, whatever it says. */
export interface UnknownSecret extends Numbered { kind: 'unknown' }

const got: shape.Shape<SecretGot> = (value, path) => {
  const [through, later] = shape.tuple(shape.uint(), shape.array(shape.uint(), LIMITS.secretGotLater))(value, path)
  if (later.some((n, i) => n <= (later[i - 1] ?? through + 1))) throw new BadInputError(`${path}: numbers behind the gap must rise`)
  return { through, later }
}
const common = { v: shape.literal(1), got, at: shape.uint() }
const numbered = { ...common, n: shape.uint(undefined, 1) }
const seconds = shape.uint(LIMITS.secretTimerSeconds)
const SHAPES = {
  said: shape.struct({ ...numbered, k: shape.literal('said'), id: shape.bytes(ENTRY_ID_LENGTH), body: shape.bytes({ min: 1, max: LIMITS.secretBodyBytes }), ttl: seconds }),
  accept: shape.struct({ ...numbered, k: shape.literal('accept') }),
  read: shape.struct({ ...numbered, k: shape.literal('read'), through: shape.uint(undefined, 1) }),
  timer: shape.struct({ ...numbered, k: shape.literal('timer'), seconds }),
  screenshot: shape.struct({ ...numbered, k: shape.literal('screenshot') }),
  gone: shape.struct({ ...numbered, k: shape.literal('gone'), numbers: shape.array(shape.uint(undefined, 1), LIMITS.secretGotLater) }),
  close: shape.struct({ ...numbered, k: shape.literal('close') }),
  got: shape.struct({ ...common, k: shape.literal('got') })
} as const
const anyShape = shape.struct({ v: shape.literal(1), k: shape.text(32) })
const unknownShape = shape.struct({ ...numbered, k: shape.text(32) })

/** A message as canonical dag-cbor, before it is sealed. */
export function encodeSecret (message: SecretMessage): Uint8Array {
  const { kind, got: { through, later }, ...rest } = message
  return encodeCbor({ ...shape.open(rest), v: 1, k: kind, got: [through, [...later]] })
}

/** A message from its bytes. @throws BadInputError for malformed bytes, and for a kind of a later version that has no number */
export function decodeSecret (bytes: Uint8Array): SecretMessage | UnknownSecret {
  const value = decodeCbor(bytes, LIMITS.pipeFrameBytes)
  const { k } = anyShape(value, 'secret message')
  if (!Object.hasOwn(SHAPES, k)) {
    const { n, got: has, at } = unknownShape(value, 'secret message')
    return { kind: 'unknown', n, got: has, at }
  }
  const { v: _v, k: kind, ...fields } = SHAPES[k as keyof typeof SHAPES](value, 'secret message')
  return { kind, ...fields } as SecretMessage
}
