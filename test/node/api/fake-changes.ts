/** What fake nodes do with messages: as faithful as the contract asks. */
import { BadInputError, ConflictError, ForbiddenError, type ChatMessage, type MessageVersion, type PollDraft, type TextEntity } from '../../../src/protocol/api/index.js'

interface Told { versions: MessageVersion[], reactions: Map<string, string[]>, votes: Map<string, number[]>, poll: PollDraft | null, closed: boolean }

const told = new WeakMap<ChatMessage, Told>()

function toldOf (message: ChatMessage): Told {
  const one = told.get(message) ?? { versions: [{ text: message.text, entities: message.entities, at: message.at }], reactions: new Map(), votes: new Map(), poll: null, closed: false }
  told.set(message, one)
  return one
}

/** What of a message's view others and its author added. */
export function toldView (message: ChatMessage, account: string): Pick<ChatMessage, 'reactions' | 'poll' | 'edited' | 'editedAt'> {
  const { versions, reactions, votes, poll, closed } = toldOf(message)
  const emoji = [...new Set([...reactions.values()].flat())]
  const chose = (i: number): string[] => [...votes].filter(([, options]) => options.includes(i)).map(([who]) => who)
  const knows = closed || votes.has(account)
  return {
    edited: versions.length > 1 && !message.deleted,
    editedAt: versions.length > 1 && !message.deleted ? versions.at(-1)!.at : null,
    reactions: emoji.map(one => {
      const accounts = [...reactions].filter(([, all]) => all.includes(one)).map(([who]) => who)
      return { emoji: one, count: accounts.length, own: accounts.includes(account), accounts }
    }),
    poll: poll === null ? null : {
      options: poll.options.map((text, i) => ({ text, votes: chose(i).length, own: chose(i).includes(account), accounts: chose(i) })),
      voters: votes.size, multiple: poll.multiple === true, quiz: poll.correct !== undefined, correct: knows ? poll.correct ?? null : null, explanation: knows ? poll.explanation ?? null : null, closed, closesAt: poll.closesAt ?? null
    }
  }
}

/** Makes a message a poll. */
export function askPoll (message: ChatMessage, draft: PollDraft): void {
  if (draft.options.length < 2 || draft.question.trim() === '') throw new BadInputError('no poll')
  message.kind = 'poll'
  toldOf(message).poll = draft
}

export function changeText (message: ChatMessage, account: string, text: string, entities: TextEntity[]): void {
  if (message.from !== account) throw new ForbiddenError('another\'s message')
  if (text === '' || message.deleted || toldOf(message).poll !== null) throw new BadInputError('nothing to change')
  toldOf(message).versions.push({ text, entities, at: new Date() })
  Object.assign(message, { text, entities })
}

export function versionsOf (message: ChatMessage): MessageVersion[] { return [...toldOf(message).versions] }

export function reactTo (message: ChatMessage, account: string, emoji: string[]): void {
  if (message.deleted || emoji.some(one => /^\w+$/.test(one))) throw new BadInputError('no emoji, or no message')
  const { reactions } = toldOf(message)
  reactions.delete(account)
  if (emoji.length > 0) reactions.set(account, [...emoji])
}

export function voteIn (message: ChatMessage, account: string, options: number[]): void {
  const { poll, votes, closed } = toldOf(message)
  if (poll === null || options.some(one => one >= poll.options.length) || (options.length > 1 && poll.multiple !== true)) throw new BadInputError('no such option')
  if (closed || (poll.correct !== undefined && votes.has(account))) throw new ConflictError('closed')
  votes.delete(account)
  if (options.length > 0) votes.set(account, options)
}

export function endPoll (message: ChatMessage, account: string): void {
  const one = toldOf(message)
  if (one.poll === null) throw new BadInputError('no poll')
  if (message.from !== account) throw new ForbiddenError('another\'s poll')
  if (one.closed) throw new ConflictError('closed')
  one.closed = true
}

export function forgetTold (message: ChatMessage): void { told.delete(message) }
