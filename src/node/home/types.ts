/** What opens a home, and what a home holds. */
import type { PasswordCost, RandomBytes } from '../../protocol/crypto/index.js'
import type { KeyBytes, Signer } from '../../protocol/wire/index.js'
import type { FirstRelays } from './keystore.js'

/**
 * What opens a home's keystore. `keyfile`: 32 random bytes in a file that the owner alone can read, by
 * default in the home itself. `passphrase`: typed by a person. `systemd`: a credential that systemd
 * (LoadCredential=, SetCredentialEncrypted=) puts into `directory`, which is $CREDENTIALS_DIRECTORY.
 */
export type Unlock =
  | { readonly kind: 'keyfile', readonly path?: string }
  | { readonly kind: 'passphrase', readonly passphrase: string }
  | { readonly kind: 'systemd', readonly credential: string, readonly directory?: string }

/** One of the ways to open a home. */
export type UnlockKind = Unlock['kind']

/** How to make a home. */
export interface CreateHomeOptions {
  /** The home directory; made when it is missing. */
  readonly dir: string
  /** The name shown to others, LIMITS.nameBytes of UTF-8 at most. */
  readonly name: string
  /** 24 words of an existing account; fresh ones when absent. */
  readonly phrase?: string
  readonly unlock: Unlock
  /** Cost of one guess at a passphrase. PASSWORD_COST unless told. */
  readonly kdfCost?: PasswordCost
  /** The system's randomness unless told; anything else is for tests. */
  readonly random?: RandomBytes
  /** Milliseconds since 1970 for the certificate and the manifest. Date.now unless told. */
  readonly now?: () => number
  readonly signal?: AbortSignal
}

/** What a new home tells. */
export interface NewHome {
  /** The 24 words: shown once, written nowhere. */
  readonly words: string
  readonly account: KeyBytes
  readonly device: KeyBytes
  /** The account's first manifest (generation 1, version 1, no relays, no inbox), as signed bytes. */
  readonly manifest: Uint8Array
}

/** A home that is open: secrets in memory. */
export interface OpenHome {
  readonly dir: string
  readonly account: KeyBytes
  readonly device: Signer
  /** 32 bytes: the libp2p host's identity. */
  readonly deviceSeed: Uint8Array
  /** 32 bytes: what the node's store is sealed with. */
  readonly storeKey: Uint8Array
  /** The name given at creation. */
  readonly name: string
  /** The manifest made at creation, as signed bytes. */
  readonly manifest: Uint8Array
  /** The phrase's signed card; absent in homes of a version without. */
  readonly recovery?: Uint8Array
  /** Of a device that was let in: where it finds its account until it has read the vault. */
  readonly first?: FirstRelays
  /** Overwrites the secrets in memory. Harmless twice. */
  close (): void
}
