/** What others add to a message: reactions, and votes in a poll. */

/** An emoji under a message. */
export interface Reaction {
  emoji: string
  /** How many accounts chose it. */
  count: number
  /** Whether this account did. */
  own: boolean
  /** The first who did, at most 8. */
  accounts: string[]
}

/** What a poll lets people choose, and who did. */
export interface PollChoice {
  text: string
  votes: number
  /** Whether this account chose it. */
  own: boolean
  /** The first who chose it, at most 8. Votes are signed messages of the chat: all its members can know them. */
  accounts: string[]
}

/** A poll as it stands; the message's text is the question. */
export interface PollView {
  options: PollChoice[]
  /** Accounts that voted. */
  voters: number
  multiple: boolean
  quiz: boolean
  /** The right answer of a quiz, counted from 0: told once this account has voted, or the poll is closed. */
  correct: number | null
  /** Told with the right answer. */
  explanation: string | null
  closed: boolean
  /** When it ends by itself. */
  closesAt: Date | null
}
