/** A text that is written piece by piece beside its place, and gets its name when it is whole. */
import { constants } from 'node:fs'
import { open, rename, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ExistsError } from '../../protocol/api/index.js'

/** Written when so much has gathered. */
const PIECE_CHARACTERS = 64 * 1024
/** Windows has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW as number | undefined ?? 0

/** See the file's head. */
export class TextFile {
  readonly #path: string
  readonly #part: string
  readonly #handle: FileHandle
  #text = ''

  private constructor (path: string, part: string, handle: FileHandle) {
    this.#path = path
    this.#part = part
    this.#handle = handle
  }

  /** Begins a file for its owner alone. What an attempt before has left is written over. @throws ExistsError when somebody else has laid something there */
  static async create (path: string): Promise<TextFile> {
    const part = join(dirname(path), `.petrel-${basename(path)}.part`)
    const handle = await open(part, constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW, 0o600)
    try {
      const { uid, nlink } = await handle.stat()
      if (nlink !== 1 || (process.getuid !== undefined && uid !== process.getuid())) throw new ExistsError(`${part} is not a part of an export: remove it`)
      await handle.truncate()
    } catch (error) {
      await handle.close()
      throw error
    }
    return new TextFile(path, part, handle)
  }

  /** Some more. */
  async add (text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= PIECE_CHARACTERS) await this.#flush()
  }

  /** Gives it its name; a file of that name is replaced. */
  async finish (): Promise<void> {
    await this.#flush()
    await this.#handle.sync()
    await this.#handle.close()
    await rename(this.#part, this.#path)
  }

  /** Ends it without a name. */
  async drop (): Promise<void> { await this.#handle.close().catch(() => undefined) }

  async #flush (): Promise<void> {
    const text = this.#text
    this.#text = ''
    await this.#handle.appendFile(text)
  }
}
