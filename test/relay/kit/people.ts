import { randomBytes } from 'node:crypto'
import {
  encodeGenesis, logIdOf, openManifest, randomSeed, signCertificate, signerFromSeed, signKeyPackage, signManifest, signOwnerAction,
  type Caps, type Genesis, type KeyBytes, type KeyPackageUse, type LogId, type LogKind, type Manifest, type OwnerAction, type Signer
} from '../../../src/protocol/wire/index.js'

/** A fresh key. */
export const newKey = (): Signer => signerFromSeed(randomSeed())

/** An account with its devices, and the manifests it publishes. */
export class Person {
  readonly account = newKey()
  readonly phone = newKey()
  readonly laptop = newKey()
  manifest: Manifest
  bytes: Uint8Array

  constructor () {
    this.manifest = {
      v: 1, account: this.account.key, generation: 1, version: 1, prev: null,
      devices: [this.phone, this.laptop].map(device => ({ key: device.key, cert: this.certify(device) })),
      revoked: [], relays: [], inbox: null, keyPackages: [], time: 1
    }
    this.bytes = signManifest(this.manifest, this.account)
  }

  certify (device: Signer, by: Signer = this.account): Uint8Array {
    return signCertificate({ v: 1, account: this.account.key, device: device.key, time: 1 }, by)
  }

  /** The next version, signed by a device unless told otherwise. */
  publish (change: Partial<Manifest>, by: Signer = this.phone): Uint8Array {
    this.manifest = { ...this.manifest, version: this.manifest.version + 1, prev: openManifest(this.bytes).hash, ...change }
    this.bytes = signManifest(this.manifest, by)
    return this.bytes
  }

  /** A version that revokes a device. */
  revoke (device: Signer, by: Signer = this.phone): Uint8Array {
    return this.publish({ revoked: [...this.manifest.revoked, { key: device.key, version: this.manifest.version + 1 }] }, by)
  }

  keyPackage (use: KeyPackageUse, options: { now: number, lastResort?: boolean, lifeMs?: number, device?: Signer } = { now: 0 }): Uint8Array {
    return signKeyPackage({
      v: 1, use, account: this.account.key, manifest: openManifest(this.bytes).hash, bundle: new Uint8Array(randomBytes(64)),
      notBefore: options.now, notAfter: options.now + (options.lifeMs ?? 3_600_000), lastResort: options.lastResort ?? false
    }, options.device ?? this.phone)
  }
}

/** Keys of one epoch of a log. */
export interface Epoch { readonly append: Signer, readonly read: Signer }

/** A log as its creator knows it. */
export class TestLog {
  readonly owner = newKey()
  mirror = newKey()
  /** Its gossip topic, if it has one. */
  topic: Uint8Array | undefined
  readonly genesisBytes: Uint8Array
  readonly id: LogId
  readonly epochs: Epoch[] = [newEpoch()]

  constructor (home: KeyBytes, kind: LogKind = 'log') {
    const genesis: Genesis = { v: 1, kind, salt: new Uint8Array(randomBytes(16)), owner: this.owner.key, home }
    this.genesisBytes = encodeGenesis(genesis)
    this.id = logIdOf(this.genesisBytes)
  }

  get epoch (): Epoch { return this.epochs.at(-1)! }

  caps (epoch = this.epoch): Caps { return { append: epoch.append.key, read: epoch.read.key, mirrors: [this.mirror.key], ...this.topic === undefined ? {} : { topic: this.topic } } }

  open (by: Signer = this.owner): Uint8Array { return this.order({ op: 'open', log: this.id, caps: this.caps(this.epochs[0]) }, by) }

  order (action: OwnerAction, by: Signer = this.owner): Uint8Array { return signOwnerAction(action, by) }

  /** Keys for the next epoch; they count from the commit on. */
  nextEpoch (): Epoch {
    this.epochs.push(newEpoch())
    return this.epoch
  }
}

export const newEpoch = (): Epoch => ({ append: newKey(), read: newKey() })
export const entryId = (): Uint8Array => new Uint8Array(randomBytes(16))
