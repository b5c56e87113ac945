/** What a letter leads to: a contact, a chat, or a request that waits for the person. Doing it twice changes nothing. */
import { openInbox, type MakeMlsEngine } from '../../protocol/crypto/index.js'
import { cleanName, grantName, openLetter, type ChatInvitation, type JoinAnswer, type Letter, type Roster } from '../../protocol/message/index.js'
import {
  compareManifests, CorruptError, DecryptError, ForbiddenError, LIMITS, lists, logIdOf, NotFoundError, openOwnerAction, PetrelError, ProofError, QuotaError, randomSeed, ReadOnlyError, sameBytes, toPetrelError, UnavailableError,
  type CheckedManifest, type KeyBytes, type LogId
} from '../../protocol/wire/index.js'
import type { Account } from '../account/index.js'
import { joinChat, mayComeBack, type ChatBook } from '../chats/index.js'
import { manifestOf, newContact, sameSeed, type ContactBook, type ContactRecord, type Met } from '../contacts/index.js'
import type { Joinings, Joins } from '../links/index.js'
import type { NodeLog } from '../log.js'
import { Serial } from '../serial.js'
import type { UpdateLog } from '../updates/index.js'
import type { Addressees } from './addressees.js'
import type { Coming } from './coming.js'
import type { EarlyOrders } from './early-orders.js'
import { Early } from './early.js'
import type { Post } from './post.js'
import type { Requests, RequestRecord } from './requests.js'

/** What reception works with. */
export interface ReceptionDeps {
  readonly account: Account
  readonly contacts: ContactBook
  readonly people: Addressees
  readonly met: Met
  readonly chats: ChatBook
  readonly requests: Requests
  /** Others' wishes to join groups by links of this account. */
  readonly joins: Joins
  /** Its own, by links of others. */
  readonly joinings: Joinings
  readonly post: Post
  readonly coming: Pick<Coming, 'keep'>
  readonly early: EarlyOrders
  readonly updates: UpdateLog
  readonly now: () => number
  readonly log: NodeLog
  /** The MLS engine; the library's unless told. */
  readonly mls?: MakeMlsEngine | undefined
}

type OpenedLetter = ReturnType<typeof openLetter>

/** Takes letters in. */
export class Reception {
  readonly #deps: ReceptionDeps
  // One letter may come by both logs, and be accepted by the person, at the same moment.
  readonly #serial = new Serial()
  readonly #early = new Early()

  constructor (deps: ReceptionDeps) { this.#deps = deps }

  /**
   * Takes one sealed entry of the inbox (`mail`: its sender held a key) or of the request log.
   * @throws PetrelError for a letter that does not hold: drop it
   */
  async take (sealed: Uint8Array, log: LogId, via: 'mail' | 'requests'): Promise<void> {
    const { account, contacts } = this.#deps
    const key = account.inboxKey(log)
    if (key === undefined) throw new DecryptError('there is no inbox key')
    const bytes = await openInbox(key, sealed, { account: account.key, log })
    const opened = openLetter(bytes, account.key, log)
    const { letter } = opened
    if (sameBytes(letter.account, account.key)) return
    await this.#serial.run(async () => {
      const contact = contacts.get(letter.account)
      if (contact?.blocked === true) return
      if (letter.join !== undefined) {
        // What it brings is what its account would be added with: who has a revoked device would come in by it.
        this.#requireListed(letter, opened.manifest, opened.device)
        await this.#deps.joins.take(letter, opened.manifest)
        return
      }
      if (letter.answer !== undefined && await this.#answered(opened, letter.answer)) return
      const isStranger = contact === undefined && (via === 'requests' || !this.#isInvited(letter))
      if (isStranger) {
        await this.#asRequest(letter, bytes, log)
        return
      }
      await this.#accept(opened)
      await this.#noStranger(letter.account)
    })
  }

  /** Lets a stranger in: a contact from now on, its chats joined. */
  async acceptRequest (request: RequestRecord, alias: string | undefined): Promise<ContactRecord> {
    return await this.#serial.run(async () => await this.#letIn(request, alias))
  }

  /** Joins a group whose roster has come. */
  async join (invitation: ChatInvitation, sender: CheckedManifest, roster: Roster): Promise<void> {
    await this.#serial.run(async () => { await this.#join(invitation, sender, roster) })
  }

  /** This account is out of a chat: an invitation that came before is taken now. */
  wentOut (log: LogId): void {
    for (const { invitation, sender } of this.#early.take(log)) {
      this.#serial.run(async () => { await this.#join(invitation, sender) }).catch((error: unknown) => { this.#deps.log('warn', 'chat.invitation', { code: toPetrelError(error).code }) })
    }
  }

  async #letIn (request: RequestRecord, alias: string | undefined): Promise<ContactRecord> {
    const { account, contacts, requests, updates } = this.#deps
    // Before anything is done: a name that is taken is for the person to change.
    if (alias !== undefined) contacts.requireFree(alias, request.account)
    for (const { bytes, log } of request.letters) await this.#accept(openLetter(bytes, account.key, log))
    let contact = contacts.get(request.account)
    if (contact === undefined) throw new NotFoundError('the request held no letter that can be answered')
    if (alias !== undefined) {
      const change = contacts.rename(contact, alias)
      await updates.write(change.ops, change.events)
      contact = change.record
    }
    await updates.write([requests.drop(request.account)], [])
    return contact
  }

