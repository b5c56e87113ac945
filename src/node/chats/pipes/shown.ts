/** Previews and the log: what was kept is read at the start, and gives way to the log's entry of the same id. */
import { base32Text, ProofError, sameBytes, type VerifiedEntry } from '../../../protocol/wire/index.js'
import type { Chat } from '../chat.js'
import type { Draft } from '../draft.js'
import type { Row } from '../row.js'
import { decodePreview } from './preview.js'

/** Reads a chat's previews from the disk. */
export async function loadPreviews (chat: Chat): Promise<void> {
  const { log, deps: { keys, kv } } = chat
  for await (const [, bytes] of kv.iterate({ gte: keys.numbered('preview', 0, log), lte: keys.numbered('preview', Number.MAX_SAFE_INTEGER, log) })) chat.previews.set(decodePreview(bytes))
}

/** The log has something under a preview's id: whatever it is, that is the message now. */
export function showPreviewed (chat: Chat, draft: Draft, { leaf }: VerifiedEntry): void {
  const preview = chat.previews.get(leaf.id)
  if (preview === undefined) return
  draft.ops.push(chat.previewDel(preview))
  draft.shown.push(preview)
  const row = draft.rows.get(leaf.seq)
  if (row?.kind === 'message' || row?.kind === 'service') return
  const error = { code: ProofError.code, message: 'the message was handed over before it was stored, and what the log has in its place cannot be read' }
  draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(leaf.id), state: 'failed', error })
}

/** Told already, as a preview: what is new is that it stands in the log. */
export function wasPreviewed (chat: Chat, { id, from, body }: Row): boolean {
  const preview = chat.previews.get(id)
  return preview !== undefined && from !== null && body !== null && sameBytes(preview.from, from) && sameBytes(preview.body, body)
}
