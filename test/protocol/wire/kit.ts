/** Fixed keys, people and logs for the tests of wire/ and message/: the same bytes in every run. */
import assert from 'node:assert/strict'
import {
  chainNext, chainStart, encodeGenesis, encodeLeaf, leafFor, logIdOf, openManifest, PetrelError, signCertificate, signerFromSeed, signManifest,
  type Append, type CheckedManifest, type Digest, type Genesis, type KeyBytes, type Leaf, type LogId, type Manifest, type Signer, type StoredEntry
} from '../../../src/protocol/wire/index.js'

/** `length` bytes that count up from `start`. */
export const fill = (length: number, start = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (start + i) & 0xff)
export const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The n-th fixed key. */
export function key (n: number): Signer { return signerFromSeed(fill(32, n)) }

/** That `run` throws a Petrel error with this code, and words that fit. */
export function refuses (run: () => unknown, code: string, words: RegExp = /./): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof PetrelError, `not a Petrel error: ${String(error)}`)
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    return true
  })
}

/** Bytes with one bit of one byte changed. */
export const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, bytes[at]! ^ 1)

export interface Device { key: KeyBytes, cert: Uint8Array }

/** An account with a phone and a laptop, and manifests in its name. */
export class Family {
  readonly account: Signer
  readonly phone: Signer
  readonly laptop: Signer

  constructor (n = 10) {
    this.account = key(n)
    this.phone = key(n + 1)
    this.laptop = key(n + 2)
  }

  certify (device: Signer, by: Signer = this.account): Device {
    return { key: device.key, cert: signCertificate({ v: 1, account: this.account.key, device: device.key, time: 1 }, by) }
  }

  first (change: Partial<Manifest> = {}): Manifest {
    return {
      v: 1, account: this.account.key, generation: 1, version: 1, prev: null, devices: [this.certify(this.phone), this.certify(this.laptop)],
      revoked: [], relays: [], inbox: null, keyPackages: [], time: 1, ...change
    }
  }

  /** A manifest as it arrives. */
  sign (manifest: Manifest, by: Signer = this.account): CheckedManifest { return openManifest(signManifest(manifest, by)) }

  /** The version after `held`. */
  next (held: CheckedManifest, change: Partial<Manifest> = {}, by: Signer = this.phone): CheckedManifest {
    return this.sign({ ...held.manifest, version: held.manifest.version + 1, prev: held.hash, ...change }, by)
  }
}

/** A log with entries, as an honest home would keep it. */
export class Chain {
  readonly home = key(1)
  readonly owner = key(2)
  readonly genesis: Genesis = { v: 1, kind: 'log', salt: fill(16, 5), owner: this.owner.key, home: this.home.key }
  readonly log: LogId = logIdOf(encodeGenesis(this.genesis))
  readonly entries: StoredEntry[] = []
  readonly hashes: Digest[] = [chainStart(this.log, this.home.key)]

  get seq (): number { return this.entries.length }
  get hash (): Digest { return this.hashes.at(-1)! }

  /** Appends a payload; its leaf. */
  append (payload: Uint8Array, change: Partial<Append> = {}, time = 1_000_000 + this.seq): Leaf {
    const leaf = leafFor({ id: fill(16, this.seq + 1), kind: 0, payload, ...change }, this.seq + 1, time)
    const bytes = encodeLeaf(leaf)
    this.entries.push({ leaf: bytes, payload })
    this.hashes.push(chainNext(this.hash, bytes))
    return leaf
  }

  /** A chain of `n` short entries. */
  static of (n: number): Chain {
    const chain = new Chain()
    for (let i = 1; i <= n; i++) chain.append(utf8(`entry ${i}`))
    return chain
  }
}
