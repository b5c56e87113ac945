/**
 * Appends what a takeover took back again: with the same bytes, under the same ids, in order, before anything new. Any
 * member may; ids make it once. What was sealed for an epoch that does not come again only its author can seal anew.
 */
import { openHandshake } from '../../protocol/crypto/index.js'
import { decodeBody, decodeCommitPayload } from '../../protocol/message/index.js'
import { BadInputError, ENTRY_KIND, LIMITS, PetrelError, ProofError, sameBytes, TooLargeError, type EntryId, type LogId } from '../../protocol/wire/index.js'
import { shortId } from '../log.js'
import type { Chat } from './chat.js'
import { withoutBack } from './cursor.js'
import { withWishes } from './group/intent.js'
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
    return await giveUp(chat, outOfReach(chat, open))
  }
  const items = batchOf(chat, open)
  const { lastCommit } = chat.cursor
  const results = await chat.path.append(items.map(item => appendOf(item, lastCommit)), { signal, term: chat.home.term })
  for (const [i, item] of items.entries()) {
    const result = results[i]
    if (result === undefined) return 'again'
    if (result instanceof ProofError) return { caught: result }
    if (result instanceof PetrelError) return await refused(chat, item, result)
    // The author may have sealed it anew meanwhile: what is under the id is the message.
    const lie = await chat.contradiction([result.receipt.statement.entry], result.receipt)
    if (lie === 'stale') return 'again'
    if (lie !== undefined) return { caught: lie }
    back.receipted(item, result.receipt.statement)
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
function belongs ({ keys: { epoch, content, handshake }, log }: Chat, item: BackItem): boolean {
  const { leaf: { id, kind }, payload, row } = item
  const place = { log, epoch, id }
  if (epochOf(item) !== epoch) return false
  return kind === ENTRY_KIND.commit ? canOpenCommit(handshake, payload, place) : row.kind === 'held' || canOpen(content, payload, place)
}

/** Those that can never be appended as they are: neither in the epoch of now nor in one that the commits among them lead to. */
function outOfReach (chat: Chat, open: readonly BackItem[]): BackItem[] {
  const { epoch } = chat.keys
  let reach = epoch
  return open.filter(item => {
    const at = epochOf(item)
    if (at < epoch || at > reach || (at === epoch && !belongs(chat, item))) return true
    if (item.leaf.kind === ENTRY_KIND.commit) reach = item.row.epoch
    return false
  })
}

async function refused (chat: Chat, item: BackItem, error: PetrelError): Promise<Restoring> {
  chat.deps.log('info', 'chat.not-restored', { chat: shortId(chat.id), code: error.code })
  // When another commit stands where this one would, the log shows it: this one's epoch is over then, or the other is declared void.
  return error instanceof TooLargeError || error instanceof BadInputError ? await giveUp(chat, [item]) : { later: error }
}

/**
 * What can never be appended as it is: what this account said is sealed anew, under its ids, and before anything new; others'
 * messages stay to be seen until their authors bring them; what own commits did is wished again; the rest has no meaning any more.
 */
async function giveUp (chat: Chat, items: readonly BackItem[]): Promise<Restoring> {
  const { back, deps, outbox } = chat
  await chat.serial.run(async () => {
    const here = items.filter(({ leaf }) => back.get(leaf.id) !== undefined)
    const own = here.filter(({ row, leaf }) => leaf.kind === ENTRY_KIND.data && row.from !== null && sameBytes(row.from, deps.me))
    const gone = here.filter(item => own.includes(item) || item.row.kind !== 'message')
    const beginning = outbox.beginning(own.flatMap(({ row, leaf }) => row.body === null || row.kind === 'mark' ? [] : [{ id: leaf.id, body: row.body, createdAt: row.at, mark: isProfile(row.body), earlier: [leaf.entry] }]))
    const outboxOps = [...beginning.moved.map(({ from }) => chat.itemDel(from)), ...[...beginning.first, ...beginning.moved.map(({ to }) => to)].map(item => chat.itemOp(item))]
    const { back: range, ...rest } = chat.cursor
    // The numbers of what is sealed anew are given again, and those of marks, which are said when they are due.
    const kept = range === undefined || own.length === 0 ? range : { ...range, devSeq: 0, entry: null }
    const there = { ...rest, ...kept === undefined ? {} : { back: kept } }
    const cursor = gone.length === back.size ? withoutBack(there, deps.device.key) : there
    const wishes = gone.flatMap(item => item.own?.wishes ?? [])
    const record = wishes.length === 0 ? chat.record : { ...chat.record, intents: withWishes(chat.record.intents, wishes) }
    await deps.kv.batch([...gone.map(item => back.del(item.order)), ...outboxOps, ...record === chat.record ? [] : chat.recordOps(record), ...chat.cursorOps(cursor)])
    chat.cursor = cursor
    chat.record = record
    for (const item of gone) back.delete(item)
    outbox.begin(beginning)
    for (const item of here) back.setAside(item)
  })
  return 'again'
}

function isProfile (body: Uint8Array): boolean { return decodeBody(body).kind === 'profile' }

function canOpenCommit (handshake: Uint8Array, payload: Uint8Array, place: { log: LogId, epoch: number, id: EntryId }): boolean {
  try {
    openHandshake(handshake, decodeCommitPayload(payload).handshake, place)
    return true
  } catch (error) {
    if (error instanceof PetrelError) return false
    throw error
  }
}
