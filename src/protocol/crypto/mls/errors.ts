/** What ts-mls throws, as a decision the caller can make. */
import { BadInputError, InternalError, PetrelError, ProofError } from '../../wire/index.js'

/**
 * Runs work on what somebody else made. ts-mls meets nonsense with its own errors and with
 * TypeErrors alike: all of them mean that the bytes do not hold.
 *
 * @throws BadInputError for bytes that do not decode; ProofError for all else; a PetrelError as it is
 */
export async function onForeign<T> (what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PetrelError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof Error && error.name === 'CodecError') throw new BadInputError(`${what} does not decode: ${reason}`, { cause: error })
    throw new ProofError(`${what} does not hold: ${reason}`, { cause: error })
  }
}

/**
 * Runs work on what the caller asked for.
 *
 * @throws BadInputError when the library refuses it; InternalError when the library breaks; a PetrelError as it is
 */
export async function onOwn<T> (what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PetrelError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof Error && (error.name === 'ValidationError' || error.name === 'UsageError' || error.name === 'CodecError')) {
      throw new BadInputError(`${what}: ${reason}`, { cause: error })
    }
    throw new InternalError(`${what}: ${reason}`, { cause: error })
  }
}
