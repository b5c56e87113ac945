/** What went wrong with a segment's file, as the error a caller can act on. */
import { PetrelError, ReadOnlyError } from '../../protocol/wire/index.js'

/** A failed write. */
export function blobFault (error: unknown): PetrelError {
  if (error instanceof PetrelError) return error
  const message = error instanceof Error ? error.message : 'unknown'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return new ReadOnlyError(`the disk is full (${message}): free some space`, { cause: error })
  return new ReadOnlyError(`the disk refused a write (${message})`, { cause: error })
}

/** Whether a file could not be read because it is not there, or was closed. */
export function isGone (error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EBADF')
}
