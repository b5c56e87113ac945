/** What every driver checks of blocks, coming and going. */
import { BadInputError, CheckedBlock, CorruptError, cidText, decodeCid, isBlock, LIMITS, requireBlock, TooLargeError, type Block, type Cid } from '../../protocol/wire/index.js'

/** A CID as a map key: one character per byte. */
export function nameOf (cid: Cid): string { return Buffer.from(cid.buffer, cid.byteOffset, cid.length).toString('latin1') }

/**
 * The blocks, each once, after all of them were found to be what their CIDs name: here, or where they came from.
 *
 * @throws BadInputError, ProofError, TooLargeError
 */
export function requireBlocks (blocks: readonly Block[]): Block[] {
  const distinct = new Map<string, Block>()
  for (const block of blocks) {
    const { cid, bytes } = block
    if (bytes.length > LIMITS.blobBytes) throw new TooLargeError(`a block has at most ${LIMITS.blobBytes} bytes, not ${bytes.length}`, { details: { bytes: bytes.length, limit: LIMITS.blobBytes } })
    decodeCid(cid)
    if (!(block instanceof CheckedBlock)) requireBlock(cid, bytes)
    distinct.set(nameOf(cid), block)
  }
  return [...distinct.values()]
}

/** Checks what the disk gave back. @throws CorruptError */
export function requireSound (cid: Cid, bytes: Uint8Array): void {
  if (!isBlock(cid, bytes)) throw damaged(cid)
}

/** A block that the disk does not hold as it was put. */
export function damaged (cid: Cid, cause?: unknown): CorruptError {
  const text = cidText(cid)
  return new CorruptError(`the block ${text} is not what was written: it must be fetched again`, { cause, details: { cid: text } })
}

/** A part of a block. @throws BadInputError for a range beyond its end, or none at all */
export function partOf (bytes: Uint8Array, { start = 0, end = bytes.length }: { start?: number, end?: number }): Uint8Array {
  if (start === 0 && end === bytes.length) return bytes
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start || end > bytes.length) throw new BadInputError(`there is no range ${start} to ${end} in a block of ${bytes.length} bytes`)
  return bytes.subarray(start, end)
}
