/** What went wrong in Level or the file system, as the error a caller can act on. */
import { CorruptError, LockedError, PetrelError, ReadOnlyError, UnavailableError } from '../../protocol/wire/index.js'

function codesOf (error: unknown): string[] {
  const codes: string[] = []
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') codes.push(e.code)
  }
  return codes
}

/** The innermost message: Level wraps the system's own words. */
function rootMessage (error: unknown): string {
  let e = error
  while (e instanceof Error && e.cause !== undefined) e = e.cause
  return e instanceof Error ? e.message : String(e)
}

/** Whether the disk, or what the process may have of it, is used up. */
function isFull (error: unknown): boolean {
  return codesOf(error).some(code => code === 'ENOSPC' || code === 'EDQUOT') || /no space left|quota exceeded/i.test(rootMessage(error))
}

/** A failed write. Whatever the reason, Level must be reopened before it may write again. */
export function writeFault (error: unknown): PetrelError {
  if (error instanceof PetrelError) return error
  const message = rootMessage(error)
  if (codesOf(error).includes('LEVEL_CORRUPTION')) return new CorruptError(`the database is damaged (${message})`, { cause: error })
  if (isFull(error)) {
    return new ReadOnlyError(`the disk is full (${message}): free some space`, { cause: error })
  }
  return new ReadOnlyError(`the disk refused a write (${message})`, { cause: error })
}

/**
 * A failed read.
 *
 * @param shut why the database could not be opened again, if it could not
 */
export function readFault (error: unknown, shut?: PetrelError): PetrelError {
  if (error instanceof PetrelError) return error
  const codes = codesOf(error)
  const message = rootMessage(error)
  if (codes.includes('LEVEL_CORRUPTION')) {
    return new CorruptError(`the database is damaged (${message}): restore from a backup or run doctor`, { cause: error })
  }
  if (codes.some(code => code.endsWith('_NOT_OPEN') || code === 'LEVEL_ABORTED')) {
    if (shut !== undefined) return new UnavailableError(`the store cannot be read for now: ${shut.message}; it is tried again by itself`, { cause: shut })
    return new UnavailableError('the store is closed or had to reopen: try again', { cause: error })
  }
  return new UnavailableError(`the disk did not answer a read (${message})`, { cause: error })
}

/** A store that would not open at `path`. */
export function openFault (path: string, error: unknown): PetrelError {
  if (error instanceof PetrelError) return error
  const codes = codesOf(error)
  const message = rootMessage(error)
  if (codes.includes('LEVEL_LOCKED')) {
    return new LockedError(`the store at ${path} is open in another process (or twice in this one): stop that one first`, { cause: error })
  }
  if (codes.includes('LEVEL_CORRUPTION') || /does not exist|missing file|no such file/i.test(message)) {
    return new CorruptError(`the store at ${path} is damaged (${message}): restore from a backup or run doctor`, { cause: error })
  }
  if (isFull(error)) return new UnavailableError(`the store at ${path} does not open, since the disk is full (${message}): free some space`, { cause: error })
  return new UnavailableError(`the store at ${path} does not open (${message})`, { cause: error })
}
