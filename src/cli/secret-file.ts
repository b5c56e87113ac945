/** Reads what a person keeps in a file of their own: a passphrase, or the 24 words. */
import { open } from 'node:fs/promises'
import { NotFoundError } from '../protocol/api/index.js'
import { badInput, codeOf } from './failure.js'
import type { Io } from './io.js'
import { absolute } from './settings.js'

/**
 * The first bytes of a file, `limit` at most. A pipe's length is not known before it was read, so the limit is in the reading.
 * @throws NotFoundError when there is none; BadInputError for a directory, and for one that may not be read
 */
export async function readStart (path: string, io: Io, limit: number): Promise<Uint8Array> {
  try {
    const file = await open(absolute(path, io))
    try {
      const buffer = new Uint8Array(limit)
      let size = 0
      for (;;) {
        const { bytesRead } = await file.read(buffer, size, limit - size)
        size += bytesRead
        if (bytesRead === 0 || size === limit) return buffer.subarray(0, size)
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    switch (codeOf(error)) {
      case 'ENOENT': throw new NotFoundError(`there is no file ${path}`, { cause: error })
      case 'EISDIR': throw badInput(`${path} is a directory`)
      case 'EACCES': throw badInput(`${path} may not be read`)
      default: throw error
    }
  }
}
