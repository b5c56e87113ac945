/** A segment's file that is appended to: past the system's cache where that can be done. */
import { constants, type FileHandle } from 'node:fs/promises'
import { syncDirectory } from '../atomic-file.js'
import { readSectors, SECTOR_BYTES, sectorBefore, sectorBehind, SectorMemory, writeSectors, type Direct } from './direct.js'
import { segmentPath, writeAll, type OpenFile } from './segment-file.js'

/** What one write takes together. */
export const WRITE_BYTES = 4 * 1024 * 1024
/** One for all stores of a process, with room for what stands before the first and behind the last sector. */
const memory = new SectorMemory(sectorBehind(WRITE_BYTES) + 2 * SECTOR_BYTES, 1)
const NOTHING = new Uint8Array(0)

/** Where segments lie, and how their files are opened. */
export interface SegmentFiles {
  readonly directory: string
  readonly openFile: OpenFile
  readonly direct: Direct
}

/** See the file's head. One write at a time, each behind the one before. */
export class Appender {
  readonly #files: SegmentFiles
  readonly #path: string
  #handle: FileHandle
  #isDirect: boolean
  /** Where the bytes end that are known here, and what of them lies in their last sector, which is written again. */
  #end: number
  #tail: Uint8Array | undefined

  private constructor (files: SegmentFiles, path: string, { handle, isDirect }: { handle: FileHandle, isDirect: boolean }, end: number) {
    this.#files = files
    this.#path = path
    this.#handle = handle
    this.#isDirect = isDirect
    this.#end = end
    this.#tail = end % SECTOR_BYTES === 0 ? NOTHING : undefined
  }

  /** A new file, its name durable. @throws the file system's error */
  static async create (files: SegmentFiles, segment: number): Promise<Appender> {
    const path = segmentPath(files.directory, segment)
    const opened = await openFor(files, path, constants.O_CREAT | constants.O_EXCL)
    await syncDirectory(files.directory)
    return new Appender(files, path, opened, 0)
  }

  /** One that is there, cut to what the index knows: behind it may lie half a block. @throws the file system's error */
  static async resume (files: SegmentFiles, segment: number, end: number): Promise<Appender> {
    const path = segmentPath(files.directory, segment)
    const opened = await openFor(files, path, 0)
    if ((await opened.handle.stat()).size > end) await opened.handle.truncate(end)
    return new Appender(files, path, opened, end)
  }

  /** Writes all of the pieces, at most {@link WRITE_BYTES} or one block, where the last ones ended. Not synced. @throws the file system's error */
  async write (pieces: readonly Uint8Array[], at: number): Promise<void> {
    if (this.#isDirect && await this.#writeDirect(pieces, at)) return
    if (this.#isDirect) await this.#openAsEver()
    await writeAll(this.#handle, pieces, at)
  }

  /** @throws the file system's error */
  async datasync (): Promise<void> { await this.#handle.datasync() }

  /** `end`: where its blocks end, if that is known: what fills the last sector is cut off. Never rejects: what had to be synced was. */
  async close (end?: number): Promise<void> {
    if (this.#isDirect && end !== undefined) await this.#handle.truncate(end).catch(() => undefined)
    await this.#handle.close().catch(() => undefined)
  }

  /** False when this file system does not take it so. */
  async #writeDirect (pieces: readonly Uint8Array[], at: number): Promise<boolean> {
    const piece = await memory.take()
    if (piece === undefined) return false
    try {
      const from = sectorBefore(at)
      await this.#begin(piece, from, at)
      let end = at
      for (const bytes of pieces) {
        piece.set(bytes, end - from)
        end += bytes.length
      }
      const whole = sectorBehind(end)
      piece.fill(0, end - from, whole - from)
      await writeSectors(this.#handle, piece.subarray(0, whole - from), from)
      this.#end = end
      this.#tail = piece.slice(sectorBefore(end) - from, end - from)
      return true
    } catch (error) {
      if (this.#files.direct.isRefusal(error)) return false
      throw error
    } finally {
      memory.give(piece)
    }
  }

  /** What stands in the first sector before a place: that is written again as it was. */
  async #begin (piece: Uint8Array, from: number, at: number): Promise<void> {
    if (this.#tail !== undefined && this.#end === at) {
      piece.set(this.#tail)
      return
    }
    piece.fill(0, await readSectors(this.#handle, piece.subarray(0, SECTOR_BYTES), from), at - from)
  }

  async #openAsEver (): Promise<void> {
    const handle = await this.#files.openFile(this.#path, 'r+')
    await this.#handle.close().catch(() => undefined)
    this.#handle = handle
    this.#isDirect = false
  }
}

async function openFor ({ openFile, direct }: SegmentFiles, path: string, flags: number): Promise<{ handle: FileHandle, isDirect: boolean }> {
  const isDirect = direct.flag !== 0
  try {
    return { handle: await openFile(path, constants.O_RDWR | flags | direct.flag, 0o600), isDirect }
  } catch (error) {
    if (!direct.isRefusal(error)) throw error
    // Some file systems make the file before they say no.
    return { handle: await openFile(path, constants.O_RDWR | flags & ~constants.O_EXCL, 0o600), isDirect: false }
  }
}
