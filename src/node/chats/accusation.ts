/** Raises a chat's alarm, and keeps what proves it: for the person, and for whoever they show it to. */
import { decodeCbor, encodeCbor, LIMITS, sameBytes, shape, verifyEvidence } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { numberOf } from '../records/index.js'
import { alarmOf, kindShape, type Alarm, type Finding } from './alarm.js'
import type { Chat } from './chat.js'

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
  const alarm = alarmOf(kept === null ? finding : { ...finding, kind: kept.kind, proof: kept.n, claim: false }, chat.deps.now())
  if (!isStronger(alarm, chat.cursor.alarm)) return false
  const next = { ...chat.cursor, alarm }
  await chat.deps.updates.write([chat.cursorOp(next), ...kept?.ops ?? []], [{ type: 'chat', chat: chat.id, title: chat.title, change: 'alarm' }])
  chat.cursor = next
  return true
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

function isStronger (alarm: Alarm, standing: Alarm | null): boolean { return standing === null || strength(alarm) > strength(standing) }

/** A commit that is to be voided ends by itself; what nobody can prove gives way to what was found here, and that to what is proved. */
function strength ({ kind, proof, claim }: Alarm): number {
  if (proof !== null) return 3
  return kind === 'commit' ? 0 : claim ? 1 : 2
}
