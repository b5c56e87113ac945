/** What stands in the chat, in plain words: no signs that have to be seen. Pure. */
import { mediaLines } from '../terminal/media.js'
import { oneLine } from '../terminal/safe-text.js'
import { PLAIN_STYLE, styledLines } from '../terminal/styled-text.js'
import { isNotice } from './blocks.js'
import { pollWords } from './poll.js'
import { clockText, reactionWords, wordsOf, type Find } from './render.js'
import type { Block, MessageBlock } from './state.js'

const STATES: Readonly<Record<string, string>> = { queued: 'not sent yet', stored: 'sent', delivered: 'delivered', read: 'read', failed: 'failed' }

/** A block in lines of words. Every further line of a text is indented, so that none passes for a line of ours. */
export function plainLines (block: Block, find: Find): string[] {
  switch (block.kind) {
    case 'day': return [`${block.at.toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })}.`]
    case 'rule': return block.text === '' ? [] : [`${oneLine(block.text)}.`]
    case 'note': return block.lines.map(line => `${block.bad ? 'Error: ' : ''}${oneLine(line)}`)
    case 'message': return messageLines(block, find)
  }
}

function messageLines ({ n, message, revealed = false }: MessageBlock, find: Find): string[] {
  const who = message.own ? 'you' : oneLine(message.fromName)
  if (isNotice(message)) return [`${clockText(message.at)}, ${who} ${oneLine(message.text)}.`]
  const to = message.replyTo === null ? undefined : find(message.replyTo.id)
  const facts = [
    ...message.replyTo === null ? [] : [to === undefined ? 'answers an earlier message' : `answers ${to.n}, ${oneLine(wordsOf(to.message)).slice(0, 60)}`],
    ...message.forwardedFrom === null ? [] : [`forwarded from ${oneLine(message.forwardedFrom.name)}`],
    ...message.mentionsMe ? ['to you'] : [], ...message.pinned ? ['pinned'] : [], ...message.edited ? ['edited'] : [], ...message.preview ? ['not yet in the log'] : [],
    ...message.state === null ? [] : [STATES[message.state] ?? oneLine(message.state)]
  ]
  const [first = '', ...rest] = message.deleted ? ['taken back'] : [...mediaLines(message), ...message.text === '' && message.media.length > 0 ? [] : message.text === '' ? [`(${oneLine(message.kind)})`] : styledLines(message.text, message.entities, { ...PLAIN_STYLE, spoilers: revealed })]
  return [
    `${n}, ${who}, ${clockText(message.at)}${facts.map(fact => `, ${fact}`).join('')}: ${first}`, ...rest.map(line => `  ${line}`),
    ...message.poll === null ? [] : [`  ${pollWords(message.poll)}`],
    ...message.reactions.length === 0 || message.deleted ? [] : [`  Reactions: ${reactionWords(message)}`],
    ...message.error === null ? [] : [`  Error: ${oneLine(message.error.message)}`]
  ]
}
