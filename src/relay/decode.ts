/** Bodies of calls to values: bounded before memory is taken, and any fault of the bytes is the caller's. */
import { BadInputError, KEY_LENGTH, LOG_ID_LENGTH, rawEd25519, rawSha256, sameBytes, type KeyBytes, type LogId } from '../protocol/wire/index.js'
import { mapKey } from './bytes-text.js'
import type { NamedLog } from './peer.js'

/** Decodes a body with one of the gateway's messages. @throws BadInputError */
export function decodeBody<T> (decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw new BadInputError('the call\'s body is malformed, or holds more items than a call may', { cause })
  }
}

/** A log's id in a request, which is `known` if that is the one. @throws BadInputError */
export function namedLog (log: Uint8Array, known?: NamedLog): NamedLog {
  if (known !== undefined && sameBytes(known.log, log)) return known
  if (log.length !== LOG_ID_LENGTH) throw new BadInputError(`a log's id has ${LOG_ID_LENGTH} bytes, got ${log.length}`)
  rawSha256(log)
  // A copy: what is kept in memory must not hold on to a whole call's body.
  const id: LogId = log.slice()
  return { log: id, name: mapKey(id) }
}

/** An Ed25519 key in a request. @throws BadInputError */
export function requestKey (key: Uint8Array): KeyBytes {
  if (key.length !== KEY_LENGTH) throw new BadInputError(`a key has ${KEY_LENGTH} bytes, got ${key.length}`)
  rawEd25519(key)
  return key.slice()
}

/** A number in a request. @throws BadInputError at 2^53 and beyond */
export function requestNumber (n: number, what: string): number {
  if (!Number.isSafeInteger(n) || n < 0) throw new BadInputError(`${what} is not a number below 2^53`)
  return n
}
