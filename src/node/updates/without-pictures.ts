/** What of a message is too large, or too soon past, to be kept with news of it. */
import type { ChatMessage } from '../../protocol/api/index.js'

/** A message as updates and lists tell it: without small pictures, and without what changes by the second. */
export function withoutPictures (message: ChatMessage): ChatMessage {
  if (message.media.length === 0) return message
  return { ...message, media: message.media.map(file => ({ ...file, thumb: file.thumb === null ? null : { ...file.thumb, bytes: null }, state: null })) }
}
