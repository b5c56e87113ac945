/** The verbs of secret chats. */
import type { CallOptions, SecretCode, SecretEditOptions, SecretInfo, SecretLine, SecretSendOptions } from '../../protocol/api/index.js'
import { secretCode as codeOf, systemRandom } from '../../protocol/crypto/index.js'
import { decodeBody, encodeBody, type Body, type TextBody } from '../../protocol/message/index.js'
import {
  AmbiguousError, BadInputError, base32Text, ENTRY_ID_LENGTH, ForbiddenError, LIMITS, NotFoundError, peerIdText, UnavailableError, type EntryId
} from '../../protocol/wire/index.js'
import { manifestOf, requireTrusted, type ContactRecord } from '../contacts/index.js'
import type { NodeCore } from '../core.js'
import { atRelay } from '../gateway/index.js'
import { fact, filesOfLine, isAbout, lineView, note, readAll, saidRow, secretView, told, type Lines, type SecretChat, type SecretRow } from '../secret/index.js'
import { messageId } from './chats.js'
import { setVerified } from './contacts.js'
import { formattedText, type Formatting } from './words.js'

/** Begins one with a device of a contact. */
export async function startSecret (core: NodeCore, words: string, { timer = 0, signal }: CallOptions & { timer?: number }): Promise<SecretInfo> {
  checkedSeconds(timer)
  const contact = core.contacts.resolve(words)
  requireTrusted(core.contacts, contact.account)
  const known = await core.finder.refresh(contact, signal === undefined ? {} : { signal })
  requireTrusted(core.contacts, known.account)
  const chat = await core.secrets.book.start(manifestOf(known), await packagesOf(core, known, signal), timer)
  return secretInfo(core, chat)
}

/** Accepts one. */
export async function acceptSecret (core: NodeCore, words: string): Promise<SecretInfo> {
  const chat = findSecret(core, words, 'asked')
  requireTrusted(core.contacts, chat.record.peer)
  await core.secrets.book.accept(chat)
  return secretInfo(core, chat)
}

/** All of them. */
export function listSecrets (core: NodeCore): SecretInfo[] {
  const rank = { asked: 0, asking: 1, open: 2, closed: 3 } as const
  return core.secrets.book.all().map(chat => secretInfo(core, chat)).sort((a, b) => rank[a.state] - rank[b.state])
}

/** One of them. */
export function showSecret (core: NodeCore, words: string): SecretInfo { return secretInfo(core, findSecret(core, words)) }

/** What the two people compare. */
export function secretCode (core: NodeCore, words: string): SecretCode {
  const chat = findSecret(core, words)
  requireOneDevice(chat)
  const { peer, device } = chat.record
  const { digits, emoji } = codeOf({ account: core.account.key, device: core.account.device.key }, { account: peer, device })
  return { digits, emoji: emoji.map(one => ({ ...one })) }
}

/** Says something, with files or without. */
export async function sendSecret (core: NodeCore, words: string, typed: string, { entities, format, replyTo, media = [] }: SecretSendOptions): Promise<SecretLine> {
  const chat = findSecret(core, words, 'open')
  const said = formattedText(typed, formattingOf({ ...entities === undefined ? {} : { entities }, ...format === undefined ? {} : { format } }), () => [])
  if (said.text === '' && media.length === 0) throw new BadInputError('an empty message says nothing: give it some text')
  const reply = replyTo === undefined ? undefined : { id: await requireLine(core, chat, replyTo) }
  const text: TextBody = { kind: 'text', text: said.text, ...said.entities.length === 0 ? {} : { entities: said.entities }, ...reply === undefined ? {} : { reply } }
  const id = systemRandom(ENTRY_ID_LENGTH)
  const ttl = chat.record.timer
  const rowOf = (body: Uint8Array, n: number): SecretRow => saidRow(chat, { n, own: true, id, at: core.now(), body, ttl })
  if (media.length > 0) {
    await core.secrets.files.take(media, text, { chat: chat.record.chat, id }, async (body, ops) => { await core.secrets.kept.keep(chat, rowOf(body, 0), ops) })
    return await lineOf(core, chat, id)
  }
  const body = encodeBody(text)
  if (body.length > LIMITS.secretBodyBytes) throw new BadInputError('the text with its formatting is too long for one message: split it')
  await chat.say({ kind: 'said', id, body, ttl }, n => rowOf(body, n))
  return await lineOf(core, chat, id)
}

