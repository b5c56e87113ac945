/** Whether the home's log still has what the home has signed for. */
import { judgeHead } from '../../protocol/wire/index.js'
import { CaughtError } from './alarm.js'
import type { Chat } from './chat.js'

/** Asks the home for the highest number that it signed for and has not shown. @returns the lie, if the log ends before it */
export async function brokenPromise (chat: Chat): Promise<CaughtError | undefined> {
  const { link, log, place, cursor, promisedTo } = chat
  if (chat.isStopped || promisedTo <= cursor.seq || chat.promisedIn < chat.home.term) return undefined
  const { head } = await link.read(log, promisedTo, 1)
  chat.witness.saw(head)
  const { statement } = judgeHead(head, log, place).attested
  // A home that the log has left since promised nothing that counts, and one that it went to is read first: what is not in the log there shows then.
  if (statement.term !== chat.home.term || statement.seq > promisedTo || chat.promisedTo < promisedTo) return undefined
  if (statement.seq === promisedTo) {
    if (chat.keptPromise(statement.seq, statement.hash)) return undefined
    return new CaughtError({ kind: 'fork', seq: statement.seq, message: `the relay signed two different entries ${statement.seq} of this chat: it was rolled back, or shows different ones to different people` })
  }
  // To a key that was replaced a home attests the last entry that it may read, and says nothing of the log's end.
  if (statement.type === 'receipt') return undefined
  return new CaughtError({ kind: 'rollback', seq: statement.seq, message: `the relay's log of this chat ends at entry ${statement.seq}, and it signed for entry ${promisedTo}: it was rolled back` })
}
