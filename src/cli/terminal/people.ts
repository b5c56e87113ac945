/** Ids and states as people read them. */
import type { MessageState } from '../../protocol/api/index.js'
import { oneLine } from './safe-text.js'

/** Enough of an account's id to name it: PeerIds of Ed25519 keys all begin with the same eight characters. */
const ACCOUNT_CHARACTERS = 16
const MESSAGE_CHARACTERS = 10

/** An account's id for a terminal of some columns; whole where nothing is cut. */
export function shortAccount (account: string, columns: number | null): string { return oneLine(account).slice(0, columns === null ? undefined : ACCOUNT_CHARACTERS) }

/** A message's, chat's or request's id, as {@link shortAccount}. */
export function shortId (id: string, columns: number | null): string { return oneLine(id).slice(0, columns === null ? undefined : MESSAGE_CHARACTERS) }

const MARKS: Readonly<Record<MessageState, string>> = { queued: '…', stored: '✓', delivered: '✓✓', read: 'read', failed: '!', scheduled: 'scheduled' }

/** `…` queued, `✓` stored, `✓✓` delivered, `read`, `!` failed, `scheduled`; empty for others' messages; a later version's word as it is. */
export function stateMark (state: MessageState | null): string {
  if (state === null) return ''
  return Object.hasOwn(MARKS, state) ? MARKS[state] : oneLine(state)
}
