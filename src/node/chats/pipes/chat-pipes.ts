/** The pipes of all chats: one clock for them, and what they may keep and send together. */
import { LIMITS, UnavailableError, type KeyBytes } from '../../../protocol/wire/index.js'
import type { RelayLink } from '../../gateway/index.js'
import type { PipeReach, PipeTiming } from '../chat.js'
import type { LiveFrame } from '../live/live.js'
import type { ChatSession } from '../session.js'
import { ChatPipe } from './chat-pipe.js'

/** The times of pipes that stand in LIMITS. */
const TIMES = ['previewAfterMs', 'previewGraceMs', 'previewKeptMs', 'headExchangeMs', 'headAnswerMs', 'pipeTickMs', 'pipeSendMs', 'typingEveryMs', 'typingMs', 'presenceEveryMs', 'presenceMs'] as const

/** The times in force. */
export function pipeTiming (reach: PipeReach | undefined): PipeTiming { return { ...Object.fromEntries(TIMES.map(name => [name, LIMITS[name]])) as PipeTiming, ...reach?.timing } }

/** See the file's head. */
export class ChatPipes {
  readonly #reach: PipeReach
  readonly #timing: PipeTiming
  readonly #sessions: () => readonly ChatSession[]
  readonly #pipes = new Map<ChatSession, ChatPipe>()
  readonly #homes = new Map<RelayLink, () => void>()
  readonly #now: () => number
  readonly #onLive: (session: ChatSession, frame: LiveFrame) => void
  #links: readonly RelayLink[] = []
  #timer: NodeJS.Timeout | undefined

  /**
   * @param sessions - all chats, as they are now
   * @param onLive - takes what others do at the moment
   */
  constructor (reach: PipeReach, now: () => number, sessions: () => readonly ChatSession[], onLive: (session: ChatSession, frame: LiveFrame) => void) {
    this.#now = now
    this.#onLive = onLive
    this.#reach = reach
    this.#timing = pipeTiming(reach)
    this.#sessions = sessions
  }

  /** Begins. */
  start (): void {
    this.#timer = setInterval(() => { this.#beat() }, this.#timing.pipeTickMs).unref()
    this.#beat()
  }

  /** Listens no more, and sends nothing more; resolves when nothing is under way. */
  async stop (): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const unwatch of this.#homes.values()) unwatch()
    this.#homes.clear()
    const pipes = [...this.#pipes.values()]
    this.#pipes.clear()
    await Promise.all(pipes.map(async pipe => { await pipe.stop() }))
  }

  /** Tells members of a chat what is done here at the moment. */
  async tell (session: ChatSession, to: readonly KeyBytes[], frame: LiveFrame): Promise<void> {
    if (this.#timer === undefined) return
    try {
      await this.#pipeOf(session).tell(to, frame)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
    }
  }

  /** A pool that closes gives no more links; what was due then is due again at the next start. */
  #beat (): void {
    try {
      this.#tick()
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
    }
  }

  #tick (): void {
    const homes = this.#homesNow()
    const now = this.#now()
    let heads: number = LIMITS.pipeFramesPerTick
    for (const session of this.#sessions()) {
      const pipe = this.#pipeOf(session)
      const withHeads = heads > 0 && pipe.isHeadDue(now)
      if (withHeads) heads--
      pipe.tick(homes, withHeads)
    }
  }

  #pipeOf (session: ChatSession): ChatPipe {
    const known = this.#pipes.get(session)
    if (known !== undefined) return known
    const pipe = new ChatPipe({
      chat: session.chat, reach: this.#reach, timing: this.#timing,
      hasRoom: bytes => this.#sessions().reduce((sum, { chat }) => sum + chat.previews.bytes, bytes) <= LIMITS.previewBytes,
      onLive: frame => { this.#onLive(session, frame) },
      accuse: async error => { await session.accuse(error) },
      checkPromised: async () => { await session.checkPromised() }
    })
    this.#pipes.set(session, pipe)
    return pipe
  }

  /** When a home comes back, members may have come back with it: heads are told anew. */
  #homesNow (): readonly RelayLink[] {
    const list = this.#reach.homes()
    if (list.length === this.#links.length && list.every((link, i) => link === this.#links[i])) return this.#links
    this.#links = list
    const homes = new Set(list)
    for (const [link, unwatch] of this.#homes) {
      if (homes.has(link)) continue
      unwatch()
      this.#homes.delete(link)
    }
    for (const link of homes) {
      if (this.#homes.has(link)) continue
      this.#homes.set(link, link.onState(({ state }) => { if (state === 'connected') for (const pipe of this.#pipes.values()) pipe.metAgain() }))
    }
    return list
  }
}
