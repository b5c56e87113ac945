/** The people an account knows. */
import type { CallOptions, Contact, SafetyNumber } from '../../protocol/api/index.js'
import { safetyNumber as digitsOf } from '../../protocol/crypto/index.js'
import { parseLink, type PetrelLink } from '../../protocol/message/index.js'
import { BadInputError, ExistsError, LIMITS, peerIdText, ProofError, randomSeed, sameBytes, TooLargeError, UnavailableError } from '../../protocol/wire/index.js'
import { makeDirectChat, type ChatSession } from '../chats/index.js'
import { contactView, keyPackageOf, manifestOf, newContact, sameSeed, shownName, type ContactChange, type ContactRecord } from '../contacts/index.js'
import type { NodeCore } from '../core.js'
import { relayKeyOf } from '../gateway/index.js'
import { atRelay } from './reach.js'

/** Adds somebody by link: finds the manifest, keeps the contact, opens the direct chat. */
export async function addContact (core: NodeCore, text: string, options: CallOptions & { alias?: string }): Promise<Contact> {
  const link = parseLink(text)
  if (link.group !== undefined) throw new BadInputError('this is a link to a group: petrel group join takes it')
  if (sameBytes(link.account, core.account.key)) throw new BadInputError('this is your own link: send it to somebody else')
  if (core.account.home === undefined) throw new UnavailableError('others are reached through a relay of your own: add one first (petrel relays add ADDRESS), or do without in one network (petrel daemon start --lan)')
  const met = core.contacts.get(link.account) ?? await meet(core, link, options)
  // A letter of the same person may have made the contact meanwhile.
  const known = core.contacts.get(link.account)
  if (known === undefined && core.contacts.count >= LIMITS.contacts) throw new TooLargeError(`this account has ${LIMITS.contacts} contacts already`)
  const record = known ?? met
  const alias = options.alias ?? record.alias
  if (alias !== null) core.contacts.requireFree(alias, link.account)
  const wanted: ContactRecord = { ...record, alias, selfName: record.selfName ?? link.name ?? null, theirGrant: link.invite ?? record.theirGrant }
  const change = core.contacts.put(wanted, known === undefined ? 'added' : 'changed')
  // Added before by a link without an invite, as a shell leaves one at its first `&`: what waits there as a stranger's goes by the invite now.
  const anew = sameSeed(record.theirGrant, wanted.theirGrant) ? [] : core.post.anewOps(link.account)
  await core.updates.write([...change.ops, ...anew], change.events)
  if (anew.length > 0) core.post.kick()
  // Who is added here is no stranger any more: what it wrote before is let in, with the chat that it made.
  const request = core.requests.of(link.account)
  if (request !== undefined) await core.reception.acceptRequest(request, undefined)
  await directChat(core, wanted, options)
  return contactView(core.contacts.get(link.account) ?? wanted)
}

/** A new contact's record, from its manifest at one of the relays that the link names. */
async function meet (core: NodeCore, link: PetrelLink, options: CallOptions): Promise<ContactRecord> {
  const known = link.relays.map(address => ({ peer: relayKeyOf(address), addrs: [address] }))
  const manifest = await core.finder.lookUp(link.account, known, options)
  return newContact(manifest.bytes, core.now(), {
    selfName: link.name ?? null, ourGrant: randomSeed(), theirGrant: link.invite ?? null, ...(link.relays.length > 0 ? { addrs: link.relays } : {})
  })
}

/** The direct chat with a contact; made when there is none. @throws UnavailableError without a home relay or while theirs is away */
export async function directChat (core: NodeCore, contact: ContactRecord, options: CallOptions): Promise<ChatSession> {
  return core.chats.directWith(contact.account) ?? await core.chats.makeDirect(contact.account, async () => await newDirectChat(core, contact, options))
}

async function newDirectChat (core: NodeCore, contact: ContactRecord, options: CallOptions): Promise<ChatSession> {
  const { chatHome: home } = core.account
  if (home === undefined) throw new UnavailableError('a chat needs a home: add a relay first (petrel relays add ADDRESS)')
  const known = await core.finder.refresh(contact, options)
  if (known.alarm !== null) throw new ProofError(`no chat is made with this contact: ${known.alarm}`)
  const record = await keyPackageOf(core.pool, known, options)
  const { record: chat, cursor } = await makeDirectChat({
    me: core.account.manifest, device: core.account.device, peer: manifestOf(known), keyPackage: record, home: { peer: home.peer, addrs: core.account.addrsOf(home) }, now: core.now(), mls: core.mls
  })
  try {
    return await core.chats.add(chat, cursor, 'created')
  } catch (error) {
    if (!(error instanceof ExistsError)) throw error
    throw new UnavailableError('the chat is being made already: try again in a moment', { cause: error })
  }
}

/** Sets or takes away the alias. */
export async function renameContact (core: NodeCore, words: string, alias: string | null): Promise<Contact> {
  return await changed(core, core.contacts.rename(core.contacts.resolve(words), alias))
}

/** Blocks or unblocks; a blocked contact's key to the inbox ends. */
export async function blockContact (core: NodeCore, words: string, blocked: boolean, options: CallOptions): Promise<Contact> {
  const record = core.contacts.resolve(words)
  const view = await changed(core, core.contacts.put({ ...record, blocked }, 'changed'))
  core.chats.blockedChanged(record.account)
  const { publisher } = core
  const grant = record.ourGrant
  if (grant !== null && publisher.home !== undefined) {
    const told = atRelay(publisher.home, options, async own => { await (blocked ? publisher.revoke(grant, own) : publisher.grantTo(grant, null, own)) })
    // Blocking holds here at once; the relay is told again at the next connection.
    await told.catch((error: unknown) => { core.log('info', 'contact.grant', { code: error instanceof Error ? error.name : 'unknown' }) })
  }
  return view
}

/** The safety number shared with a contact. */
export function safetyNumber (core: NodeCore, words: string): SafetyNumber {
  const record = core.contacts.resolve(words)
  return { account: peerIdText(record.account), name: shownName(record), digits: digitsOf(core.account.key, record.account), verified: record.verified }
}

/** Says that the number was compared, or takes that back; comparing settles an alarm. */
export async function setVerified (core: NodeCore, words: string, verified: boolean): Promise<Contact> {
  const record = core.contacts.resolve(words)
  const view = await changed(core, core.contacts.settle(record, verified))
  core.post.kick(true)
  core.secrets.delivery.kick()
  return view
}

async function changed (core: NodeCore, change: ContactChange): Promise<Contact> {
  await write(core, change)
  return contactView(change.record)
}

async function write (core: NodeCore, change: ContactChange): Promise<void> { await core.updates.write(change.ops, change.events) }
