/** Updates of the node: what they change on the screen. Pure. */
import type { ChatMessage, ChatPage, Update, UpdateEvent } from '../../protocol/api/index.js'
import { gapWords } from '../terminal/standing.js'
import { changed, lastSeq, messageOf, oldestOf, withBlocks, withMessage, withNote, withPage } from './blocks.js'
import { readUpTo } from './reading.js'
import { secretEnded } from './secret-steps.js'
import { endingWords } from './secret-words.js'
import { to, type Effect, type OpenChat, type State, type Step } from './state.js'

/** What an update leads to. Kinds that this build does not know lead to nothing. */
export function onUpdate (state: State, { event }: Update): Step {
  switch (event.type) {
    case 'message': return said(state, event.message)
    case 'messageState': return gotFurther(state, event)
    case 'messageChanged': return messageOf(state, event.message.id) === undefined ? to(state, { do: 'refresh-chats' }) : to(withMessage(state, event.message))
    case 'messageDeleted': return to(changed(state, event.id, takenBack), { do: 'refresh-chats' })
    case 'chat': return chatChanged(state, event)
    case 'gap': return here(state, event.chat) ? to(withNote(state, [`${event.healed ? 'came after all' : 'missing'}: ${gapWords(event.gap)}`], !event.healed), { do: 'refresh-chat', chat: event.chat }) : to(state)
    case 'contact': return to(event.change === 'alarm' ? withNote(state, [`the keys of ${event.name} changed in a way that needs your decision: petrel contacts`], true) : state, { do: 'refresh-chats' }, ...refreshed(state))
    case 'request': return to(withNote(state, [`${event.name} wants to write to you: petrel requests`]), { do: 'refresh-node' })
    case 'secret': return secretNews(state, event)
    case 'joinRequest': return to(withNote(state, [`${event.name} wants to join ${event.title}: petrel group requests`]))
    default: return to(state)
  }
}

function secretNews (state: State, { secret: id, change }: Extract<UpdateEvent, { type: 'secret' }>): Step {
  const { secret } = state
  const all: Effect[] = [{ do: 'refresh-chats' }]
  if (secret?.info.id !== id) return to(state, ...all)
  return change === 'forgotten' ? secretEnded(state, id, 'a secret chat was erased') : to(state, ...all, { do: 'refresh-secret', secret: id, lines: secret.lines.length })
}

/** The secret chats as they stand now. What the person has to know of the others is said. */
export function withSecretNews (before: State, secrets: State['secrets']): State {
  const state = { ...before, secrets }
  return secrets.reduce((next, now) => {
    const was = before.secrets.find(({ id }) => id === now.id)
    if (next.secret?.info.id === now.id) return next
    if (now.state === 'asked' && was === undefined) return withNote(next, [`${now.name} asks you for a secret chat: /accept ${now.name}`])
    if (now.state === 'open' && was?.state === 'asking') return withNote(next, [`${now.name} has accepted: /secret ${now.name}`])
    return now.state === 'closed' && was !== undefined && was.state !== 'closed' ? withNote(next, [`the secret chat with ${now.name} was ${endingWords(now)}`]) : next
  }, state)
}

const here = (state: State, chat: string): boolean => state.chat?.info.id === chat

const refreshed = ({ chat, secret }: State): Effect[] => secret !== null ? [{ do: 'refresh-secret', secret: secret.info.id, lines: secret.lines.length }] : chat === null ? [] : [{ do: 'refresh-chat', chat: chat.info.id }]

function said (state: State, message: ChatMessage): Step {
  const { chat } = state
  if (chat === null || !here(state, message.chat)) return to(state, { do: 'refresh-chats' })
  if (messageOf(state, message.id) !== undefined) return known(state, chat, message)
  if (message.own) return to(withMessage(state, message))
  if (chat.came !== undefined) return to({ ...state, chat: { ...chat, came: [...chat.came, message] } })
  // The end of the chat was shown before it was taken up to there: what stands above is for /older.
  if (message.seq !== null && message.seq < (chat.oldest ?? 0)) return to({ ...state, chat: { ...chat, hasMore: true, info: { ...chat.info, unread: chat.info.unread + 1 } } })
  // The first one that comes while nobody looks stands below a line.
  const lined = state.looked || chat.info.unread > 0 ? state : withBlocks(state, { kind: 'rule', text: 'new', fresh: false })
  const shown = withMessage(lined, message)
  return readUpTo({ ...shown, chat: { ...chat, info: { ...chat.info, unread: chat.info.unread + 1, seq: Math.max(chat.info.seq, message.seq ?? 0) } } })
}

