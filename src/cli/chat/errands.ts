/** Carries out what the chat wants done, by calls to the node. Outcomes come back as inputs. */
import { randomUUID } from 'node:crypto'
import { LIMITS, type ChatInfo, type Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { codeOf } from '../failure.js'
import { oneLine } from '../terminal/safe-text.js'
import { sendFile } from './send-file.js'
import { groupLines, numberLines } from './facts.js'
import { fileWords } from './file-words.js'
import type { Effect, Input } from './state.js'

/** Effects that are calls: the others are the session's own. */
export type Errand = Exclude<Effect, { do: 'quit' } | { do: 'repaint' | 'suspend' }>

/** Messages of a chat that is opened: the unread ones and some before them. */
const PAGE = 50
const BEFORE_UNREAD = 10
/** Refreshes are gathered for this long, ms. */
const GATHER_MS = 150

/** What errands need. `petrel` gives the daemon as it is connected now, or undefined. */
export interface ErrandOptions { readonly context: Context, readonly petrel: () => Petrel | undefined, readonly dispatch: (input: Input) => void, readonly signal: AbortSignal }

/** Runs errands. What is sent goes out in the order in which it was written. */
export class Errands {
  readonly #options: ErrandOptions
  readonly #gathering = new Map<string, NodeJS.Timeout>()
  #outgoing: Promise<void> = Promise.resolve()
  #reading: Promise<void> = Promise.resolve()

  constructor (options: ErrandOptions) { this.#options = options }

  /** Begins an errand. Never throws. */
  run (effect: Errand): void {
    switch (effect.do) {
      case 'send': case 'attach': this.#outgoing = this.#outgoing.then(async () => { await this.#tell(effect) }); return
      case 'read': this.#reading = this.#reading.then(async () => { await this.#quietly(effect) }); return
      case 'refresh-chats': case 'refresh-node': case 'refresh-chat': this.#gather(effect); return
      case 'fetch': void this.#quietly(effect); return
      default: void this.#tell(effect)
    }
  }

  /** Resolves when all that was to be sent is on the node's disk, or could not be. */
  async settled (): Promise<void> { await Promise.all([this.#outgoing, this.#reading]) }

  /** Ends what only waits. */
  close (): void { for (const timer of this.#gathering.values()) clearTimeout(timer) }

  /** What is asked again and again is asked once, a little later. */
  #gather (effect: Errand): void {
    if (this.#gathering.has(effect.do)) return
    this.#gathering.set(effect.do, setTimeout(() => {
      this.#gathering.delete(effect.do)
      void this.#quietly(effect)
    }, GATHER_MS))
  }

  async #tell (effect: Errand): Promise<void> {
    try {
      await this.#do(effect)
    } catch (error) {
      if (this.#options.signal.aborted) return
      const text = effect.do === 'send' ? effect.text : undefined
      this.#options.dispatch({ type: 'refused', words: wordsOf(error), ...text === undefined ? {} : { text }, ...effect.do === 'open' ? { opening: true } : {} })
    }
  }

  /** What nobody asked for fails in silence: it is asked again with the next news. */
  async #quietly (effect: Errand): Promise<void> { await this.#do(effect).catch(() => undefined) }

  async #do (effect: Errand): Promise<void> {
    const { dispatch, signal, context } = this.#options
    const petrel = this.#options.petrel()
    if (petrel === undefined) throw new Error(`no daemon answers: start it with ${context.propose('daemon start')}`)
    switch (effect.do) {
      case 'open': dispatch(await openChat(petrel, effect.chat, signal)); return
      case 'older': dispatch({ type: 'older', page: await petrel.showChat(effect.chat, { before: effect.before, limit: PAGE, signal }) }); return
      case 'send': dispatch({ type: 'message', message: await petrel.send(effect.chat, effect.text, { wait: 'queued', idempotencyKey: `chat-${randomUUID()}`, signal, ...effect.replyTo === null ? {} : { replyTo: effect.replyTo }, ...effect.silent ? { silent: true } : {} }) }); return
      case 'attach': dispatch({ type: 'message', message: await sendFile(context, petrel, effect, signal) }); return
      case 'delete': await petrel.deleteMessages(effect.chat, [effect.id], { wait: 'queued', signal }); return
      case 'fetch': dispatch({ type: 'message', message: await petrel.getMessage(effect.chat, effect.id, { signal }) }); return
      case 'forward': {
        await petrel.forwardMessages(effect.chat, [effect.id], effect.to, { wait: 'queued', idempotencyKey: `chat-${randomUUID()}`, signal })
        dispatch({ type: 'said', lines: ['forwarded'] })
        return
      }
      case 'read': await petrel.readChat(effect.chat, { upTo: effect.upTo, signal }); return
      case 'members': dispatch({ type: 'said', lines: await members(petrel, effect.chat, signal) }); return
      case 'verify': dispatch({ type: 'said', lines: numberLines(await petrel.safetyNumber((await infoOf(petrel, effect.chat, signal)).peer, { signal })) }); return
      case 'refresh-chat': {
        const info = await infoOf(petrel, effect.chat, signal)
        dispatch({ type: 'chat', info, verified: await verifiedOf(petrel, info, signal) })
        return
      }
      case 'refresh-chats': dispatch({ type: 'chats', chats: await petrel.listChats({ signal }) }); return
      case 'refresh-node': dispatch({ type: 'node', node: await petrel.status({ signal }) }); return
      case 'list-files': dispatch({ type: 'words', from: effect.from, words: await fileWords(effect.path, context.io) })
    }
  }
}

function wordsOf (error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  const candidates = error instanceof Error && 'details' in error && typeof error.details === 'object' && error.details !== null && 'candidates' in error.details && Array.isArray(error.details.candidates) ? `: ${error.details.candidates.map(name => oneLine(String(name))).join(', ')}` : ''
  return codeOf(error) === 'ERR_UNAVAILABLE' ? `${words}; what was under way may have been done` : `${words}${candidates}`
}

/** The newest page of a chat, with all that is unread as far as a page goes. @throws NotFoundError, AmbiguousError */
export async function openChat (petrel: Petrel, chat: string, signal: AbortSignal): Promise<Input> {
  const page = await petrel.showChat(chat, { limit: PAGE, signal })
  const wanted = Math.min(LIMITS.apiPageItems, page.chat.unread + BEFORE_UNREAD)
  const whole = wanted > PAGE && page.hasMore ? await petrel.showChat(page.chat.id, { limit: wanted, signal }) : page
  return { type: 'opened', page: whole, verified: await verifiedOf(petrel, page.chat, signal) }
}

async function infoOf (petrel: Petrel, chat: string, signal: AbortSignal): Promise<ChatInfo> { return (await petrel.showChat(chat, { limit: 1, signal })).chat }

async function verifiedOf (petrel: Petrel, { kind, peer }: ChatInfo, signal: AbortSignal): Promise<boolean | null> {
  if (kind === 'group') return null
  return (await petrel.listContacts({ signal })).find(({ account }) => account === peer)?.verified ?? false
}

async function members (petrel: Petrel, chat: string, signal: AbortSignal): Promise<string[]> {
  const info = await infoOf(petrel, chat, signal)
  return info.kind === 'group' ? groupLines(await petrel.showGroup(chat, { signal })) : [`you and ${info.title}`]
}
