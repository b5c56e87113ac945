/** Who has received an own message of a group, and who has read it: from the marks that the log has. */
import type { Reader } from '../../protocol/api/index.js'
import { cachedBody } from '../../protocol/message/index.js'
import { LIMITS, peerIdText, sameBytes } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import { marksFor } from './cursor.js'
import type { NumberedRow } from './timeline.js'

/** Who has received or read a message, who read it first. */
export async function readersOf (chat: Chat, { seq, row }: NumberedRow): Promise<Reader[] | 'not-own' | 'too-large'> {
  const { deps: { me }, cursor } = chat
  if (row.kind !== 'message' || row.from === null || !sameBytes(row.from, me)) return 'not-own'
  if (!chat.hasReceipts) return 'too-large'
  const times = await timesAfter(chat, seq)
  const readers = marksFor(seq, cursor, me).filter(({ delivered }) => delivered >= seq).map(({ account, read }): Reader => {
    const told = times.get(peerIdText(account))
    const isRead = read >= seq
    return { account: peerIdText(account), name: chat.nameOf(account), state: isRead ? 'read' : 'delivered', deliveredAt: dateOf(told?.delivered), readAt: isRead ? dateOf(told?.read) : null }
  })
  const order = ({ readAt, deliveredAt, state }: Reader): number => (state === 'read' ? 0 : 1e15) + ((state === 'read' ? readAt : deliveredAt)?.getTime() ?? 0)
  return readers.sort((a, b) => order(a) - order(b))
}

const dateOf = (ms: number | undefined): Date | null => ms === undefined ? null : new Date(ms)

interface Times { delivered?: number, read?: number }

/** When each member's word of a number came into the log first. Only so many entries are looked through, so of an old message it may not be known. */
async function timesAfter ({ timeline, cursor }: Chat, seq: number): Promise<Map<string, Times>> {
  const times = new Map<string, Times>()
  for await (const { row } of timeline.range(seq + 1, Math.min(cursor.seq, seq + LIMITS.readerRows))) {
    if (row.kind !== 'mark' || row.from === null || row.body === null) continue
    const body = cachedBody(row.body)
    if (body.kind !== 'mark') continue
    const name = peerIdText(row.from)
    const known = times.get(name) ?? {}
    times.set(name, known)
    if (Math.max(body.delivered, body.read) >= seq) known.delivered ??= row.time
    if (body.read >= seq) known.read ??= row.time
  }
  return times
}
