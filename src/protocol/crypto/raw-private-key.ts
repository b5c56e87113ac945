/** Private keys of node:crypto from their raw bytes. */
import { createPrivateKey, type KeyObject } from 'node:crypto'

/** The key whose PKCS #8 encoding is `prefix`, up to the raw bytes, and these. No copy of them is left. @throws Error when they are none */
export function rawPrivateKey (prefix: Uint8Array, raw: Uint8Array): KeyObject {
  const der = Buffer.concat([prefix, raw])
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } finally {
    der.fill(0)
  }
}
