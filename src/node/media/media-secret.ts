/** The account's media secret: with it the same file gets the same key each time, and nobody else can tell which file it is. */
import { ensureSecret, renewSecret, type Vault } from '../records/index.js'

const NAME = 'media-secret'

/** Another secret from now on: whoever had the old one can no longer tell which file is which. */
export async function renewMediaSecret (vault: Vault): Promise<void> { await renewSecret(vault, NAME) }

/** The media secret from the vault; made there, durably, before its first use. */
export async function mediaSecret (vault: Vault): Promise<Uint8Array> { return await ensureSecret(vault, NAME) }
