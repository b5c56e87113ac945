/** Makes room in a manifest: revoked devices stand in it only as long as a certificate of theirs is needed. Pure. */
import { signCertificate } from './certificate.js'
import { activeDevices, certifiersOf, keyName, lists, rootsOf, type Manifest } from './manifest.js'
import type { Signer } from './signature.js'

/**
 * The devices of a manifest without those that are revoked and certify nobody. Where only a revoked one has certified a device,
 * `by` (a listed device, at `time` in ms) certifies it anew. What stands between `by` itself and the account key stays.
 *
 * @throws ProofError for certificates that do not hold
 */
export function withoutRevoked (manifest: Manifest, by: Signer, time: number): Manifest['devices'] {
  const certifiers = certifiersOf(manifest)
  const roots = rootsOf(manifest)
  const revoked = new Set(manifest.revoked.map(({ key }) => keyName(key)))
  /** From a device up to a root, which is not part of it. */
  const chain = (name: string): string[] => {
    const names: string[] = []
    for (let at: string | undefined = name; at !== undefined && !roots.has(at) && !names.includes(at); at = certifiers.get(at)) names.push(at)
    return names
  }
  const own = keyName(by.key)
  const anew = activeDevices(manifest).map(keyName).filter(name => name !== own && !chain(own).includes(name) && chain(name).some(one => revoked.has(one)))
  for (const name of anew) certifiers.set(name, own)
  const needed = new Set(activeDevices(manifest).flatMap(key => chain(keyName(key))))
  return manifest.devices.filter(({ key }) => lists(manifest, key) || needed.has(keyName(key))).map(device => {
    return anew.includes(keyName(device.key)) ? { ...device, cert: signCertificate({ v: 1, account: manifest.account, device: device.key, time }, by) } : device
  })
}
