/**
 * A message that was held because its signature does not hold counts once a later one of its device, in the same epoch,
 * names it: who reads both at once has not looked at it. MESSAGE.md, Runs.
 */
import { cachedBody, isAbout, isSaid, type Message } from '../../protocol/message/index.js'
import { decodeLeaf, LIMITS, PetrelError, sameBytes, type Digest, type VerifiedEntry } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import { draftPolicy } from './group/group-policy.js'
import { readAlone, type LogEffect } from './log-machine.js'
import { doubleOp } from './doubles.js'
import { openAt, type OpenedMessage } from './open-run.js'
import { RunsBack } from './past/runs-back.js'
import type { Row } from './row.js'
import { rowOf, staysWith } from './row-of.js'

/** A message and its device. */
type Opened = Pick<OpenedMessage, 'message' | 'device'>

/** Does what follows from an entry. */
export type TakeEffect = (entry: VerifiedEntry, row: Row, effect: LogEffect) => Promise<void>

/** Takes what a message names and was held, and what that names, back to the first that is not. */
export async function releaseNamed (chat: Chat, draft: Draft, entry: VerifiedEntry, named: Opened, take: TakeEffect): Promise<void> {
  const runs = new RunsBack()
  runs.take(entry.leaf.seq, named.device, entry.leaf.entry, named.message)
  let later: Opened = named
  for (let seq = entry.leaf.seq; later.message.prevOwn !== null;) {
    const held = await heldBelow(chat, draft, seq, later.message.prevOwn)
    const opened = held === undefined ? undefined : openNamed(chat, draft, held, later)
    if (held === undefined || opened === undefined) return
    const { epoch, content } = draft.keys
    const row = readAlone(held, { log: chat.log, epoch, content, members: draft.members, policy: draftPolicy(draft) }, runs)
    if (row.kind === 'held') return
    seq = held.leaf.seq
    later = opened
    const known = await rowOf(chat, draft, row.id)
    const stays = known?.seq !== seq && staysWith(known, { seq, row })
    draft.lines.put(seq, row, !stays)
    if (stays) draft.ops.push(doubleOp(chat, seq, row.id))
    else if (known !== undefined && known.seq !== seq && known.row.kind === 'message') draft.ops.push(doubleOp(chat, known.seq, row.id))
    draft.rows.set(seq, row)
    await takeBody(chat, draft, held, row, opened.message, take)
  }
}

/** The entry of a hash that was held below a number, in the epoch of now. Not looked for too far. */
async function heldBelow (chat: Chat, draft: Draft, below: number, hash: Digest): Promise<VerifiedEntry | undefined> {
  for (let seq = below - 1; seq > Math.max(0, below - 1 - LIMITS.releaseSpan); seq--) {
    const row = draft.rows.get(seq) ?? await chat.timeline.at(seq)
    if (row === undefined || row.kind === 'commit' || row.epoch !== draft.keys.epoch) return undefined
    const raw = row.kind === 'held' ? await chat.raw.at(seq) : undefined
    const leaf = raw === undefined ? undefined : decodeLeaf(raw.leaf)
    if (raw !== undefined && leaf !== undefined && sameBytes(leaf.entry, hash)) return { leaf, hash: row.hash, payload: raw.payload }
  }
  return undefined
}

/** What it says, if it is the one that is named and was held for its signature alone. */
function openNamed (chat: Chat, draft: Draft, entry: VerifiedEntry, { message, device }: Opened): Opened | undefined {
  const { payload } = entry
  if (payload === null) return undefined
  const place = { log: chat.log, epoch: draft.keys.epoch, content: draft.keys.content }
  const isSigned = attempt(() => openAt(entry, payload, place)) !== undefined
  const opened = isSigned ? undefined : attempt(() => openAt(entry, payload, place, by => sameBytes(by, device)))
  return opened?.message.devSeq === message.devSeq - 1 ? opened : undefined
}

function attempt<T> (open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (error instanceof PetrelError) return undefined
    throw error
  }
}

/** A mark is made up for by the next one, and a name by the next one that is told. */
async function takeBody (chat: Chat, draft: Draft, entry: VerifiedEntry, row: Row, { account: from, body: bytes }: Message, take: TakeEffect): Promise<void> {
  const body = cachedBody(bytes)
  const own = sameBytes(from, chat.deps.me)
  if (body.kind === 'delete') await take(entry, row, { type: 'deleted', targets: body.targets, by: from })
  else if (isAbout(body)) await take(entry, row, { type: 'about', body, from })
  else if (body.kind !== 'mark' && body.kind !== 'profile') {
    if (isSaid(body) && !own) draft.cursor = { ...draft.cursor, unread: draft.cursor.unread + Number(entry.leaf.seq > draft.cursor.read), received: Math.max(draft.cursor.received, entry.leaf.seq) }
    await take(entry, row, { type: 'message', body, from, own })
  }
}
