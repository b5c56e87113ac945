/** Whether a manifest that is seen for the first time can be believed. */
import { mapKey } from '../bytes-text.js'
import { openCertificate, sameBytes, type CheckedManifest } from '../../protocol/wire/index.js'

/**
 * Whether the manifest's signer is the account key, or is certified by it through devices in the manifest. A manifest
 * of devices that certify each other in a ring holds in itself, but the account key has never said a word in it.
 */
export function isRooted (checked: CheckedManifest): boolean {
  const { manifest } = checked
  const seen = new Set<string>()
  let at = checked.signer
  for (;;) {
    if (sameBytes(at, manifest.account)) return true
    const device = manifest.devices.find(one => sameBytes(one.key, at))
    const name = mapKey(at)
    if (device === undefined || seen.has(name)) return false
    seen.add(name)
    at = openCertificate(device.cert, manifest.account, device.key).signer
  }
}
