/** Reads a backup's file, chunk by chunk, each checked before the next one is looked at. */
import { open, type FileHandle } from 'node:fs/promises'
import { afterContent, BACKUP_PREFIX_BYTES, BACKUP_START, backupHeadLength, CHUNK_HEAD_BYTES, chunkLength, firstChunk, openBackupChunk, openBackupHead, readBackupHead, type BackupContent, type BackupHead, type BackupStanding, type BackupUnlock } from '../../protocol/crypto/index.js'
import { AbortedError, CorruptError, NotFoundError } from '../../protocol/wire/index.js'

/** A backup that is read from its beginning. */
export class BackupFile {
  readonly head: BackupHead
  /** Bytes of the whole file. */
  readonly size: number
  readonly #handle: FileHandle
  #at: number

  private constructor (handle: FileHandle, size: number, head: BackupHead, at: number) {
    this.#handle = handle
    this.size = size
    this.head = head
    this.#at = at
  }

  /** Opens a file and reads its head. @throws NotFoundError; CorruptError for what is no backup, FormatError for one of a later format */
  static async open (path: string): Promise<BackupFile> {
    const handle = await open(path, 'r').catch((cause: unknown) => {
      throw cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? new NotFoundError(`there is no file ${path}`, { cause }) : cause
    })
    try {
      const info = await handle.stat()
      if (!info.isFile()) throw new CorruptError(`${path} is no backup of a home`)
      const length = backupHeadLength(await readAt(handle, 0, BACKUP_PREFIX_BYTES))
      return new BackupFile(handle, info.size, readBackupHead(await readAt(handle, 0, length)), length)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** How far it was read, in bytes. */
  get position (): number { return this.#at }

  /**
   * What it says, in order, to its end.
   *
   * @throws DecryptError, UnsupportedError when it does not open so; CorruptError where it is not what was written, is cut
   * off, or goes on after its end; AbortedError
   */
  async * contents (unlock: BackupUnlock, signal?: AbortSignal): AsyncGenerator<{ content: BackupContent, standing: BackupStanding }, void, undefined> {
    const key = await openBackupHead(this.head, unlock, signal)
    try {
      let place = firstChunk(this.head.hash)
      let standing = BACKUP_START
      while (standing.at !== 'end') {
        if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
        const opened = openBackupChunk(key, place, await this.#next())
        place = opened.next
        standing = afterContent(standing, opened.content)
        yield { content: opened.content, standing }
      }
      if (this.#at !== this.size) throw new CorruptError(`the backup goes on after its end: it was damaged, ${this.size - this.#at} bytes are too many`)
    } finally {
      key.fill(0)
    }
  }

  async close (): Promise<void> { await this.#handle.close() }

  async #next (): Promise<Uint8Array> {
    const length = chunkLength(await readAt(this.#handle, this.#at, CHUNK_HEAD_BYTES))
    if (length > this.size - this.#at - CHUNK_HEAD_BYTES) throw cutOff()
    const sealed = await readAt(this.#handle, this.#at + CHUNK_HEAD_BYTES, length)
    this.#at += CHUNK_HEAD_BYTES + length
    return sealed
  }
}

function cutOff (): CorruptError { return new CorruptError('the backup is cut off: it was not written to its end') }

/** Exactly so many bytes. @throws CorruptError when there are fewer */
export async function readAt (handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(out, done, length - done, at + done)
    if (bytesRead === 0) throw cutOff()
    done += bytesRead
  }
  return out
}
