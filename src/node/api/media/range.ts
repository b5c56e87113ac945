/** Which bytes an HTTP request asks for. RFC 9110 section 14. Pure. */

/** A stretch of a file in bytes: `end` is the first byte behind it. */
export interface Stretch { readonly start: number, readonly end: number }

/** `whole`: no range that can be served was asked for. `none`: one was, and nothing of the file lies in it. */
export type WantedRange = { readonly kind: 'whole' } | { readonly kind: 'none' } | { readonly kind: 'part' } & Stretch

const WHOLE: WantedRange = { kind: 'whole' }
// A file has at most 10 digits of bytes; sixteen are exact as a number.
const DIGITS = /^\d{1,16}$/u

/**
 * What a Range header means for a file of this size.
 *
 * A header that is no byte range is ignored, as section 14.2 wants it. So is one with several ranges: no player
 * asks for that, and an answer in parts would be a second way to say everything.
 */
export function wantedRange (header: string | undefined, size: number): WantedRange {
  const match = /^bytes[ \t]*=[ \t]*(.*)$/isu.exec(header?.trim() ?? '')
  const spec = match?.[1]?.trim()
  if (spec === undefined || spec.includes(',')) return WHOLE
  const dash = spec.indexOf('-')
  if (dash === -1) return WHOLE
  const [first, last] = [spec.slice(0, dash).trim(), spec.slice(dash + 1).trim()]
  if (first === '') return DIGITS.test(last) ? suffix(Number(last), size) : WHOLE
  if (!DIGITS.test(first) || (last !== '' && !DIGITS.test(last))) return WHOLE
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  // A range that ends before it begins is no range at all.
  if (last !== '' && Number(last) < start) return WHOLE
  return start >= size ? { kind: 'none' } : { kind: 'part', start, end }
}

function suffix (length: number, size: number): WantedRange {
  return length === 0 || size === 0 ? { kind: 'none' } : { kind: 'part', start: Math.max(0, size - length), end: size }
}
