/** Reactions and polls as lines. */
import type { ChatMessage, PollView } from '../../protocol/api/index.js'
import { oneLine } from './safe-text.js'

/** The reactions of a message on one line; `me` for the own ones. Empty when there are none. */
export function reactionLine ({ reactions, deleted }: Pick<ChatMessage, 'reactions' | 'deleted'>): string {
  if (deleted) return ''
  return reactions.map(({ emoji, count, own }) => `${oneLine(emoji)} ${count}${own ? ' (me)' : ''}`).join('  ')
}

/** What a poll lets choose, how many chose it, and how it stands: below its question. */
export function pollLines (poll: PollView): string[] {
  const { options, voters, multiple, quiz, correct, explanation, closed } = poll
  const lines = options.map(({ text, votes, own }, i) => `${i + 1}. ${oneLine(text)}: ${votes}${own ? ' (me)' : ''}${correct === i ? ' ✓' : ''}`)
  const how = [quiz ? 'quiz' : 'poll', ...multiple ? ['several can be chosen'] : [], `${voters} voted`, ...closed ? ['closed'] : []]
  return [...lines, `(${how.join(', ')})`, ...explanation === null ? [] : [oneLine(explanation)]]
}
