/**
 * What people do at the moment, told by the chats' pipes: that somebody writes in a chat, and that a contact is here. It
 * goes to no log and no disk, at a bounded rate, and to nobody who is blocked. Presence goes to contacts alone, by the
 * direct chat with them, and only if the person lets it.
 */
import type { PresenceFrame, TypingFrame } from '../../../protocol/message/index.js'
import { LIMITS, peerIdText, type KeyBytes } from '../../../protocol/wire/index.js'
import type { Chat } from '../chat.js'
import type { ChatSession } from '../session.js'
import { Board, type ActivityKind } from './board.js'
import type { LiveTiming, PresenceSetting } from './timing.js'

/** What somebody does who is about to send something. */
export type TypingKind = Extract<ActivityKind, 'typing' | 'recording' | 'uploading' | 'idle'>
/** A frame that tells what somebody does. */
export type LiveFrame = TypingFrame | PresenceFrame

/** What it works with. */
export interface LiveParts {
  readonly me: KeyBytes
  readonly now: () => number
  readonly timing: LiveTiming
  readonly setting: PresenceSetting
  readonly isBlocked: (account: KeyBytes) => boolean
  readonly sessions: () => readonly ChatSession[]
  /** Hands a frame to members of a chat who listen; resolves when that was tried. */
  readonly send: (session: ChatSession, to: readonly KeyBytes[], frame: LiveFrame) => Promise<void>
}

/** What was told in a chat last. */
interface Told { readonly kind: TypingKind, readonly at: number }

const KNOWN: ReadonlySet<string> = new Set<TypingKind>(['typing', 'recording', 'uploading', 'idle'])
const isKnown = (action: string): action is TypingKind => KNOWN.has(action)

/** See the file's head. */
export class Live {
  readonly board: Board
  readonly #parts: LiveParts
  readonly #told = new Map<ChatSession, Told>()
  /** Chats in which frames are on their way: the next ones are left out, but an end is told behind them. */
  readonly #busy = new Map<ChatSession, { ends: boolean }>()
  /** The last time that was written into a frame: each frame's is later than the one before. */
  #stamp = 0
  /** Until when the person is here, ms; 0 when it is not. */
  #onlineUntil = 0
  /** When contacts are told again, ms. */
  #presenceDue = 0
  #timer: NodeJS.Timeout | undefined

  constructor (parts: LiveParts) {
    this.#parts = parts
    this.board = new Board(parts.now, parts.timing)
  }

  /** Tells the others of a chat what this person does: at most once in a while, and that it ended only after that it began. */
  typing (session: ChatSession, kind: TypingKind): void {
    const { now, setting, timing, send } = this.#parts
    const told = this.#told.get(session)
    const at = now()
    if (setting === 'off') return
    const busy = this.#busy.get(session)
    if (busy !== undefined) {
      busy.ends = kind === 'idle'
      return
    }
    if (kind === 'idle' ? told === undefined || told.kind === 'idle' : told !== undefined && at - told.at < timing.typingEveryMs) return
    const to = this.#othersOf(session.chat)
    if (to.length === 0) return
    // An end leaves the time of the beginning: the next beginning waits as long as without it.
    this.#told.set(session, { kind, at: kind === 'idle' ? told?.at ?? at : at })
    const sending = { ends: false }
    this.#busy.set(session, sending)
    void send(session, to, { kind: 'typing', from: this.#parts.me, action: kind, at: this.#stampNow(), ms: kind === 'idle' ? 0 : timing.typingMs }).finally(() => {
      this.#busy.delete(session)
      if (sending.ends) this.typing(session, 'idle')
    })
  }

  /** The person is here, or is not. */
  setOnline (online: boolean): void {
    const { now, setting, timing } = this.#parts
    if (setting !== 'on') return
    const was = this.#onlineUntil > 0
    this.#onlineUntil = online ? now() + timing.presenceMs : 0
    if (online !== was) this.#tellAll()
    else if (online && now() >= this.#presenceDue) this.#tellAll()
    this.#wake()
  }

  /** Takes a frame of a member. What is said in a chat where this account would not say it is not shown. */
  heard (session: ChatSession, frame: LiveFrame): void {
    const { chat } = session
    const { isBlocked, setting } = this.#parts
    if (setting === 'off' || isBlocked(frame.from)) return
    const base = { chat: chat.id, account: frame.from, at: frame.at, ms: frame.ms }
    if (frame.kind === 'typing') {
      if (isKnown(frame.action) && this.#isSmall(chat)) this.board.take({ ...base, kind: frame.action })
      return
    }
    if (setting !== 'on' || !chat.record.direct) return
    // Who comes is told at once that this person is here; it does not wait for the next round.
    if (this.board.take({ ...base, kind: frame.online ? 'online' : 'offline' }) && frame.online && this.#onlineUntil > 0) this.#tellPresence(session)
  }

  /** Stops; contacts see the end by themselves. */
  stop (): void {
    clearTimeout(this.#timer)
    this.#onlineUntil = 0
    this.board.stop()
  }

  #isSmall ({ record }: Chat): boolean { return record.direct || record.members.length <= LIMITS.typingMembers }

  /** Who is told what is done in a chat. */
  #othersOf (chat: Chat): KeyBytes[] {
    if (chat.record.stage !== 'ready' || !this.#isSmall(chat) || (chat.record.direct && !chat.hasPeer)) return []
    return chat.peers.filter(peer => !this.#parts.isBlocked(peer))
  }

  #stampNow (): number {
    this.#stamp = Math.max(this.#parts.now(), this.#stamp + 1)
    return this.#stamp
  }

  #wake (): void {
    clearTimeout(this.#timer)
    if (this.#onlineUntil === 0) return
    const { now } = this.#parts
    this.#timer = setTimeout(() => {
      if (now() >= this.#onlineUntil) this.setOnline(false)
      else {
        if (now() >= this.#presenceDue) this.#tellAll()
        this.#wake()
      }
    }, Math.max(1, Math.min(this.#onlineUntil, this.#presenceDue) - now())).unref()
  }

  /** One chat for each contact, so many contacts at most. */
  #tellAll (): void {
    const { now, timing, sessions } = this.#parts
    this.#presenceDue = now() + timing.presenceEveryMs
    const told = new Set<string>()
    for (const session of sessions()) {
      const { peer } = session.chat
      if (told.size >= LIMITS.presenceContacts) return
      if (peer === undefined || told.has(peerIdText(peer))) continue
      if (this.#tellPresence(session)) told.add(peerIdText(peer))
    }
  }

  #tellPresence (session: ChatSession): boolean {
    const { chat } = session
    const to = this.#othersOf(chat)
    if (to.length === 0) return false
    const { me, now, send } = this.#parts
    void send(session, to, { kind: 'presence', from: me, online: this.#onlineUntil > 0, at: this.#stampNow(), ms: Math.max(0, this.#onlineUntil - now()) })
    return true
  }
}