/** A message that stands on the screen. The chat was taken up to it only now, if it was shown early: before, what is last could not count as read. */
function known (before: State, chat: OpenChat, message: ChatMessage): Step {
  const state = withMessage(before, message)
  if (message.own || message.seq !== lastSeq(state, chat.info.id)) return to(state)
  return readUpTo({ ...state, chat: { ...chat, info: { ...chat.info, unread: Math.max(1, chat.info.unread) } } })
}

/** The last lines of the open chat are here: they stand before what has come meanwhile. What is between them and what stood there comes above, for /older. */
export function endShown (before: State, id: string, page: ChatPage | null): Step {
  if (before.chat === null || !here(before, id)) return to(before)
  const { came = [], ...chat } = before.chat
  const state = { ...before, chat }
  const from = lastSeq(state, id)
  const lines = (page?.messages ?? []).filter(({ id: message, seq }) => seq !== null && seq > from && messageOf(state, message) === undefined)
  const goesOn = from === 0 || page?.messages.some(({ seq }) => seq !== null && seq <= from) === true
  const shown = page === null || lines.length === 0 ? to(state) : readUpTo(withEnd(state, chat, { ...page, messages: lines }, goesOn))
  return came.reduce((step, message) => {
    const next = said(step.state, message)
    return to(next.state, ...step.effects, ...next.effects)
  }, shown)
}

/** `goesOn`: nothing was left out before them. */
function withEnd (state: State, chat: OpenChat, { chat: info, messages, hasMore }: ChatPage, goesOn: boolean): State {
  const shown = withPage(goesOn ? state : withBlocks(state, { kind: 'rule', text: 'what was said last; /older shows what is before that', fresh: true }), messages)
  return { ...shown, chat: { ...chat, info, ...chat.oldest !== null && goesOn ? {} : { oldest: oldestOf(messages), hasMore } } }
}

function gotFurther (state: State, { chat, id, state: reached, error }: Extract<UpdateEvent, { type: 'messageState' }>): Step {
  const block = messageOf(state, id)
  // One of this account's that was sent from elsewhere: only a new one gets here first.
  if (block === undefined) return here(state, chat) && (reached === 'queued' || reached === 'stored') ? to(state, { do: 'fetch', chat, id }) : to(state)
  if (!block.message.own) return to(state, { do: 'fetch', chat, id })
  return to(changed(state, id, message => ({ ...message, state: reached, error })))
}

function takenBack (message: ChatMessage): ChatMessage { return { ...message, deleted: true, text: '', entities: [], media: [], replyTo: null, forwardedFrom: null } }

function chatChanged (state: State, { chat, change }: Extract<UpdateEvent, { type: 'chat' }>): Step {
  const all: Effect[] = [{ do: 'refresh-chats' }]
  if (!here(state, chat)) return to(state, ...all)
  const effects: Effect[] = [...all, { do: 'refresh-chat', chat }]
  // Where nothing stands yet, what can be read now is what was said last.
  if (state.chat !== null && (change === 'newest' || ((change === 'older' || change === 'history') && lastSeq(state, chat) === 0))) return to({ ...state, chat: { came: [], ...state.chat } }, ...all, { do: 'end', chat })
  const words: Readonly<Record<string, string | undefined>> = { moved: 'this chat lives at another relay now', resumed: 'this chat goes on', removed: 'you are not in this group any more', older: 'older messages are being fetched, the newest first: /older', history: 'all older messages that you may read are here: /older' }
  const said = words[change]
  return to(said === undefined ? state : withNote(state, [said], change === 'removed'), ...effects)
}
