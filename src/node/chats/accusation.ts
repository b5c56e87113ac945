/** Raises a chat's alarm and ends it, and keeps what proves it: for the person, and for whoever they show it to. */
import { decodeCbor, encodeCbor, LIMITS, sameBytes, shape, verifyEvidence } from '../../protocol/wire/index.js'
import type { UpdateEvent } from '../../protocol/api/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { numberOf } from '../records/index.js'
import { alarmOf, kindShape, type Alarm, type Finding } from './alarm.js'
import type { Chat } from './chat.js'
import { withAlarm } from './cursor.js'
import { withGap, type Gap } from './gap.js'
import { gapView } from './view.js'

/** Kept evidence: what was found when, and the file's bytes. */
export interface KeptProof extends Pick<Alarm, 'kind' | 'message' | 'seq' | 'at'> { n: number, evidence: Uint8Array }

const keptShape = shape.struct({
  v: shape.literal(1), kind: kindShape, message: shape.text(LIMITS.alarmBytes), seq: shape.nullable(shape.uint()), at: shape.uint(), evidence: shape.bytes({ max: LIMITS.evidenceBytes })
})

/** The evidence kept of a chat, oldest first. */
export async function keptProofs ({ deps: { kv, keys }, log }: Chat): Promise<KeptProof[]> {
  const kept: KeptProof[] = []
  for await (const [key, bytes] of kv.iterate({ gte: keys.numbered('proof', 0, log), lte: keys.numbered('proof', Number.MAX_SAFE_INTEGER, log) })) {
    const { v: _v, unknown: _unknown, ...proof } = keptShape(decodeCbor(bytes, LIMITS.evidenceBytes + LIMITS.recordBytes), 'proof')
    kept.push({ n: numberOf(key), ...proof })
  }
  return kept
}

/**
 * Raises an alarm, with the evidence that the home's own statements make. A standing one gives way to a stronger one
 * only, so that what cannot be proved does not hide what can. Call it in the chat's turn.
 *
 * @returns whether anything changed
 */
export async function raise (chat: Chat, finding: Finding): Promise<boolean> {
  const evidence = finding.evidence ?? await chat.witness.prove()
  const kept = evidence === null ? null : await keep(chat, finding, evidence)
  const at = chat.deps.now()
  const accused = withAlarm(chat.cursor, kept === null ? finding : { ...finding, kind: kept.kind, proof: kept.n, claim: false }, at)
  if (accused === chat.cursor) return false
  const gap: Gap | undefined = finding.gap === undefined ? undefined : { author: null, ...finding.gap, at }
  const next = { ...accused, ...gap === undefined ? {} : { gaps: withGap(chat.cursor.gaps ?? [], gap) } }
  const events: UpdateEvent[] = [{ type: 'chat', chat: chat.id, title: chat.title, change: 'alarm' }]
  if (gap !== undefined) events.push(gapEvent(chat, gap, false))
  await chat.deps.updates.write([...chat.cursorOps(next), ...kept?.ops ?? []], events)
  chat.cursor = next
  return true
}

/** The update that tells of a gap, or that what was missing came after all. */
export function gapEvent (chat: Chat, gap: Gap, isHealed: boolean): UpdateEvent {
  return { type: 'gap', chat: chat.id, title: chat.title, gap: gapView(gap, chat.view), healed: isHealed }
}

/** Closes the gaps of the log's own numbers that have been read since. Call it in the chat's turn, after entries were taken. */
export async function heal (chat: Chat): Promise<void> {
  const events: UpdateEvent[] = []
  let { gaps = [] } = chat.cursor
  for (let gap = gaps.find(g => g.author === null && g.from <= chat.cursor.seq); gap !== undefined; gap = gaps.find(g => g.author === null && g.from <= chat.cursor.seq)) {
    const to = Math.min(gap.to, chat.cursor.seq)
    events.push(gapEvent(chat, { ...gap, to }, true))
    const rest = { ...gap, from: to + 1 }
    gaps = gaps.flatMap(g => g !== gap ? [g] : rest.from <= rest.to ? [rest] : [])
  }
  if (events.length === 0) return
  const next = { ...chat.cursor, gaps }
  await chat.deps.updates.write(chat.cursorOps(next), events)
  chat.cursor = next
}

/**
 * The person goes on with the relay as it shows the log now: the alarm is over, and what was promised before is not
 * held against it. What was verified here stays verified, so a relay that still contradicts it is caught again. Call it
 * in the chat's turn.
 */
export async function forgive (chat: Chat): Promise<void> {
  if (chat.cursor.alarm === null) return
  const isVoidDue = (await chat.timeline.at(chat.cursor.lastCommit))?.kind === 'held'
  const alarm = isVoidDue ? alarmOf({ kind: 'commit', seq: chat.cursor.lastCommit, message: 'a member\'s commit does not hold: the chat\'s owner must void it' }, chat.deps.now()) : null
  const next = { ...chat.cursor, alarm }
  await chat.deps.updates.write(chat.cursorOps(next), [{ type: 'chat', chat: chat.id, title: chat.title, change: alarm === null ? 'resumed' : 'alarm' }])
  chat.cursor = next
  chat.witness.forgive()
  chat.forgetPromises()
}

async function keep (chat: Chat, { message, seq = null }: Finding, evidence: Uint8Array): Promise<{ n: number, kind: Alarm['kind'], ops: KeyValueOp[] } | null> {
  const before = await keptProofs(chat)
  const kind = verifyEvidence(evidence).kind === 'fork' ? 'fork' : 'rollback'
  const same = before.find(proof => sameBytes(proof.evidence, evidence))
  if (same !== undefined) return { n: same.n, kind, ops: [] }
  // So many prove enough.
  if (before.length >= LIMITS.proofsPerChat) return null
  const n = (before.at(-1)?.n ?? 0) + 1
  const { message: words, at } = alarmOf({ kind, message }, chat.deps.now())
  const value = encodeCbor({ v: 1, kind, message: words, seq, at, evidence })
  return { n, kind, ops: [{ type: 'put', key: chat.deps.keys.numbered('proof', n, chat.log), value }] }
}
