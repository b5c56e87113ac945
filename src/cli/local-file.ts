/** A file of the person's, read twice: once for its hash, once for its bytes. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { posix, win32 } from 'node:path'
import { LIMITS, NotFoundError, TooLargeError } from '../protocol/api/index.js'
import { badInput, codeOf } from './failure.js'
import type { Io } from './io.js'
import { absolute } from './settings.js'
import { bytesText } from './terminal/time.js'

const PIECE_BYTES = 256 * 1024

/** A pipe with a name would else be waited for until somebody writes into it, and that ends neither by Ctrl-C nor by SIGTERM. Windows has no such flag. */
const READ_NOW = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

/** A file that is open. Both readings are of this very file, whatever takes its place meanwhile. */
export class LocalFile {
  readonly name: string
  readonly size: number
  readonly #handle: FileHandle

  private constructor (name: string, size: number, handle: FileHandle) {
    this.name = name
    this.size = size
    this.#handle = handle
  }

  /** Opens a file. @throws NotFoundError; BadInputError for what is no file; TooLargeError */
  static async open (path: string, io: Pick<Io, 'cwd' | 'platform'>): Promise<LocalFile> {
    const whole = absolute(path, io)
    const handle = await open(whole, READ_NOW).catch((cause: unknown) => {
      if (codeOf(cause) === 'EISDIR') throw badInput(`${path} is a directory: attach its files, or an archive of it`)
      throw codeOf(cause) === 'ENOENT' ? new NotFoundError(`there is no file ${path}`, { cause }) : cause
    })
    try {
      const stat = await handle.stat()
      if (stat.isDirectory()) throw badInput(`${path} is a directory: attach its files, or an archive of it`)
      if (!stat.isFile()) throw badInput(`${path} is no ordinary file`)
      if (stat.size > LIMITS.mediaFileBytes) throw new TooLargeError(`${path} has ${bytesText(stat.size)}; a file has at most ${bytesText(LIMITS.mediaFileBytes)}`)
      return new LocalFile((io.platform === 'win32' ? win32 : posix).basename(whole), stat.size, handle)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** SHA-256, hexadecimal. `onBytes` hears how many were read. */
  async hash (signal: AbortSignal, onBytes: (bytes: number) => void): Promise<string> {
    const hash = createHash('sha256')
    for await (const piece of this.bytes(signal)) {
      hash.update(piece)
      onBytes(piece.length)
    }
    return hash.digest('hex')
  }

  /** Its bytes from the beginning, as many as it had when it was opened. */
  async * bytes (signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.size;) {
      signal.throwIfAborted()
      const { bytesRead, buffer } = await this.#handle.read(new Uint8Array(Math.min(PIECE_BYTES, this.size - at)), 0, null, at)
      if (bytesRead === 0) throw badInput(`${this.name} became shorter while it was read`)
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  async close (): Promise<void> { await this.#handle.close() }
}
