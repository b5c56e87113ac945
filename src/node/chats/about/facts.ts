/**
 * What is known about a message: its edits, reactions, pin, votes. A pure function of the message and of the entries
 * about it in the order of the log, so that all members end with one state in whatever order they learned of them.
 * MESSAGE.md has the rules.
 */
import { isAbout, type About, type Body, type EditBody, type PollBody, type Said, type VoteBody } from '../../../protocol/message/index.js'
import { LIMITS, sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'

/** A message that something is told about, at its place in the log. */
export interface Target { readonly seq: number, readonly from: KeyBytes, readonly body: Said }

/** What an entry tells about its target. */
export interface Fact {
  readonly seq: number
  /** The home's time, ms. */
  readonly time: number
  readonly from: KeyBytes
  readonly body: About
}

/** What counts about a message. */
export interface Facts {
  /** Numbers of its edits, in order: the last one is what it says. */
  readonly edits: readonly number[]
  /** What each account has on it; the one that changed last stands last. */
  readonly reactions: ReadonlyArray<{ readonly account: KeyBytes, readonly emoji: readonly string[] }>
  /** The vote of each account, in the same order. */
  readonly votes: ReadonlyArray<{ readonly account: KeyBytes, readonly options: readonly number[] }>
  readonly pinned: boolean
  /** Its author has ended the poll. */
  readonly closed: boolean
}

/** Nothing was told about it. */
export const NO_FACTS: Facts = { edits: [], reactions: [], votes: [], pinned: false, closed: false }

// An account with what stands around it, an emoji at its longest, and a number.
const [ACCOUNT_BYTES, EMOJI_BYTES, NUMBER_BYTES] = [80, 66, 9] as const

/** The most bytes that a message's facts take on disk, counted quickly. */
export function mostBytesOf ({ edits, reactions, votes }: Facts): number {
  let bytes = NUMBER_BYTES * edits.length
  for (const { emoji } of reactions) bytes += ACCOUNT_BYTES + EMOJI_BYTES * emoji.length
  for (const { options } of votes) bytes += ACCOUNT_BYTES + NUMBER_BYTES * options.length
  return bytes
}

/** Why something does not count. */
export type Fault = 'before' | 'kind' | 'author' | 'empty' | 'many' | 'options' | 'closed' | 'answered'

/** Why an entry does not count about its target, after those before it; undefined when it does. */
export function faultOf (target: Target, facts: Facts, fact: Fact): Fault | undefined {
  if (fact.seq <= target.seq) return 'before'
  const { body } = fact
  switch (body.kind) {
    case 'reaction': case 'pin': return undefined
    case 'edit': return faultOfEdit(target, facts, fact, body)
    case 'vote': return target.body.kind === 'poll' ? faultOfVote(target.body, facts, fact, body) : 'kind'
    case 'closePoll':
      if (target.body.kind !== 'poll') return 'kind'
      if (!sameBytes(target.from, fact.from)) return 'author'
      return isClosed(target.body, facts, fact.time) ? 'closed' : undefined
  }
}

function faultOfEdit ({ from, body }: Target, { edits }: Facts, fact: Fact, { text }: EditBody): Fault | undefined {
  if (!sameBytes(from, fact.from)) return 'author'
  if (!isEditable(body)) return 'kind'
  if (text === '' && body.kind === 'text') return 'empty'
  return edits.length >= LIMITS.editsPerMessage ? 'many' : undefined
}

/** Whether a message has a text of its author's that can be changed: what was forwarded is somebody else's. */
function isEditable (body: Said): boolean { return (body.kind === 'text' || body.kind === 'media' || body.kind === 'album') && body.forward === undefined }

function faultOfVote (poll: PollBody, facts: Facts, { from, time }: Fact, { options }: VoteBody): Fault | undefined {
  if (isClosed(poll, facts, time)) return 'closed'
  if (new Set(options).size !== options.length || options.some(option => option >= poll.options.length)) return 'options'
  if (options.length > 1 && poll.multiple !== true) return 'options'
  return poll.quiz !== undefined && facts.votes.some(vote => sameBytes(vote.account, from)) ? 'answered' : undefined
}

/** Whether a poll takes no votes at a time (ms by the log's times). */
export function isClosed ({ closesAt }: PollBody, { closed }: Facts, at: number): boolean { return closed || (closesAt !== undefined && at >= closesAt) }

/** The facts after an entry that follows those before it; the same object when it does not count. */
export function withFact (target: Target, facts: Facts, fact: Fact): Facts {
  if (faultOf(target, facts, fact) !== undefined) return facts
  const { seq, from, body } = fact
  switch (body.kind) {
    case 'edit': return { ...facts, edits: [...facts.edits, seq] }
    case 'reaction': return { ...facts, reactions: replaced(facts.reactions, from, body.emoji.length === 0 ? undefined : { account: from, emoji: [...new Set(body.emoji)] }) }
    case 'pin': return { ...facts, pinned: body.pinned }
    case 'vote': return { ...facts, votes: replaced(facts.votes, from, body.options.length === 0 ? undefined : { account: from, options: body.options }) }
    case 'closePoll': return { ...facts, closed: true }
  }
}

/** The list with an account's entry, if any, as the last one; of too many the first goes. */
function replaced<T extends { readonly account: KeyBytes }> (list: readonly T[], account: KeyBytes, entry: T | undefined): readonly T[] {
  const others = list.filter(one => !sameBytes(one.account, account))
  return entry === undefined ? others : [...others, entry].slice(-LIMITS.factAccounts)
}

/** The facts that entries about a target make, in whatever order they are given. @internal */
export function factsOf (target: Target, entries: readonly Fact[]): Facts {
  return [...entries].sort((a, b) => a.seq - b.seq).reduce((facts, fact) => withFact(target, facts, fact), NO_FACTS)
}

/** What became another by going from some facts to others. */
export type Change = 'edited' | 'reactions' | 'pinned' | 'poll'

/** What is another in two states of a message's facts. */
export function changesBetween (before: Facts, after: Facts): Change[] {
  const changes: Change[] = []
  if (before.edits.at(-1) !== after.edits.at(-1)) changes.push('edited')
  if (!sameEntries(before.reactions, after.reactions, one => one.emoji)) changes.push('reactions')
  if (before.pinned !== after.pinned) changes.push('pinned')
  if (before.closed !== after.closed || !sameEntries(before.votes, after.votes, one => one.options)) changes.push('poll')
  return changes
}

type Entry = { readonly account: KeyBytes }

function sameEntries<T extends Entry> (a: readonly T[], b: readonly T[], of: (entry: T) => ReadonlyArray<string | number>): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  return a.every((one, i) => {
    const other = b[i]
    return other !== undefined && sameBytes(one.account, other.account) && of(one).join('\0') === of(other).join('\0')
  })
}

/** What an entry's body tells about a message, if it does. */
export function aboutOf (body: Body | null): About | undefined { return body !== null && isAbout(body) ? body : undefined }
