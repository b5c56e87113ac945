/** What counts as read: what stands on a screen that is looked at. Pure. */
import { messagesOf } from './blocks.js'
import { to, type OpenSecret, type State, type Step } from './state.js'

/** Marks what was said in the open secret chat as read, if its end is looked at: that begins the timers. */
function readSecretly (state: State, secret: OpenSecret): Step {
  const { info, below, lines, readTo } = secret
  const last = lines.at(-1)?.number ?? 0
  // Once for each line that is new, whatever the node then says of how many are unread.
  if (!state.looked || below > 0 || info.unread === 0 || info.state !== 'open' || last <= readTo) return to(state)
  return to({ ...state, secret: { ...secret, info: { ...info, unread: 0 }, readTo: last } }, { do: 'read-secret', secret: info.id, lines: lines.length })
}

/** Marks the open chat as read as far as it stands on the screen, if it is looked at. */
export function readUpTo (state: State): Step {
  const { chat, looked, secret } = state
  if (secret !== null) return readSecretly(state, secret)
  if (chat === null || !looked || chat.info.unread === 0) return to(state)
  const upTo = messagesOf(state).findLast(({ message }) => message.chat === chat.info.id && message.seq !== null)?.message.seq
  if (upTo == null) return to(state)
  return to({ ...state, chat: { ...chat, info: { ...chat.info, unread: 0 } } }, { do: 'read', chat: chat.info.id, upTo })
}
