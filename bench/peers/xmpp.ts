/** What both XMPP servers are given: a follower, and senders whose entries are messages to it. */
import { randomBytes } from 'node:crypto'
import { XmppClient } from './client/xmpp.js'
import { ENTRY_BYTES, SENDERS, type Course, type Sender } from './peer.js'

const FOLLOWER = 'follower'
const NUMBER_DIGITS = 11

/** Who must have an account, and the password of all. */
export const ACCOUNTS = [FOLLOWER, ...Array.from({ length: SENDERS }, (_, i) => `sender${i}`)]
export const PASSWORD = 'p'

/** All come in. */
export async function comeIn (port: number, course: Course): Promise<{ readonly senders: readonly Sender[], readonly clients: readonly XmppClient[] }> {
  const clients: XmppClient[] = []
  for (const name of ACCOUNTS) clients.push(await XmppClient.connect(port, name, PASSWORD, body => { course.seen(Number.parseInt(body, 16)) }))
  // A text as long as an entry: its number, and what is a byte for each half of one.
  const body = randomBytes((ENTRY_BYTES - NUMBER_DIGITS - 1) / 2).toString('hex')
  const senders = clients.slice(1).map((client): Sender => async number => { await client.send(FOLLOWER, `${number.toString(16).padStart(NUMBER_DIGITS, '0')}.${body}`) })
  return { senders, clients }
}
