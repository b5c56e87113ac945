/** A signed order that reached this node by another way than its chat's log: a letter, mostly. */
import { hasRight, mayAsMember, ownerKeyHolders } from '../../protocol/message/index.js'
import { chainStart, InternalError, openOwnerAction, ProofError, sameBytes, termWins, walkRun, type KeyBytes, type LogPlace, type TermAction } from '../../protocol/wire/index.js'
import { leadsTo } from './ahead.js'
import { hasArrived } from './arrival.js'
import type { Chat } from './chat.js'
import { homeOf } from './chat-record.js'
import { enterHome } from './rebuild.js'

/**
 * Goes to the home that the log's owner names, if the order beats what is known.
 *
 * @param by - the account that says so itself, if one does
 * @returns whether the log has another home now
 * @throws ProofError when it is not the owner's, or when it stands on another chain than this node's; what the new home
 * refuses, when the key that signed it is not in force yet where this node is
 */
export async function hearOfMove (chat: Chat, signed: Uint8Array, signal: AbortSignal, by?: KeyBytes): Promise<boolean> {
  const { action, signer } = openOwnerAction(signed)
  if (action.op !== 'term' || !sameBytes(action.log, chat.log)) throw new ProofError('the order is no move of this chat')
  // An old one, as it comes again with each letter, needs no look at a home that may be gone.
  if (!isNews(chat, action)) return false
  const isKnown = (): boolean => sameBytes(signer, chat.place.owner) || isUnread(chat, action, by)
  const isAhead = !isKnown() && await leadsTo(chat, action, signer, signal)
  return await chat.serial.run(async () => {
    if (!isKnown() && !(isAhead && action.seq > chat.cursor.seq) && !await isBefore(chat, action, signer, by)) throw new ProofError('the order to move this chat is not signed by its owner key')
    const known = homeOrder(chat)
    if (chat.record.stage === 'create' || !isNews(chat, action)) return false
    // Of two orders for one term, the chains part where the shorter one ends.
    const parts = known?.term === action.term
    const entered = homeOf(action, signed)
    await enterHome(chat, parts ? { ...entered, seq: Math.min(known.seq, action.seq), by: 'takeover' } : entered, parts ? null : action.hash)
    // Whom this account has invited, and who has not come yet, may know of the home before alone.
    chat.deps.invited()
    return true
  })
}

/**
 * Whether a holder of the owner key has taken the log over from before a commit that this node has, and it has not: the
 * key that it replaced is in force where the order stands. A key that was replaced is worth nothing in anybody else's hands, so
 * that account must be one that holds the key of now, by all that is known here, and must say so itself.
 */
async function isBefore ({ log, genesis, cursor, policy, record, raw }: Chat, { seq, by: kind }: TermAction, signer: KeyBytes, by: KeyBytes | undefined): Promise<boolean> {
  if (by === undefined || policy === undefined || kind !== 'takeover' || seq >= cursor.seq || record.stage !== 'ready') return false
  if (!ownerKeyHolders(policy).some(account => sameBytes(account, by))) return false
  let place: LogPlace = { seq: 0, hash: chainStart(log, genesis.home), term: 1, home: genesis.home, owner: genesis.owner }
  while (place.seq < seq) {
    const page = await raw.page(place.seq, seq)
    if (page.length === 0) return false
    place = walkRun(log, place, page).to
  }
  return sameBytes(place.owner, signer)
}

/** The order by which the log came to its present home; undefined at the first one. */
function homeOrder ({ record: { home } }: Chat): TermAction | undefined {
  const known = home === undefined ? undefined : openOwnerAction(home.action).action
  if (known !== undefined && known.op !== 'term') throw new InternalError('a chat\'s home was kept with another order')
  return known
}

/** Whether an order beats what is known. */
function isNews (chat: Chat, action: TermAction): boolean {
  const known = homeOrder(chat)
  return known === undefined || termWins(action, known)
}

/**
 * Whether an order may stand further on than this node has read, signed by a key that comes into force there: it has to be
 * read up to first ({@link AheadOrders}), which takes as long as the home that it names likes.
 */
export function isFurtherOn (chat: Chat, signed: Uint8Array, by?: KeyBytes): boolean {
  const { action, signer } = openOwnerAction(signed)
  if (action.op !== 'term' || !sameBytes(action.log, chat.log) || sameBytes(signer, chat.place.owner) || isUnread(chat, action, by)) return false
  return !chat.record.direct && chat.record.stage === 'ready' && action.seq > chat.cursor.seq && action.term > chat.home.term
}

/**
 * Whether a newcomer to a group hears of its next home before it has read where it came in. It knows the first owner key
 * alone, and may be let in at the new home only later: as with the home that its invitation names, the log itself shows
 * whether the order was given, once it is read. Who says so by letter must be one of those who can know of a move before
 * all others, or whom it is theirs to tell: anybody else's made-up home could keep the newcomer out for ever.
 */
function isUnread (chat: Chat, { term, seq }: TermAction, by: KeyBytes | undefined): boolean {
  return !chat.record.direct && !hasArrived(chat) && seq > chat.cursor.seq && term === chat.home.term + 1 && (by === undefined || mayTell(chat, by))
}

/** Whether a member holds the log's owner key, or may let others in. */
function mayTell ({ policy, record: { members }, deps }: Chat, by: KeyBytes): boolean {
  const isMember = members.some(({ account }) => sameBytes(account, by))
  if (policy === undefined || !isMember) return false
  return ownerKeyHolders(policy).some(account => sameBytes(account, by)) || hasRight(policy, by, 'inviteUsers') || mayAsMember(policy, by, 'inviteUsers', deps.now())
}
