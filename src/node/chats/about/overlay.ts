/** Reads what is known about messages, for who shows them: what the log says, and what this account has said and is on its way. */
import { cachedBody } from '../../../protocol/message/index.js'
import { sameBytes, type EntryId, type KeyBytes } from '../../../protocol/wire/index.js'
import type { Chat } from '../chat.js'
import type { Row } from '../row.js'
import { readFacts, targetIn } from './fact-records.js'
import { NO_FACTS, withFact, type Facts, type Target } from './facts.js'
import { NO_OVERLAY, type Overlay } from './shown.js'

/** At the end of the log. */
const LAST = { seq: Number.MAX_SAFE_INTEGER }

/** The overlay of facts whose edits are read by their numbers. */
export async function overlayFrom (facts: Facts, rowAt: (seq: number) => Promise<Row | undefined>): Promise<Overlay> {
  const last = facts.edits.at(-1)
  if (last === undefined) return facts === NO_FACTS ? NO_OVERLAY : { facts, edit: null }
  const row = await rowAt(last)
  const body = row?.body == null ? null : cachedBody(row.body)
  return { facts, edit: body?.kind === 'edit' && row !== undefined ? { body, at: row.at } : null }
}

/** What is known about a message in the log. */
export async function overlayOf (chat: Chat, seq: number, row: Row): Promise<Overlay> {
  const target = targetIn(seq, row)
  if (target === undefined) return NO_OVERLAY
  return withPending(chat, row.id, target, await overlayFrom(await readFacts(chat, row.id), async edit => await chat.timeline.at(edit)))
}

/** What this account has said about a message that is not in the log, and will follow it there. */
export function pendingOverlay (chat: Chat, id: EntryId, from: KeyBytes, body: Uint8Array | null): Overlay {
  const said = body === null ? null : cachedBody(body)
  const target = said === null ? undefined : targetIn(0, { kind: 'message', from, body })
  return target === undefined ? NO_OVERLAY : withPending(chat, id, target, NO_OVERLAY)
}

/** What is on its way counts for its author at once, as if it stood at the log's end. */
function withPending (chat: Chat, id: EntryId, target: Target, { facts, edit }: Overlay): Overlay {
  const { outbox, deps: { me } } = chat
  let overlay: Overlay = { facts, edit }
  for (const { body, createdAt } of outbox.orders()) {
    if (body.kind === 'delete' || !sameBytes(body.target, id)) continue
    const after = withFact(target, overlay.facts, { ...LAST, time: createdAt, from: me, body })
    if (after !== overlay.facts) overlay = { facts: after, edit: body.kind === 'edit' ? { body, at: createdAt } : overlay.edit }
  }
  return overlay
}

/** What is known about a message, with what this account has said and is on its way. */
export function pendingFacts ({ outbox, deps: { me } }: Chat, id: EntryId, target: Target, facts: Facts): Facts {
  return outbox.orders().reduce((known, { body, createdAt }) => body.kind === 'delete' || !sameBytes(body.target, id) ? known : withFact(target, known, { ...LAST, time: createdAt, from: me, body }), facts)
}

/** The messages that this account is about to pin. */
export function pendingPins ({ outbox }: Chat): EntryId[] {
  return outbox.orders().flatMap(({ body }) => body.kind === 'pin' && body.pinned ? [body.target] : [])
}
