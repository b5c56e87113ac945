/** Requests, reports, and the end of an account. */
import { rm } from 'node:fs/promises'
import type { CallOptions, Contact, Identity } from '../../protocol/api/index.js'
import { openMessage as unseal } from '../../protocol/crypto/index.js'
import { cleanName, openLetter } from '../../protocol/message/index.js'
import { BadInputError, ENTRY_ID_LENGTH, fromBase32Text, LIMITS, NotFoundError, peerIdText, PetrelError, signAccountDeletion, type StoredEntry } from '../../protocol/wire/index.js'
import { contactView, newContact } from '../contacts/index.js'
import type { NodeCore } from '../core.js'
import { findChat } from './chats.js'
import { atRelay } from './reach.js'
import { identity } from './status.js'

/** Lets a stranger in. */
export async function acceptRequest (core: NodeCore, id: string, options: CallOptions & { alias?: string }): Promise<Contact> {
  return contactView(await core.reception.acceptRequest(core.requests.get(id), options.alias))
}

/** Drops a request; with `block`, later ones of the same account too. */
export async function declineRequest (core: NodeCore, id: string, options: { block?: boolean }): Promise<void> {
  const request = core.requests.get(id)
  const [letter] = request.letters
  const known = core.contacts.get(request.account)
  const record = known ?? (letter === undefined ? undefined : newContact(openLetter(letter.bytes, core.account.key, letter.log).manifest.bytes, core.now(), { selfName: request.name }))
  const blocked = options.block === true && record !== undefined ? core.contacts.put({ ...record, blocked: true }, known === undefined ? 'added' : 'changed') : null
  await core.updates.write([core.requests.drop(request.account), ...blocked?.ops ?? []], blocked?.events ?? [])
  if (blocked !== null) core.chats.blockedChanged(request.account)
}

/** Discloses one signed message to the operator of the chat's home. */
export async function report (core: NodeCore, words: string, messageId: string, note: string, options: CallOptions): Promise<void> {
  if (Buffer.byteLength(note) > LIMITS.fallbackBytes) throw new BadInputError(`a note has at most ${LIMITS.fallbackBytes} bytes`)
  const { chat } = await findChat(core, words)
  const found = await chat.timeline.find(fromBase32Text(messageId, ENTRY_ID_LENGTH))
  if (found?.row.kind !== 'message') throw new NotFoundError(`this chat has no message ${messageId} that could be reported`)
  if (found.row.epoch !== chat.keys.epoch) throw new BadInputError('the message is from an earlier epoch: reporting it comes with a later version')
  const { seq, row: { epoch, id } } = found
  // At the home, whose operator decides, also where the chat is read at a mirror.
  const home = core.pool.link(chat.home.peer, chat.home.addrs)
  await atRelay(home, options, async own => {
    const entry = await chat.raw.at(seq) ?? (await chat.link.read(chat.log, seq - 1, 1, own)).entries[0]
    // The signed message itself, without the key that opens others.
    const message = unseal(chat.keys.content, payloadOf(entry), { log: chat.log, epoch, id })
    await home.report({ log: chat.log, seq, message, note }, own)
  })
}

function payloadOf (entry: StoredEntry | undefined): Uint8Array {
  if (entry === undefined || entry.payload === null) throw new NotFoundError('the relay no longer has this message')
  return entry.payload
}

/** Gives this account another name, durably; chats are told when their relays are reached. @throws BadInputError */
export async function renameAccount (core: NodeCore, words: string): Promise<Identity> {
  const name = words.trim()
  if (name === '' || cleanName(name) !== name || Buffer.byteLength(name) > LIMITS.nameBytes) throw new BadInputError(`a name has 1 to ${LIMITS.nameBytes} bytes of UTF-8, and no control characters`)
  if (name !== core.account.name) {
    await core.account.rename(name, core.now())
    core.chats.renamed()
  }
  return identity(core)
}

/** Deletes the account at its relays, then everything in this home, then stops. */
export async function deleteAccount (core: NodeCore, confirm: string, stop: () => Promise<void>, options: CallOptions): Promise<void> {
  const { account } = core
  if (confirm !== peerIdText(account.key)) throw new BadInputError('to delete the account for good, confirm with its id (petrel id)')
  for (const relay of account.relays) {
    const link = core.pool.link(relay.peer, [relay.address])
    try {
      await atRelay(link, options, async own => { await link.deleteAccount(signAccountDeletion({ account: account.key, relay: relay.peer, time: core.now() }, account.device), own) })
    } catch (error) {
      if (!saysDeleted(error)) throw error
    }
  }
  await stop()
  await rm(core.options.dir, { recursive: true, force: true })
}

/** Sessions end with the account, so the news of that may come before the answer; and an earlier try may have got through. */
function saysDeleted (error: unknown): boolean {
  return error instanceof PetrelError && (error.details.deleted === true || saysDeleted(error.cause))
}
