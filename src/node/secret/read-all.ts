/** What a person has read of a secret chat. */
import { LIMITS } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { SecretChat } from './secret-chat.js'

/** Lines that are looked at together for what is unread. */
const UNREAD_PAGE = 64

/**
 * Marks as read what is unread, from the newest on: a long chat is not walked through when little is. Nothing else may
 * change the chat meanwhile: what is edited or goes must not be written as it was.
 *
 * @returns the highest number that is read
 */
export async function readAll (chat: SecretChat, at: number): Promise<number> {
  const { record: { chat: group, rows, unread, read }, deps: { store } } = chat
  if (unread === 0) return read
  let [found, through, bytes, ops]: [number, number, number, KeyValueOp[]] = [0, read, 0, []]
  for (let before = rows + 1; ;) {
    const page = await store.rows(group, before, UNREAD_PAGE)
    const here = page.filter(({ value }) => !value.own && value.kind === 'said' && value.readAt === null)
    for (const { row, value } of here) {
      through = Math.max(through, value.n)
      bytes += value.body?.length ?? 0
      ops.push(...await store.readRow(group, row, value, at))
    }
    found += here.length
    const last = page.at(-1)
    // Of those that were taken back the count may know still: it says where to stop, not how many there are.
    if (last === undefined || (here.length === 0 && found >= unread)) break
    before = last.row
    if (bytes <= LIMITS.secretReadBytes) continue
    await chat.change({}, { ops })
    ;[bytes, ops] = [0, []]
  }
  await chat.change({ read: through, unread: 0 }, { ops })
  return through
}
