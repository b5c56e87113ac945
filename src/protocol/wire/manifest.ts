/**
 * The account's public record: which devices speak for it, where it is reached, and how.
 * Versions are numbered and hash-chained; a listed device signs the next version, the account
 * key raises the generation and beats every device-signed fork below it. DESIGN section 2.
 */
import { openCertificate } from './certificate.js'
import { decodeCbor, encodeCbor } from './cbor.js'
import { ProofError } from './errors.js'
import { openGeneration } from './generation.js'
import { labelledHash } from './hash.js'
import { DIGEST_LENGTH, KEY_LENGTH, LOG_ID_LENGTH, rawX25519, sameBytes, type AgreementKeyBytes, type Digest, type KeyBytes, type LogId } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { keyShape } from './log.js'
import * as shape from './shape.js'
import { openRecord, signRecord } from './signed.js'
import type { Signer } from './signature.js'

/** A home relay: its PeerId key and multiaddrs as text. */
export interface ManifestRelay { peer: KeyBytes, addrs: string[] }

/** Where mail for the account goes: the two logs at its home relay, and the key that seals entries to it. */
export interface ManifestInbox {
  /** The inbox log: contacts and invited people append with granted keys. */
  log: LogId
  /** The request log: strangers, bounded. Null when strangers are refused. */
  requests: LogId | null
  /** The HPKE (RFC 9180) public key entries are sealed to. */
  key: AgreementKeyBytes
}

/** Where the account's own devices find its vault. To everybody else it says nothing. */
export interface ManifestVault {
  /** The genesis of the vault's log: its id, and its home. */
  genesis: Uint8Array
  /** The generation of the vault key when this was signed. */
  generation: number
  /** The chain's hash at a place of the log: one that does not come to it was put back to an older state. */
  head: Digest
}

/** One version of an account's manifest. */
export interface Manifest {
  v: 1
  account: KeyBytes
  generation: number
  version: number
  /** The account key's opening of the generation ({@link signGeneration}); from generation 2 on. */
  raised?: Uint8Array
  /** The hash of the version before; null for the first. */
  prev: Digest | null
  /** Also revoked ones, as long as a certificate they signed is needed. */
  devices: Array<{ key: KeyBytes, cert: Uint8Array }>
  /** Devices that no longer speak for the account, and the version that ended them. */
  revoked: Array<{ key: KeyBytes, version: number }>
  relays: ManifestRelay[]
  inbox: ManifestInbox | null
  /** SHA-256 of the published cloud key packages' records that are current. */
  keyPackages: Digest[]
  /** Absent until the account has a vault that its devices share. */
  vault?: ManifestVault
  /** Set by the account key alone: the account moved to this key. */
  successor?: KeyBytes
  time: number
  unknown?: Record<string, unknown>
}

/** A manifest whose own signature and certificates hold. */
export interface CheckedManifest {
  manifest: Manifest
  /** What the next version names as `prev`, and what MLS leaves name. */
  hash: Digest
  signer: KeyBytes
  /** The signed bytes as they travel. */
  bytes: Uint8Array
}

const digest = shape.bytes(DIGEST_LENGTH)
const logId = shape.bytes(LOG_ID_LENGTH)
const agreementKey: shape.Shape<AgreementKeyBytes> = (value, path) => {
  const key = shape.bytes(KEY_LENGTH)(value, path)
  rawX25519(key)
  return key
}
const manifestShape = shape.struct({
  v: shape.literal(1),
  account: keyShape,
  generation: shape.uint(undefined, 1),
  version: shape.uint(LIMITS.manifestVersion, 1),
  raised: shape.optional(shape.bytes({ max: LIMITS.recordBytes })),
  prev: shape.nullable(digest),
  devices: shape.array(shape.struct({ key: keyShape, cert: shape.bytes({ max: 1024 }) }), LIMITS.devices),
  revoked: shape.array(shape.struct({ key: keyShape, version: shape.uint(undefined, 1) }), LIMITS.revocations),
  relays: shape.array(shape.struct({ peer: keyShape, addrs: shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay) }), LIMITS.homeRelays),
  inbox: shape.nullable(shape.struct({ log: logId, requests: shape.nullable(logId), key: agreementKey })),
  keyPackages: shape.array(digest, LIMITS.keyPackages),
  vault: shape.optional(shape.struct({ genesis: shape.bytes({ max: LIMITS.genesisBytes }), generation: shape.uint(undefined, 1), head: digest })),
  successor: shape.optional(keyShape),
  time: shape.uint()
})

/** Signs a version with a listed device's key or the account key. */
export function signManifest (manifest: Manifest, signer: Signer): Uint8Array {
  return signRecord(LABELS.manifest, encodeCbor(shape.open(manifest)), signer)
}

/**
 * Opens a manifest and checks what it can say of itself: its signature, that the signer is the account key or one of
 * its own listed devices, and that a chain of certificates leads from each device to the account key: to its
 * certificate in the first generation, to the devices it named when it opened a later one.
 *
 * @throws TooLargeError, BadInputError for malformed bytes
 * @throws ProofError when a signature does not hold or the signer has no right
 */
export function openManifest (bytes: Uint8Array): CheckedManifest {
  const record = openRecord(LABELS.manifest, bytes, LIMITS.manifestBytes, 'a manifest')
  const manifest = manifestShape(decodeCbor(record.body, LIMITS.manifestBytes), 'manifest')
  const bySelf = sameBytes(record.signer, manifest.account)
  if (!bySelf && !lists(manifest, record.signer)) throw new ProofError('the manifest is signed by a key that it does not list')
  if (manifest.successor !== undefined && !bySelf) throw new ProofError('only the account key may name a successor')
  requireRooted(manifest)
  return { manifest, hash: labelledHash(LABELS.manifestHash, record.body), signer: record.signer, bytes }
}

