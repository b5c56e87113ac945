/** Polls as lines. Pure. */
import type { PollChoice, PollView } from '../../protocol/api/index.js'
import { oneLine } from '../terminal/safe-text.js'
import { cut, widthOf, wrap } from '../terminal/width.js'
import type { Style } from './style.js'

/** Columns of the longest bar. */
const BAR = 12

/** Each option with its number, its votes, and how it is about the poll. */
export function pollLines (poll: PollView, room: number, style: Style): string[] {
  const most = Math.max(1, ...poll.options.map(({ votes }) => votes))
  const options = poll.options.flatMap((option, i) => optionLines(option, i, { poll, most, room, style }))
  return [...options, ...wrap(standingOf(poll), room).map(style.dim), ...poll.explanation === null ? [] : wrap(oneLine(poll.explanation), room).map(style.dim)]
}

function optionLines ({ text, votes, own }: PollChoice, i: number, { poll, most, room, style }: { poll: PollView, most: number, room: number, style: Style }): string[] {
  const lines = wrap(`${own ? '●' : '○'} ${i + 1} ${oneLine(text)}${poll.correct === i ? ' ✓' : ''}`, room)
  if (votes === 0) return lines
  const bar = `${'█'.repeat(Math.max(1, Math.round(votes / most * BAR)))} ${votes}`
  const last = lines.at(-1) ?? ''
  return widthOf(last) + 2 + widthOf(bar) <= room ? [...lines.slice(0, -1), `${last}  ${style.good(bar)}`] : [...lines, cut(`  ${bar}`, room)]
}

function standingOf ({ voters, multiple, quiz, closed, closesAt }: PollView): string {
  return [
    `${voters} ${voters === 1 ? 'vote' : 'votes'}`, ...quiz ? ['quiz'] : [], ...multiple ? ['several may be chosen'] : [],
    closed ? 'closed' : closesAt === null ? '/vote N OPTION' : `open until ${closesAt.toLocaleString()}`
  ].join(', ')
}

/** The same in one line of words. */
export function pollWords (poll: PollView): string {
  return `${poll.options.map(({ text, votes, own }, i) => `${i + 1} ${oneLine(text)}, ${votes}${own ? ' and yours' : ''}`).join('; ')}${poll.closed ? '; closed' : ''}`
}
