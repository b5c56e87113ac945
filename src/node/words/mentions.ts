/** Members who are named in a text with an @. */
import type { TextEntity } from '../../protocol/api/index.js'
import { LIMITS } from '../../protocol/wire/index.js'

/** A name that a member goes by, and its account's id. */
export interface Named { readonly name: string, readonly account: string }

const WORD = /[\p{L}\p{M}\p{N}_]/u
const folded = (text: string): string => text.normalize('NFC').toLowerCase()

/**
 * Each `@NAME` of a member, where nothing else is formatted but by style: of several names that fit the longest, and none
 * that two members go by. `names` are asked for when the text has an `@` at all: a large group has thousands.
 */
export function mentionsIn (text: string, given: readonly TextEntity[], names: () => readonly Named[]): TextEntity[] {
  const blocked = given.filter(({ type }) => !PLAIN.has(type))
  const found: TextEntity[] = []
  if (!text.includes('@')) return found
  const known = byName(names())
  for (let at = text.indexOf('@'); at >= 0 && given.length + found.length < LIMITS.entities; at = text.indexOf('@', at + 1)) {
    if (at > 0 && WORD.test(text.charAt(at - 1))) continue
    const named = longest(text, at + 1, known)
    if (named === undefined) continue
    const entity = { type: 'text_mention', offset: at, length: 1 + named.name.length, value: named.account }
    const end = at + entity.length
    if (blocked.some(other => other.offset < end && at < other.offset + other.length) || given.some(other => cuts(other, at, end))) continue
    found.push(entity)
    at = end - 1
  }
  return found
}

const PLAIN: ReadonlySet<string> = new Set(['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'blockquote'])

/** Whether formatting begins or ends in a stretch that it does not hold, and is not held by. */
function cuts ({ offset, length }: TextEntity, from: number, to: number): boolean {
  const end = offset + length
  return offset < to && from < end && !(offset <= from && end >= to) && !(from <= offset && to >= end)
}

/** Names by their length, the longest first, and as they are compared; without those of two accounts. */
type Known = ReadonlyArray<readonly [length: number, names: ReadonlyMap<string, Named>]>

function byName (names: readonly Named[]): Known {
  const accounts = new Map<string, Set<string>>()
  for (const { name, account } of names) if (name !== '') accounts.set(folded(name), (accounts.get(folded(name)) ?? new Set()).add(account))
  const known = new Map<number, Map<string, Named>>()
  for (const named of names) {
    const name = folded(named.name)
    if (accounts.get(name)?.size !== 1) continue
    const ofLength = known.get(named.name.length) ?? new Map<string, Named>()
    known.set(named.name.length, ofLength.set(name, named))
  }
  return [...known].sort(([a], [b]) => b - a)
}

/** Each length is looked up once: a text may be all @, and a thousand members may go by two names. */
function longest (text: string, from: number, known: Known): Named | undefined {
  for (const [length, names] of known) {
    const named = names.get(folded(text.slice(from, from + length)))
    if (named !== undefined && !WORD.test(text.slice(from + length, from + length + 2)[0] ?? '')) return named
  }
  return undefined
}