  /** Whether somebody who is no contact writes by an invite: a link of a group gives a key to the inbox as well, and makes no contacts. */
  #isInvited ({ introduction }: Letter): boolean {
    const by = introduction?.by
    return by !== undefined && this.#deps.account.invites().some(({ seed }) => sameBytes(grantName(seed), by))
  }

  /** Takes the answer to an own wish to join. @returns false when nothing was asked of who answers */
  async #answered ({ letter, manifest, device }: OpenedLetter, answer: JoinAnswer): Promise<boolean> {
    const { joinings, contacts, met, chats, updates, now } = this.#deps
    const joining = joinings.answered(letter.account, answer)
    if (joining === undefined) return false
    this.#requireListed(letter, manifest, device)
    if (contacts.get(letter.account) !== undefined) await this.#meet(letter, manifest)
    else await updates.write(met.meet(manifest, { selfName: letter.introduction?.name ?? null }, now()) ?? [], [])
    if (answer.k !== 'admitted') await joinings.settle(joining, answer)
    else if (letter.chat?.direct === false) {
      await this.#join(letter.chat, manifest)
      const log = logIdOf(letter.chat.genesis)
      await joinings.admitted(joining, log, chats.get(log) !== undefined)
    }
    return true
  }

  /** Who wrote as a stranger first, and has an invite now, asks for nothing any more. */
  async #noStranger (account: KeyBytes): Promise<void> {
    const request = this.#deps.requests.of(account)
    if (request === undefined) return
    // One of its letters may not hold any more: then the person decides, as before.
    await this.#letIn(request, undefined).catch((error: unknown) => { this.#deps.log('info', 'request.letIn', { code: toPetrelError(error).code }) })
  }

  async #asRequest (letter: Letter, bytes: Uint8Array, log: LogId): Promise<void> {
    const change = this.#deps.requests.take(letter, bytes, log, this.#deps.now())
    if (change !== null) await this.#deps.updates.write(change.ops, change.events)
  }

  async #accept ({ letter, manifest, device }: OpenedLetter): Promise<void> {
    this.#requireListed(letter, manifest, device)
    await this.#meet(letter, manifest)
    if (letter.chat !== undefined) await this.#join(letter.chat, manifest)
    if (letter.move !== undefined) await this.#moved(letter.move, letter.account)
  }

  /** @throws ForbiddenError for an old letter, or an old manifest in the hands of who has a device that was revoked since */
  #requireListed (letter: Letter, manifest: CheckedManifest, device: Uint8Array): void {
    const known = this.#deps.people.get(letter.account)
    if (known !== undefined && !sameBytes(known.manifest, manifest.bytes) && compareManifests(manifestOf(known), manifest) === 'older' && !lists(manifestOf(known).manifest, device)) {
      throw new ForbiddenError('the letter is from a device that its account has revoked')
    }
  }

  /** Makes or updates the sender's contact; a new one gets an introduction back, with a key of its own. */
  async #meet (letter: Letter, manifest: CheckedManifest): Promise<void> {
    const { contacts, updates, post, now } = this.#deps
    const known = contacts.get(letter.account)
    if (known === undefined && contacts.count >= LIMITS.contacts) throw new QuotaError(`this account has ${LIMITS.contacts} contacts already`)
    const met = known === undefined ? null : contacts.meetManifest(known, manifest)
    const before = met?.record ?? known
    // A relay can hand out an old letter again: the name and the key in it may have been replaced since.
    const introduction = letter.time < (known?.heardAt ?? 0) ? undefined : letter.introduction
    const selfName = cleanName(introduction?.name ?? '') ?? before?.selfName ?? null
    const theirGrant = introduction?.grantSeed ?? before?.theirGrant ?? null
    if (before !== undefined && before.ourGrant !== null && met === null && before.selfName === selfName && sameSeed(before.theirGrant, theirGrant)) return
    const introduce = before === undefined || before.ourGrant === null
    const record: ContactRecord = {
      ...before ?? newContact(manifest.bytes, now(), {}), selfName, theirGrant, ourGrant: before?.ourGrant ?? randomSeed(),
      // Of a clock that runs ahead no more is believed than of any other, or its owner could not be heard again.
      heardAt: introduction === undefined ? before?.heardAt ?? 0 : Math.max(before?.heardAt ?? 0, Math.min(letter.time, now() + LIMITS.clockSkewMs))
    }
    const change = contacts.put(record, known === undefined ? 'added' : record.alarm === null || record.alarm === known.alarm ? 'changed' : 'alarm')
    const answer = introduce && theirGrant !== null ? [post.op(letter.account, null)] : []
    await updates.write([...change.ops, ...answer], change.events)
    post.kick()
  }

  /** A chat's log has another home. The owner key's signature says so, whoever brings it. */
  async #moved (bytes: Uint8Array, sender: KeyBytes): Promise<void> {
    const { action } = openOwnerAction(bytes)
    if (action.op !== 'term') return
    const chat = this.#deps.chats.get(action.log)
    // Who is let in by another than tells of the move may hear of that first.
    if (chat === undefined) await this.#deps.early.keep(action.log, bytes, sender)
    else await chat.heardOfMove(bytes, sender)
  }

  /** What was heard of a chat before it was there. */
  async #takeEarly (chat: LogId): Promise<void> {
    const { early, chats } = this.#deps
    for (const { order, sender } of early.of(chat)) {
      await chats.get(chat)?.heardOfMove(order, sender).catch((error: unknown) => {
        // It was never the owner's, or is older than what is known.
        if (!(error instanceof ProofError)) throw error
      })
    }
    await early.drop(chat)
  }

  async #join (invitation: ChatInvitation, sender: CheckedManifest, roster?: Roster): Promise<void> {
    const { account, chats, log, now, mls } = this.#deps
    const there = chats.get(logIdOf(invitation.genesis))
    // Where the log went stands in the letter too, and what this node has read of it may be more than was kept.
    if (there !== undefined && invitation.moved !== undefined) await there.heardOfMove(invitation.moved, sender.manifest.account)
    if (there !== undefined && !mayComeBack(there.chat, invitation.at)) {
      // It may be that the log has not shown yet that this account is out.
      if (there.chat.record.stage === 'ready') this.#early.keep({ invitation, sender }, there.chat.cursor.seq)
      return
    }
    if (invitation.roster !== undefined && roster === undefined) {
      await this.#deps.coming.keep(invitation, sender)
      return
    }
    const keyPackage = account.keyPackage(invitation.keyPackage)
    try {
      if (chats.directsWith(sender.manifest.account).length >= LIMITS.directChatsPerContact) throw new QuotaError('there are too many direct chats with this contact already')
      if (keyPackage === undefined) throw new NotFoundError('the invitation was made for a key package that is no longer here')
      const { record, cursor, profiles } = await joinChat({ me: account.key, sender, invitation, roster, keyPackage: keyPackage.privatePart, now: now(), mls })
      if (there === undefined) await chats.add(record, cursor, 'joined', { profiles })
      else await there.comeBack({ record, profiles })
      await this.#takeEarly(record.log)
    } catch (error) {
      // A store that cannot write is not the invitation's fault: it is taken again.
      if (!(error instanceof PetrelError) || error instanceof ReadOnlyError || error instanceof UnavailableError || error instanceof CorruptError) throw error
      // The contact stays; the chat cannot be joined, and the sender sees its messages stay undelivered.
      log('warn', 'chat.invitation', { code: error.code })
    }
  }
}

