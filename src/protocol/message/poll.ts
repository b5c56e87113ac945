/** A poll, as the message that asks it says it. Its votes are messages of their own. */
import { BadInputError, cutText, LIMITS, shape } from '../wire/index.js'

/** What a poll lets people choose. */
export interface PollOption { text: string, unknown?: Record<string, unknown> }

/** What makes a poll a quiz: one answer is right, and the first vote of each account stays. */
export interface Quiz {
  /** The right option, counted from 0. */
  correct: number
  /** Shown to who has voted. */
  explanation?: string
  unknown?: Record<string, unknown>
}

/** A poll. */
export interface Poll {
  question: string
  options: PollOption[]
  /** More than one option may be chosen. */
  multiple?: boolean
  quiz?: Quiz
  /** No vote counts from then on, ms by the log's times. */
  closesAt?: number
}

/** The fields of a poll in a message. */
export const pollFields = {
  question: shape.text(LIMITS.pollQuestionBytes),
  options: shape.array(shape.struct({ text: shape.text(LIMITS.pollOptionBytes) }), LIMITS.pollOptions, 2),
  multiple: shape.optional(shape.bool),
  quiz: shape.optional(shape.struct({ correct: shape.uint(LIMITS.pollOptions - 1), explanation: shape.optional(shape.text(LIMITS.pollExplanationBytes)) })),
  closesAt: shape.optional(shape.uint())
}

/** What readers show that know no polls. */
export function pollFallback ({ question, options }: Poll): string { return cutText(`${question}\n${options.map(({ text }) => `- ${text}`).join('\n')}`, LIMITS.fallbackBytes) }

/** Checks that a poll can be asked. @throws BadInputError for a question or an option without words, a right answer that is none of them, and a quiz with several answers */
export function requirePoll ({ question, options, multiple, quiz }: Poll): void {
  if (question.trim() === '') throw new BadInputError('a poll needs a question')
  if (options.some(({ text }) => text.trim() === '')) throw new BadInputError('each option of a poll needs a text')
  if (quiz === undefined) return
  if (quiz.correct >= options.length) throw new BadInputError(`the right answer is one of ${options.length} options, counted from 0`)
  if (multiple === true) throw new BadInputError('a quiz has one answer: it cannot let people choose several')
}
