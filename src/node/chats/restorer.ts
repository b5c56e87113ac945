/**
 * Appends what a takeover took back again: with the same bytes, under the same ids, in order, before anything new. Any
 * member may; ids make it once. What was sealed for an epoch that does not come again only its author can seal anew.
 */
import { ConflictError, LIMITS, PetrelError, ProofError, sameBytes, TooLargeError, BadInputError } from '../../protocol/wire/index.js'
import { shortId } from '../log.js'
import type { Chat } from './chat.js'
import { canOpen } from './outbox.js'
import { appendOf, epochOf, type BackItem } from './taken-back.js'

/** `done`: nothing stands in the way of new messages. `again`: a step was made, look once more. `wait`: for the log to show what the home has. `later`: refused for now. */
export type Restoring = 'done' | 'again' | 'wait' | { later: PetrelError } | { caught: ProofError }

/** One step of it. @throws what the link throws: the outcome is unknown then */
export async function restoreStep (chat: Chat, signal: AbortSignal): Promise<Restoring> {
  const { back } = chat
  const open = back.open()
  const [first] = open
  if (first === undefined) return back.isUnderWay ? 'wait' : 'done'
  if (!belongs(chat, first)) {
    // Its epoch may still come, with a commit that the log has not shown; else it is over.
    if (back.isUnderWay) return 'wait'
    return await giveUp(chat, open)
  }
  const items = batchOf(chat, open)
  const results = await chat.path.append(items.map(appendOf), { signal })
  for (const [i, item] of items.entries()) {
    const result = results[i]
    if (result === undefined) return 'again'
    if (result instanceof ProofError) return { caught: result }
    if (result instanceof PetrelError) return await refused(chat, item, result)
    // The author may have sealed it anew meanwhile: what is under the id is the message.
    const lie = await chat.contradiction([result.receipt.statement.entry], result.receipt)
    if (lie === 'stale') return 'again'
    if (lie !== undefined) return { caught: lie }
    back.receipted(item)
  }
  return 'again'
}

/** As many as one call takes, of one epoch: a commit ends it. */
function batchOf (chat: Chat, open: readonly BackItem[]): BackItem[] {
  const items: BackItem[] = []
  let bytes = 0
  for (const item of open) {
    bytes += item.payload.length
    if (!belongs(chat, item) || items.length >= LIMITS.appendItems || (items.length > 0 && bytes > LIMITS.readBytes)) break
    items.push(item)
    if (item.leaf.base !== null) break
  }
  return items
}

/** Whether it was made for the epoch of now: by its number, and, if it can be read at all, by its keys. */
function belongs ({ keys: { epoch, content }, log }: Chat, item: BackItem): boolean {
  const { leaf: { id }, payload, row } = item
  return epochOf(item) === epoch && (row.kind === 'commit' || row.kind === 'held' || canOpen(content, payload, { log, epoch, id }))
}

async function refused (chat: Chat, item: BackItem, error: PetrelError): Promise<Restoring> {
  chat.deps.log('info', 'chat.not-restored', { chat: shortId(chat.id), code: error.code })
  const isFinal = error instanceof TooLargeError || error instanceof BadInputError
  // Another commit stands on the one that this one was made for.
  const isLost = error instanceof ConflictError && item.leaf.base !== null
  return isFinal || isLost ? await giveUp(chat, [item]) : { later: error }
}

/**
 * What can never be appended as it is: own messages are sealed anew, under their ids; others' stay to be seen until their
 * authors bring them; the rest has no meaning any more.
 */
async function giveUp (chat: Chat, items: readonly BackItem[]): Promise<Restoring> {
  const { back, deps, outbox } = chat
  await chat.serial.run(async () => {
    const here = items.filter(({ leaf }) => back.get(leaf.id) !== undefined)
    const own = here.filter(({ row }) => row.kind === 'message' && row.from !== null && sameBytes(row.from, deps.me))
    const gone = [...own, ...here.filter(({ row }) => row.kind !== 'message')]
    const anew = own.flatMap(({ row, leaf }) => row.body === null ? [] : [{ ...outbox.add(leaf.id, row.body, row.at, false), earlier: [leaf.entry] }])
    const { back: range, ...rest } = chat.cursor
    // The numbers of what is sealed anew are given again.
    const kept = range === undefined || own.length === 0 ? range : { ...range, devSeq: 0, entry: null }
    const cursor = kept === undefined || gone.length === back.size ? rest : { ...rest, back: kept }
    await deps.kv.batch([...gone.map(item => back.del(item.order)), ...anew.map(item => chat.itemOp(item)), chat.cursorOp(cursor)])
    chat.cursor = cursor
    for (const item of gone) back.delete(item)
    for (const item of anew) outbox.set(item)
    for (const item of here) back.setAside(item)
  })
  return 'again'
}
