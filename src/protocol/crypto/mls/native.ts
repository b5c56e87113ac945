/**
 * The algorithms of ts-mls by node:crypto in this thread. Those that the library brings ask WebCrypto, which hands each of
 * the thousands of small hashes and signatures of a commit to another thread: that takes many times what they take.
 * A signature that held once is not computed again.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { CiphersuiteImpl } from 'ts-mls'
import { CryptoError } from 'ts-mls/mlsError.js'
import { randomSeed, rawEd25519, signerFromSeed, signUnlabelled, verifyUnlabelled } from '../../wire/index.js'
import { AEADS, exportFrom, exportTo, NONCE_BYTES, openAead, openBase, sealAead, sealBase, type HpkeSuite, type RawPair } from '../hpke-base.js'
import { expand, extract, hmac, type HkdfHash } from '../hkdf.js'
import { systemRandom } from '../random.js'
import { breathe } from './breathe.js'

/** Signatures that held are remembered so many at a time: a group's worth. */
const HELD = 4096
const NOTHING = new Uint8Array()

/** Hashing of a suite. */
export function nativeHash (hash: HkdfHash): CiphersuiteImpl['hash'] {
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
export function nativeKdf (hash: HkdfHash): CiphersuiteImpl['kdf'] {
  return {
    extract: async (salt, ikm) => await Promise.resolve(extract(hash, salt, ikm)),
    expand: async (prk, info, length) => await Promise.resolve(expand(hash, prk, info, length)),
    size: hash === 'sha256' ? 32 : 64
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

/** A key as the library hands it through, without a look inside. */
interface Handle { readonly type: 'public' | 'private', readonly raw: Uint8Array }

/** HPKE of a suite. */
export function nativeHpke (suite: HpkeSuite): CiphersuiteImpl['hpke'] {
  const { kem, aead } = suite
  const key = (type: Handle['type'], raw: Uint8Array): Handle => {
    const bytes = type === 'public' ? kem.publicBytes : kem.privateBytes
    if (raw.length !== bytes) throw new CryptoError(`a ${type} key has ${bytes} bytes, not ${raw.length}`)
    return { type, raw: raw.slice() }
  }
  const pairOf = (pair: RawPair): { publicKey: Handle, privateKey: Handle } => ({ publicKey: key('public', pair.public), privateKey: key('private', pair.private) })
  return {
    keyLength: AEADS[aead].keyBytes,
    nonceLength: NONCE_BYTES,
    open: async ({ raw }: Handle, enc, ct, info, aad) => await told(() => openBase(suite, raw, enc, ct, info, aad)),
    seal: async ({ raw }: Handle, plaintext, info, aad) => await told(() => sealBase(suite, raw, plaintext, info, aad)),
    exportSecret: async ({ raw }: Handle, context, length, info) => await told(() => exportTo(suite, raw, context, length, info)),
    importSecret: async ({ raw }: Handle, context, enc, length, info) => await told(() => exportFrom(suite, raw, context, enc, length, info)),
    importPrivateKey: async raw => await told(() => key('private', raw)),
    importPublicKey: async raw => await told(() => key('public', raw)),
    exportPublicKey: async ({ raw }: Handle) => await Promise.resolve(raw.slice()),
    exportPrivateKey: async ({ raw }: Handle) => await Promise.resolve(raw.slice()),
    encryptAead: async (secret, nonce, aad, plaintext) => await told(() => sealAead(suite.aead, secret, nonce, aad ?? NOTHING, plaintext)),
    decryptAead: async (secret, nonce, aad, ciphertext) => await told(() => openAead(suite.aead, secret, nonce, aad ?? NOTHING, ciphertext)),
    deriveKeyPair: async ikm => await told(() => pairOf(kem.derive(ikm))),
    generateKeyPair: async () => await told(() => pairOf(kem.pairOf(systemRandom(kem.privateBytes))))
  }
}

/** As the library tells its own faults. */
async function told<T> (work: () => T): Promise<T> {
  await breathe()
  try {
    return work()
  } catch (cause) {
    throw new CryptoError(String(cause))
  }
}
