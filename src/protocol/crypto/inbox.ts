/**
 * Inbox entries: HPKE to the account's inbox key, the sender inside. Format: version byte 1 ‖
 * enc (32) ‖ AEAD(Padmé-padded content), bound to the recipient's account and inbox log.
 */
import { BadInputError, encodeCbor, LIMITS, rawX25519, TooLargeError, UnsupportedError, x25519Key, type AgreementKeyBytes, type KeyBytes, type LogId } from '../wire/index.js'
import { x25519Box } from './hpke.js'
import { CRYPTO_LABELS } from './labels.js'
import { pad, paddedLength, unpad } from './padme.js'
import { systemRandom, type RandomBytes } from './random.js'

/** An inbox key: the public half stands in the manifest, the private half in the vault. */
export interface InboxKey {
  readonly public: AgreementKeyBytes
  /** 32 bytes. */
  readonly private: Uint8Array
}

/** Whose inbox an entry is for: it opens for no other. */
export interface InboxAddress {
  readonly account: KeyBytes
  readonly log: LogId
}

const VERSION = 1

function infoOf (to: InboxAddress): Uint8Array { return encodeCbor([CRYPTO_LABELS.sealedInbox, to.account, to.log]) }

/** A fresh inbox key from 32 bytes of `random`. */
export async function newInboxKey (random: RandomBytes = systemRandom): Promise<InboxKey> {
  const pair = await x25519Box.keyPair(random(32))
  return { public: x25519Key(pair.public), private: pair.private }
}

/** How many bytes a content of `length` bytes takes in the inbox. @internal */
export function sealedInboxLength (length: number): number { return 1 + x25519Box.overhead + paddedLength(length) }

/**
 * Seals `content` (which names and proves its sender) to an inbox.
 *
 * @throws TooLargeError when it would not fit an inbox entry
 * @throws BadInputError when the key is none
 */
export async function sealInbox (inbox: AgreementKeyBytes, content: Uint8Array, to: InboxAddress): Promise<Uint8Array> {
  const length = sealedInboxLength(content.length)
  if (length > LIMITS.inboxEntryBytes) {
    throw new TooLargeError(`the inbox entry takes ${length} bytes, over the limit of ${LIMITS.inboxEntryBytes}`, { details: { bytes: length, limit: LIMITS.inboxEntryBytes } })
  }
  const sealed = await x25519Box.seal(rawX25519(inbox), pad(content), infoOf(to))
  const out = new Uint8Array(1 + sealed.length)
  out[0] = VERSION
  out.set(sealed, 1)
  return out
}

/**
 * The content of {@link sealInbox}. That it opens says nothing of who sealed it: check the sender inside.
 *
 * @param privateKey - the inbox key's 32 private bytes
 * @throws DecryptError when it was sealed to another key or inbox, or altered
 * @throws UnsupportedError for a later format; TooLargeError, BadInputError for what no sealing makes
 */
export async function openInbox (privateKey: Uint8Array, sealed: Uint8Array, to: InboxAddress): Promise<Uint8Array> {
  if (sealed.length > LIMITS.inboxEntryBytes) throw new TooLargeError(`the inbox entry of ${sealed.length} bytes is over the limit of ${LIMITS.inboxEntryBytes}`)
  if (sealed.length === 0) throw new BadInputError('the inbox entry is empty')
  if (sealed[0] !== VERSION) throw new UnsupportedError(`the inbox entry has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  return unpad(await x25519Box.open(privateKey, sealed.subarray(1), infoOf(to)))
}
