/** The state machine of `petrel chat`: what happened in, what it led to out. Pure. */
import type { Activity, ChatDraft, ChatMessage, ChatPage } from '../../protocol/api/index.js'
import { isNotice, lastSeq, messageOf, oldestOf, withBlocks, withDay, withMessage, withNote, withPage } from './blocks.js'
import { withWords } from './complete.js'
import { chatLines } from './facts.js'
import { EMPTY, lineOf } from './line.js'
import { endShown, onUpdate, withSecretNews } from './news.js'
import { onKey, onLine } from './on-key.js'
import { readUpTo } from './reading.js'
import { onSecret, tickedSecret, withoutSecret } from './secret-steps.js'
import { draftErrand, to, type Input, type State, type Step } from './state.js'
import { transferred } from './transfers.js'

/** People whose doings are remembered: as many as a screen could name. */
const MOST_ACTIVE = 200
/** A line that nobody touched for so long is kept as a draft, ms. */
const REST_MS = 8000

/** What answers something that the person did. */
const ANSWERS: readonly string[] = ['key', 'said', 'refused', 'secret-said'] satisfies ReadonlyArray<Input['type']>

/** One step. Who looks at what was said before in a secret chat sees the answer to a command all the same. */
export function step (state: State, input: Input): Step {
  const { state: next, effects } = stepped(state, input)
  const { secret } = next
  if (secret === null || secret.below === 0 || secret.notes === state.secret?.notes || !ANSWERS.includes(input.type)) return { state: next, effects }
  const seen = readUpTo({ ...next, secret: { ...secret, below: 0 } })
  return { state: seen.state, effects: [...effects, ...seen.effects] }
}

function stepped (state: State, input: Input): Step {
  switch (input.type) {
    case 'key': return onKey(state, input.key)
    case 'line': return byLine(state, input.text)
    case 'opened': return opened(withoutSecret(state), input.page, input.verified)
    case 'older': return to(older(state, input.page))
    case 'end': return endShown(state, input.chat, input.page)
    case 'found': return to(found(state, input.chat, input.title, input.messages))
    case 'doing': return to({ ...state, doing: input.words })
    case 'activity': return to(active(state, input.activity))
    case 'message': return to(arrived(state, input.message))
    case 'update': return onUpdate(state, input.update)
    case 'transfer': return to(transferred(state, input.transfer))
    case 'chats': return to(listed(state, input.chats, input.secrets ?? state.secrets, input.asked))
    case 'chat': return state.chat?.info.id === input.info.id ? to({ ...state, chat: { ...state.chat, info: { ...input.info, unread: state.chat.info.unread }, verified: input.verified } }) : to(state)
    case 'node': return to({ ...state, node: input.node })
    case 'said': return to(withNote(state, input.lines))
    case 'refused': return to(input.opening === true ? withNote({ ...state, opening: false }, [input.words], true) : refused(state, input.words, input.text, input.secret ?? null))
    case 'words': return withWords(state, input.from, input.words)
    case 'clock': return ticked(state, input.now)
    case 'size': return to({ ...state, size: input.size })
    default: return onSecret(state, input)
  }
}

/** A line that nobody sees while it waits: if the chat that it opens is not there, the next must not go to the one before. */
function byLine (state: State, text: string): Step {
  if (text.trim() === '') return to(state)
  const { about, chat, secret } = state
  if (about?.kind === 'edit' && secret !== null && !text.startsWith('/')) return to({ ...state, about: null, line: EMPTY }, { do: 'edit-secret', secret: secret.info.id, id: about.id, text })
  if (about?.kind === 'edit' && chat !== null && !text.startsWith('/')) return to({ ...state, about: null, line: EMPTY }, { do: 'edit', chat: chat.info.id, id: about.id, text })
  const { state: next, effects } = onLine(state, text)
  // Nothing stands in a line here that could be changed or would show what it is about.
  const asked = next.about === null || next.about === about ? next : withNote({ ...next, line: EMPTY }, [next.about.kind === 'edit' ? `write the new text of message ${next.about.n}` : `what you write next answers message ${next.about.n}`])
  return { state: asked.opening ? { ...withoutSecret(asked), chat: null } : asked, effects }
}

function opened (state: State, page: ChatPage, verified: boolean | null): Step {
  const { chat: info, messages, hasMore } = page
  const firstNew = firstUnread(messages, info.unread)
  const title = withBlocks({ ...state, about: null }, { kind: 'rule', text: info.title, fresh: true })
  const old = withPage(title, messages.slice(0, firstNew))
  const [next] = messages.slice(firstNew)
  const line = info.unread === 1 ? '1 new message' : `${info.unread} new messages`
  const whole = next === undefined ? old : withPage(withBlocks(withDay(old, next.at), { kind: 'rule', text: line, fresh: false }), messages.slice(firstNew))
  const said = messages.length === 0 ? withNote(whole, ['nothing was said yet']) : whole
  return readUpTo({ ...begun(said, info.draft), opening: false, last: info.id, chat: { info, verified, oldest: oldestOf(messages), hasMore } })
}

