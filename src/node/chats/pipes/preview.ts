/** Previews: entries that a member handed over by pipe because the chat's home was away. They are no part of the log. */
import { openMessage as openSigned, cachedBody, isSaid, type Message } from '../../../protocol/message/index.js'
import { openMessage as unseal } from '../../../protocol/crypto/index.js'
import {
  base32Text, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, keyShape, LIMITS, lists, ProofError, sameBytes, shape,
  type CheckedManifest, type EntryId, type KeyBytes, type LogId
} from '../../../protocol/wire/index.js'

/** A preview as it is kept, until the log has the entry or it can no longer come. */
export interface Preview {
  /** Its place among this chat's previews, in the order they came. */
  order: number
  id: EntryId
  /** The epoch it is sealed for. */
  epoch: number
  from: KeyBytes
  device: KeyBytes
  /** The author's time, ms, within ± LIMITS.clockSkewMs of its arrival. */
  at: number
  /** The encoded body. */
  body: Uint8Array
  /** When it came, ms. */
  receivedAt: number
}

const previewShape = shape.struct({
  v: shape.literal(1), order: shape.uint(), id: shape.bytes(ENTRY_ID_LENGTH), epoch: shape.uint(), from: keyShape, device: keyShape, at: shape.uint(),
  body: shape.bytes({ max: LIMITS.entryBytes }), receivedAt: shape.uint()
})

/** A preview's bytes. */
export function encodePreview (preview: Preview): Uint8Array { return encodeCbor({ v: 1, ...preview }) }

/** A preview from its bytes. @throws BadInputError */
export function decodePreview (bytes: Uint8Array): Preview {
  const { v: _v, unknown: _unknown, ...preview } = previewShape(decodeCbor(bytes, LIMITS.entryBytes * 2), 'preview')
  return preview
}

/** What a handed entry is judged by. */
export interface PreviewContext {
  log: LogId
  epoch: number
  /** CK_e. */
  content: Uint8Array
  me: KeyBytes
  members: readonly CheckedManifest[]
  /** Unix milliseconds. */
  now: number
}

/**
 * Judges an entry as the log's reader would, but for its place: it opens in this epoch, and is a member's, by a device
 * of theirs, under this id.
 *
 * @returns undefined for what is never shown, or is this account's own
 * @throws DecryptError, ProofError, BadInputError, UnsupportedError when it does not hold
 */
export function openPreview (id: EntryId, payload: Uint8Array, context: PreviewContext): Omit<Preview, 'order'> & { devSeq: number } | undefined {
  const { message, device } = openSigned(unseal(context.content, payload, { log: context.log, epoch: context.epoch, id }))
  requirePlace(message, id, context)
  const manifest = context.members.find(m => sameBytes(m.manifest.account, message.account))
  if (manifest === undefined) throw new ProofError('the previewed message is from an account that is no member')
  if (!lists(manifest.manifest, device)) throw new ProofError('the previewed message is from a device that its account\'s manifest does not list')
  if (sameBytes(message.account, context.me) || !isSaid(cachedBody(message.body))) return undefined
  const at = Math.min(Math.max(message.ts, context.now - LIMITS.clockSkewMs), context.now + LIMITS.clockSkewMs)
  return { id, epoch: context.epoch, from: message.account, device, at, body: message.body, receivedAt: context.now, devSeq: message.devSeq }
}

function requirePlace (message: Message, id: EntryId, { log, epoch }: PreviewContext): void {
  if (!sameBytes(message.chat, log) || message.epoch !== epoch || !sameBytes(message.id, id)) throw new ProofError('the previewed message was written for another place')
}

/** The previews of one chat, in memory; the edge writes them. Bounded: beyond that the log alone brings what comes. */
export class Previews {
  readonly #byId = new Map<string, Preview>()
  #bytes = 0
  #nextOrder = 1

  /** All of them, in the order they came. */
  all (): Preview[] { return [...this.#byId.values()].sort((a, b) => a.order - b.order) }
  /** How many there are. */
  get size (): number { return this.#byId.size }
  /** Bytes of their bodies. */
  get bytes (): number { return this.#bytes }
  /** The preview of a message id. */
  get (id: EntryId): Preview | undefined { return this.#byId.size === 0 ? undefined : this.#byId.get(base32Text(id)) }
  /** Whether another one with a body of so many bytes may be kept. */
  hasRoom (bytes: number): boolean { return this.#byId.size < LIMITS.previewsPerChat && this.#bytes + bytes <= LIMITS.previewBytesPerChat }
  /** The number of the next one. */
  nextOrder (): number { return this.#nextOrder++ }

  /** Keeps one, in place of that with the same id. */
  set (preview: Preview): void {
    this.delete(preview)
    this.#nextOrder = Math.max(this.#nextOrder, preview.order + 1)
    this.#byId.set(base32Text(preview.id), preview)
    this.#bytes += preview.body.length
  }

  /** Forgets one. */
  delete ({ id }: Pick<Preview, 'id'>): void {
    const name = base32Text(id)
    const there = this.#byId.get(name)
    if (there === undefined) return
    this.#byId.delete(name)
    this.#bytes -= there.body.length
  }
}
