/**
 * Forwarding: what was said in one chat is said again in another one, as it stands: with its newest edit. The bytes of files stay where they
 * are: the new message names the same blob and key, and the forwarder's relay holds it from then on. DESIGN section 6.
 */
import type { ChatMessage, ForwardOptions } from '../../protocol/api/index.js'
import { mediaFallback, pollFallback, type Body, type ForwardOrigin } from '../../protocol/message/index.js'
import { BadInputError, LIMITS, peerIdText, sameBytes, UnsupportedError, type KeyBytes } from '../../protocol/wire/index.js'
import { saidNow, type Line } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { findChat, messageId } from './chats.js'
import { checkedKey, checkedWait, reached, requireTrust, sendNow, sendOnce, type Sent } from './send.js'

/** Sends messages of a chat on to another one. */
export async function forwardMessages (core: NodeCore, words: string, ids: readonly string[], to: string, options: ForwardOptions): Promise<ChatMessage[]> {
  if (ids.length === 0 || ids.length > LIMITS.forwardMessages) throw new BadInputError(`1 to ${LIMITS.forwardMessages} messages are forwarded at once`)
  const wait = checkedWait(options.wait)
  const key = checkedKey(options.idempotencyKey)
  const { chat } = await findChat(core, words)
  // All are looked at before anything is sent.
  const bodies: Body[] = []
  for (const id of ids) bodies.push(bodyOf(core, await saidNow(chat, messageId(id)), options))
  const session = await findChat(core, to, { ...options, make: true })
  requireTrust(core, session)
  const sent: Sent[] = []
  for (const [i, body] of bodies.entries()) {
    const made = { body, ops: [] }
    sent.push(key === undefined ? await sendNow(session, made) : await sendOnce(core, session, () => Promise.resolve(made), `${key}/${i}`))
  }
  return await Promise.all(sent.map(async one => await reached(core, one, wait, options.signal)))
}

/** What it answered stays behind: the message is of another chat. */
function bodyOf (core: NodeCore, { from, at, body }: Line, { hideOrigin, silent }: ForwardOptions): Body {
  if (body.kind === 'unknown') throw new UnsupportedError(`a message of the kind ${body.name} can only be forwarded by a newer Petrel: update it`)
  const origin: ForwardOrigin = body.forward ?? { name: nameOf(core, from), at }
  const { reply: _reply, forward: _forward, silent: _silent, fallback: _fallback, ...said } = body
  const how = { ...hideOrigin === true ? {} : { forward: origin }, ...silent === true ? { silent: true } : {} }
  switch (said.kind) {
    case 'poll': return { ...said, ...how, fallback: pollFallback(said) }
    case 'text': return { ...said, ...how }
    case 'media': return { ...said, ...how, fallback: mediaFallback([said], said.text) }
    case 'album': return { ...said, ...how, fallback: mediaFallback(said.items, said.text) }
  }
}

/** What somebody calls themself, as far as it is known. The person's own word for them stays here: it is nobody else's business. */
function nameOf (core: NodeCore, account: KeyBytes): string {
  if (sameBytes(account, core.account.key)) return core.account.name
  return core.contacts.get(account)?.selfName ?? peerIdText(account).slice(-8)
}
