/** What is known about a message, as the API tells it. */
import type { ChatMessage, PollView, Reaction } from '../../../protocol/api/index.js'
import type { Body, EditBody, PollBody } from '../../../protocol/message/index.js'
import { LIMITS, peerIdText, sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'
import { isClosed, NO_FACTS, type Facts } from './facts.js'

/** A message's facts, and its newest edit as it stands in the log. */
export interface Overlay {
  readonly facts: Facts
  /** `at`: when its author wrote it, ms. */
  readonly edit: { readonly body: EditBody, readonly at: number } | null
}

/** Nothing was told about it. */
export const NO_OVERLAY: Overlay = { facts: NO_FACTS, edit: null }

type Shown = Pick<ChatMessage, 'edited' | 'editedAt' | 'reactions' | 'pinned' | 'poll'>

/** The part of a message's view that others and its author added later. @param now - ms */
export function aboutView (body: Body | null, { facts, edit }: Overlay, { me, now }: { readonly me: KeyBytes, readonly now: number }): Shown {
  return {
    edited: edit !== null,
    editedAt: edit === null ? null : new Date(edit.at),
    reactions: reactionsView(facts, me),
    pinned: facts.pinned,
    poll: body?.kind === 'poll' ? pollView(body, facts, me, now) : null
  }
}

function reactionsView ({ reactions }: Facts, me: KeyBytes): Reaction[] {
  if (reactions.length === 0) return []
  const byEmoji = new Map<string, KeyBytes[]>()
  for (const { account, emoji } of reactions) {
    for (const one of emoji) {
      const accounts = byEmoji.get(one) ?? []
      accounts.push(account)
      byEmoji.set(one, accounts)
    }
  }
  const all = [...byEmoji].map(([emoji, accounts]) => ({ emoji, count: accounts.length, own: isAmong(accounts, me), accounts }))
  // Sorting keeps the order of those that as many chose: the first chosen stays first.
  const most = all.sort((a, b) => b.count - a.count)
  const shown = new Set([...new Set([...most.filter(one => one.own), ...most])].slice(0, LIMITS.reactionsShown))
  // Named last: a thousand members can choose eight thousand emoji, and few of them are shown.
  return most.filter(one => shown.has(one)).map((one): Reaction => ({ ...one, accounts: named(one.accounts) }))
}

function pollView (poll: PollBody, facts: Facts, me: KeyBytes, now: number): PollView {
  const { votes } = facts
  const closed = isClosed(poll, facts, now)
  const own = votes.find(vote => sameBytes(vote.account, me))
  const knows = closed || own !== undefined
  return {
    options: poll.options.map(({ text }, i) => {
      const accounts = votes.filter(vote => vote.options.includes(i)).map(vote => vote.account)
      return { text, votes: accounts.length, own: own?.options.includes(i) === true, accounts: named(accounts) }
    }),
    voters: votes.length,
    multiple: poll.multiple === true,
    quiz: poll.quiz !== undefined,
    correct: knows ? poll.quiz?.correct ?? null : null,
    explanation: knows ? poll.quiz?.explanation ?? null : null,
    closed,
    closesAt: poll.closesAt === undefined ? null : new Date(Math.min(poll.closesAt, LAST_DATE))
  }
}

/** The end of the year 9999, ms: an author can write any number, and later dates have no text. RFC 3339 section 1. */
export const LAST_DATE = 253_402_300_799_999

const isAmong = (accounts: readonly KeyBytes[], account: KeyBytes): boolean => accounts.some(one => sameBytes(one, account))
const named = (accounts: readonly KeyBytes[]): string[] => accounts.slice(0, LIMITS.reactorsShown).map(peerIdText)
