/**
 * Chats that other devices of the account have given to the vault are made here as soon as the vault was read, many in one
 * write, and begun a few at a time: a device that has just come gets all of them at once, and the one that was written in
 * last is to stand on the screen first.
 */
import { cachedBody } from '../../protocol/message/index.js'
import { decodeLeaf, ENTRY_KIND, ForbiddenError, PetrelError, toPetrelError, verifyAttested, type Leaf } from '../../protocol/wire/index.js'
import type { RelayLink } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { Vault } from '../records/index.js'
import { RetryTimer } from '../retry-timer.js'
import type { Chat } from './chat.js'
import { rowKind } from './log-machine.js'
import { openAt, type RunPlace } from './open-run.js'
import { LEVEL, type RankedTurns } from './ranked-turns.js'
import { showRights } from './rights.js'
import type { RowKind } from './row.js'
import type { ChatSession } from './session.js'

/** Chats of one write. */
const MADE_TOGETHER = 32
// A relay that is not there by then is waited for by each chat itself.
const READY_MS = 10_000
// One that does not say in time when its logs were written to: then they begin in any order.
const ASKED_MS = 5000
// A chat that has not come to its log's end by then goes on beside the next ones.
const BEGUN_MS = 2000
// Behind the last line stand the marks of those who have received it.
const LAST = 8
const RETRY_MS = { first: 1000, most: 60_000 } as const
const LINES: ReadonlySet<string> = new Set<RowKind>(['message', 'service'])

/** What it needs of all chats. */
export interface TakingUpParts {
  readonly vault: Vault
  readonly turns: RankedTurns
  readonly log: NodeLog
  /** Makes chats of what the vault has, durably; those that are here already are left out. */
  readonly make: (given: readonly unknown[]) => Promise<ChatSession[]>
}

/** See the file's head. */
export class TakingUp {
  readonly #parts: TakingUpParts
  /** The newest of each, by its name. */
  readonly #coming = new Map<string, unknown>()
  #making: Promise<void> | undefined
  /** Made, and not begun yet. */
  readonly #waiting = new Set<ChatSession>()
  #isOn = false
  readonly #retry = new RetryTimer(() => { this.#makeSoon() }, RETRY_MS)

