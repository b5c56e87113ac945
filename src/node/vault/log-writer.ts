/** Cuts signed records into batches and entries of the vault's log. Pure but for the nonces and ids. */
import { sealVaultEntry, systemRandom, VAULT_ENTRY_BYTES } from '../../protocol/crypto/index.js'
import { encodeVaultBatch, encodeVaultPiece } from '../../protocol/message/index.js'
import { ENTRY_ID_LENGTH, ENTRY_KIND, type Append, type Digest, type EntryId, type LogId } from '../../protocol/wire/index.js'

/** What a piece may hold, so that an entry holds it with what stands beside it. */
const PIECE_BYTES = VAULT_ENTRY_BYTES - 128
/** What a record takes beside its bytes, and the batch beside its records. */
const RECORD_EXTRA = 5
const BATCH_EXTRA = 64
/** Sealed bytes of one append call: a few frames' worth would wait for each other. */
const CALL_BYTES = 768 * 1024

/** Batches that one call takes. */
export interface NextBatches {
  readonly batches: Uint8Array[]
  /** How many of the records they hold, from the first on. */
  readonly records: number
  /** Whether these are all. */
  readonly isAll: boolean
}

/** The next batches of some records, as many as one call takes; with `whole`, the last one of all says that it is all. */
export function nextBatches (records: Iterable<Uint8Array>, whole: boolean): NextBatches {
  const batches: Uint8Array[] = []
  let taken: Uint8Array[] = []
  let size = BATCH_EXTRA
  let sent = 0
  let count = 0
  const flush = (isLast: boolean): void => {
    batches.push(encodeVaultBatch({ v: 1, records: taken, ...isLast && whole ? { whole } : {} }))
    sent += size
    count += taken.length
    taken = []
    size = BATCH_EXTRA
  }
  for (const record of records) {
    const more = record.length + RECORD_EXTRA
    if (taken.length > 0 && size + more > PIECE_BYTES) {
      flush(false)
      if (sent >= CALL_BYTES) return { batches, records: count, isAll: false }
    }
    taken.push(record)
    size += more
  }
  if (taken.length > 0 || whole) flush(true)
  return { batches, records: count, isAll: true }
}

/** The entries of batches, sealed for the places after `at`: each stands on the one before, so that all or none that follow are taken. */
export function entriesOf (batches: readonly Uint8Array[], content: Uint8Array, at: { readonly log: LogId, readonly generation: number, readonly seq: number, readonly hash: Digest }): Append[] {
  const items: Append[] = []
  let after: Digest | EntryId = at.hash
  for (const batch of batches) {
    const count = Math.ceil(batch.length / PIECE_BYTES)
    for (let index = 0; index < count; index++) {
      const id = systemRandom(ENTRY_ID_LENGTH)
      const bytes = batch.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES)
      const payload = sealVaultEntry(content, encodeVaultPiece({ after, index, count, bytes }), { log: at.log, generation: at.generation, id })
      items.push({ id, kind: ENTRY_KIND.data, payload, expectHead: at.seq + items.length })
      after = id
    }
  }
  return items
}
