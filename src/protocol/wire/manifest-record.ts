/** Where an account's manifest lies in the relays' DHT, and which of several is the account's. Pure. */
import { BadInputError } from './errors.js'
import { KEY_LENGTH, rawEd25519, type KeyBytes } from './ids.js'
import { compareManifests, requireSuccession, type CheckedManifest } from './manifest.js'

/** The first part of the DHT keys, by which validators and selectors are found. */
export const MANIFEST_RECORD = 'petrel-manifest'

const PREFIX = new TextEncoder().encode(`/${MANIFEST_RECORD}/`)

/** The DHT key of an account's manifest: `/petrel-manifest/` and the account's tagged key. The value is the signed manifest. */
export function manifestRecordKey (account: KeyBytes): Uint8Array {
  rawEd25519(account)
  const key = new Uint8Array(PREFIX.length + KEY_LENGTH)
  key.set(PREFIX)
  key.set(account, PREFIX.length)
  return key
}

/** The account that a DHT key is about. @throws BadInputError for any other key */
export function accountOfManifestRecord (key: Uint8Array): KeyBytes {
  if (key.length !== PREFIX.length + KEY_LENGTH || PREFIX.some((byte, i) => key[i] !== byte)) throw new BadInputError('the key is not that of a manifest')
  const account = key.slice(PREFIX.length)
  rawEd25519(account)
  return account
}

/** The best of several manifests of one account, and one that contradicts it, if there is one: then an account's devices disagree, or somebody has a stolen key. */
export interface ChosenManifest { best: CheckedManifest, against: CheckedManifest | null }

/**
 * Chooses among manifests of one account: a higher generation, then a higher version that may follow the lower one. Of
 * two that contradict each other the one that stands first stays: nobody but the account key can say which is right.
 *
 * @returns undefined for none
 */
export function chooseManifest (candidates: readonly CheckedManifest[]): ChosenManifest | undefined {
  const [first, ...rest] = candidates
  if (first === undefined) return undefined
  let best = first
  let against: CheckedManifest | null = null
  for (const other of rest) {
    const [lower, higher] = isBelow(other, best) ? [other, best] : [best, other]
    if (!mayFollow(lower, higher)) against ??= other
    else if (higher === other) best = other
  }
  // A generation that the account key opened ends every quarrel below it.
  return { best, against: against === null || against.manifest.generation < best.manifest.generation ? null : against }
}

function isBelow (a: CheckedManifest, b: CheckedManifest): boolean {
  return a.manifest.generation < b.manifest.generation || (a.manifest.generation === b.manifest.generation && a.manifest.version < b.manifest.version)
}

function mayFollow (lower: CheckedManifest, higher: CheckedManifest): boolean {
  if (compareManifests(lower, higher) === 'same') return true
  try {
    requireSuccession(lower, higher)
    return true
  } catch {
    return false
  }
}
