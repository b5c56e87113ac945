/**
 * Keeps chats current, and says when they are not: a relay that says nothing of a log may be keeping it from this node.
 * A quiet log's head is asked for now and then, each chat at a time of its own. DESIGN section 3.
 */
import { systemRandom } from '../../protocol/crypto/index.js'
import { LIMITS, PetrelError, ProofError, verifyAttested } from '../../protocol/wire/index.js'
import { shortId } from '../log.js'
import type { Chat } from './chat.js'
import { headTiming, type HeadTiming } from './head-timing.js'
import type { Standing } from './standing.js'
import { takeWitnessed } from './take-witnessed.js'

/** What freshness needs of a chat's session. */
export interface FreshSession {
  readonly chat: Chat
  readonly accuse: (error: PetrelError) => Promise<void>
  /** Asks the home anew for what comes after the last entry: what it did not push may come. */
  readonly refollow: () => void
  /** The log is in a later term than this node knows: asks for the order that began it. */
  readonly seekOrder: () => void
}

// Each is a call; this many at once do not crowd out a person's own.
const AT_ONCE = 4

/**
 * Whether the home's last word on where the log ends is fresh: it came of late, and was signed of late. Of an old one,
 * however often it is shown, neither holds.
 */
export function isFresh ({ deps, witness }: Pick<Chat, 'deps' | 'witness'>): boolean {
  const { freshAt, saidAt } = witness
  const { headStaleMs } = headTiming(deps.heads)
  const now = deps.now()
  // A clock that was set says nothing about age: both ways count as stale.
  return freshAt !== null && saidAt !== null && Math.abs(now - freshAt) <= headStaleMs && now - saidAt <= headStaleMs + LIMITS.clockSkewMs
}

/** Asks for the heads of quiet chats. */
export class HeadAsker {
  readonly #sessions: () => readonly FreshSession[]
  readonly #timing: HeadTiming
  readonly #random: () => number
  /** When each chat's home is asked next, ms. */
  readonly #due = new Map<string, { after: number, at: number }>()
  /** Where chats stood whose log went on beyond that, as its head said. */
  readonly #behind = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor (sessions: () => readonly FreshSession[], timing: Partial<HeadTiming> = {}, random: () => number = systemFraction) {
    this.#sessions = sessions
    this.#timing = headTiming(timing)
    this.#random = random
  }

  /** Begins. */
  start (): void {
    // What goes wrong here, such as a pool that closes, is due again at the next look.
    this.#timer = setInterval(() => { this.tick().catch(() => undefined) }, this.#timing.headTickMs).unref()
  }

  /** Stops; waits for what is being asked. */
  async stop (): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  /** Asks for every head that is due now. */
  async tick (): Promise<void> {
    this.#running ??= this.#askAll(this.#sessions().filter(session => this.#isDue(session.chat))).finally(() => { this.#running = undefined })
    await this.#running
  }

  /** Due a while after the last fresh word: between half of the time and all of it, drawn anew for each. */
  #isDue (chat: Chat): boolean {
    if (chat.record.stage !== 'ready' || chat.isBlocked || chat.link.state !== 'connected') return false
    if (this.#behind.has(chat.id)) return true
    const after = chat.witness.freshAt ?? 0
    let due = this.#due.get(chat.id)
    if (due?.after !== after) {
      due = { after, at: after + this.#timing.headAskMs * (0.5 + this.#random() / 2) }
      this.#due.set(chat.id, due)
    }
    return chat.deps.now() >= due.at
  }

  async #askAll (sessions: readonly FreshSession[]): Promise<void> {
    for (let from = 0; from < sessions.length; from += AT_ONCE) await Promise.all(sessions.slice(from, from + AT_ONCE).map(async session => { await this.#ask(session) }))
  }

  /** What a head speaks of is mostly on its way; when it has not come by the next look, it was not sent. */
  async #ask (session: FreshSession): Promise<void> {
    const { chat } = session
    const isBehind = await ask(session)
    const before = this.#behind.get(chat.id)
    if (!isBehind) this.#behind.delete(chat.id)
    else if (before !== chat.cursor.seq) this.#behind.set(chat.id, chat.cursor.seq)
    else {
      this.#behind.delete(chat.id)
      session.refollow()
    }
  }
}

/** Asks one home; whether its log goes on beyond what has come. */
async function ask (session: FreshSession): Promise<boolean> {
  const { chat } = session
  // What is read while the answer is on its way makes an honest head look short.
  const { seq } = chat.cursor
  try {
    const head = await chat.link.head(chat.log)
    const standing = await chat.serial.run(async () => await takeHead(chat, head, seq))
    if (standing === 'below') session.seekOrder()
    return standing === 'behind'
  } catch (error) {
    if (!(error instanceof PetrelError)) throw error
    chat.deps.log('info', 'chat.head', { chat: shortId(chat.id), code: error.code })
    // What cannot be written now is found again: the home still says the same.
    if (error instanceof ProofError) await session.accuse(error).catch(() => undefined)
    return false
  }
}

/** Takes an asked head; what it says to this node, or undefined of a head from before what has come meanwhile. */
async function takeHead (chat: Chat, head: Uint8Array, askedAt: number): Promise<Standing | undefined> {
  const attested = verifyAttested(head)
  const { seq, term } = attested.statement
  if (term === chat.cursor.term && seq >= askedAt && seq < chat.cursor.seq) {
    if (await chat.agrees(attested.statement)) chat.witness.take(attested, chat.cursor.hash, [])
    return undefined
  }
  const { standing } = await takeWitnessed(chat, [], head)
  chat.current = standing === 'current'
  return standing
}

/** A fraction from the system's randomness. */
function systemFraction (): number { return (systemRandom(1)[0] ?? 0) / 256 }
