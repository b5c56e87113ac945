/** Whether somebody who was let into a chat is known to be in it: then its letter need not be posted again. */
import { sameBytes, type KeyBytes } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'

/** Of a member that was added at a number: in a direct chat by anything of it, in a group by what it has received since. */
export function hasCome (chat: Chat | undefined, account: KeyBytes, seq: number): boolean {
  if (chat === undefined) return false
  const { record, cursor, hasPeer, hasReceipts, manifests } = chat
  // The first entry lets it in. One that comes in again later has been here before.
  if (record.direct && seq <= 1) return hasPeer
  if (cursor.marks.some(m => sameBytes(m.account, account) && m.delivered >= seq)) return true
  // In a large group marks are not kept: there anything that a device of it wrote since says so.
  const manifest = hasReceipts ? undefined : manifests.find(m => sameBytes(m.manifest.account, account))
  return manifest?.manifest.devices.some(({ key }) => (cursor.runs.get(key)?.at ?? -1) > seq) === true
}
