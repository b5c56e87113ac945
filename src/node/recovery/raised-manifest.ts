/** The manifest by which the account key speaks again: a generation higher, with a new device. Pure. */
import { LIMITS, lists, openManifest, signCertificate, signGeneration, signManifest, TooLargeError, type CheckedManifest, type KeyBytes, type Signer } from '../../protocol/wire/index.js'

/** What is to change. */
export interface Raise {
  /** The account key. */
  readonly account: Signer
  /** The device that is let in. */
  readonly device: KeyBytes
  /** Every other device ends with it. */
  readonly revokeOthers: boolean
  /** ms since 1970 */
  readonly now: number
}

/** The next manifest behind the one that was found. @throws TooLargeError when the account has, or has revoked, too many devices and none of them ends */
export function raisedManifest ({ manifest, hash }: CheckedManifest, { account, device, revokeOthers, now }: Raise): CheckedManifest {
  const generation = manifest.generation + 1
  const version = manifest.version + 1
  const kept = revokeOthers ? [] : manifest.devices.filter(({ key }) => lists(manifest, key))
  if (kept.length >= LIMITS.devices) throw new TooLargeError(`an account has at most ${LIMITS.devices} devices: let this one in with --revoke-others`)
  // None of the revoked may be forgotten while a device stays that may have certified it.
  if (!revokeOthers && manifest.revoked.length >= LIMITS.revocations) throw new TooLargeError('this account has revoked so many devices that it can go on only with this one: let it in with --revoke-others')
  const raised = signGeneration({ v: 1, account: account.key, generation, devices: [...kept.map(({ key }) => key), device], time: now }, account)
  const ended = manifest.devices.flatMap(({ key }) => lists(manifest, key) && !kept.some(one => one.key === key) ? [{ key, version }] : [])
  return openManifest(signManifest({
    ...manifest, generation, version, raised, prev: hash, time: now,
    // The opening names all that speak: certificates of others lead nowhere now.
    devices: [...kept, { key: device, cert: signCertificate({ v: 1, account: account.key, device, time: now }, account) }],
    revoked: [...manifest.revoked, ...ended].slice(-LIMITS.revocations),
    // Those whose devices end have the private parts.
    keyPackages: revokeOthers ? [] : manifest.keyPackages
  }, account))
}
