/**
 * What members of a chat hand each other by pipe, beside the log: entries that wait for the chat's home, signed heads,
 * and what they do at the moment. Nothing here is a part of the chat: only the log is. DESIGN section 3.
 */
import { decodeCbor, encodeCbor, ENTRY_ID_LENGTH, keyShape, LIMITS, shape, type EntryId, type KeyBytes } from '../wire/index.js'

interface Common {
  /** The account that sends it, as it says. */
  from: KeyBytes
  unknown?: Record<string, unknown>
}

/** A sealed entry that its author could not append yet. */
export interface PreviewFrame extends Common { kind: 'preview', id: EntryId, payload: Uint8Array }
/** An entry that was previewed will not come: its author gave it up. */
export interface WithdrawnFrame extends Common { kind: 'withdrawn', id: EntryId }
/** The newest attested head that the sender has of the chat's log; with `answer`, the receiver sends its own. */
export interface HeadFrame extends Common { kind: 'head', head: Uint8Array, answer: boolean }

/** Somebody is about to send something: `action` is what it does, `at` its clock and `ms` how long the word lasts. */
export interface TypingFrame extends Common { kind: 'typing', action: string, at: number, ms: number }
/** In a direct chat: its author is here, or is not. */
export interface PresenceFrame extends Common { kind: 'presence', online: boolean, at: number, ms: number }

/** Every frame that this build knows. */
export type PipeFrame = PreviewFrame | WithdrawnFrame | HeadFrame | TypingFrame | PresenceFrame

const from = keyShape
const id = shape.bytes(ENTRY_ID_LENGTH)
const SHAPES = {
  preview: shape.struct({ v: shape.literal(1), k: shape.literal('preview'), from, id, payload: shape.bytes({ min: 1, max: LIMITS.entryBytes }) }),
  withdrawn: shape.struct({ v: shape.literal(1), k: shape.literal('withdrawn'), from, id }),
  head: shape.struct({ v: shape.literal(1), k: shape.literal('head'), from, head: shape.bytes({ min: 1, max: LIMITS.recordBytes }), answer: shape.bool }),
  typing: shape.struct({ v: shape.literal(1), k: shape.literal('typing'), from, action: shape.text(32), at: shape.uint(), ms: shape.uint() }),
  presence: shape.struct({ v: shape.literal(1), k: shape.literal('presence'), from, online: shape.bool, at: shape.uint(), ms: shape.uint() })
} as const

/** A frame as canonical dag-cbor, before it is sealed. */
export function encodePipeFrame (frame: PipeFrame): Uint8Array {
  const { kind, ...rest } = frame
  return encodeCbor({ ...shape.open(rest), v: 1, k: kind })
}

/** A frame from its bytes; undefined for a kind of a later version, which is dropped. @throws BadInputError for malformed bytes */
export function decodePipeFrame (bytes: Uint8Array): PipeFrame | undefined {
  const value = decodeCbor(bytes, LIMITS.pipeFrameBytes)
  const { k } = shape.struct({ v: shape.literal(1), k: shape.text(32) })(value, 'pipe frame')
  if (!Object.hasOwn(SHAPES, k)) return undefined
  const { v: _v, k: kind, ...fields } = SHAPES[k as keyof typeof SHAPES](value, 'pipe frame')
  return { kind, ...fields } as PipeFrame
}
