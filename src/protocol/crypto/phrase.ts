/** The account's 24 words (BIP-39) and the seeds made from them. */
import { hkdfSync } from 'node:crypto'
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { BadInputError, signerFromSeed, type Signer } from '../wire/index.js'
import { CRYPTO_LABELS } from './labels.js'
import { systemRandom, type RandomBytes } from './random.js'

const WORDS = 24
const ENTROPY_BYTES = 32
// Text far longer than 24 words is refused before it is split; the longest word has 8 letters.
const MAX_TEXT = 4096
const known = new Set(wordlist)
/** Of a word, as it stands before it. */
const NUMBER = /^\d{1,2}[.):]?$/u

/** What the phrase stands for. It exists only while the phrase is typed: use it, then let it go. */
export interface PhraseAccount {
  /** Signs as the account: generations, successors. */
  readonly signer: Signer
  /** 32 bytes, the seed of the recovery key to which the vault key is sealed. */
  readonly recoverySeed: Uint8Array
}

/** A fresh phrase of 24 lower-case English words, one space between them: 256 bits of `random`. */
export function newPhrase (random: RandomBytes = systemRandom): string {
  const entropy = random(ENTROPY_BYTES)
  if (entropy.length !== ENTROPY_BYTES) throw new BadInputError(`the phrase needs ${ENTROPY_BYTES} random bytes, got ${entropy.length}`)
  try {
    return entropyToMnemonic(entropy, wordlist)
  } finally {
    entropy.fill(0)
  }
}

/**
 * The phrase as it is kept: lower case, one space between words, without their numbers.
 *
 * @throws BadInputError for another number of words, a word that is not in the list (named by its
 * position, so that no error ever carries a part of the phrase), or a wrong checksum
 */
export function normalizePhrase (typed: string): string {
  if (typed.length > MAX_TEXT) throw new BadInputError(`a recovery phrase has ${WORDS} words; this text is far too long`)
  // They are shown, and written down, with their numbers.
  const words = typed.normalize('NFKD').toLowerCase().split(/\s+/u).filter(word => word !== '' && !NUMBER.test(word))
  if (words.length !== WORDS) throw new BadInputError(`a recovery phrase has ${WORDS} words; this one has ${words.length}`)
  const unknown = words.flatMap((word, i) => known.has(word) ? [] : [String(i + 1)])
  if (unknown.length > 0) {
    const where = unknown.length === 1 ? `word ${unknown.join()} is` : `words ${unknown.join(', ')} are`
    throw new BadInputError(`${where} not in the BIP-39 English word list; check the spelling`)
  }
  const phrase = words.join(' ')
  try {
    mnemonicToEntropy(phrase, wordlist).fill(0)
  } catch {
    // No cause: the library's error could quote the phrase.
    throw new BadInputError('the words are all known, but their checksum does not fit: one is wrong or two are swapped')
  }
  return phrase
}

/**
 * The account's signer and recovery seed: HKDF-SHA256 (RFC 5869) of the phrase's 32 bytes of
 * entropy, empty salt, one label per use. Case and spaces do not matter.
 *
 * @throws BadInputError as {@link normalizePhrase}
 */
export function accountFromPhrase (typed: string): PhraseAccount {
  const entropy = mnemonicToEntropy(normalizePhrase(typed), wordlist)
  const seed = derive(entropy, CRYPTO_LABELS.accountKey)
  const account = { signer: signerFromSeed(seed), recoverySeed: derive(entropy, CRYPTO_LABELS.recoveryKey) }
  seed.fill(0)
  entropy.fill(0)
  return account
}

function derive (entropy: Uint8Array, label: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', entropy, new Uint8Array(), label, 32))
}
