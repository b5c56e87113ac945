/** What counts as read: what stands on a screen that is looked at. Pure. */
import { messagesOf } from './blocks.js'
import { to, type State, type Step } from './state.js'

/** Marks the open chat as read as far as it stands on the screen, if it is looked at. */
export function readUpTo (state: State): Step {
  const { chat, looked } = state
  if (chat === null || !looked || chat.info.unread === 0) return to(state)
  const upTo = messagesOf(state).findLast(({ message }) => message.chat === chat.info.id && message.seq !== null)?.message.seq
  if (upTo == null) return to(state)
  return to({ ...state, chat: { ...chat, info: { ...chat.info, unread: 0 } } }, { do: 'read', chat: chat.info.id, upTo })
}