/** Callers that always send a list say nothing with an empty one beside a format. */
function formattingOf ({ entities, format }: SecretEditOptions): Formatting {
  return { ...entities === undefined || (entities.length === 0 && format !== undefined) ? {} : { entities }, ...format === undefined ? {} : { format } }
}

/** Gives an own message another text. */
export async function editSecret (core: NodeCore, words: string, id: string, typed: string, formatting: SecretEditOptions): Promise<SecretLine> {
  const chat = findSecret(core, words, 'open')
  const target = await requireOwn(core, chat, id)
  const { text, entities } = formattedText(typed, formattingOf(formatting), () => [])
  if (text === '' && filesOfLine((await requireRow(core, chat, id)).value).length === 0) throw new BadInputError('a message without words says nothing: delete it')
  await sayAbout(core, chat, { kind: 'edit', target, text, ...entities.length === 0 ? {} : { entities } })
  return await lineOf(core, chat, target)
}

/** Erases messages: own ones on both devices, others' here. */
export async function deleteSecret (core: NodeCore, words: string, ids: string[]): Promise<void> {
  const chat = findSecret(core, words, 'open')
  if (ids.length === 0 || ids.length > LIMITS.deleteTargets) throw new BadInputError(`name 1 to ${LIMITS.deleteTargets} messages`)
  for (const id of ids) await requireRow(core, chat, id)
  const sent = await chat.exclusive(async () => {
    const lines: Lines = { rows: [], ops: [], events: [], record: chat.record }
    const rest: EntryId[] = []
    for (const text of new Set(ids)) {
      const { row, id, value } = await requireRow(core, chat, text)
      // Of what waits for its files the other device knows nothing.
      if (value.own && value.n > 0) rest.push(id)
      else lines.ops.push(...core.secrets.records.dropRow(chat.record.chat, row, value))
    }
    told(chat, lines, 'changed')
    await chat.change({}, lines)
    return rest
  })
  core.secrets.erased()
  if (sent.length > 0) await sayAbout(core, chat, { kind: 'delete', targets: sent })
}

/** Puts emoji under a message. */
export async function reactSecret (core: NodeCore, words: string, id: string, emoji: string[]): Promise<SecretLine> {
  const chat = findSecret(core, words, 'open')
  if (emoji.length > LIMITS.reactionEmoji || emoji.some(one => one === '' || Buffer.byteLength(one) > 64)) throw new BadInputError(`a reaction is at most ${LIMITS.reactionEmoji} emoji`)
  const target = await requireLine(core, chat, id)
  await sayAbout(core, chat, { kind: 'reaction', target, emoji: [...emoji] })
  return await lineOf(core, chat, target)
}

/** Lines, the newest first. */
export async function secretLines (core: NodeCore, words: string, { before = Infinity, limit = 50 }: CallOptions & { before?: number, limit?: number }): Promise<SecretLine[]> {
  const chat = findSecret(core, words, 'open')
  return (await core.secrets.records.rows(chat.record.chat, Math.min(before, chat.record.rows + 1), limit)).map(({ row, value }) => lineView(chat.record, row, value, core.secrets.delivery.hasPosted(chat, value.n)))
}

