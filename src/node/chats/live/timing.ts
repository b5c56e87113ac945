/** What is told of a person beside messages, and how often. */

/** What this account tells of itself and is shown of others: all; only what is done in a chat; nothing. */
export type PresenceSetting = 'on' | 'typing' | 'off'
/** The times of what is told, ms. See LIMITS. */
export type LiveTiming = Record<'typingEveryMs' | 'typingMs' | 'presenceEveryMs' | 'presenceMs', number>
