/** ChaCha20-Poly1305, written from RFC 8439 and for nothing but to be plain: no library, no speed. */

const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n))

/** Section 2.1. */
function quarterRound (s: Uint32Array, a: number, b: number, c: number, d: number): void {
  s[a] = s[a]! + s[b]!; s[d] = rotate(s[d]! ^ s[a], 16)
  s[c] = s[c]! + s[d]; s[b] = rotate(s[b]! ^ s[c], 12)
  s[a] = s[a] + s[b]; s[d] = rotate(s[d] ^ s[a], 8)
  s[c] = s[c] + s[d]; s[b] = rotate(s[b] ^ s[c], 7)
}

/** Section 2.3: 64 bytes of key stream. */
function block (key: Uint8Array, counter: number, nonce: Uint8Array): Uint8Array {
  const start = new Uint8Array(64)
  const view = new DataView(start.buffer)
  ;[0x61707865, 0x3320646e, 0x79622d32, 0x6b206574].forEach((word, i) => { view.setUint32(4 * i, word, true) })
  start.set(key, 16)
  view.setUint32(48, counter, true)
  start.set(nonce, 52)
  const initial = Uint32Array.from({ length: 16 }, (_, i) => view.getUint32(4 * i, true))
  const state = Uint32Array.from(initial)
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarterRound(state, i, 4 + i, 8 + i, 12 + i)
    for (let i = 0; i < 4; i++) quarterRound(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
  }
  initial.forEach((word, i) => { view.setUint32(4 * i, word + state[i]!, true) })
  return start
}

/** Section 2.4, from block 1 on. */
function crypt (key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Uint8Array {
  const out = Uint8Array.from(bytes)
  for (let at = 0; at < bytes.length; at += 64) block(key, 1 + at / 64, nonce).subarray(0, bytes.length - at).forEach((byte, i) => { out[at + i]! ^= byte })
  return out
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`)
const P = (1n << 130n) - 5n

/** Section 2.5. */
function poly1305 (key: Uint8Array, message: Uint8Array): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
  let sum = 0n
  for (let at = 0; at < message.length; at += 16) {
    const part = message.subarray(at, at + 16)
    sum = (sum + littleEndian(part) + (1n << BigInt(8 * part.length))) * r % P
  }
  const tag = (sum + littleEndian(key.subarray(16, 32))) & ((1n << 128n) - 1n)
  return Uint8Array.from(Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse())
}

/** Section 2.8. */
function tagOf (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const zeros = (length: number): Uint8Array => new Uint8Array((16 - length % 16) % 16)
  const lengths = Buffer.alloc(16)
  lengths.writeBigUInt64LE(BigInt(aad.length))
  lengths.writeBigUInt64LE(BigInt(ciphertext.length), 8)
  return poly1305(block(key, 0, nonce), Buffer.concat([aad, zeros(aad.length), ciphertext, zeros(ciphertext.length), lengths]))
}

/** ciphertext ‖ tag */
export function seal (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array = new Uint8Array(0)): Uint8Array {
  const ciphertext = crypt(key, nonce, plaintext)
  return Uint8Array.from(Buffer.concat([ciphertext, tagOf(key, nonce, aad, ciphertext)]))
}

/** The plaintext. @throws when the tag is another */
export function open (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array = new Uint8Array(0)): Uint8Array {
  const ciphertext = sealed.subarray(0, -16)
  if (sealed.length < 16 || !Buffer.from(tagOf(key, nonce, aad, ciphertext)).equals(sealed.subarray(-16))) throw new Error('another tag')
  return crypt(key, nonce, ciphertext)
}

/** HChaCha20, draft-irtf-cfrg-xchacha-03 section 2.2: the rounds without the last addition, and the outer rows of what they leave. */
function hchacha (key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const words = (bytes: Uint8Array): number[] => Array.from({ length: bytes.length / 4 }, (_, i) => Buffer.from(bytes).readUInt32LE(4 * i))
  const state = Uint32Array.from([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, ...words(key), ...words(nonce)])
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarterRound(state, i, 4 + i, 8 + i, 12 + i)
    for (let i = 0; i < 4; i++) quarterRound(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
  }
  const out = Buffer.alloc(32)
  ;[...state.subarray(0, 4), ...state.subarray(12)].forEach((word, i) => { out.writeUInt32LE(word, 4 * i) })
  return Uint8Array.from(out)
}

const shortNonce = (nonce: Uint8Array): Uint8Array => Uint8Array.from([0, 0, 0, 0, ...nonce.subarray(16)])

/** XChaCha20-Poly1305: nonce (24) ‖ ciphertext ‖ tag. */
export function xseal (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  return Uint8Array.from([...nonce, ...seal(hchacha(key, nonce.subarray(0, 16)), shortNonce(nonce), plaintext, aad)])
}

/** The plaintext. @throws when the tag is another */
export function xopen (key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonce = sealed.subarray(0, 24)
  return open(hchacha(key, nonce.subarray(0, 16)), shortNonce(nonce), sealed.subarray(24), aad)
}
