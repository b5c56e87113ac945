/**
 * The epoch key schedule of cloud chats (KEYS.md): what each member derives from an epoch's MLS
 * exporter secret, and what a holder of the epoch's history secret derives, which is less.
 */
import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { BadInputError, DecryptError, encodeCbor, signerFromSeed, UnsupportedError, type LogId, type Signer } from '../wire/index.js'
import { CRYPTO_LABELS } from './labels.js'
import { systemRandom, type RandomBytes } from './random.js'
import { SEAL_OVERHEAD, xopen, xseal } from './xchacha.js'

const SECRET_BYTES = 32
// The chat id stands before the epoch in every expansion: any one length is unambiguous, and ids are 34 bytes.
const MAX_CHAT_ID = 64
const encoder = new TextEncoder()

/** What every member of an epoch has, and nobody else. */
export interface EpochKeys {
  /** H_e, 32 bytes: opens this epoch's entries, and by the link earlier ones. */
  readonly history: Uint8Array
  /** append_e: proves the right to append in this epoch. */
  readonly append: Signer
  /** read_e: proves the right to read in this epoch. */
  readonly read: Signer
  /** Seed of mirror_e, 32 bytes: proves the right to mirror, if this epoch began with a change of members. It outlives the epoch, so it is kept as a seed. */
  readonly mirror: Uint8Array
  /** topic_e, 32 bytes: names the log's gossip topic. */
  readonly topic: Uint8Array
  /** pipe_e, 32 bytes: where members listen for each other's frames, and the key of those. */
  readonly pipe: Uint8Array
}

/** What a holder of H_e has: enough to read the epoch, not to append in it. */
export interface HistoryKeys {
  /** CK_e, 32 bytes: seals messages. */
  readonly content: Uint8Array
  /** LK_e, 32 bytes: seals the link to the epoch before. */
  readonly link: Uint8Array
  /** HK_e, 32 bytes: seals the commit that ends this epoch. */
  readonly handshake: Uint8Array
  /** 32 bytes: keys the tag over the members that the epoch begins with. */
  readonly members: Uint8Array
}

function requireSecret (bytes: Uint8Array, what: string): void {
  if (bytes.length !== SECRET_BYTES) throw new BadInputError(`${what} must be ${SECRET_BYTES} bytes, got ${bytes.length}`)
}

/** HKDF-Expand(secret, "petrel/v1 " ‖ label ‖ 0x00 ‖ chat ‖ u64(epoch), 32). */
function expandFor (secret: Uint8Array, label: string, chat: LogId, epoch: number): Uint8Array {
  if (chat.length === 0 || chat.length > MAX_CHAT_ID) throw new BadInputError(`a chat id must be 1 to ${MAX_CHAT_ID} bytes, got ${chat.length}`)
  if (!Number.isSafeInteger(epoch) || epoch < 0) throw new BadInputError('an epoch must be an integer of at least 0')
  const head = encoder.encode(`${CRYPTO_LABELS.schedule}${label}\0`)
  const info = new Uint8Array(head.length + chat.length + 8)
  info.set(head)
  info.set(chat, head.length)
  new DataView(info.buffer).setBigUint64(head.length + chat.length, BigInt(epoch))
  return expand(sha256, secret, info, SECRET_BYTES)
}

/**
 * The keys of an epoch, from 32 bytes of MLS-Exporter("petrel/cloud/v1", chat, 32) at that epoch and
 * from G_pq, the chat's 32 random bytes that travel under X-Wing.
 *
 * @throws BadInputError on wrong lengths
 */
export function epochKeys (exporterSecret: Uint8Array, gpq: Uint8Array, chat: LogId, epoch: number): EpochKeys {
  requireSecret(exporterSecret, 'the exporter secret')
  requireSecret(gpq, 'G_pq')
  const root = extract(sha256, exporterSecret, gpq)
  const seeds = { append: expandFor(root, 'append', chat, epoch), read: expandFor(root, 'read', chat, epoch) }
  const keys = {
    history: expandFor(root, 'hist', chat, epoch),
    append: signerFromSeed(seeds.append),
    read: signerFromSeed(seeds.read),
    mirror: expandFor(root, 'mirror', chat, epoch),
    topic: expandFor(root, 'topic', chat, epoch),
    pipe: expandFor(root, 'pipe', chat, epoch)
  }
  root.fill(0)
  seeds.append.fill(0)
  seeds.read.fill(0)
  return keys
}

/** The keys that follow from H_e. @throws BadInputError on wrong lengths */
export function historyKeys (history: Uint8Array, chat: LogId, epoch: number): HistoryKeys {
  requireSecret(history, 'a history secret')
  return {
    content: expandFor(history, 'content', chat, epoch),
    link: expandFor(history, 'link', chat, epoch),
    handshake: expandFor(history, 'handshake', chat, epoch),
    members: expandFor(history, 'members', chat, epoch)
  }
}

const VERSION = Uint8Array.of(1)
/** The length of {@link sealLink}'s result. @internal */
export const LINK_BYTES = VERSION.length + SEAL_OVERHEAD + SECRET_BYTES

function linkAad (chat: LogId, epoch: number): Uint8Array { return encodeCbor([CRYPTO_LABELS.sealedLink, chat, epoch]) }

/**
 * link_e: H_{e-1} under LK_e, so that who may read epoch e can walk back. `epoch` is e, whose LK seals.
 *
 * @throws BadInputError on wrong lengths
 */
export function sealLink (link: Uint8Array, previous: Uint8Array, chat: LogId, epoch: number, random: RandomBytes = systemRandom): Uint8Array {
  requireSecret(link, 'a link key')
  requireSecret(previous, 'a history secret')
  return xseal(link, previous, linkAad(chat, epoch), VERSION, random)
}

/** H_{e-1} from link_e. @throws DecryptError when it does not open; UnsupportedError for a later format */
export function openLink (link: Uint8Array, sealed: Uint8Array, chat: LogId, epoch: number): Uint8Array {
  requireSecret(link, 'a link key')
  if (sealed.length > 0 && sealed[0] !== VERSION[0]) throw new UnsupportedError(`the history link has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  if (sealed.length !== LINK_BYTES) throw new DecryptError('the history link has the wrong length')
  return xopen(link, sealed.subarray(1), linkAad(chat, epoch), 'the history link')
}
