/**
 * The words of a text, as they are found. Where a script puts spaces between words a word is a run of letters, digits
 * and marks. Where it does not, Chinese, Japanese and Korean are cut into pairs of characters, so that every stretch of
 * them can be found, and the others (Thai, Khmer …) by the dictionaries of the platform (Intl.Segmenter).
 */
import { fold } from './fold.js'

/** A word: what it is looked up by, and where it stands in the text, in UTF-16 units. */
export interface Word {
  readonly term: string
  readonly offset: number
  readonly length: number
  /** The last character of a run that is cut into pairs. */
  readonly tail: boolean
}

/** UTF-16 units of a word that count: a longer one is found by its beginning. */
const WORD_UNITS = 48

const RUN = /[\p{L}\p{N}\p{M}]+|\p{Extended_Pictographic}\p{EMod}?/gu
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30FC]/u
const PARTS = /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u30FC]+)|([\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{M}]+)|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30FC]+/gu

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

// Of nothing but these all words are runs of letters and digits, and folding makes small letters of them.
const ASCII = /^[\x20-\x7e\n\t\r]*$/

/** The words of a text in order. */
export function wordsOf (text: string): Word[] {
  return ASCII.test(text) ? asciiWords(text) : anyWords(text)
}

/** What the words of a text are looked up by, in order. */
export function termsOf (text: string): string[] {
  return ASCII.test(text) ? asciiTerms(text) : anyWords(text).map(({ term }) => term)
}

function asciiTerms (text: string): string[] {
  const terms: string[] = []
  const small = text.toLowerCase()
  for (let from = nextWord(small, 0); from < small.length;) {
    const end = wordEnd(small, from)
    terms.push(small.slice(from, Math.min(end, from + WORD_UNITS)))
    from = nextWord(small, end)
  }
  return terms
}

/** As {@link anyWords}, in a fraction of its time: most of what is written in most languages is this. */
function asciiWords (text: string): Word[] {
  const words: Word[] = []
  const small = text.toLowerCase()
  for (let from = nextWord(small, 0); from < small.length;) {
    const end = wordEnd(small, from)
    words.push({ term: small.slice(from, Math.min(end, from + WORD_UNITS)), offset: from, length: end - from, tail: false })
    from = nextWord(small, end)
  }
  return words
}

/** Whether a unit of a text of small letters is 0 to 9 or a to z. */
function isWordUnit (unit: number): boolean { return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x7a) }

/** Where the next word begins; the text's end when there is none. */
function nextWord (text: string, at: number): number {
  while (at < text.length && !isWordUnit(text.charCodeAt(at))) at++
  return at
}

function wordEnd (text: string, at: number): number {
  while (at < text.length && isWordUnit(text.charCodeAt(at))) at++
  return at
}

/** Whatever script they are in. @internal */
export function anyWords (text: string): Word[] {
  const words: Word[] = []
  const add: Add = (part, offset, tail = false) => {
    const term = cut(fold(part))
    if (term !== '') words.push({ term, offset, length: part.length, tail })
  }
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (UNSPACED.test(run)) cutRun(run, index, add)
    else add(run, index)
  }
  return words
}

type Add = (part: string, offset: number, tail?: boolean) => void

function cut (term: string): string {
  if (term.length <= WORD_UNITS) return term
  // Not through a surrogate pair.
  return term.slice(0, WORD_UNITS + (term.slice(0, WORD_UNITS).isWellFormed() ? 0 : -1))
}

function cutRun (run: string, at: number, add: Add): void {
  for (const { 0: part, 1: paired, 2: unspaced, index } of run.matchAll(PARTS)) {
    if (paired !== undefined) pairs(paired, at + index, add)
    else if (unspaced !== undefined) for (const { segment, index: inside } of segmenter.segment(unspaced)) add(segment, at + index + inside)
    else add(part, at + index)
  }
}

/** Each character with the next one, and the last alone: so whatever begins with a character is found by it. */
function pairs (run: string, at: number, add: Add): void {
  const characters = [...run.matchAll(/\P{M}\p{M}*/gu)]
  for (const [i, { 0: character, index }] of characters.entries()) add(character + (characters[i + 1]?.[0] ?? ''), at + index, i === characters.length - 1)
}
