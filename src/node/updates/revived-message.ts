/** A message out of the JSON that updates are kept as. */
import type { ChatMessage } from '../../protocol/api/index.js'

const NO_LINE = { fromName: null, text: null }

/** The message with its dates as dates, and with nothing in fields that were not there yet when it was written. */
export function revivedMessage (kept: ChatMessage): ChatMessage {
  const { forwardedFrom = null, editedAt = null, poll = null, media = [], reactions = [], pinned = false, silent = false, replyTo = null } = kept as Partial<ChatMessage>
  return {
    ...kept,
    media,
    reactions,
    pinned,
    silent,
    scheduledAt: null,
    replyTo: replyTo === null ? null : { ...NO_LINE, ...replyTo },
    at: new Date(kept.at),
    editedAt: editedAt === null ? null : new Date(editedAt),
    poll: poll === null ? null : { ...poll, closesAt: poll.closesAt === null ? null : new Date(poll.closesAt) },
    forwardedFrom: forwardedFrom === null ? null : { ...forwardedFrom, at: new Date(forwardedFrom.at) }
  }
}
