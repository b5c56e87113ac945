/**
 * A stand-in for HPKE in a simulation: it hides nothing and costs nothing. What is sealed to one key opens with no other,
 * and for no other purpose; lengths are the real ones.
 */
import { createHash } from 'node:crypto'
import { x25519Box, xwingBox, type HpkeBox } from '../../src/protocol/crypto/hpke.js'
import { BadInputError, DecryptError } from '../../src/protocol/wire/index.js'

const TAG_BYTES = 16

function digest (...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** A public key of the real length, made from the private one. */
function publicOf (privateKey: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  const piece = digest(privateKey)
  for (let at = 0; at < length; at += piece.length) out.set(piece.subarray(0, length - at), at)
  return out
}

function standIn (box: HpkeBox): Pick<HpkeBox, 'keyPair' | 'seal' | 'open'> {
  const encBytes = box.overhead - TAG_BYTES
  const tag = (recipient: Uint8Array, plaintext: Uint8Array, info: Uint8Array): Uint8Array => digest(recipient, info, plaintext).subarray(0, TAG_BYTES)
  return {
    keyPair: ikm => {
      const privateKey = new Uint8Array(digest(ikm)).subarray(0, box.privateBytes)
      return Promise.resolve({ private: privateKey, public: publicOf(privateKey, box.publicBytes) })
    },
    seal: (recipient, plaintext, info) => {
      if (recipient.length !== box.publicBytes) return Promise.reject(new BadInputError('the public key has another length'))
      const out = new Uint8Array(encBytes + plaintext.length + TAG_BYTES)
      out.set(plaintext, encBytes)
      out.set(tag(recipient, plaintext, info), encBytes + plaintext.length)
      return Promise.resolve(out)
    },
    open: (privateKey, sealed, info) => {
      const plaintext = sealed.slice(encBytes, sealed.length - TAG_BYTES)
      const expected = tag(publicOf(privateKey, box.publicBytes), plaintext, info)
      if (Buffer.compare(expected, sealed.subarray(sealed.length - TAG_BYTES)) !== 0) return Promise.reject(new DecryptError('the stand-in does not open it'))
      return Promise.resolve(plaintext)
    }
  }
}

/** Puts the stand-in in HPKE's place. Returns the way to take it away again. */
export function replaceBoxes (): () => void {
  const boxes = [x25519Box, xwingBox]
  const real = boxes.map(({ keyPair, seal, open }) => ({ keyPair, seal, open }))
  for (const box of boxes) Object.assign(box, standIn(box))
  return () => { boxes.forEach((box, i) => { Object.assign(box, real[i]) }) }
}