/** Says that everything was read: timers begin. */
export async function readSecret (core: NodeCore, words: string): Promise<void> {
  const chat = findSecret(core, words, 'open')
  const at = core.secrets.time()
  const through = await chat.exclusive(async () => {
    const { record } = chat
    if (record.stage !== 'open') return undefined
    const read = await readAll(chat, at)
    return read > record.read ? read : undefined
  })
  core.secrets.look()
  if (through !== undefined && chat.doubt === null) await chat.say({ kind: 'read', through })
}

/** Sets the timer of both. */
export async function setSecretTimer (core: NodeCore, words: string, seconds: number): Promise<SecretInfo> {
  const chat = findSecret(core, words, 'open')
  checkedSeconds(seconds)
  if (chat.record.timer !== seconds) await chat.say({ kind: 'timer', seconds }, n => note(chat, seconds === 0 ? 'timerOff' : `timer:${seconds}`, { n, own: true, at: core.now() }), { timer: seconds })
  return secretInfo(core, chat)
}

/** Tells that a picture was taken. */
export async function noteScreenshot (core: NodeCore, words: string): Promise<void> {
  const chat = findSecret(core, words, 'open')
  await chat.say({ kind: 'screenshot' }, n => note(chat, 'screenshot', { n, own: true, at: core.now() }))
}

/** Ends one. */
export async function closeSecret (core: NodeCore, words: string): Promise<void> { await core.secrets.book.close(findSecret(core, words)) }

/** Erases what is left of a closed one. */
export async function forgetSecret (core: NodeCore, words: string): Promise<void> { await core.secrets.book.forget(findSecret(core, words)) }

/** Says that the code was compared, or takes that back; comparing settles an alarm of the contact. */
export async function setSecretVerified (core: NodeCore, words: string, verified: boolean): Promise<SecretInfo> {
  const chat = findSecret(core, words)
  if (chat.record.stage === 'closed') throw new ForbiddenError('this secret chat is closed: there is nothing to compare')
  if (verified) requireOneDevice(chat)
  const others = verified ? [] : core.secrets.book.sameCode(chat).filter(one => one !== chat && one.record.verified === true)
  for (const one of [chat, ...others]) {
    await one.exclusive(async () => {
      const lines: Lines = { rows: [], ops: [], events: [], record: one.record }
      told(one, lines, 'verified')
      await one.change({ verified }, lines)
    })
  }
  if (verified && core.contacts.get(chat.record.peer) !== undefined) await setVerified(core, peerIdText(chat.record.peer), true)
  core.secrets.delivery.kick()
  return secretInfo(core, chat)
}

function checkedSeconds (seconds: number): void {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > LIMITS.secretTimerSeconds) throw new BadInputError('a timer is 1 second to 1 week, or 0 for none')
}

/** Until one of several devices has accepted, nobody knows what is compared. @throws ForbiddenError */
function requireOneDevice ({ record: { asking = [] } }: SecretChat): void {
  if (asking.length > 1) throw new ForbiddenError('there is nothing to compare yet: none of the devices that were asked has accepted')
}

/**
 * A secret chat by its id, a start of one, or the name of a contact with whom there is one. Of several with one name,
 * those at the `stage` that the caller can do something with come first.
 *
 * @throws NotFoundError, AmbiguousError
 */
export function findSecret (core: NodeCore, words: string, stage?: SecretChat['record']['stage']): SecretChat {
  const all = core.secrets.book.all()
  const exact = all.filter(({ id }) => id === words)
  const byStart = words.length >= 4 ? all.filter(({ id }) => id.startsWith(words)) : []
  const named = all.filter(({ record }) => core.contacts.nameOf(record.peer) === words || peerIdText(record.peer) === words)
  const alive = named.filter(({ record }) => record.stage !== 'closed')
  const fitting = (some: SecretChat[]): SecretChat[] => some.filter(({ record }) => record.stage === stage)
  const found = [exact, fitting(named), alive, fitting(byStart), byStart, named].find(some => some.length > 0) ?? []
  const [first] = found
  if (first === undefined) throw new NotFoundError(`no secret chat is called "${words.slice(0, 80)}": see petrel secret list`)
  if (found.length > 1) throw new AmbiguousError(`several secret chats are called "${words.slice(0, 80)}": name one by its id`, { details: { candidates: found.map(({ id }) => id) } })
  return first
}

