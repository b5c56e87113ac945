/** MLS messages to and from bytes, strictly: one value, one spelling, nothing behind it. */
import { decodeMlsMessage, encodeMlsMessage, type FramedContent, type KeyPackage, type MLSMessage, type PrivateMessage, type PublicMessage, type RatchetTree, type Commit, type Welcome } from 'ts-mls'
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { BadInputError, LIMITS, PetrelError, sameBytes, TooLargeError } from '../../wire/index.js'

type Decoder<T> = (bytes: Uint8Array, offset: number) => [T, number] | undefined

/**
 * Decodes all of `bytes`. With `encode`, they must also be exactly what it makes of the value.
 *
 * @throws TooLargeError over `max`; BadInputError for anything else that is not such a value
 */
export function decodeAll<T> (bytes: Uint8Array, max: number, what: string, decode: Decoder<T>, encode?: (value: T) => Uint8Array): T {
  if (bytes.length > max) throw new TooLargeError(`${what} of ${bytes.length} bytes is over the limit of ${max}`, { details: { bytes: bytes.length, limit: max } })
  // The decoder hands out views: of a copy, so that the value stays what it was when the caller reuses its buffer.
  const copy = bytes.slice()
  try {
    const decoded = decode(copy, 0)
    if (decoded === undefined) throw new BadInputError(`${what} does not decode`)
    const [value, length] = decoded
    if (length !== copy.length) throw new BadInputError(`${what} has ${copy.length - length} bytes too many`)
    if (encode !== undefined && !sameBytes(encode(value), copy)) throw new BadInputError(`${what} is not in its canonical form`)
    return value
  } catch (cause) {
    if (cause instanceof PetrelError) throw cause
    throw new BadInputError(`${what} does not decode`, { cause })
  }
}

function message (bytes: Uint8Array, max: number, what: string): MLSMessage {
  return decodeAll(bytes, max, what, decodeMlsMessage, encodeMlsMessage)
}

/** A key package. @throws BadInputError, TooLargeError */
export function readKeyPackageMessage (bytes: Uint8Array): KeyPackage {
  const decoded = message(bytes, LIMITS.keyPackageBytes, 'the key package')
  if (decoded.wireformat !== 'mls_key_package') throw new BadInputError('these bytes are an MLS message, but no key package')
  return decoded.keyPackage
}

/** A key package's bytes. */
export function writeKeyPackage (keyPackage: KeyPackage): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage })
}

/** A Welcome. @throws BadInputError, TooLargeError */
export function readWelcome (bytes: Uint8Array): Welcome {
  const decoded = message(bytes, LIMITS.mlsWelcomeBytes, 'the Welcome')
  if (decoded.wireformat !== 'mls_welcome') throw new BadInputError('these bytes are an MLS message, but no Welcome')
  return decoded.welcome
}

/** A Welcome's bytes. */
export function writeWelcome (welcome: Welcome): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome })
}

/** A ratchet tree. @throws BadInputError, TooLargeError */
export function readTree (bytes: Uint8Array): RatchetTree {
  const tree = decodeAll(bytes, LIMITS.mlsTreeBytes, 'the ratchet tree', decodeRatchetTree, encodeRatchetTree)
  // Blank nodes take a byte each in transit, and a hash each when the tree is checked.
  if (tree.length >= 2 * LIMITS.mlsMembers) throw new TooLargeError(`a ratchet tree has at most ${2 * LIMITS.mlsMembers - 1} nodes`)
  return tree
}

/** A ratchet tree's bytes. */
export function writeTree (tree: RatchetTree): Uint8Array { return encodeRatchetTree(tree) }

/** A commit by a member, as it came. */
export interface CommitMessage {
  readonly message: PublicMessage
  readonly content: FramedContent
  readonly commit: Commit
  readonly epoch: number
  readonly senderLeaf: number
}

/**
 * A commit. External commits, proposals on their own and private messages are refused here: a cloud
 * chat's handshake is sealed by HK_e, so that who has the history can follow its membership.
 *
 * @throws BadInputError, TooLargeError
 */
export function readCommit (bytes: Uint8Array): CommitMessage {
  const decoded = message(bytes, LIMITS.mlsCommitBytes, 'the commit')
  if (decoded.wireformat !== 'mls_public_message') throw new BadInputError('these bytes are an MLS message, but no public commit')
  const { content } = decoded.publicMessage
  if (content.contentType !== 'commit') throw new BadInputError('these bytes are an MLS proposal or message, but no commit')
  if (content.sender.senderType !== 'member') throw new BadInputError('a commit must come from a member: external joins are refused')
  if (content.epoch > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadInputError('the commit names an epoch beyond all bounds')
  if (content.authenticatedData.length > LIMITS.mlsAadBytes) throw new TooLargeError(`the commit's authenticated data is over the limit of ${LIMITS.mlsAadBytes} bytes`)
  return { message: decoded.publicMessage, content, commit: content.commit, epoch: Number(content.epoch), senderLeaf: content.sender.leafIndex }
}

/** A sealed message of a member. Sealed commits and proposals are refused: a secret chat's commits are public messages, sealed around. @throws BadInputError, TooLargeError */
export function readPrivateMessage (bytes: Uint8Array): PrivateMessage {
  const decoded = message(bytes, LIMITS.pipeFrameBytes, 'the message')
  if (decoded.wireformat !== 'mls_private_message' || decoded.privateMessage.contentType !== 'application') throw new BadInputError('these bytes are an MLS message, but no sealed one of a member')
  if (decoded.privateMessage.epoch > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadInputError('the message names an epoch beyond all bounds')
  return decoded.privateMessage
}
