/** What becomes of a message that was sent: a receipt is taken, or it has failed for good. */
import { base32Text, BadInputError, cutText, LIMITS, TooLargeError, type PetrelError, type ProofError } from '../../protocol/wire/index.js'
import type { Placed } from '../gateway/index.js'
import type { Chat } from './chat.js'
import type { OutboxItem } from './outbox-item.js'

/** Whether an append is refused for what it is, so that making it again is of no use. */
export function isFinal (error: PetrelError): boolean { return error instanceof TooLargeError || error instanceof BadInputError }

/** Takes the home's receipt for an item; what of it does not hold, if anything. `stale`: it is worth nothing any more. */
export async function takeReceipt (chat: Chat, item: OutboxItem, receipt: Placed): Promise<ProofError | 'stale' | undefined> {
  const { outbox } = chat
  chat.witness.promised(receipt)
  const hashes = [...item.earlier, ...item.sealing === null ? [] : [item.sealing.entry]]
  const wrong = await chat.contradiction(hashes, receipt)
  // The log may have shown it before the receipt came.
  if (wrong !== undefined || outbox.get(item.id) === undefined) return wrong
  outbox.receipted(item, receipt.statement)
  if (!item.mark) chat.reached(item.id, 'stored')
  return undefined
}

/** A message failed for good, in one batch with the new sealings of those behind it. A mark is just dropped: the next one says the same. */
export async function giveUp (chat: Chat, item: OutboxItem, cause: PetrelError): Promise<void> {
  const { outbox, deps, id, loggedRun, sealing } = chat
  const error = { code: cause.code, message: cutText(cause.message, LIMITS.noteBytes) }
  const failed: OutboxItem = { ...item, error }
  if (item.mark) outbox.delete(item)
  else outbox.set(failed)
  const changed = outbox.resealAll(loggedRun, sealing).map(i => chat.itemOp(i))
  try {
    await deps.updates.write([...changed, item.mark ? chat.itemDel(item) : chat.itemOp(failed)], item.mark ? [] : [{ type: 'messageState', chat: id, id: base32Text(item.id), state: 'failed', error }])
  } catch (thrown) {
    // It is sent again, and refused again: then it is told.
    if (!item.mark) outbox.set(item)
    throw thrown
  }
  if (!item.mark) chat.reached(item.id, 'failed')
}
