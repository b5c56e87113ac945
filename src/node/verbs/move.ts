/** Moving a chat's log to another home. */
import type { CallOptions, ChatInfo } from '../../protocol/api/index.js'
import { AbortedError, ConflictError, DeadlineError, ForbiddenError, NotFoundError, peerIdText, sameBytes, UnavailableError } from '../../protocol/wire/index.js'
import type { HomeRelay } from '../account/index.js'
import type { ChatSession } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { chatInfo, findChat } from './chats.js'
import { atRelay, reach } from './reach.js'

/** Moves a chat's log, and waits until it lives at its new home. */
export async function moveChat (core: NodeCore, words: string, options: CallOptions & { to?: string, lost?: boolean }): Promise<ChatInfo> {
  const session = await findChat(core, words)
  const { chat, mover } = session
  if (chat.record.ownerSeed === null) throw new ForbiddenError('this account does not hold the chat\'s owner key: a group\'s owner can move it, and its admins who may delete or ban')
  // A later commit may wait for a home that is gone, and must not keep the chat there.
  if (chat.record.stage !== 'ready' && chat.cursor.lastCommit === 0) throw new ConflictError('the chat is still being made: move it when it is there')
  const to = targetOf(core, session, options.to)
  // Whoever was caught is not asked for a favour.
  const lost = options.lost === true || chat.isStopped
  const { term } = chat.home
  const isThere = sameBytes(to.peer, chat.home.peer)
  // A relay that was restored from a backup, and caught by that, gets back what it lost, in a term of its own; it refuses that when it has lost nothing.
  const isAgain = isThere && options.lost === true && chat.cursor.alarm !== null
  if (!isThere || isAgain || chat.record.move !== undefined) {
    if (!lost && !isThere) await askHome(session, options)
    // An order that nobody can carry out leaves the chat with no relay that serves it.
    if (!isThere && chat.record.move === undefined) await askTarget(core, session, to, options)
    await mover.begin({ peer: to.peer, addrs: [to.address], lost }, term)
    await mover.done(options.signal).catch((error: unknown) => {
      // Another's move came first, and its new home, which may not have the log yet, was asked.
      throw error instanceof NotFoundError && chat.home.term > term ? new ConflictError('the chat was moved elsewhere meanwhile', { cause: error }) : error
    })
  }
  return await chatInfo(core, session)
}

function targetOf (core: NodeCore, { chat }: ChatSession, words: string | undefined): HomeRelay {
  const { relays } = core.account
  const found = words === undefined
    ? relays.find(r => !sameBytes(r.peer, chat.home.peer))
    : relays.find(r => r.address === words || peerIdText(r.peer) === words)
  if (found !== undefined) return found
  if (words === undefined) throw new NotFoundError('this account has no other home relay to move the chat to: add one first (petrel relays add ADDRESS)')
  throw new NotFoundError(`no home relay has the address "${words.slice(0, 120)}": see petrel relays list, or add it first`)
}

/** Any answer will do, also that it does not have the log: a connection alone may be one that nobody has missed yet. */
async function askTarget (core: NodeCore, { chat }: ChatSession, to: HomeRelay, options: CallOptions): Promise<void> {
  const link = core.pool.link(to.peer, [to.address])
  try {
    await atRelay(link, options, async call => await link.head(chat.log, call))
  } catch (error) {
    if (error instanceof AbortedError) throw error
    if (!(error instanceof UnavailableError) && !(error instanceof DeadlineError)) return
    throw new UnavailableError(`the relay that the chat should move to does not answer (${error.message}): nothing was changed`, { cause: error })
  }
}

async function askHome ({ chat }: ChatSession, options: CallOptions): Promise<void> {
  try {
    await reach(chat.link, options)
  } catch (error) {
    if (!(error instanceof UnavailableError) && !(error instanceof DeadlineError)) throw error
    throw new UnavailableError(`the chat's present relay does not answer (${error.message}): try again later, or, if it is gone for good, move the chat with --lost`, { cause: error })
  }
}
