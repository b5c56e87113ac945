import type { PasswordCost, RandomBytes } from '../../protocol/crypto/index.js'
import { UnsupportedError } from '../../protocol/wire/index.js'
import type { Unlock } from './types.js'

/**
 * Locks a home in another way: a new passphrase, or another kind of lock. The keys inside stay. Copies of the
 * old keystore still open with the old secret.
 *
 * @throws as openHome; the old lock then still holds
 */
export async function rewrapHome (
  dir: string, from: Unlock, to: Unlock, options: { readonly kdfCost?: PasswordCost, readonly random?: RandomBytes, readonly signal?: AbortSignal } = {}
): Promise<void> {
  throw new UnsupportedError(`${dir} cannot be locked by ${to.kind} in place of ${from.kind} yet`, { details: { aborted: options.signal?.aborted ?? false } })
}
