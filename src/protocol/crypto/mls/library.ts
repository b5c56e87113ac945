/**
 * The one place that chooses among what ts-mls offers, and that refuses an unpatched copy of it.
 * CRYPTO.md says what the patch mends.
 */
import { Aes256Gcm, CipherSuite, HkdfSha512 } from '@hpke/core'
import * as library from 'ts-mls'
import type { CiphersuiteImpl, CiphersuiteName } from 'ts-mls'
import { makeAead } from 'ts-mls/crypto/implementation/default/makeAead.js'
import { makeGenericHpke } from 'ts-mls/crypto/implementation/hpke.js'
import { InternalError, UnsupportedError } from '../../wire/index.js'
import { makeXWing } from '../xwing.js'
import { nativeHash, nativeSignature, plainKdf } from './native.js'

/** The patch this build was tested with: a later one gets a higher number. */
const PATCH = 1

/**
 * Makes sure that the ts-mls that was loaded carries Petrel's patch. Without it a group of seven
 * locks honest newcomers out, and a removed member can miss that it was removed.
 *
 * @throws InternalError on an unpatched copy
 */
export function assertPatchedMls (): void {
  requirePatch(library)
}

/** {@link assertPatchedMls} for a given copy. @throws InternalError when it has no marker of this patch @internal */
export function requirePatch (copy: object): void {
  const found = Object.hasOwn(copy, 'petrelPatch') ? (copy as { petrelPatch: unknown }).petrelPatch : undefined
  if (found !== PATCH) {
    throw new InternalError('the MLS library that was loaded lacks Petrel\'s patch, so groups would break: in a checkout run "npm run patch"; otherwise install petrel again from its package')
  }
}

/** The cipher suites a group can have, by use. */
export const MLS_SUITES = {
  /** Cloud chats: X25519, AES-128-GCM, SHA-256, Ed25519 (0x0001). */
  cloud: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  /** Secret chats: the X-Wing hybrid, AES-256-GCM, SHA-512, Ed25519. */
  secret: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519'
} as const satisfies Record<string, CiphersuiteName>

/** A use of MLS that fixes its cipher suite. */
export type MlsSuite = keyof typeof MLS_SUITES

const loaded = new Map<MlsSuite, Promise<CiphersuiteImpl>>()

/** The suite's algorithms, loaded once. */
export async function suiteOf (suite: MlsSuite): Promise<CiphersuiteImpl> {
  let impl = loaded.get(suite)
  if (impl === undefined) {
    impl = load(suite)
    loaded.set(suite, impl)
  }
  return await impl
}

/** Forgets what the algorithms remember: a measurement does the same thing again and again. @internal */
export function forgetSuites (): void { loaded.clear() }

async function load (suite: MlsSuite): Promise<CiphersuiteImpl> {
  const chosen = library.getCiphersuiteFromName(MLS_SUITES[suite])
  const hash = suite === 'cloud' ? 'sha256' : 'sha512'
  const impl = { ...await library.getCiphersuiteImpl(chosen), hash: nativeHash(hash), kdf: plainKdf(hash), signature: nativeSignature() }
  if (suite === 'cloud') return impl
  const [aead] = await makeAead(chosen.hpke.aead)
  return { ...impl, hpke: await makeGenericHpke(chosen.hpke, aead, new CipherSuite({ kem: makeXWing(), kdf: new HkdfSha512(), aead: new Aes256Gcm() })) }
}

/** The suite's number in MLS. */
export function suiteNumber (suite: MlsSuite): number { return library.ciphersuites[MLS_SUITES[suite]] }

/** Refuses another suite. @throws UnsupportedError */
export function requireSuite (found: CiphersuiteName, suite: MlsSuite, what: string): void {
  if (found !== MLS_SUITES[suite]) throw new UnsupportedError(`${what} is for another MLS cipher suite (${found}) than this chat's (${MLS_SUITES[suite]})`)
}