  constructor (parts: TakingUpParts) {
    this.#parts = parts
    parts.vault.onKnown(() => { this.#makeSoon() })
  }

  /** Makes the chats that the vault has at the start; they begin with {@link start}. @throws what the disk says */
  async open (given: readonly unknown[]): Promise<void> { await this.#make(given) }

  /** The vault was given a chat, or a newer version of one. */
  came (name: string, data: unknown): void {
    this.#coming.set(name, data)
    this.#makeSoon()
  }

  /** Whether a chat is yet to be begun here. */
  has (session: ChatSession): boolean { return this.#waiting.has(session) }

  /** Somebody wants something of a chat: it is begun now, if that is still to come. */
  hurry (session: ChatSession): void { if (this.#isOn && this.#waiting.delete(session)) session.start() }

  /** Begins the chats that were made. */
  start (): void {
    this.#isOn = true
    this.#begin([...this.#waiting])
    this.#makeSoon()
  }

  /** Begins nothing more; the vault has what was not made yet. */
  async stop (): Promise<void> {
    this.#isOn = false
    this.#coming.clear()
    this.#retry.stop()
    await this.#making
  }

  /** While the vault is being read what comes next may be newer. */
  #makeSoon (): void {
    if (!this.#isOn || this.#parts.vault.soft || this.#coming.size === 0) return
    if (this.#retry.isOn) return
    this.#making ??= this.#makeAll().then(() => { this.#retry.succeeded() }, (error: unknown) => {
      this.#parts.log('warn', 'chat.taken-up', { code: toPetrelError(error).code })
      this.#retry.later()
    }).finally(() => {
      this.#making = undefined
      this.#makeSoon()
    })
  }

  async #makeAll (): Promise<void> {
    const given = new Map(this.#coming)
    this.#coming.clear()
    try {
      this.#begin(await this.#make([...given.values()]))
    } catch (error) {
      // The disk takes nothing for now. Those that were made are begun, and left out the next time.
      this.#begin([...this.#waiting])
      if (this.#isOn) for (const [name, data] of given) if (!this.#coming.has(name)) this.#coming.set(name, data)
      throw error
    }
  }

  async #make (given: readonly unknown[]): Promise<ChatSession[]> {
    const all: ChatSession[] = []
    for (let i = 0; i < given.length; i += MADE_TOGETHER) {
      const made = await this.#parts.make(given.slice(i, i + MADE_TOGETHER))
      for (const session of made) this.#waiting.add(session)
      all.push(...made)
    }
    return all
  }

  /** Those of one relay together: another one may be away. */
  #begin (sessions: readonly ChatSession[]): void {
    if (!this.#isOn) return
    const byLink = Map.groupBy(sessions, ({ chat }) => chat.link)
    for (const [link, some] of byLink) {
      this.#beginAt(link, some).catch((error: unknown) => {
        this.#parts.log('warn', 'chat.taken-up', { code: toPetrelError(error).code })
        for (const session of some) this.hurry(session)
      })
    }
  }

  async #beginAt (link: RelayLink, sessions: readonly ChatSession[]): Promise<void> {
    // One chat alone is before no other.
    if (sessions.length > 1) await this.#rank(link, sessions)
    // Whose relay is away waits for it by itself.
    if (link.state !== 'connected') for (const session of sessions) this.hurry(session)
    else await this.#beginInTurn(sessions.toSorted((a, b) => a.past.writtenAt === b.past.writtenAt ? 0 : b.past.writtenAt - a.past.writtenAt))
  }

  /** The first one alone: somebody waits for it, and nothing is to take of its time. */
  async #beginInTurn (sessions: readonly ChatSession[]): Promise<void> {
    const { turns } = this.#parts
    const [first, ...rest] = sessions.map(session => async () => { await turns.run({ level: LEVEL.begin, at: session.past.writtenAt }, async () => { await this.#begun(session) }) })
    await first?.()
    await Promise.all(rest.map(async begin => { await begin() }))
  }

  async #rank (link: RelayLink, sessions: readonly ChatSession[]): Promise<void> {
    await link.ready({ signal: AbortSignal.timeout(READY_MS) }).catch(onlyPetrel)
    if (link.state !== 'connected') return
    const signal = AbortSignal.timeout(ASKED_MS)
    for (const { chat } of sessions) showRights(chat)
    await Promise.all(sessions.map(async ({ chat, past }) => { past.writtenAt = await saidAt(chat, signal) }))
  }

  /** Begins a chat, and waits until it has come to its log's end, but not for long. */
  async #begun (session: ChatSession): Promise<void> {
    if (!this.#isOn || !this.#waiting.delete(session)) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => { resolve(undefined) }, BEGUN_MS).unref()
    session.start(() => { resolve(undefined) })
    await promise
    clearTimeout(timer)
  }
}

/**
 * When somebody said something in a chat last, ms, as its relay shows it: nothing hangs on that but what is looked at first.
 * 0 where the relay does not say; a chat whose keys are newer than those known here had news.
 */
async function saidAt ({ link, log, keys: { epoch, content } }: Chat, signal: AbortSignal): Promise<number> {
  try {
    const { seq } = verifyAttested(await link.head(log, { signal })).statement
    const { entries } = await link.read(log, Math.max(0, seq - LAST), LAST, { signal })
    const all = entries.map(({ leaf, payload }) => ({ leaf: decodeLeaf(leaf), payload }))
    const last = all.findLast(({ leaf, payload }) => payload !== null && isSaid(leaf, payload, { log, epoch, content }))
    return (last ?? all[0])?.leaf.time ?? 0
  } catch (error) {
    onlyPetrel(error)
    return error instanceof ForbiddenError ? Infinity : 0
  }
}

/** Whether an entry is a line, as far as can be told before it is verified. */
function isSaid (leaf: Leaf, payload: Uint8Array, place: RunPlace): boolean {
  try {
    return leaf.kind === ENTRY_KIND.data && LINES.has(rowKind(cachedBody(openAt({ leaf }, payload, place, () => true).message.body)))
  } catch (error) {
    onlyPetrel(error)
    return false
  }
}

function onlyPetrel (error: unknown): void { if (!(error instanceof PetrelError)) throw error }
