/** Puts together what lets others into groups by this account's links. */
import { sameBytes } from '../protocol/wire/index.js'
import type { ChatBook } from './chats/index.js'
import { manifestOf, type ContactBook, type Met } from './contacts/index.js'
import type { Post } from './letters/index.js'
import { Joins, type Joinings, type LinkBook } from './links/index.js'
import type { NodeLog } from './log.js'
import type { UpdateLog } from './updates/index.js'

/** What it is put together from. */
export interface LettingIn {
  readonly updates: UpdateLog
  readonly now: () => number
  readonly log: NodeLog
  readonly links: LinkBook
  readonly met: Met
  readonly joinings: Joinings
  readonly contacts: ContactBook
  readonly post: Post
  /** The chats, once they are there. */
  readonly chats: () => ChatBook
}

/** See the file's head. */
export function joinsOf ({ updates, now, log, links, met, joinings, contacts, post, chats }: LettingIn): Joins {
  return new Joins({
    book: links, met, updates, chats, answer: (to, link, k) => post.answerOp(to, { link, k }), posted: () => { post.kick() }, isContact: key => contacts.get(key) !== undefined, now, log,
    known: key => { const one = contacts.get(key) ?? met.get(key); return one === undefined ? undefined : manifestOf(one) },
    isNeeded: key => post.isFor(key) || joinings.isOpen(key) || chats().all().some(({ chat }) => chat.record.members.some(m => sameBytes(m.account, key)))
  })
}
