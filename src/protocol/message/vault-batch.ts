/**
 * What the vault's data entries hold: a batch of signed records, cut into as many entries as it needs. Each entry says
 * what it directly follows, so that none can be taken to another place. DESIGN section 4 (Vault).
 */
import { BadInputError, decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, type Digest, type EntryId } from '../wire/index.js'

/** One entry's content: a piece of a batch. */
export interface VaultPiece {
  /** The chain's hash before the entry, or, of what was sent in one go, the id of the entry before. */
  after: Digest | EntryId
  /** Which piece of how many, from 0. */
  index: number
  count: number
  bytes: Uint8Array
}

/** Records that were written together. */
export interface VaultBatch {
  v: 1
  /** Signed vault records. */
  records: Uint8Array[]
  /** With it, all that the vault holds has been written since the last key entry: what has not is gone. */
  whole?: boolean
  unknown?: Record<string, unknown>
}

const after: shape.Shape<Uint8Array> = (value, path) => shape.bytes(value instanceof Uint8Array && value.length === ENTRY_ID_LENGTH ? ENTRY_ID_LENGTH : DIGEST_LENGTH)(value, path)
const pieceShape = shape.tuple(shape.literal(1), after, shape.uint(LIMITS.vaultPieces - 1), shape.uint(LIMITS.vaultPieces, 1), shape.bytes({ min: 1, max: LIMITS.entryBytes }))
const batchShape = shape.struct({
  v: shape.literal(1), records: shape.array(shape.bytes({ min: 1, max: LIMITS.vaultRecordBytes + 2048 }), LIMITS.vaultBatchRecords), whole: shape.optional(shape.bool)
})

/** A piece as dag-cbor: `[1, after, index, count, bytes]`. */
export function encodeVaultPiece ({ after, index, count, bytes }: VaultPiece): Uint8Array { return encodeCbor([1, after, index, count, bytes]) }

/** A piece from its bytes. @throws BadInputError */
export function decodeVaultPiece (bytes: Uint8Array): VaultPiece {
  const [, follows, index, count, piece] = pieceShape(decodeCbor(bytes, LIMITS.entryBytes), 'vault piece')
  if (index >= count) throw new BadInputError('vault piece: beyond the last')
  return { after: follows, index, count, bytes: piece }
}

/** A batch as dag-cbor. */
export function encodeVaultBatch (batch: VaultBatch): Uint8Array { return encodeCbor(shape.open(batch)) }
/** A batch from its bytes. @throws BadInputError */
export function decodeVaultBatch (bytes: Uint8Array): VaultBatch { return batchShape(decodeCbor(bytes, LIMITS.vaultBatchBytes), 'vault batch') }
