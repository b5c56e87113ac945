/**
 * Beginnings of secret chats on their way: letters, sealed to the account, that wait at an address of the key package for
 * the one device whose it is. They are in no log and no vault, and no other device takes them away.
 */
import { openInbox, sealInbox, secretStartAddress } from '../../protocol/crypto/index.js'
import { openLetter, signLetter, type SecretOver, type SecretStart } from '../../protocol/message/index.js'
import { DecryptError, NotFoundError, type CheckedManifest, type Digest, type KeyBytes, type LogId, type Signer } from '../../protocol/wire/index.js'

/** What they are made and opened with. */
export interface SecretStartsDeps {
  readonly account: KeyBytes
  readonly device: Signer
  readonly manifest: () => CheckedManifest
  /** The account's inboxes, also those that it had not long ago, and what opens their letters. */
  readonly inboxes: () => ReadonlyArray<{ readonly log: LogId, readonly key: Uint8Array }>
  readonly now: () => number
}

/** What one says, and who says it. */
export interface ArrivedStart { readonly manifest: CheckedManifest, readonly device: KeyBytes, readonly time: number, readonly secret?: SecretStart, readonly over?: SecretOver }

/** A sealed letter and its address. */
export interface SealedStart { readonly address: Uint8Array, readonly frame: Uint8Array }

/** See the file's head. */
export class SecretStarts {
  readonly #deps: SecretStartsDeps

  constructor (deps: SecretStartsDeps) { this.#deps = deps }

  /** Seals one for the device of a key package. @throws NotFoundError when the account has no inbox, for which it is sealed */
  async seal (to: CheckedManifest, keyPackage: Digest, what: { secret: SecretStart } | { over: SecretOver }): Promise<SealedStart> {
    const { account, device, manifest, now } = this.#deps
    const { account: key, inbox } = to.manifest
    if (inbox === null) throw new NotFoundError('the contact has no inbox yet: it is not reached before it has added a relay')
    const letter = signLetter({ v: 1, account, to: key, inbox: inbox.log, manifest: manifest().bytes, ...what, time: now() }, device)
    return { address: secretStartAddress(keyPackage), frame: await sealInbox(inbox.key, letter, { account: key, log: inbox.log }) }
  }

  /**
   * Opens one.
   *
   * @throws DecryptError, BadInputError, ProofError, TooLargeError, UnsupportedError for what does not hold: it is dropped
   */
  async open (frame: Uint8Array): Promise<ArrivedStart> {
    const { account, inboxes } = this.#deps
    for (const { log, key } of inboxes()) {
      let bytes: Uint8Array
      try {
        bytes = await openInbox(key, frame, { account, log })
      } catch (error) {
        if (error instanceof DecryptError) continue
        throw error
      }
      const { letter: { secret, over, time }, manifest, device } = openLetter(bytes, account, log)
      return { manifest, device, time, ...secret === undefined ? {} : { secret }, ...over === undefined ? {} : { over } }
    }
    throw new DecryptError('the beginning of a secret chat is sealed for another inbox')
  }
}
