/** Which of the other device's messages are here: all up to a number, and some behind gaps. Pure. */
import type { SecretGot } from '../../protocol/message/index.js'
import { LIMITS } from '../../protocol/wire/index.js'

/** Nothing yet. */
export const NOTHING_GOT: SecretGot = { through: 0, later: [] }

/** Whether a message is here. */
export function hasGot ({ through, later }: SecretGot, n: number): boolean { return n <= through || later.includes(n) }

/**
 * Takes a message in.
 *
 * @returns undefined when it was here already, or has a number that its sender cannot have come to: no more than so many wait
 */
export function gotOne (got: SecretGot, n: number): SecretGot | undefined {
  if (hasGot(got, n) || n > got.through + LIMITS.secretUnacknowledged + 1) return undefined
  const later = [...got.later, n].sort((a, b) => a - b)
  let { through } = got
  while (later[0] === through + 1) through = later.shift() ?? through
  return { through, later }
}

/** The numbers that are missing before the last one that is here. */
export function missing ({ through, later }: SecretGot): number[] {
  const out: number[] = []
  let next = through + 1
  for (const n of later) {
    while (next < n) out.push(next++)
    next = n + 1
  }
  return out
}

/** Gives up what is missing before the last one that is here. */
export function givenUp (got: SecretGot): SecretGot { return { through: got.later.at(-1) ?? got.through, later: [] } }
