/** Commits of this account's own leaf that another of its devices has made. */
import { base32Text, LIMITS, PetrelError, UnavailableError, type Digest, type VerifiedEntry } from '../../../protocol/wire/index.js'
import type { Chat } from '../chat.js'
import type { PendingCommit } from '../chat-record.js'
import type { Draft } from '../draft.js'
import { bareRow } from '../log-machine.js'
import { jump, laterKey } from './jump.js'
import { ownCommitAt, ownCommitNamed } from './own-commit.js'

/** Why nothing comes after a commit of the own leaf that no device of the account made. */
export const LOST_LEAF = 'this account\'s place in the chat was used by somebody who has its old keys: a member must take it in anew'

/**
 * What the vault has of it; undefined when it is known that the vault never had it, or when it was taken before (`isKnown`) and is there no more.
 * @throws UnavailableError while that is not known: the vault is to be read first ({@link missingOf})
 */
export function ofOtherDevice (chat: Chat, draft: Draft, entry: VerifiedEntry, inner: Digest, isKnown: boolean): PendingCommit | undefined {
  const kept = ownCommitAt(chat.deps.vault, chat.log, draft.record.epoch, inner, entry)
  const name = base32Text(inner)
  if (kept === undefined && !isKnown && !chat.unkept.has(name)) throw new UnavailableError('what another device of this account did in this chat is not here yet', { details: { ownCommit: name } })
  return kept
}

/** The commit that an error says is not here yet. */
function missingOf (error: PetrelError): string | undefined {
  const { ownCommit } = error.details
  return error instanceof UnavailableError && typeof ownCommit === 'string' ? ownCommit : undefined
}

/**
 * Somebody has used this account's leaf, and its devices do not know how: who has the leaf's old keys, and no part in the
 * vault. The others are in an epoch that this account cannot come into: it is out, until a member takes it in anew.
 */
export function loseLeaf (chat: Chat, draft: Draft, entry: VerifiedEntry): void {
  draft.cursor = { ...draft.cursor, seq: entry.leaf.seq, hash: entry.hash, lastCommit: entry.leaf.seq }
  draft.rows.set(entry.leaf.seq, { ...bareRow('held', entry, draft.keys, LOST_LEAF), from: chat.deps.me })
  draft.record = { ...draft.record, stage: 'out', commit: null, intents: [] }
  draft.events.push({ type: 'chat', chat: chat.id, title: chat.title, change: 'removed' })
}

/**
 * Does what may need another device's commit; where one is not here, once more when the vault was read to its end. Where a
 * device has gone on to where that is not needed any more, this one goes there, and `onJump` is called.
 *
 * @throws what it throws; UnavailableError, DeadlineError while the vault cannot be read, and UnavailableError after a jump: what is followed begins anew
 */
export async function withOwnCommits<T> (chat: Chat, work: () => Promise<T>, onJump: () => void): Promise<T> {
  // Each round learns of one; so many there are not between two looks at the vault.
  for (let rounds = 0; ; rounds++) {
    try {
      return await work()
    } catch (error) {
      const missing = error instanceof PetrelError ? missingOf(error) : undefined
      if (missing === undefined || rounds >= LIMITS.checkpointEpochs) throw error
      await chat.deps.vault.current({ deadlineMs: LIMITS.callDeadlineMs })
      if (chat.deps.vault.get(ownCommitNamed(missing)) !== undefined) continue
      const later = laterKey(chat)
      if (later === undefined) { chat.unkept.add(missing); continue }
      await jump(chat, later)
      onJump()
      throw new UnavailableError('this chat goes on where another device of this account has come to', { cause: error })
    }
  }
}
