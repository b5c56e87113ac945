/** Open files to read blocks from: the ones used last, since a process may not have many open. */
import { constants, open, type FileHandle } from 'node:fs/promises'
import { segmentPath } from './segment-file.js'

const MAX_OPEN = 64

/** See the file's head. */
export class Readers {
  readonly #directory: string
  readonly #flags: () => number
  readonly #open = new Map<number, Promise<FileHandle>>()

  /** `flags`: how files are opened, beside reading. */
  constructor (directory: string, flags: () => number) {
    this.#directory = directory
    this.#flags = flags
  }

  /** The file of a segment. Closed when others are used more, so use it at once. @throws the file system's error */
  async of (segment: number): Promise<FileHandle> {
    const opened = this.#open.get(segment) ?? open(segmentPath(this.#directory, segment), constants.O_RDONLY | this.#flags())
    this.#open.delete(segment)
    this.#open.set(segment, opened)
    if (this.#open.size > MAX_OPEN) {
      const [oldest] = this.#open.keys()
      if (oldest !== undefined) void this.drop(oldest)
    }
    try {
      return await opened
    } catch (error) {
      if (this.#open.get(segment) === opened) this.#open.delete(segment)
      throw error
    }
  }

  /** Closes a segment's file once what is being read from it was read. */
  async drop (segment: number): Promise<void> {
    const opened = this.#open.get(segment)
    this.#open.delete(segment)
    await opened?.then(handle => handle.close()).catch(() => undefined)
  }

  /** Closes all. */
  async close (): Promise<void> { await Promise.all([...this.#open.keys()].map(segment => this.drop(segment))) }
}
