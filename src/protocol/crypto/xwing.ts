/**
 * X-Wing (draft-connolly-cfrg-xwing-kem) as the HPKE library composes it, with the two KEMs inside computed by Node's
 * OpenSSL: in constant time, and many times faster than big integers in JavaScript. Before OpenSSL 3.5, which brought
 * ML-KEM, that one stays the library's.
 */
import { XWing } from '@hpke/hybridkem-x-wing'
import { NativeMlKem768 } from './native-ml-kem.js'
import { nativeX25519 } from './native-x25519.js'

/** What X-Wing asks of ML-KEM-768. The private key's form is the implementation's own: it never leaves. */
interface MlKem {
  deriveKeyPair: (seed: Uint8Array) => Promise<[publicKey: Uint8Array, privateKey: Uint8Array]>
  encap: (publicKey: Uint8Array, randomness?: Uint8Array) => Promise<[ciphertext: Uint8Array, secret: Uint8Array]>
  decap: (ciphertext: Uint8Array, privateKey: Uint8Array) => Promise<Uint8Array>
}

/** The library's X-Wing on Node's arithmetic. */
class NativeXWing extends XWing {
  constructor ({ mlKem }: { readonly mlKem: boolean }) {
    super()
    const parts: Record<string, unknown> = { _x25519: { derive: async (secret: Uint8Array, point: Uint8Array) => await Promise.resolve(nativeX25519(secret, point)) } }
    if (mlKem) parts._m = new NativeMlKem768(this._m) satisfies MlKem
    // Protected members, whose types are classes with private parts.
    Object.assign(this, parts)
  }
}

/** X-Wing, as fast as this Node can. `mlKem`: with Node's own ML-KEM, by default wherever there is one. */
export function makeXWing (mlKem = NativeMlKem768.isThere): XWing { return new NativeXWing({ mlKem }) }
