/** Who somebody is to a relay that need not know: an account that is made for the moment. */
import { randomSeed, signCertificate, signerFromSeed, signManifest, type KeyBytes } from '../../../protocol/wire/index.js'

/** A throwaway account that lists one device, and its manifest. */
export function passingAccount (device: KeyBytes): { readonly account: KeyBytes, readonly manifest: Uint8Array } {
  const signer = signerFromSeed(randomSeed())
  const account = signer.key
  const cert = signCertificate({ v: 1, account, device, time: 0 }, signer)
  return { account, manifest: signManifest({ v: 1, account, generation: 1, version: 1, prev: null, devices: [{ key: device, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 0 }, signer) }
}
