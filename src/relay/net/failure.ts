/** Failures on the wire and the errors they stand for. Pure. */
import { CorruptError, cutText, decodeCbor, encodeCbor, errorFromCode, InternalError, LIMITS, PetrelError, ReadOnlyError, UnavailableError } from '../../protocol/wire/index.js'
import type { ErrorDetails, pb } from '../../protocol/wire/index.js'

const EMPTY = new Uint8Array(0)
const saidByPeers = new WeakSet<PetrelError>()

/** The Failure that tells a peer about an error. An error that is not a {@link PetrelError} becomes ERR_INTERNAL; its text and stack stay here. */
export function failureFrom (error: unknown): pb.Failure {
  // An InternalError's message may be a foreign error's text.
  if (!(error instanceof PetrelError) || error instanceof InternalError) {
    return { code: InternalError.code, message: 'the peer failed inside; its log says why', details: EMPTY }
  }
  return { code: error.code, message: cutText(messageFor(error), LIMITS.failureMessageBytes), details: encodeDetails(error.details) }
}

/**
 * What a peer is told in words. Of the own disk it hears no more than that it is not its own: the system's words name
 * paths here, and "free some space" would send the wrong person to look.
 */
export function messageFor (error: PetrelError): string {
  if (error instanceof ReadOnlyError && error.details.restored !== true) {
    return `${error.message.includes('disk is full') ? 'the disk is full' : 'the disk refuses writes'} where this is kept: whoever runs the relay, or the node that is the home, has to see to it, and it goes on by itself then`
  }
  if (error instanceof CorruptError) return 'the disk is damaged where this is kept: whoever runs the relay, or the node that is the home, has to see to it'
  if (error instanceof UnavailableError && isOfDisk(error)) return 'the disk cannot be read for now where this is kept: try again'
  return error.message
}

/** Whether the database lies behind an error. */
function isOfDisk (error: Error): boolean {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && cause.code.startsWith('LEVEL_')) return true
  }
  return false
}

/** The error a peer's Failure stands for. Facts that are not plain are left out; the code and message still stand. */
export function errorFromFailure (failure: pb.Failure): PetrelError {
  const error = errorFromCode(failure.code, cutText(failure.message, LIMITS.failureMessageBytes), decodeDetails(failure.details))
  saidByPeers.add(error)
  return error
}

/** Whether an error is a peer's word: it may say what it likes, and accuse whom it likes. */
export function saidByPeer (error: PetrelError): boolean { return saidByPeers.has(error) }

function encodeDetails (details: ErrorDetails): Uint8Array {
  if (Object.keys(details).length === 0) return EMPTY
  try {
    const bytes = encodeCbor(details)
    return bytes.length > LIMITS.failureDetailsBytes ? EMPTY : bytes
  } catch {
    return EMPTY
  }
}

function decodeDetails (bytes: Uint8Array): ErrorDetails {
  if (bytes.length === 0) return {}
  let value: unknown
  try {
    value = decodeCbor(bytes, LIMITS.failureDetailsBytes)
  } catch {
    return {}
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  const out: Record<string, string | number | boolean | readonly string[]> = {}
  for (const [key, fact] of Object.entries(value)) {
    if (key !== '__proto__' && isFact(fact)) out[key] = fact
  }
  return out
}

function isFact (value: unknown): value is string | number | boolean | readonly string[] {
  if (Array.isArray(value)) return value.every(item => typeof item === 'string')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
