/**
 * Who is out of a group and may not have heard of it: the home that would have told is gone. Told where the log went, it
 * reads there up to the commit that removed it, which its keys allow and no further. Then its node says that it is out,
 * where it would wait for a dead relay for ever.
 */
import { decodeBody } from '../../../protocol/message/index.js'
import { LIMITS, type KeyBytes } from '../../../protocol/wire/index.js'
import type { Chat } from '../chat.js'
import { accountName } from '../member-manifests.js'
import { isLeaving } from './leaving.js'

/** Accounts that were removed, or left, among the last entries of a group's log, the last first, and are no members now. */
export async function removedLately ({ record: { direct, members }, cursor: { seq }, timeline }: Chat): Promise<KeyBytes[]> {
  const out = new Map<string, KeyBytes>()
  if (direct) return []
  const known = new Set(members.map(({ account }) => accountName(account)))
  for await (const { row } of timeline.range(Math.max(1, seq + 1 - LIMITS.removedTellEntries), seq, true)) {
    const body = row.kind === 'service' && row.body !== null ? decodeBody(row.body) : undefined
    if (body?.kind !== 'service') continue
    const gone = body.event === 'removed' ? body.accounts ?? [] : isLeaving(body) && row.from !== null ? [row.from] : []
    for (const account of gone) if (!known.has(accountName(account))) out.set(accountName(account), account)
    if (out.size >= LIMITS.removedTellAccounts) break
  }
  return [...out.values()].slice(0, LIMITS.removedTellAccounts)
}
