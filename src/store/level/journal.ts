/**
 * Looks through Level's journals (`NNNNNN.log`) before the database is opened. Level skips what does not fit its checksum
 * there, replays what lies behind, and then deletes the file: so a flipped bit would lose writes that were acknowledged,
 * and nobody would be told. Format: https://github.com/google/leveldb/blob/main/doc/log_format.md
 */
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

const BLOCK = 32 * 1024
const HEADER = 7
/** Blocks read at once. */
const READ_BLOCKS = 32
/** The least that a disk writes as a whole. */
const SECTOR = 512
/** Kinds of records: whole, first, middle and last part of one. */
const KINDS = 4

/** Damage that a crash does not explain. */
export interface JournalDamage { readonly file: string, readonly at: number }

/** The names of a database's journals, the oldest first. @throws the file system's error */
export async function journalsOf (database: string): Promise<string[]> {
  return (await readdir(database)).filter(name => /^\d+\.log$/.test(name)).sort()
}

/** The first damage in the journals of a database, or undefined. What a crash leaves (half a record at the end) is none. */
export async function journalDamage (database: string): Promise<JournalDamage | undefined> {
  for (const file of await journalsOf(database)) {
    const handle = await openIfThere(join(database, file))
    try {
      const at = handle === undefined ? undefined : await damageIn(handle)
      if (at !== undefined) return { file, at }
    } finally {
      await handle?.close()
    }
  }
  return undefined
}

/** Another process that has the database open may remove a journal at any time. */
async function openIfThere (path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Where a record is damaged that has a good one behind it. */
async function damageIn (handle: FileHandle): Promise<number | undefined> {
  const { size } = await handle.stat()
  const buffer = Buffer.alloc(Math.min(READ_BLOCKS * BLOCK, size))
  let bad: number | undefined
  for (let offset = 0; offset < size;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
    if (bytesRead === 0) return undefined
    for (let start = 0; start < bytesRead; start += BLOCK) {
      const block = buffer.subarray(start, Math.min(start + BLOCK, bytesRead))
      const seen = look(block, offset + start + block.length >= size)
      // A good record of this block lies behind the damage in an earlier one.
      if (bad !== undefined && seen.isGood) return bad
      if (seen.isDamaged) return offset + start + seen.end
      if (seen.end < block.length) bad ??= offset + start + seen.end
    }
    offset += bytesRead
  }
  return undefined
}

/**
 * A block: whether it begins with a good record, where the good ones end (its length if they fill it), and whether a good
 * one lies behind that.
 *
 * @param isLast whether the file ends with it
 */
function look (block: Buffer, isLast: boolean): { isGood: boolean, end: number, isDamaged: boolean } {
  let at = 0
  for (;;) {
    // The rest is too short for a record.
    if (block.length - at < HEADER) return { isGood: at > 0, end: block.length, isDamaged: false }
    const next = recordEnd(block, at)
    if (next === undefined) break
    at = next
  }
  // A crash or a full disk leaves the beginning of a record. Its content may look like anything, and is not looked at.
  if (isLast && at + HEADER + block.readUInt16LE(at + 4) > block.length) return { isGood: at > 0, end: block.length, isDamaged: false }
  // A power cut leaves sectors that were never written, among writes that nobody was told of.
  if (hasEmptySector(block, at)) return { isGood: at > 0, end: block.length, isDamaged: false }
  for (let later = at + 1; later + HEADER <= block.length; later++) if (recordEnd(block, later) !== undefined) return { isGood: at > 0, end: at, isDamaged: true }
  return { isGood: at > 0, end: at, isDamaged: false }
}

/** The end of the record at `at`, or undefined when it is none or not what was written. */
function recordEnd (block: Buffer, at: number): number | undefined {
  const kind = block[at + 6] ?? 0
  const end = at + HEADER + block.readUInt16LE(at + 4)
  if (kind < 1 || kind > KINDS || end > block.length) return undefined
  return masked(crc32c(block, at + 6, end)) === block.readUInt32LE(at) ? end : undefined
}

function hasEmptySector (block: Buffer, from: number): boolean {
  for (let start = Math.ceil(from / SECTOR) * SECTOR; start + SECTOR <= block.length; start += SECTOR) {
    if (block.subarray(start, start + SECTOR).every(byte => byte === 0)) return true
  }
  return false
}

/** The checksum as it is stored: LevelDB turns and shifts it. */
function masked (crc: number): number { return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0 }

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78
  return crc
})

/** CRC-32C (RFC 3720, appendix B.4) of a part of some bytes. */
function crc32c (bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffffffff
  for (let at = from; at < to; at++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0)
  return ~crc >>> 0
}
