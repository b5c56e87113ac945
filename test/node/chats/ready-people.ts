/** People with key packages as relays hand them out: made once, before anything is measured. */
import { randomBytes } from 'node:crypto'
import { createCloudKeyPackage, createMlsEngine, readCloudKeyPackage, readCloudKeyPackagePrivate } from '../../../src/protocol/crypto/index.js'
import { encodeGenesis, logIdOf, openManifest, sha256, signCertificate, signerFromSeed, signKeyPackage, signManifest, type CheckedManifest, type Manifest, type Signer } from '../../../src/protocol/wire/index.js'
import { leafIdentityFor } from '../../../src/node/chats/index.js'

/** One account with a device. */
export interface Person {
  readonly account: Signer
  readonly device: Signer
  readonly manifest: CheckedManifest
  /** The published record, and the key package's private part. */
  readonly keyPackage: Uint8Array
  readonly secrets: Uint8Array
  /** The MLS parts of both. */
  readonly mls: Uint8Array
  readonly mlsSecrets: Uint8Array
}

export const NOW = Date.now()
const trusting = createMlsEngine({ now: () => NOW, validateCredential: () => true })
const relay = signerFromSeed(new Uint8Array(randomBytes(32)))

/** A person whose manifest names a relay, an inbox and the key package, as everybody's does. */
export async function person (): Promise<Person> {
  const [account, device] = [signerFromSeed(new Uint8Array(randomBytes(32))), signerFromSeed(new Uint8Array(randomBytes(32)))]
  const inbox = logIdOf(encodeGenesis({ v: 1, kind: 'inbox', salt: new Uint8Array(randomBytes(16)), owner: account.key, home: relay.key }))
  const first: Manifest = {
    v: 1, account: account.key, generation: 1, version: 1, prev: null, devices: [{ key: device.key, cert: signCertificate({ v: 1, account: account.key, device: device.key, time: NOW }, account) }],
    revoked: [], relays: [{ peer: relay.key, addrs: ['/dns4/relay.example/tcp/4001', '/dns4/relay.example/udp/4001/quic-v1'] }],
    inbox: { log: inbox, requests: inbox, key: new Uint8Array([0xec, 1, ...randomBytes(32)]) }, keyPackages: [], time: NOW
  }
  const before = openManifest(signManifest(first, device))
  const own = await createCloudKeyPackage(trusting, { identity: leafIdentityFor(before, device), notBefore: NOW - 1000, notAfter: NOW + 30 * 86_400_000 })
  const keyPackage = signKeyPackage({ v: 1, use: 'cloud', account: account.key, manifest: before.hash, bundle: own.public, notBefore: NOW - 1000, notAfter: NOW + 30 * 86_400_000, lastResort: false }, device)
  const manifest = openManifest(signManifest({ ...first, version: 2, prev: before.hash, keyPackages: [sha256(keyPackage)] }, device))
  return { account, device, manifest, keyPackage, secrets: own.private, mls: (await readCloudKeyPackage(trusting, own.public)).mls, mlsSecrets: readCloudKeyPackagePrivate(own.private).mls }
}

