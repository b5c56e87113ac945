/** Names that accounts give themselves: what is one, and when two look alike. Pure. */
import { BadInputError, LIMITS, shape } from '../wire/index.js'

// Controls, line ends, and what reorders or hides the text beside it: a name stands among others' words.
const REFUSED = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\s]/gu

/** A name as a format holds it: more than white space, without controls and what reorders text. */
export const personName: shape.Shape<string> = (value, path) => {
  const name = shape.text(LIMITS.nameBytes)(value, path)
  if (name.trim() === '') throw new BadInputError(`${path}: a name is more than white space`)
  if (name.search(REFUSED) >= 0) throw new BadInputError(`${path}: a name has no control characters`)
  return name
}

/** A name without what a name may not hold; undefined when nothing is left. */
export function cleanName (name: string): string | undefined {
  const clean = name.toWellFormed().replace(REFUSED, '').trim()
  return clean === '' ? undefined : clean
}

/** A name as it is compared: two that people would take for one are the same. Empty for one that nobody can see. */
export function foldedName (name: string): string { return name.normalize('NFKC').replace(UNSEEN, '').toLowerCase() }
