/** What is known to be missing from a chat: numbers of its log, or messages of one device of a member. Pure. */
import { keyShape, sameBytes, shape, type KeyBytes } from '../../protocol/wire/index.js'

/** Numbers `from` to `to`: of the log, when `author` is null, which its home left out; else of a device's own messages. */
export interface Gap {
  author: { account: KeyBytes, device: KeyBytes } | null
  from: number
  to: number
  /** When it was noticed, ms. */
  at: number
  /** A takeover may have left it behind: nobody is told. */
  left?: true
}

// One who leaves out something here and there forever must not fill the cursor.
const GAPS_KEPT = 64

/** The gaps of a cursor. */
export const gapsShape = shape.array(shape.struct({
  author: shape.nullable(shape.struct({ account: keyShape, device: keyShape })), from: shape.uint(undefined, 1), to: shape.uint(undefined, 1), at: shape.uint(), left: shape.optional(shape.literal(true))
}), GAPS_KEPT)

const isOf = (gap: Gap, device: KeyBytes | null): boolean => device === null ? gap.author === null : gap.author !== null && sameBytes(gap.author.device, device)

/** The gaps with a new one; the oldest give way. */
export function withGap (gaps: readonly Gap[], gap: Gap): Gap[] {
  const device = gap.author?.device ?? null
  return gaps.some(g => isOf(g, device) && g.from === gap.from && g.to === gap.to) ? [...gaps] : [...gaps, gap].slice(-GAPS_KEPT)
}

/** The gap that a number is missing in: of a device's messages, or of the log. */
export function gapAt (gaps: readonly Gap[], device: KeyBytes | null, n: number): Gap | undefined {
  return gaps.find(gap => isOf(gap, device) && gap.from <= n && n <= gap.to)
}

/** The gaps without one number, which came after all. */
export function healed (gaps: readonly Gap[], gap: Gap, n: number): Gap[] {
  const rest = [{ ...gap, to: n - 1 }, { ...gap, from: n + 1 }].filter(({ from, to }) => from <= to)
  return gaps.flatMap(g => g === gap ? rest : [g]).slice(-GAPS_KEPT)
}
