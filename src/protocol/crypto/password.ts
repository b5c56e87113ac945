/** The keystore's key from a passphrase: Argon2id (RFC 9106). */
import { AbortedError, BadInputError, LIMITS } from '../wire/index.js'

/** What one guess costs. Kept beside the salt, so that it can be raised later. */
export interface PasswordCost {
  /** Memory in KiB. */
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

/** RFC 9106's second recommended option, for machines with little memory to spare: 64 MiB, 3 passes, 4 lanes. */
export const PASSWORD_COST: PasswordCost = { memoryKiB: 64 * 1024, passes: 3, lanes: 4 }

/** Worthless against a guesser and quick: for tests alone. @internal */
export const TEST_PASSWORD_COST: PasswordCost = { memoryKiB: 8, passes: 1, lanes: 1 }

const SALT_BYTES = { min: 16, max: 64 }

function between (value: number, min: number, max: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) throw new BadInputError(`${what} must be an integer from ${min} to ${max}`)
}

/**
 * 32 bytes from a passphrase. It holds the thread while it runs (about 0.4 s at {@link PASSWORD_COST}),
 * so `signal` is heard before and after, not in between.
 * The salt is 16 to 64 random bytes.
 *
 * @throws BadInputError for an empty or over-long passphrase, a short salt, or a cost out of bounds (it comes from a file)
 * @throws AbortedError when `signal` ended it
 */
export async function deriveKey (passphrase: string, salt: Uint8Array, cost: PasswordCost = PASSWORD_COST, options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
  const password = new TextEncoder().encode(passphrase.normalize('NFKC'))
  try {
    between(password.length, 1, LIMITS.passphraseBytes, "the passphrase's length in bytes")
    between(salt.length, SALT_BYTES.min, SALT_BYTES.max, "the salt's length")
    between(cost.lanes, 1, LIMITS.argonLanes, 'Argon2id lanes')
    between(cost.passes, 1, LIMITS.argonPasses, 'Argon2id passes')
    between(cost.memoryKiB, 8 * cost.lanes, LIMITS.argonMemoryKiB, 'Argon2id memory in KiB')
    if (options.signal?.aborted === true) throw new AbortedError()
    // A home that opens with a key file needs none of it.
    const { argon2id } = await import('hash-wasm')
    const key = await argon2id({
      password, salt, memorySize: cost.memoryKiB, iterations: cost.passes, parallelism: cost.lanes, hashLength: 32, outputType: 'binary'
    })
    // Read again: the signal may have changed while the thread was held.
    if (isAborted(options.signal)) throw new AbortedError()
    return key
  } finally {
    password.fill(0)
  }
}

function isAborted (signal: AbortSignal | undefined): boolean { return signal?.aborted ?? false }
