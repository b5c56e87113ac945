/** What stands on the screen: messages get their numbers, heads and days here. Pure. */
import type { ChatMessage } from '../../protocol/api/index.js'
import type { Block, MessageBlock, State } from './state.js'

/** Blocks that are remembered: as far back as numbers can be named. */
const KEPT = 2000
/** Words in a secret chat that are remembered. */
const KEPT_NOTES = 100
/** How long one head stands for the messages of one author that follow, ms. */
const ONE_HEAD_MS = 5 * 60_000

/** Something that is no message, at the end. */
export function withBlocks (state: State, ...blocks: readonly Block[]): State {
  const all = [...state.blocks, ...blocks]
  const over = Math.max(0, all.length - KEPT)
  return { ...state, blocks: over === 0 ? all : all.slice(over), dropped: state.dropped + over }
}

/** Words for the person, at the end. `bad`: something did not work. `code`: rows of a QR code. Those in a secret chat go with it. */
export function withNote (state: State, lines: readonly string[], bad = false, code?: readonly string[]): State {
  const { secret } = state
  const note = { lines, bad, ...code === undefined ? {} : { code } }
  if (secret === null) return withBlocks(state, { kind: 'note', ...note })
  return { ...state, secret: { ...secret, notes: [...secret.notes, { after: secret.lines.at(-1)?.number ?? 0, ...note }].slice(-KEPT_NOTES) } }
}

/** A message at the end, or in place of what stood for it. */
export function withMessage (state: State, message: ChatMessage): State {
  const at = state.blocks.findLastIndex(block => isOf(block, message))
  if (at < 0) return withNew(state, message)
  const blocks = state.blocks.map((block, i) => i === at && block.kind === 'message' ? withNews(block, message) : block)
  return { ...state, blocks }
}

/** What a message says now. Other words are covered anew: nobody has asked to see those. */
function withNews ({ revealed = false, ...block }: MessageBlock, message: ChatMessage): MessageBlock {
  return { ...block, ...revealed && message.text === block.message.text ? { revealed } : {}, message: { ...message, media: sameMedia(message, block.message) } }
}

/** News of a message tell nothing of where its files are: what was known stays. */
function sameMedia (message: ChatMessage, before: ChatMessage): ChatMessage['media'] {
  return message.media.map(file => file.state !== null ? file : { ...file, state: before.media.find(({ id }) => id === file.id)?.state ?? null })
}

const isOf = (block: Block, { id, chat }: Pick<ChatMessage, 'id' | 'chat'>): boolean => block.kind === 'message' && block.message.id === id && block.message.chat === chat

/** Messages at the end, one after the other, whether they stand there already or not. */
export function withPage (state: State, messages: readonly ChatMessage[]): State { return messages.reduce(withNew, state) }

/** The day of what comes next, if it is another than that of what stands there. */
export function withDay (state: State, at: Date): State { return lastDay(state) === at.toDateString() ? state : withBlocks(state, { kind: 'day', at }) }

function withNew (before: State, message: ChatMessage): State {
  const state = withDay(before, message.at)
  const last = state.blocks.at(-1)
  const known = state.blocks.findLast((block): block is MessageBlock => isOf(block, message))
  // What nobody wrote is not answered: it needs no number.
  const n = isNotice(message) ? 0 : known?.n ?? state.lastNumber + 1
  const head = last?.kind !== 'message' || !goesOn(last.message, message)
  return withBlocks({ ...state, lastNumber: Math.max(n, state.lastNumber) }, { kind: 'message', n, head, message })
}

/** The day that messages go on from; undefined where they begin anew. */
function lastDay ({ blocks }: State): string | undefined {
  const last = blocks.findLast(block => block.kind === 'message' || block.kind === 'day' || (block.kind === 'rule' && block.fresh))
  return last?.kind === 'message' ? last.message.at.toDateString() : last?.kind === 'day' ? last.at.toDateString() : undefined
}

/** Whether a message needs no name above it, since the one before has it. */
export function goesOn (before: ChatMessage, message: ChatMessage): boolean {
  return before.chat === message.chat && before.from === message.from && !isNotice(before) && !isNotice(message) && Math.abs(message.at.getTime() - before.at.getTime()) < ONE_HEAD_MS
}

/** Whether it is a line about the chat, and nobody's words. */
export function isNotice ({ kind }: ChatMessage): boolean { return kind === 'service' }

/** The messages on the screen, oldest first; each once, as it stands now. */
export function messagesOf ({ blocks }: State): MessageBlock[] { return blocks.filter(block => block.kind === 'message') }

/** The number of a chat's last message on the screen that stands in its log; 0 without one. */
export function lastSeq (state: State, chat: string): number { return messagesOf(state).findLast(({ message }) => message.chat === chat && message.seq !== null)?.message.seq ?? 0 }

/** The number of the first of some messages that stands in their chat's log, or null. */
export function oldestOf (messages: readonly ChatMessage[]): number | null { return messages.find(({ seq }) => seq !== null)?.seq ?? null }

/** The message with a number. */
export function messageAt (state: State, n: number): MessageBlock | undefined { return state.blocks.findLast((block): block is MessageBlock => block.kind === 'message' && block.n === n) }

/** The message with an id. */
export function messageOf (state: State, id: string): MessageBlock | undefined { return state.blocks.findLast((block): block is MessageBlock => block.kind === 'message' && block.message.id === id) }

/** The message changed by `change`, wherever it stands on the screen. */
export function changed (state: State, id: string, change: (message: ChatMessage) => ChatMessage): State {
  if (messageOf(state, id) === undefined) return state
  return { ...state, blocks: state.blocks.map(block => block.kind === 'message' && block.message.id === id ? { ...block, message: change(block.message) } : block) }
}
