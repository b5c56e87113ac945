/**
 * Voids commits that do not hold, so that no member can stop a chat. Whoever holds the log's owner key does it by
 * itself; everybody takes the order at its place in the log. DESIGN section 3.
 */
import {
  ConflictError, encodeCaps, ENTRY_KIND, entryHash, openOwnerAction, InternalError, NotFoundError, UnsupportedError, PetrelError, sameBytes, signerFromSeed, signOwnerAction,
  type Append, type Caps, type KeyBytes, type LogId, type OwnerAction, type VerifiedEntry
} from '../../protocol/wire/index.js'
import { capsOf, type ChatKeys } from './chat-keys.js'
import type { Chat } from './chat.js'
import { placeOf } from './cursor.js'
import { alarm, type Draft } from './draft.js'
import { bareRow } from './log-machine.js'
import type { Row } from './row.js'

/** What an order is judged by. */
export interface VoidContext { log: LogId, owner: KeyBytes, lastCommit: number, keys: ChatKeys, mirror?: Uint8Array | undefined }

/** The order `void` that an entry holds, whoever signed it; undefined for any other entry. */
export function voidIn (entry: VerifiedEntry): { action: Extract<OwnerAction, { op: 'void' }>, signer: KeyBytes } | undefined {
  if (entry.leaf.kind !== ENTRY_KIND.control || entry.payload === null) return undefined
  try {
    const { action, signer } = openOwnerAction(entry.payload)
    return action.op === 'void' ? { action, signer } : undefined
  } catch (error) {
    if (error instanceof PetrelError) return undefined
    throw error
  }
}

/**
 * What of an order `void` does not hold at its place: it must be the owner's, of the last commit, and put back the keys
 * that the members derive, so that they go on in the epoch they are in.
 *
 * @internal
 */
export function faultOfVoid (entry: VerifiedEntry, { log, owner, lastCommit, keys, mirror }: VoidContext): string | undefined {
  const order = voidIn(entry)
  if (order === undefined) return 'it is no such order'
  const { action, signer } = order
  if (!sameBytes(signer, owner)) return 'it is not signed by the log\'s owner key'
  if (!sameBytes(action.log, log)) return 'it is for another log'
  if (action.seq !== lastCommit) return `it is about commit ${action.seq}, and the last one is ${lastCommit}`
  // One of an earlier version leaves the mirror key as the void commit left it.
  const holds = [undefined, mirror].some(key => sameBytes(encodeCaps(action.caps), encodeCaps(capsBefore(keys, key))))
  return holds ? undefined : 'it puts back other keys than the members have'
}

/** What is put back: the keys of the epoch that the members are in, and the mirror key, which the void commit may have replaced. */
function capsBefore (keys: ChatKeys, mirror: Uint8Array | undefined): Caps { return { ...capsOf(keys), ...mirror === undefined ? {} : { mirrors: [signerFromSeed(mirror).key] } } }

/** Takes the order at its place: all go on in the epoch they are in, and an alarm about the commit is over. */
export function takeVoid (chat: Chat, draft: Draft, entry: VerifiedEntry): void {
  const { lastCommit, alarm: standing } = draft.cursor
  const { owner } = placeOf(draft.cursor, chat.genesis)
  const fault = faultOfVoid(entry, { log: chat.log, owner, lastCommit, keys: draft.keys, mirror: draft.record.mirror })
  // Whatever members think of it, for the home it counts as the last commit.
  draft.cursor = { ...draft.cursor, seq: entry.leaf.seq, hash: entry.hash, lastCommit: entry.leaf.seq }
  if (fault !== undefined) {
    draft.rows.set(entry.leaf.seq, bareRow('held', entry, draft.keys, fault))
    alarm(chat, draft, { kind: 'commit', seq: entry.leaf.seq, message: `an order to void a commit does not hold (${fault}): the chat's owner must void it again` })
    return
  }
  draft.rows.set(entry.leaf.seq, bareRow('other', entry, draft.keys))
  if (standing?.kind === 'commit') draft.cursor = { ...draft.cursor, alarm: null }
  // The commit had removed this account: that is void too.
  if (draft.record.stage === 'out') draft.record = { ...draft.record, stage: 'ready' }
  draft.events.push({ type: 'chat', chat: chat.id, title: chat.title, change: 'voided' })
}

/**
 * The order to append now, or undefined: when the last commit does not hold, and this node has the owner key. It is the
 * same whoever makes it and however often, and its id is known to nobody before: it cannot be taken in advance.
 *
 * @internal
 */
export async function dueVoid ({ record: { log, ownerSeed, direct, mirror, stage }, cursor: { lastCommit }, keys, timeline }: Chat): Promise<Append | undefined> {
  // Whoever is out, by a commit of its own leaf that it did not make, has no say in whether it holds: for the others it does.
  const last = ownerSeed === null || lastCommit === 0 || stage === 'out' ? undefined : await timeline.at(lastCommit)
  if (ownerSeed === null || last?.kind !== 'held' || isOnlyBeyondUs(last)) return undefined
  const payload = signOwnerAction({ op: 'void', log, seq: lastCommit, caps: capsBefore(keys, direct ? undefined : mirror) }, signerFromSeed(ownerSeed))
  return { id: entryHash(payload).slice(0, 16), kind: ENTRY_KIND.control, payload }
}

/**
 * Whether a commit may hold for others, and this node is what is at fault: it is its account's own, and what it led to
 * is lost here (a restored copy); or it is of a later version.
 */
function isOnlyBeyondUs ({ note }: Row): boolean {
  return [NotFoundError, UnsupportedError, InternalError].some(({ code }) => note?.startsWith(`${code}:`) === true)
}

/** Hands the void of the last commit to the home, if it is due. @throws what the home refuses it with */
export async function voidIfDue (chat: Chat, isStopped: () => boolean): Promise<void> {
  const { term } = chat.home
  const order = await dueVoid(chat)
  if (order === undefined || isStopped()) return
  const [result] = await chat.path.append([order], { term })
  // Somebody else was faster, or another commit was: the log will show it.
  if (result instanceof PetrelError && !(result instanceof ConflictError)) throw result
}
