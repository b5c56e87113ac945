/**
 * The safety number two people compare: 60 digits over both accounts. Signal's construction:
 * each account gives 30 digits from 5,200 rounds of SHA-512, and the smaller half stands first,
 * so that both sides read the same number.
 */
import { createHash } from 'node:crypto'
import { labelBytes, rawEd25519, sameBytes, BadInputError, type KeyBytes } from '../wire/index.js'
import { CRYPTO_LABELS } from './labels.js'

// Each try at a lookalike key costs an attacker this many hashes (Signal's figure): 30 digits then stand for about 112 bits.
const ROUNDS = 5200
const GROUPS = 6

function half (account: KeyBytes): string {
  rawEd25519(account)
  let hash: Uint8Array = createHash('sha512').update(labelBytes(CRYPTO_LABELS.safetyNumber)).update(account).digest()
  for (let i = 0; i < ROUNDS; i++) hash = createHash('sha512').update(hash).update(account).digest()
  let digits = ''
  for (let group = 0; group < GROUPS; group++) {
    let value = 0
    for (const byte of hash.subarray(group * 5, group * 5 + 5)) value = value * 256 + byte
    digits += String(value % 100_000).padStart(5, '0')
  }
  return digits
}

/**
 * 60 digits in 12 groups of five, the same for (a, b) and (b, a). Takes some tens of milliseconds.
 *
 * @throws BadInputError when a key is no Ed25519 key, or both are the same account
 */
export function safetyNumber (a: KeyBytes, b: KeyBytes): string {
  if (sameBytes(a, b)) throw new BadInputError('a safety number is between two different accounts')
  const digits = [half(a), half(b)].sort().join('')
  return (digits.match(/\d{5}/gu) ?? []).join(' ')
}

/** Whether the digits a person typed or scanned are the safety number of a and b; anything between the digits is ignored. @throws BadInputError as {@link safetyNumber} @internal */
export function isSafetyNumber (typed: string, a: KeyBytes, b: KeyBytes): boolean {
  return typed.length <= 400 && typed.replace(/\D/gu, '') === safetyNumber(a, b).replace(/\D/gu, '')
}
