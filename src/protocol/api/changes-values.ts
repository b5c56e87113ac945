/** The descriptions of what is done with messages. */
import { LIMITS } from '../wire/limits.js'
import type { MessageVersion, PollDraft } from './changes.js'
import type { TextEntity } from './chats.js'
import type { PollChoice, PollView, Reaction } from './reactions.js'
import { bool, closedChoice, date, integer, list, nullable, object, optional, params, text } from './spec.js'

const count = integer(0, 2 ** 32 - 1)

/** Describes {@link TextEntity}. */
export const textEntity = object<TextEntity>('TextEntity', { type: text(null, 1), offset: count, length: count, value: optional(text()) })
/** Describes {@link Reaction}. */
export const reaction = object<Reaction>('Reaction', { emoji: text(), count, own: bool, accounts: list(text()) })
/** Describes {@link PollView}. */
export const pollView = object<PollView>('PollView', {
  options: list(object<PollChoice>('PollChoice', { text: text(), votes: count, own: bool, accounts: list(text()) })),
  voters: count,
  multiple: bool,
  quiz: bool,
  correct: nullable(count),
  explanation: nullable(text()),
  closed: bool,
  closesAt: nullable(date)
})
/** Describes {@link MessageVersion}. */
export const messageVersion = object<MessageVersion>('MessageVersion', { text: text(), entities: list(textEntity), at: date })
/** How far a change must have got. */
export const changeWait = closedChoice<'queued' | 'stored'>({ queued: 1, stored: 2 })
/** Describes {@link PollDraft}, as a parameter: what it does not know is refused. */
export const pollDraft = params<PollDraft>({
  question: text(LIMITS.pollQuestionBytes, 1),
  options: list(text(LIMITS.pollOptionBytes, 1), LIMITS.pollOptions),
  multiple: optional(bool),
  correct: optional(integer(0, LIMITS.pollOptions - 1)),
  explanation: optional(text(LIMITS.pollExplanationBytes)),
  closesAt: optional(date)
})
