/** What a person looks for: read from what was typed, and held against a message's words. */
import { BadInputError, LIMITS } from '../../protocol/wire/index.js'
import type { TextRange } from '../../protocol/api/index.js'
import { wordsOf, type Word } from './words.js'

/** One word of a query. With `prefix` it is the beginning of a word. `units` of a match are shown, or the whole word. */
export interface Sought { readonly term: string, readonly prefix: boolean, readonly units: number | null }

/** Words that must stand side by side. */
export type Clause = readonly Sought[]

const QUOTES = '"“”„«»'
const PART = new RegExp(`[${QUOTES}]([^${QUOTES}]*)[${QUOTES}]?|([^\\s${QUOTES}]+)`, 'gu')
/** Stretches that are shown of one message. */
const MOST_RANGES = 64

/**
 * The clauses of a query: all must be in a message. What is typed as one word and is several (`don't`, `example.org`)
 * stands side by side, like words in quotes. The very last word, outside quotes, may be a beginning.
 *
 * @throws BadInputError for more than LIMITS.searchQueryWords words, or when there is no word in it
 */
export function parseQuery (text: string): Clause[] {
  const parts = [...text.matchAll(PART)].map(([, quoted, word]) => ({ words: wordsOf(quoted ?? word ?? ''), isOpen: quoted === undefined })).filter(({ words }) => words.length > 0)
  const count = parts.reduce((sum, { words }) => sum + words.length, 0)
  if (count > LIMITS.searchQueryWords) throw new BadInputError(`a search has at most ${LIMITS.searchQueryWords} words, this one has ${count}`)
  if (count === 0) throw new BadInputError('a search needs a word: signs alone are not found')
  return parts.map(({ words, isOpen }, i) => words.map((word, j) => soughtOf(word, isOpen && i === parts.length - 1 && j === words.length - 1)))
}

/** The last character of a run of pairs may go on in the text, whether it was quoted or not. */
function soughtOf ({ term, length, tail }: Word, isLast: boolean): Sought { return { term, prefix: tail || isLast, units: tail ? length : null } }

function fits ({ term, prefix }: Sought, word: Word | undefined): word is Word {
  return word !== undefined && (prefix ? word.term.startsWith(term) : word.term === term)
}

/** Whether all clauses are in some texts, each of them in one. */
export function isIn (clauses: readonly Clause[], texts: readonly string[]): boolean {
  const words = texts.map(text => wordsOf(text))
  return clauses.every(clause => words.some(list => places(clause, list).length > 0))
}

/** Where in a text the clauses are, those that are in it: in order, and what overlaps as one. */
export function rangesIn (clauses: readonly Clause[], text: string): TextRange[] {
  const words = wordsOf(text)
  const ranges = clauses.flatMap(clause => places(clause, words).flatMap(at => clause.flatMap(({ units }, j) => rangeOf(words[at + j], units))))
  return merged(ranges).slice(0, MOST_RANGES)
}

function places (clause: Clause, words: readonly Word[]): number[] {
  return words.flatMap((_, at) => clause.every((sought, j) => fits(sought, words[at + j])) ? [at] : [])
}

function rangeOf (word: Word | undefined, units: number | null): TextRange[] {
  return word === undefined ? [] : [{ offset: word.offset, length: Math.min(word.length, units ?? word.length) }]
}

function merged (ranges: readonly TextRange[]): TextRange[] {
  const out: TextRange[] = []
  for (const { offset, length } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    const last = out.at(-1)
    if (last !== undefined && offset < last.offset + last.length) last.length = Math.max(last.length, offset + length - last.offset)
    else out.push({ offset, length })
  }
  return out
}
