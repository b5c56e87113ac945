/**
 * How a log gets another owner key: the keys that a commit installs name it, and the owner key in force has signed just
 * these keys. So a home, a mirror and every reader can check it, in whatever epoch they are. DESIGN section 2.
 */
import { encodeCbor } from './cbor.js'
import { ProofError } from './errors.js'
import { sameBytes, type KeyBytes, type LogId } from './ids.js'
import { LABELS } from './labels.js'
import { decodeCaps, encodeCaps, type Caps } from './log.js'
import { verifySignature, type Signer } from './signature.js'

/** Capability keys that name the log's next owner key. */
export type NextCaps = Caps & { owner: KeyBytes }

const signedBytes = (log: LogId, { handover: _signature, ...caps }: Caps): Uint8Array => encodeCbor([1, log, encodeCaps(caps)])

/** The keys of a commit that gives the log another owner key, signed with the one in force. They hold in any commit of this log that stands where that key is in force. */
export function handOver (log: LogId, caps: NextCaps, owner: Signer): Caps {
  return { ...caps, handover: owner.sign(LABELS.ownerHandover, signedBytes(log, caps)) }
}

/** Whether a commit may install these keys, as far as the owner key goes: they leave it as it is, or the one in force has signed them. */
export function isHandedOver (log: LogId, caps: Caps, owner: KeyBytes): boolean {
  if (caps.owner === undefined || sameBytes(caps.owner, owner)) return true
  return caps.handover !== undefined && verifySignature(owner, LABELS.ownerHandover, signedBytes(log, caps), caps.handover)
}

/**
 * The owner key in force after a commit that installs `caps`.
 *
 * @throws ProofError when they name another one that the one before has not signed
 */
export function ownerAfter (log: LogId, caps: Caps, owner: KeyBytes): KeyBytes {
  if (!isHandedOver(log, caps, owner)) throw new ProofError('a commit gives the log another owner key, and the one in force has not signed that')
  return caps.owner ?? owner
}

/**
 * The owner key that some handovers lead to from one that was in force, oldest first; the key itself where none leads on.
 * They may have stood in commits that another one was before: whoever held the key has signed them all the same.
 *
 * @throws BadInputError for what are no capability keys
 */
export function ownerBy (log: LogId, handovers: readonly Uint8Array[], owner: KeyBytes): KeyBytes {
  return handovers.reduce((now, bytes) => {
    const caps = decodeCaps(bytes)
    return caps.owner !== undefined && isHandedOver(log, caps, now) ? caps.owner : now
  }, owner)
}
