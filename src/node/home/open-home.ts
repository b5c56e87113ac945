import { UnsupportedError } from '../../protocol/wire/index.js'
import type { OpenHome, Unlock, UnlockKind } from './types.js'

/**
 * Opens a home.
 *
 * @throws NotFoundError when there is none (run petrel init)
 * @throws DecryptError for a wrong passphrase, key file or credential
 * @throws BadInputError when the home is locked in another way, or others can write it
 * @throws FormatError for a home of a newer Petrel; nothing is touched
 * @throws CorruptError when the keystore is not what was written
 */
export async function openHome (dir: string, unlock: Unlock, options: { readonly signal?: AbortSignal } = {}): Promise<OpenHome> {
  throw new UnsupportedError(`${dir} cannot be opened by ${unlock.kind} yet`, { details: { aborted: options.signal?.aborted ?? false } })
}

/** How a home is locked, so that a caller knows whether to ask for a passphrase. @throws as {@link openHome}, except DecryptError */
export async function unlockKindOf (dir: string): Promise<UnlockKind> {
  throw new UnsupportedError(`${dir} cannot be read yet`)
}
