/** The account's own cloud key packages. */
import { createCloudKeyPackage, type MakeMlsEngine } from '../../protocol/crypto/index.js'
import { isSinceRevocation, LIMITS, openKeyPackage, signKeyPackage, type Signer } from '../../protocol/wire/index.js'
import { engineFor, leafIdentityFor } from '../chats/index.js'
import type { Account } from './account.js'
import type { KeyPackageEntry } from './account-record.js'

/** A fresh key package, signed, with its private part; nothing is kept yet. */
export async function makeKeyPackage (account: Account, device: Signer, time: number, mls: MakeMlsEngine | undefined): Promise<KeyPackageEntry> {
  const notBefore = time - LIMITS.clockSkewMs
  const notAfter = notBefore + LIMITS.keyPackageLifeMs - 1000
  const engine = engineFor([account.manifest], () => time, mls)
  const made = await createCloudKeyPackage(engine, { identity: leafIdentityFor(account.manifest, device), notBefore, notAfter })
  const record = signKeyPackage({
    v: 1, use: 'cloud', account: account.key, manifest: account.manifest.hash, bundle: made.public, notBefore, notAfter, lastResort: false
  }, device)
  const { generation, version } = account.manifest.manifest
  return { hash: openKeyPackage(record).hash, record, privatePart: made.private, notBefore, notAfter, since: { generation, version } }
}

/** The newest that may be published. What begins later was made while the clock was ahead: nobody can use it yet. Of what is older than a revocation the revoked device has the private part. */
export function newestUsable (account: Account, time: number): KeyPackageEntry | undefined {
  return account.keyPackages().find(k => k.notBefore <= time && isUsable(account, k))
}

/** The one to publish: what this device alone has could be lost with it. */
export function newestKept (account: Account, time: number): KeyPackageEntry | undefined {
  return account.keyPackages().find(k => k.notBefore <= time && isUsable(account, k) && account.isKept(k))
}

// One that an earlier version made does not say since when it is.
function isUsable ({ manifest: { manifest } }: Account, { since = { generation: 1, version: 1 } }: KeyPackageEntry): boolean { return isSinceRevocation(manifest, since) }
