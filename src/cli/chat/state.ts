/** What `petrel chat` knows, what can happen to it, and what it wants done. Data only. */
import type { Activity, ChatInfo, ChatMessage, ChatPage, MediaTransfer, NodeStatus, SecretInfo, SecretLine, Update } from '../../protocol/api/index.js'
import type { Key } from './keys.js'
import { EMPTY, type Line } from './line.js'

/** A message as it stands on the screen. `n` names it for the person, in this run. `head`: time and author stand above it. `revealed`: its spoilers are shown. `tail`: words behind it. */
export interface MessageBlock { readonly kind: 'message', readonly n: number, readonly head: boolean, readonly message: ChatMessage, readonly revealed?: boolean, readonly tail?: string }
/** Something on the screen above the line that is being written. A changed one is a new object. */
export type Block =
  | MessageBlock
  | { readonly kind: 'day', readonly at: Date }
  /** A line between messages; `fresh`: what follows does not go on from what stands above. */
  | { readonly kind: 'rule', readonly text: string, readonly fresh: boolean }
  /** `code`: rows of a QR code below the words. */
  | { readonly kind: 'note', readonly lines: readonly string[], readonly bad: boolean, readonly code?: readonly string[] }

/**
 * The chat that is open. `verified`: whether the person compared the number; null in groups. `oldest`: the lowest number that
 * was shown. `came`: what has come since its last lines were asked for, which are to stand before it.
 */
export interface OpenChat { readonly info: ChatInfo, readonly verified: boolean | null, readonly oldest: number | null, readonly hasMore: boolean, readonly came?: readonly ChatMessage[] }

/** A size, in cells. */
export interface Size { readonly columns: number, readonly rows: number }

/** Words for the person in a secret chat, behind the line with a number. */
export interface SecretNote { readonly after: number, readonly lines: readonly string[], readonly bad: boolean, readonly code?: readonly string[] }

/**
 * The secret chat that is open: with it all of it is forgotten. `lines`: oldest first. `settles`: its alarm ends once the
 * person says that the code is the same. `newFrom`: the line below which all was new. `readTo`: the last line that was read. `below`: rows of the picture under
 * the screen's end. `loading`: what was before is asked for. `closing`: the person ends it here. `before`: what was written in other chats.
 */
export interface OpenSecret {
  readonly info: SecretInfo
  readonly settles: boolean
  readonly lines: readonly SecretLine[]
  readonly hasMore: boolean
  readonly notes: readonly SecretNote[]
  readonly revealed: readonly string[]
  readonly newFrom: number | null
  readonly readTo: number
  readonly below: number
  readonly loading: boolean
  readonly closing: boolean
  readonly before: History
}

/** What the node has of a secret chat: its newest lines, oldest first. */
export type SecretPage = Pick<OpenSecret, 'info' | 'settles' | 'lines' | 'hasMore'>

/** What was written before, the newest last; `at` is the one that stands in the line, `kept` what stood there before. */
export interface History { readonly lines: readonly string[], readonly at: number | null, readonly kept: Line }

/** What the line is about: an answer to a message, or a message's new text. */
export interface About { readonly kind: 'reply' | 'edit', readonly n: number, readonly id: string }

/** Words that fit where the cursor is. `from`: where they begin in the line; `at`: the one that stands there, or null. */
export interface Completion { readonly from: number, readonly words: readonly string[], readonly at: number | null }

/** All of it. `dropped`: blocks that were taken from the front, so that the others keep their places. */
export interface State {
  readonly now: Date
  readonly chat: OpenChat | null
  /** Never beside a chat that is none. */
  readonly secret: OpenSecret | null
  /** The chat, no secret one, that was opened last: there the person is again when a secret one ends. */
  readonly last: string | null
  /** Another chat is being opened: what is written now must not go to the one before. */
  readonly opening: boolean
  readonly chats: readonly ChatInfo[]
  readonly secrets: readonly SecretInfo[]
  /** Null while no daemon answers. */
  readonly node: NodeStatus | null
  readonly blocks: readonly Block[]
  readonly dropped: number
  readonly lastNumber: number
  readonly line: Line
  readonly history: History
  readonly about: About | null
  /** What others do at the moment. */
  readonly activity: readonly Activity[]
  /** What takes long, and how far it is. */
  readonly doing: string | null
  /** When the others were told last that something is being written, ms; null when nothing is. */
  readonly typedAt: number | null
  /** What is kept as the open chat's draft. */
  readonly draft: string
  readonly completion: Completion | null
  /** Something short for the person until the next key. */
  readonly hint: string | null
  /** Whether the terminal is looked at, as far as it tells. */
  readonly looked: boolean
  /** The terminal's size; null where there is none. */
  readonly size: Size | null
}