/** What was begun here before stands in the line again, unless something stands there already. */
function begun (state: State, draft: ChatDraft | null): State {
  if (draft === null) return { ...state, draft: '' }
  if (state.line.text !== '') return { ...state, draft: draft.text }
  const answers = draft.replyTo === null ? undefined : messageOf(state, draft.replyTo)
  return { ...state, draft: draft.text, line: lineOf(draft.text, state.line.cut), about: answers === undefined ? null : { kind: 'reply', n: answers.n, id: answers.message.id } }
}

/** Where the first unread message stands; behind the last one when all is read. */
function firstUnread (messages: readonly ChatMessage[], unread: number): number {
  let left = unread
  let at = messages.length
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    const message = messages[i]
    if (message === undefined || message.own || message.deleted || isNotice(message) || message.kind === 'held') continue
    left--
    at = i
  }
  return at
}

function older (state: State, { chat, messages, hasMore }: ChatPage): State {
  if (state.chat?.info.id !== chat.id) return state
  const shown = withPage(withBlocks(state, { kind: 'rule', text: 'before that', fresh: true }), messages)
  const back = withBlocks(shown, { kind: 'rule', text: hasMore ? 'back to now: /older shows more' : 'back to now: that was the beginning', fresh: true })
  return { ...back, chat: { ...state.chat, oldest: oldestOf(messages) ?? state.chat.oldest, hasMore } }
}

function found (state: State, chat: string, title: string, messages: readonly ChatMessage[]): State {
  if (state.chat?.info.id !== chat) return state
  return withBlocks(withPage(withBlocks(state, { kind: 'rule', text: title, fresh: true }), messages), { kind: 'rule', text: 'back to now', fresh: true })
}

/** Somebody does something, or has stopped. */
function active (state: State, activity: Activity): State {
  const others = state.activity.filter(one => one.account !== activity.account || one.chat !== activity.chat || isPresence(one) !== isPresence(activity))
  return { ...state, activity: activity.kind === 'idle' || activity.kind === 'offline' ? others : [...others, activity].slice(-MOST_ACTIVE) }
}

const isPresence = ({ kind }: Activity): boolean => kind === 'online' || kind === 'offline'

/** Time passes: what is done at the moment ends by itself, and what was begun and is left alone is kept. */
function ticked (state: State, now: Date): Step {
  const next = tickedSecret({ ...state, now, activity: state.activity.filter(({ until }) => until === null || until > now) })
  if (state.typedAt === null || now.getTime() - state.typedAt < REST_MS) return to(next)
  const errands = draftErrand(next)
  const [draft] = errands
  return to({ ...next, typedAt: null, draft: draft?.do === 'draft' ? draft.text : next.draft }, ...errands)
}

/** A message that this node sent, or that was looked up: in its place, or at the end if it is newer than what is there. */
function arrived (state: State, message: ChatMessage): State {
  if (messageOf(state, message.id)?.message.chat === message.chat) return withMessage(state, message)
  if (state.chat?.info.id !== message.chat || saysNothing(message)) return state
  return message.seq === null || message.seq > lastSeq(state, message.chat) ? withMessage(state, message) : state
}

/** Entries about other messages, such as reactions, have nothing to show of their own. */
function saysNothing ({ text, media, deleted, poll }: ChatMessage): boolean { return text === '' && media.length === 0 && !deleted && poll === null }

function listed (before: State, chats: State['chats'], secrets: State['secrets'], asked = false): State {
  const first = before.chats.length === 0 && before.chat === null && before.secret === null && before.blocks.length === 0
  const state = withSecretNews(before, secrets)
  const next = { ...state, chats }
  return first ? withNote(next, [...chatLines(next), ...chats.length + secrets.length === 0 ? [] : ['which one? its number or its name; Tab completes']]) : asked ? withNote(next, chatLines(next)) : next
}

/** Here a message is known by its number, where the node's words have its id. */
function withNumbers (state: State, words: string): string {
  return words.replace(/\bmessage (b[a-z2-7]{20,40})\b/g, (whole, id: string) => {
    const block = messageOf(state, id)
    return block === undefined ? whole : `message ${block.n}`
  })
}

/** What is written in a secret chat goes back to no other line, and what did not work there is told nowhere else. */
function refused (state: State, words: string, text: string | undefined, secret: string | null): State {
  const isHere = secret === (state.secret?.info.id ?? null)
  const noted = withNote(state, [secret === null || isHere ? withNumbers(state, words) : 'something that you did in a secret chat did not work: look there'], true)
  return text !== undefined && state.line.text === '' && isHere ? { ...noted, line: lineOf(text, state.line.cut) } : noted
}