function secretInfo (core: NodeCore, chat: SecretChat): SecretInfo {
  return secretView(chat, { name: core.contacts.nameOf(chat.record.peer), isVerified: core.secrets.book.isCompared(chat) })
}

/** A key package of each of the contact's devices that has one, from the first of its relays that has any. @throws what the last relay said */
async function packagesOf (core: NodeCore, contact: ContactRecord, signal: AbortSignal | undefined): Promise<Uint8Array[]> {
  const { devices, relays } = manifestOf(contact).manifest
  let failure: unknown = new UnavailableError('the contact has no relay yet: ask it to add one')
  for (const { peer, addrs } of relays) {
    const link = core.pool.link(peer, addrs.length > 0 ? addrs : contact.addrs)
    try {
      return await atRelay(link, signal === undefined ? {} : { signal }, async own => await core.post.known(link, contact, async () => {
        const asked = await Promise.allSettled(devices.slice(-LIMITS.secretStartDevices).map(async ({ key }) => await link.getKeyPackage(contact.account, 'secret', { ...own, device: key })))
        const found = asked.flatMap(one => one.status === 'fulfilled' ? [one.value.record] : [])
        const [first] = asked
        if (found.length === 0 && first?.status === 'rejected') throw first.reason
        return found
      }))
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

/** A line that somebody said. @throws NotFoundError */
export async function requireRow (core: NodeCore, chat: SecretChat, text: string): Promise<{ row: number, id: EntryId, value: SecretRow }> {
  const id = messageId(text)
  const row = await core.secrets.records.find(chat.record.chat, id)
  const value = row === undefined ? undefined : await core.secrets.records.row(chat.record.chat, row)
  if (row === undefined || value === undefined) throw new NotFoundError('there is no such message in this secret chat (any more)')
  return { row, id, value }
}

async function requireLine (core: NodeCore, chat: SecretChat, text: string): Promise<EntryId> { return (await requireRow(core, chat, text)).id }

async function requireOwn (core: NodeCore, chat: SecretChat, text: string): Promise<EntryId> {
  const { id, value } = await requireRow(core, chat, text)
  if (!value.own) throw new ForbiddenError('only its author edits a message')
  return id
}

async function lineOf (core: NodeCore, chat: SecretChat, id: EntryId): Promise<SecretLine> {
  const { row, value } = await requireRow(core, chat, base32Text(id))
  return lineView(chat.record, row, value, core.secrets.delivery.hasPosted(chat, value.n))
}

/**
 * Says something about a message, and does it here. Of a message of one's own that waits for its files the other device
 * knows nothing yet: it gets it as it is by then, and what is said about it has a higher number than it in any case.
 */
async function sayAbout (core: NodeCore, chat: SecretChat, body: Body): Promise<void> {
  const bytes = encodeBody(body)
  const read = decodeBody(bytes)
  if (!isAbout(read)) throw new BadInputError('this says nothing about a message')
  await chat.exclusive(async () => {
    const isKept = read.kind !== 'delete' && (await requireRow(core, chat, base32Text(read.target))).value.n === 0
    if (isKept) chat.requireOpen()
    const n = isKept ? 0 : await chat.sayNow({ kind: 'said', id: systemRandom(ENTRY_ID_LENGTH), body: bytes, ttl: 0 })
    const lines: Lines = { rows: [], ops: [], events: [], record: chat.record }
    await fact(chat, lines, read, { own: true, n, body: bytes })
    await chat.change(lines.record, lines)
  })
  if (read.kind === 'delete') core.secrets.erased()
}