/** What happens to the secret chat that is open, or is opened. */
export type SecretInput =
  | { readonly type: 'secret-opened', readonly page: SecretPage }
  /** It stands otherwise than before. */
  | { readonly type: 'secret-page', readonly secret: string, readonly page: SecretPage }
  | { readonly type: 'secret-older', readonly secret: string, readonly lines: readonly SecretLine[], readonly hasMore: boolean }
  /** A line that this node has just written. */
  | { readonly type: 'secret-line', readonly secret: string, readonly line: SecretLine }
  | { readonly type: 'secret-said', readonly secret: string, readonly lines: readonly string[], readonly code?: readonly string[] }
  /** It was closed or erased. */
  | { readonly type: 'secret-left', readonly secret: string, readonly words: string }

/** What happens. */
export type Input =
  | SecretInput
  | { readonly type: 'size', readonly size: Size }
  | { readonly type: 'key', readonly key: Key }
  /** A whole line at once, where there are no keys. */
  | { readonly type: 'line', readonly text: string }
  | { readonly type: 'opened', readonly page: ChatPage, readonly verified: boolean | null }
  | { readonly type: 'older', readonly page: ChatPage }
  /** The last lines of a chat of which much was missed; null when they could not be had. */
  | { readonly type: 'end', readonly chat: string, readonly page: ChatPage | null }
  /** Messages of a chat that were asked for, oldest first, below a line that says what they are. */
  | { readonly type: 'found', readonly chat: string, readonly title: string, readonly messages: readonly ChatMessage[] }
  | { readonly type: 'activity', readonly activity: Activity }
  /** How far something is that takes long; null when it is over. */
  | { readonly type: 'doing', readonly words: string | null }
  | { readonly type: 'message', readonly message: ChatMessage }
  | { readonly type: 'update', readonly update: Update }
  | { readonly type: 'transfer', readonly transfer: MediaTransfer }
  /** `asked`: they are to be listed. */
  | { readonly type: 'chats', readonly chats: readonly ChatInfo[], readonly secrets?: readonly SecretInfo[], readonly asked?: boolean }
  | { readonly type: 'chat', readonly info: ChatInfo, readonly verified: boolean | null }
  | { readonly type: 'node', readonly node: NodeStatus | null }
  /** What a command found. */
  | { readonly type: 'said', readonly lines: readonly string[] }
  /** Something did not work. `text` goes back into the line of the secret chat that it was written in, or of any other. `opening`: no other chat is open now. `unsaid`: it was to be said in a chat. */
  | { readonly type: 'refused', readonly words: string, readonly text?: string, readonly secret?: string, readonly opening?: boolean, readonly unsaid?: boolean }
  | { readonly type: 'words', readonly from: number, readonly words: readonly string[] }
  | { readonly type: 'clock', readonly now: Date }

/** A message that is named. */
interface Named { readonly chat: string, readonly id: string }

/** What a message says from now on, as it was typed. */
interface NewText { readonly text: string, readonly markdown?: true }

/** What the node is asked to do in secret chats, by name. */
export interface SecretErrandArguments {
  'open-secret': { readonly secret: string }
  'start-secret': { readonly contact: string }
  'accept-secret': { readonly secret: string }
  'refresh-secret': { readonly secret: string, readonly lines: number }
  'older-secret': { readonly secret: string, readonly before: number }
  'send-secret': { readonly secret: string, readonly text: string, readonly replyTo: string | null, readonly markdown: boolean }
  'attach-secret': { readonly secret: string, readonly path: string, readonly caption: string, readonly replyTo: string | null }
  /** `path`: where to; null: where the chat was begun. */
  'save-secret': { readonly secret: string, readonly line: SecretLine & { readonly id: string }, readonly path: string | null }
  'edit-secret': { readonly secret: string, readonly id: string } & NewText
  'delete-secret': { readonly secret: string, readonly id: string }
  'react-secret': { readonly secret: string, readonly id: string, readonly emoji: readonly string[] }
  'read-secret': { readonly secret: string, readonly lines: number }
  'time-secret': { readonly secret: string, readonly seconds: number }
  'compare-secret': { readonly secret: string, readonly qr?: true }
  'verify-secret': { readonly secret: string, readonly verified: boolean }
  'close-secret': { readonly secret: string, readonly name: string }
  'forget-secret': { readonly secret: string, readonly name: string }
}

