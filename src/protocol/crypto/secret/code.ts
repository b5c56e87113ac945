/**
 * What the two people of a secret chat compare: digits and emoji over both accounts and both devices. It says nothing of
 * the session, so it stays the same until an account or a device is another. CRYPTO.md gives the computation.
 */
import { createHash } from 'node:crypto'
import { BadInputError, labelBytes, rawEd25519, sameBytes, type KeyBytes } from '../../wire/index.js'
import { CRYPTO_LABELS } from '../labels.js'

/** One end of a secret chat. */
export interface SecretEnd { readonly account: KeyBytes, readonly device: KeyBytes }
/** What is compared: 60 digits in groups of five, and 8 emoji of 64 (48 bits), with their names. */
export interface ComparedCode { readonly digits: string, readonly emoji: ReadonlyArray<{ symbol: string, name: string }> }

// As for safety numbers: each try at a lookalike costs so many hashes.
const ROUNDS = 5200
const GROUPS = 6
const EMOJI_SHOWN = 8

/** 64 that are told apart at a glance and have a plain name. The order is a part of the format. */
const SECRET_EMOJI: ReadonlyArray<readonly [symbol: string, name: string]> = [
  ['🐶', 'dog'], ['🐱', 'cat'], ['🦁', 'lion'], ['🐴', 'horse'], ['🐷', 'pig'], ['🐘', 'elephant'], ['🐰', 'rabbit'], ['🐼', 'panda'],
  ['🐔', 'hen'], ['🐧', 'penguin'], ['🐢', 'turtle'], ['🐟', 'fish'], ['🐙', 'octopus'], ['🦋', 'butterfly'], ['🐝', 'bee'], ['🐌', 'snail'],
  ['🌷', 'tulip'], ['🌻', 'sunflower'], ['🌵', 'cactus'], ['🌲', 'fir'], ['🍄', 'mushroom'], ['🍁', 'leaf'], ['🌙', 'moon'], ['⭐', 'star'],
  ['☁️', 'cloud'], ['🔥', 'fire'], ['🌈', 'rainbow'], ['⛄', 'snowman'], ['🍎', 'apple'], ['🍌', 'banana'], ['🍓', 'strawberry'], ['🌽', 'corn'],
  ['🥕', 'carrot'], ['🍞', 'bread'], ['🧀', 'cheese'], ['🍕', 'pizza'], ['🎂', 'cake'], ['☕', 'coffee'], ['⚽', 'football'], ['🎸', 'guitar'],
  ['🎺', 'trumpet'], ['🥁', 'drum'], ['🚲', 'bicycle'], ['🚂', 'train'], ['🚗', 'car'], ['⛵', 'sailboat'], ['🚁', 'helicopter'], ['🚀', 'rocket'],
  ['⚓', 'anchor'], ['🏠', 'house'], ['⛺', 'tent'], ['🌉', 'bridge'], ['⏰', 'clock'], ['💡', 'lamp'], ['🔑', 'key'], ['🔨', 'hammer'],
  ['✂️', 'scissors'], ['📎', 'clip'], ['✏️', 'pencil'], ['📖', 'book'], ['🎩', 'hat'], ['👓', 'glasses'], ['☂️', 'umbrella'], ['🎈', 'balloon']
]

function half ({ account, device }: SecretEnd): { digits: string, hash: Uint8Array } {
  rawEd25519(account)
  rawEd25519(device)
  let hash: Uint8Array = createHash('sha512').update(labelBytes(CRYPTO_LABELS.secretCode)).update(account).update(device).digest()
  for (let i = 0; i < ROUNDS; i++) hash = createHash('sha512').update(hash).update(account).update(device).digest()
  let digits = ''
  for (let group = 0; group < GROUPS; group++) {
    let value = 0
    for (const byte of hash.subarray(group * 5, group * 5 + 5)) value = value * 256 + byte
    digits += String(value % 100_000).padStart(5, '0')
  }
  return { digits, hash }
}

/**
 * The same for (a, b) and (b, a). Takes some tens of milliseconds.
 *
 * @throws BadInputError when a key is no Ed25519 key, or both ends are the same device
 */
export function secretCode (a: SecretEnd, b: SecretEnd): ComparedCode {
  if (sameBytes(a.device, b.device)) throw new BadInputError('what is compared is between two different devices')
  const [first, second] = [half(a), half(b)].sort((x, y) => x.digits < y.digits ? -1 : 1)
  if (first === undefined || second === undefined) throw new BadInputError('what is compared has two ends')
  const both = createHash('sha512').update(labelBytes(CRYPTO_LABELS.secretEmoji)).update(first.hash).update(second.hash).digest()
  const emoji = Array.from({ length: EMOJI_SHOWN }, (_, i) => {
    const [symbol, name] = SECRET_EMOJI[(both[i] ?? 0) % SECRET_EMOJI.length] ?? ['', '']
    return { symbol, name }
  })
  return { digits: ((first.digits + second.digits).match(/\d{5}/gu) ?? []).join(' '), emoji }
}
