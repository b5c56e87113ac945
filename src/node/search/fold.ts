/**
 * What of a word counts in a search: not its case, not its accents, not how its letters are composed. Both sides, what
 * is written and what is looked for, go through here, so that it need only treat the same what people take for the same.
 */

/**
 * Marks that people leave out when they type, by their code points: accents of Latin, Greek and Cyrillic, points of
 * Hebrew, vowel signs and stretching of Arabic, joiners, variation selectors. Marks that make another letter (in Indic
 * scripts, in kana) stay.
 */
const LEFT_OUT: ReadonlyArray<readonly [number, number]> = [
  [0x300, 0x36F], [0x483, 0x487], [0x591, 0x5BD], [0x5BF, 0x5BF], [0x5C1, 0x5C2], [0x5C4, 0x5C5], [0x5C7, 0x5C7], [0x610, 0x61A], [0x640, 0x640], [0x64B, 0x65F], [0x670, 0x670],
  [0x6D6, 0x6DC], [0x6DF, 0x6E4], [0x6E7, 0x6E8], [0x6EA, 0x6ED], [0x1AB0, 0x1AFF], [0x1DC0, 0x1DFF], [0x200C, 0x200D], [0x20D0, 0x20FF], [0xFE00, 0xFE0F], [0xFE20, 0xFE2F]
]
const ACCENTS = new RegExp(`[${LEFT_OUT.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join('')}]`, 'gu')

/** The colour of an emoji's skin. */
const TONES = /\p{EMod}/gu

/** Letters with a stroke through them, or two in one, have no accent that could be taken off. */
const LETTERS: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', ħ: 'h', ı: 'i', ς: 'σ' }
const IN_LETTERS = /[ßæœøđðłħıς]/g

// Plain lower-case letters and digits, which is most of what is written, need nothing of all this.
const PLAIN = /^[a-z0-9]*$/

/** A word as it is looked up: NFKC, small letters, no accents. Folding twice changes nothing. */
export function fold (word: string): string {
  const small = word.toLowerCase()
  if (PLAIN.test(small)) return small
  // Compatible letters may be capitals (ᴴ), and small letters may have got accents (İ).
  const bare = small.normalize('NFKD').toLowerCase().normalize('NFKD').replace(ACCENTS, '').replace(TONES, '')
  return bare.replace(IN_LETTERS, letter => LETTERS[letter] ?? letter).normalize('NFKC')
}
