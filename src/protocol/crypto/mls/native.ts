/**
 * Hashes and signatures of ts-mls by node:crypto, and HKDF by @noble/hashes, in this thread. Those that the library brings
 * ask WebCrypto, which hands each of a commit's thousands of small steps to another thread: that takes many times what they
 * take. A signature that held once is not computed again.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { CiphersuiteImpl } from 'ts-mls'
import { randomSeed, rawEd25519, signerFromSeed, signUnlabelled, verifyUnlabelled } from '../../wire/index.js'
import { breathe } from './breathe.js'

/** Signatures that held are remembered so many at a time: a group's worth. */
const HELD = 4096

/** What a suite hashes with. */
export type SuiteHash = 'sha256' | 'sha512'

function hmac (hash: SuiteHash, key: Uint8Array, data: Uint8Array): Uint8Array { return new Uint8Array(createHmac(hash, key).update(data).digest()) }

/** Hashing of a suite. */
export function nativeHash (hash: SuiteHash): CiphersuiteImpl['hash'] {
  return {
    digest: async data => {
      await breathe()
      return new Uint8Array(createHash(hash).update(data).digest())
    },
    mac: async (key, data) => await Promise.resolve(hmac(hash, key, data)),
    verifyMac: async (key, mac, data) => {
      const is = hmac(hash, key, data)
      return await Promise.resolve(is.length === mac.length && timingSafeEqual(is, mac))
    }
  }
}

/** HKDF of a suite. */
export function plainKdf (hash: SuiteHash): CiphersuiteImpl['kdf'] {
  const by = hash === 'sha256' ? sha256 : sha512
  return {
    extract: async (salt, ikm) => await Promise.resolve(extract(by, ikm, salt)),
    expand: async (prk, info, length) => await Promise.resolve(expand(by, prk, info, length)),
    size: by.outputLen
  }
}

/** Ed25519. */
export function nativeSignature (): CiphersuiteImpl['signature'] {
  const held = new Set<string>()
  return {
    sign: async (seed, message) => await Promise.resolve(signUnlabelled(seed, message)),
    verify: async (publicKey, message, signature) => {
      await breathe()
      // Of fixed length but for the message, which stands last.
      const name = createHash('sha256').update(Uint8Array.of(publicKey.length)).update(publicKey).update(Uint8Array.of(signature.length)).update(signature).update(message).digest('base64')
      if (held.has(name)) return true
      if (!verifyUnlabelled(publicKey, message, signature)) return false
      if (held.size >= HELD) held.clear()
      held.add(name)
      return true
    },
    keygen: async () => {
      const signKey = randomSeed()
      return await Promise.resolve({ signKey, publicKey: rawEd25519(signerFromSeed(signKey).key).slice() })
    }
  }
}
