/** Chunks through @noble/ciphers: JavaScript alone, for where there is no OpenSSL. The same bytes; the tests hold both to the same vectors. */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { nonceToOpen, nonceToSeal, notThisChunk, type ChunkCipher } from './chunk.js'

/** {@link ChunkCipher} by @noble/ciphers. @internal */
export const nobleChunkCipher: ChunkCipher = {
  seal (key, index, last, plaintext) {
    return chacha20poly1305(key, nonceToSeal(key, index, last, plaintext.length)).encrypt(plaintext)
  },

  open (key, index, last, sealed) {
    const nonce = nonceToOpen(key, index, last, sealed.length)
    try {
      return chacha20poly1305(key, nonce).decrypt(sealed)
    } catch {
      throw notThisChunk(index)
    }
  }
}
