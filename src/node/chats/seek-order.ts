/**
 * Looks for the owner's order that moved a log, where a relay speaks of a later term than this node knows, or says where
 * the log went: it stands in the log there, at a number that this node has filled otherwise, or next. It counts for who
 * signed it, whoever shows it.
 */
import { BadInputError, decodeLeaf, ENTRY_KIND, keyFromPeerId, LIMITS, MovedError, openOwnerAction, PetrelError, RIGHT, sameBytes, termWins, type KeyBytes, type StoredEntry, type TermAction } from '../../protocol/wire/index.js'
import type { RelayLink } from '../gateway/index.js'
import { AheadOrders } from './ahead-orders.js'
import type { Chat } from './chat.js'

// A takeover mostly keeps nearly all: looked for near the end first, then further back each time.
const NEAR = 64
/** Pages that are read at most. */
const MOST_PAGES = 32

/** What is done with what is found. */
export interface SeekerEvents {
  readonly onFound: (order: Uint8Array) => Promise<void>
  /** The log has another home now, by an order that was {@link OrderSeeker.lookAhead looked ahead} to. */
  readonly onMoved: () => void
  /** Whoever spoke of a later term shows no order that began it. */
  readonly onNone: () => void
  readonly onFault: (error: unknown) => void
}

/** One search at a time, and orders that may stand further on in the background. */
export class OrderSeeker {
  readonly #chat: Chat
  readonly #events: SeekerEvents
  readonly #ahead: AheadOrders
  #running: Promise<void> | undefined

  constructor (chat: Chat, events: SeekerEvents) {
    this.#chat = chat
    this.#events = events
    this.#ahead = new AheadOrders(chat, events)
  }

  /** The log has gone on without this node, as `why` says, or as the relay of `at` does: it lives there. */
  seek (why: PetrelError | undefined, signal: AbortSignal, at?: RelayLink): void {
    this.#running ??= seekOrder(this.#chat, at ?? (why instanceof MovedError ? movedTo(this.#chat, why) : undefined), signal)
      .then(async order => {
        if (signal.aborted) return
        if (order === undefined) this.#events.onNone()
        else await this.#events.onFound(order)
      })
      // A letter with the order is on its way too.
      .catch(this.#events.onFault)
      .finally(() => { this.#running = undefined })
  }

  /** An order may stand further on than this node has read, as an account says. */
  lookAhead (order: Uint8Array, by?: KeyBytes): void { this.#ahead.add(order, by) }

  /** Resolves when none is under way; orders further on are looked at no more. */
  async idle (): Promise<void> { await Promise.all([this.#running, this.#ahead.stop()]) }
}

/**
 * Looks for an order that beats what is known, at `there`, else where the chat is read.
 *
 * @returns the signed order; undefined when the log there shows none
 * @throws what the relay refuses it with
 */
async function seekOrder (chat: Chat, there: RelayLink | undefined, signal: AbortSignal): Promise<Uint8Array | undefined> {
  if (there === undefined || there === chat.link) return await seekAt(chat, chat.link, signal)
  there.setCapability(chat.log, RIGHT.read, chat.keys.read)
  try {
    return await seekAt(chat, there, signal)
  } finally {
    if (chat.link !== there) there.dropCapability(chat.log, RIGHT.read)
  }
}

/** The link to where a relay says that the log went; undefined when it says nothing new. */
function movedTo ({ deps, home }: Chat, { details: { home: peer, addrs, term } }: MovedError): RelayLink | undefined {
  if (typeof peer !== 'string' || !Array.isArray(addrs) || typeof term !== 'number' || term <= home.term) return undefined
  const texts = addrs.filter((one): one is string => typeof one === 'string' && one.length <= LIMITS.addressBytes).slice(0, LIMITS.addressesPerRelay)
  try {
    const to = { peer: keyFromPeerId(peer), addrs: texts, term }
    // Nobody but the person lets this node dial into its local network: what a relay says is visited through an own one, or not at all.
    const own = deps.mirrors?.(to)
    const isSafe = own === null || (own !== undefined && own.length > 0)
    return isSafe && texts.length > 0 ? deps.pool.link(to.peer, texts) : undefined
  } catch (error) {
    if (error instanceof BadInputError) return undefined
    throw error
  }
}

async function seekAt (chat: Chat, link: RelayLink, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const end = chat.cursor.seq + 1
  let pages = 0
  for (let span = NEAR; ; span *= 8) {
    const from = Math.max(0, end - span)
    for (let at = from; at < end && pages < MOST_PAGES; pages++) {
      const { entries } = await link.read(chat.log, at, LIMITS.readItems, { signal })
      const order = entries.find(entry => isNewOrder(chat, entry))?.payload
      if (order != null) return order
      if (entries.length === 0) break
      at += entries.length
    }
    if (from === 0 || pages >= MOST_PAGES) return undefined
  }
}

function isNewOrder ({ log, place, home, record, cursor }: Chat, { leaf, payload }: StoredEntry): boolean {
  try {
    if (payload === null || decodeLeaf(leaf).kind !== ENTRY_KIND.control) return false
    const { action, signer } = openOwnerAction(payload)
    if (action.op !== 'term' || !sameBytes(action.log, log) || !(sameBytes(signer, place.owner) || mayBeAhead(record, cursor, action))) return false
    const known = record.home === undefined ? undefined : openOwnerAction(record.home.action).action
    // Of two takeovers for one term the same one holds for everybody.
    return action.term > home.term || (known?.op === 'term' && termWins(action, known))
  } catch (error) {
    if (error instanceof PetrelError) return false
    throw error
  }
}

/** A later owner key of a group may be what signed it: whether it is in force there is found by reading up to it. */
function mayBeAhead ({ direct }: Chat['record'], { seq }: Chat['cursor'], action: TermAction): boolean { return !direct && action.seq > seq }
