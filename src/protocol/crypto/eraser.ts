/** Eraser secrets: who shows one has an entry's bytes taken away at the log's home, and leaves the chain whole. DESIGN section 3, KEYS.md. */
import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { BadInputError, labelBytes, type EntryId, type LogId } from '../wire/index.js'
import { CRYPTO_LABELS } from './labels.js'

const SECRET_BYTES = 32

/** Who may erase with a secret: the entry's author, or who holds the log's owner key. */
export type EraserOf = 'author' | 'owner'

/**
 * The secret that erases one entry, HKDF-Expand(seed, label ‖ 0 ‖ log ‖ id, 32): of the author's account from its eraser
 * seed, of the log's owners from the owner key's seed. The entry's leaf holds its hash (`eraserHash`).
 *
 * @param seed - 32 bytes
 * @throws BadInputError for a seed of another length
 */
export function eraserSecret (of: EraserOf, seed: Uint8Array, log: LogId, id: EntryId): Uint8Array {
  if (seed.length !== SECRET_BYTES) throw new BadInputError(`an eraser seed has ${SECRET_BYTES} bytes, not ${seed.length}`)
  const label = labelBytes(of === 'author' ? CRYPTO_LABELS.authorEraser : CRYPTO_LABELS.ownerEraser)
  const info = new Uint8Array(label.length + log.length + id.length)
  info.set(label)
  info.set(log, label.length)
  info.set(id, label.length + log.length)
  return expand(sha256, seed, info, SECRET_BYTES)
}
