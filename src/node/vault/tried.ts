/** What another device wrote that does not hold is as if it were not there. */
import { InternalError, PetrelError } from '../../protocol/wire/index.js'

/** What `read` gives; undefined when it throws one of Petrel's errors. */
export function tried<T> (read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof PetrelError && !(error instanceof InternalError)) return undefined
    throw error
  }
}
