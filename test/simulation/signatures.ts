/**
 * Signatures in a simulation are real ones, and most of what a run costs. Everybody there is in one process: what one
 * has verified is remembered for the others, and a key is imported once.
 */
import crypto, { type KeyObject } from 'node:crypto'

const MOST = 50_000

/** Remembering forms of node:crypto's calls, by their names there. */
export function remembering (): Record<'verify' | 'createPrivateKey' | 'createPublicKey', unknown> {
  const { verify, createPrivateKey, createPublicKey, hash } = crypto
  const verdicts = new Map<string, boolean>()
  const privates = new Map<string, KeyObject>()
  const publics = new WeakMap<KeyObject, KeyObject>()
  const names = new WeakMap<KeyObject, number>()
  let named = 0
  const nameOf = (key: KeyObject): number => {
    const known = names.get(key) ?? ++named
    names.set(key, known)
    return known
  }
  return {
    verify: (algorithm: null, bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean => {
      const name = `${nameOf(key)} ${hash('sha256', bytes, 'base64')} ${Buffer.from(signature).toString('base64')}`
      const verdict = verdicts.get(name) ?? verify(algorithm, bytes, key, signature)
      if (verdicts.size < MOST) verdicts.set(name, verdict)
      return verdict
    },
    createPrivateKey: (input: Parameters<typeof createPrivateKey>[0] & { key: Buffer }): KeyObject => {
      const name = input.key.toString('base64')
      const key = privates.get(name) ?? createPrivateKey(input)
      privates.set(name, key)
      return key
    },
    createPublicKey: (input: Parameters<typeof createPublicKey>[0]): KeyObject => {
      if (!(input instanceof crypto.KeyObject)) return createPublicKey(input)
      const known = publics.get(input)
      if (known !== undefined) return known
      const key = createPublicKey(input)
      const [der, jwk] = [key.export({ format: 'der', type: 'spki' }), key.export({ format: 'jwk' })]
      Object.defineProperty(key, 'export', { value: ({ format }: { format: string }) => format === 'jwk' ? { ...jwk } : Buffer.from(der) })
      publics.set(input, key)
      return key
    }
  }
}