/** Devices that certify each other in a ring hold together, but the account key has never said a word among them. */
function requireRooted (manifest: Manifest): void {
  const certifiers = certifiersOf(manifest)
  const roots = rootsOf(manifest)
  const isRooted = (name: string): boolean => {
    const seen = new Set<string>()
    for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = certifiers.get(at)) {
      if (roots.has(at)) return true
      seen.add(at)
    }
    return false
  }
  for (const name of certifiers.keys()) {
    if (!isRooted(name)) throw new ProofError('a device in the manifest is not certified by the account key, nor by a device that is')
  }
}

/** Who certified each device of a manifest, by {@link keyName}. @throws ProofError */
export function certifiersOf ({ account, devices }: Manifest): Map<string, string> {
  const certifiers = new Map<string, string>()
  for (const { key, cert } of devices) {
    if (certifiers.has(keyName(key))) throw new ProofError('a device stands in the manifest twice')
    certifiers.set(keyName(key), keyName(openCertificate(cert, account, key).signer))
  }
  return certifiers
}

/** Where chains of certificates must lead to, by {@link keyName}. @throws ProofError */
export function rootsOf ({ account, generation, raised }: Manifest): Set<string> {
  if (generation === 1) return new Set([keyName(account)])
  if (raised === undefined) throw new ProofError('the manifest\'s generation was not opened by the account key')
  return new Set(openGeneration(raised, account, generation).devices.map(keyName))
}

/** A key as a map's key. */
export function keyName (key: KeyBytes): string { return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1') }

/** Whether the device stands in the manifest and is not revoked there. */
export function lists (manifest: Manifest, device: KeyBytes): boolean {
  return manifest.devices.some(d => sameBytes(d.key, device)) && !manifest.revoked.some(r => sameBytes(r.key, device))
}

/** The devices that speak for the account: those that stand in the manifest and are not revoked there. */
export function activeDevices ({ devices, revoked }: Manifest): KeyBytes[] {
  return devices.map(({ key }) => key).filter(key => !revoked.some(r => sameBytes(r.key, key)))
}

/**
 * Whether what was made under a manifest of the account (`then`) was made after the last revocation that this one knows of:
 * no device that is revoked now had it from its account.
 */
export function isSinceRevocation ({ generation, revoked }: Pick<Manifest, 'generation' | 'revoked'>, then: Pick<Manifest, 'generation' | 'version'>): boolean {
  return then.generation === generation && revoked.every(({ version }) => version <= then.version)
}

/** How a manifest that arrives stands to the one that is held. */
export type ManifestVerdict = 'same' | 'newer' | 'older' | 'fork'

/**
 * Compares by generation, then version; the same place with another hash is a fork, and so is a next
 * version that does not name the held one. A gap of versions within a generation counts as newer: who
 * was away cannot see what lay between.
 */
export function compareManifests (held: CheckedManifest, arrived: CheckedManifest): ManifestVerdict {
  const a = held.manifest
  const b = arrived.manifest
  if (a.generation !== b.generation) return b.generation > a.generation ? 'newer' : 'older'
  if (a.version !== b.version) {
    if (b.version < a.version) return 'older'
    return b.version === a.version + 1 && (b.prev === null || !sameBytes(b.prev, held.hash)) ? 'fork' : 'newer'
  }
  return sameBytes(held.hash, arrived.hash) ? 'same' : 'fork'
}

/**
 * Checks that `next` may follow `held`: same account, a higher generation (whose opening by the account key
 * {@link openManifest} has checked), or a higher number, chained, and signed by the account key or a device that
 * `held` lists; and not further above than `manifestLeap`. Over a gap the signer may be a device that came meanwhile: its certificates must lead to one that
 * `held` lists, past none that `held` revokes.
 *
 * @throws ProofError when it may not
 */
export function requireSuccession (held: CheckedManifest, next: CheckedManifest): void {
  if (!sameBytes(held.manifest.account, next.manifest.account)) throw new ProofError('the manifest is another account\'s')
  if (next.manifest.generation > held.manifest.generation) return
  const verdict = compareManifests(held, next)
  if (verdict === 'fork') throw new ProofError('the manifest contradicts the version that is held: two devices of the account disagree, or one was stolen')
  if (verdict !== 'newer') throw new ProofError('the manifest is older than the version that is held')
  if (next.manifest.version - held.manifest.version > LIMITS.manifestLeap) throw new ProofError(`the manifest's number is more than ${LIMITS.manifestLeap} above the one that is held: somebody has made it up`)
  if (sameBytes(next.signer, next.manifest.account) || lists(held.manifest, next.signer)) return
  if (next.manifest.version === held.manifest.version + 1 || !cameMeanwhile(held.manifest, next)) {
    throw new ProofError('the manifest is signed by a device that the version before does not list')
  }
}

function cameMeanwhile (held: Manifest, { manifest, signer }: CheckedManifest): boolean {
  const certifiers = certifiersOf(manifest)
  // Ends: openManifest has seen that each chain of certificates leads to a root.
  for (let at: string | undefined = keyName(signer), steps = 0; at !== undefined && steps <= certifiers.size; at = certifiers.get(at), steps++) {
    const name: string = at
    if (held.revoked.some(r => keyName(r.key) === name)) return false
    if (name === keyName(held.account) || held.devices.some(d => keyName(d.key) === name)) return true
  }
  return false
}