/** What the node is asked to do, by name. */
export interface ErrandArguments extends SecretErrandArguments {
  open: { readonly chat: string }
  older: { readonly chat: string, readonly before: number }
  end: { readonly chat: string }
  send: { readonly chat: string, readonly text: string, readonly replyTo: string | null, readonly silent?: boolean, readonly markdown?: boolean, readonly at?: Date }
  attach: { readonly chat: string, readonly path: string, readonly caption: string, readonly replyTo: string | null }
  edit: Named & NewText
  delete: Named
  fetch: Named
  forward: Named & { readonly to: string }
  react: Named & { readonly emoji: readonly string[] }
  pin: Named & { readonly unpin: boolean }
  'send-poll': { readonly chat: string, readonly question: string, readonly options: readonly string[] }
  vote: Named & { readonly options: readonly number[] }
  'close-poll': Named
  pins: { readonly chat: string }
  search: { readonly chat: string, readonly query: string }
  scheduled: { readonly chat: string }
  /** Takes the `k`th of what waits for its time back, from 1; or sends it now. */
  unschedule: { readonly chat: string, readonly k: number, readonly now: boolean }
  readers: Named & { readonly n: number }
  read: { readonly chat: string, readonly upTo: number }
  members: { readonly chat: string }
  verify: { readonly chat: string }
  typing: { readonly chat: string, readonly idle: boolean }
  online: { readonly online: boolean }
  draft: { readonly chat: string, readonly text: string, readonly replyTo: string | null }
  'refresh-chat': { readonly chat: string }
  'refresh-chats': object
  'list-chats': object
  'refresh-node': object
  'list-files': { readonly path: string, readonly from: number }
  'list-members': { readonly chat: string, readonly start: string, readonly from: number }
}

/** Something that the node is asked to do. Its outcome comes back as an input. */
export type Errand = { [Name in keyof ErrandArguments]: { readonly do: Name } & ErrandArguments[Name] }[keyof ErrandArguments]

/** What is to be done. */
export type Effect = Errand | { readonly do: 'repaint' | 'suspend' } | { readonly do: 'quit', readonly interrupted: boolean }

/** What something led to. */
export interface Step { readonly state: State, readonly effects: readonly Effect[] }

/** The state at the beginning. */
export function newState (now: Date): State {
  return {
    now, chat: null, secret: null, last: null, opening: false, chats: [], secrets: [], node: null, blocks: [], dropped: 0, lastNumber: 0,
    line: EMPTY, history: { lines: [], at: null, kept: EMPTY }, about: null, activity: [], doing: null, typedAt: null, draft: '', completion: null, hint: null, looked: true, size: null
  }
}

/** Opens a chat. */
export function opens (state: State, chat: string): Step { return to({ ...state, opening: true, typedAt: null }, ...draftErrand(state), { do: 'open', chat }) }

/** Opens a secret chat. */
export function opensSecret (state: State, secret: string): Step { return to({ ...state, opening: true, typedAt: null }, ...draftErrand(state), { do: 'open-secret', secret }) }

/** The message that the line answers. */
export function answered ({ about }: State): string | null { return about?.kind === 'reply' ? about.id : null }

/** Keeps what is begun in the open chat, if that is not kept yet. A command is no draft. */
export function draftErrand (state: State): Errand[] {
  const { chat, line, about, draft } = state
  const text = line.text.startsWith('/') || about?.kind === 'edit' ? '' : line.text
  return chat === null || text === draft ? [] : [{ do: 'draft', chat: chat.info.id, text, replyTo: answered(state) }]
}

/** A step that only changes the state, or does something besides. */
export function to (state: State, ...effects: readonly Effect[]): Step { return { state, effects } }
