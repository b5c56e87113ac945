/**
 * An order that moved a group's log, signed by an owner key that this node has not seen come into force: it is behind the
 * commit that did that, and the home where it would read that commit may be gone. What lies between is read where the
 * order leads, and taken on a copy of the chat: nothing is kept of it before the order holds.
 */
import { LIMITS, RIGHT, sameBytes, UnavailableError, type KeyBytes, type TermAction } from '../../protocol/wire/index.js'
import type { RelayLink } from '../gateway/index.js'
import type { Chat } from './chat.js'
import { placeOf } from './cursor.js'
import { replayEntries, type ChatState } from './intake.js'

/** Pages that are read at most: who is further behind follows the others by what the order's home shows to all. */
const MOST_PAGES = 64

/**
 * Whether the log, from this node's place on, leads to where the order stands, and there to the key that signed it.
 *
 * @throws what the relay refuses it with, and what does not hold in what it shows
 */
export async function leadsTo (chat: Chat, action: TermAction, signer: KeyBytes, signal: AbortSignal): Promise<boolean> {
  if (chat.record.direct || chat.record.stage !== 'ready' || action.seq <= chat.cursor.seq) return false
  const link = linkTo(chat, action)
  return link !== undefined && await readUp(chat, link, action, signer, signal)
}

/** Nobody but the person lets this node dial into its local network: what a stranger's order names is visited when own relays go there, or not at all. */
function linkTo ({ deps }: Chat, { home, addrs, term }: TermAction): RelayLink | undefined {
  const own = deps.mirrors?.({ peer: home, addrs, term })
  return own === null || (own !== undefined && own.length > 0) ? deps.pool.link(home, addrs) : undefined
}

async function readUp (chat: Chat, link: RelayLink, { seq, hash }: TermAction, signer: KeyBytes, signal: AbortSignal): Promise<boolean> {
  let state: ChatState = { cursor: chat.cursor, record: chat.record, keys: chat.keys }
  try {
    for (let pages = 0; state.cursor.seq < seq && pages < MOST_PAGES; pages++) {
      // An epoch's key reads up to the commit that ends it.
      link.setCapability(chat.log, RIGHT.read, state.keys.read)
      const { entries } = await link.read(chat.log, state.cursor.seq, LIMITS.readItems, { signal })
      const wanted = entries.slice(0, seq - state.cursor.seq)
      // The order's home may not have all of it yet, or just now not know the key: whoever else looks there shows it one of before.
      if (wanted.length === 0) throw new UnavailableError('the relay that the order names does not show the chat up to where it stands')
      state = await replayEntries(chat, state, placeOf(state.cursor, chat.genesis), wanted)
    }
  } finally {
    if (chat.link === link) link.setCapability(chat.log, RIGHT.read, chat.keys.read)
    else link.dropCapability(chat.log, RIGHT.read)
  }
  const at = placeOf(state.cursor, chat.genesis)
  return at.seq === seq && sameBytes(at.hash, hash) && sameBytes(at.owner, signer)
}
