/** What a letter leads to: a contact, a chat, or a request that waits for the person. Doing it twice changes nothing. */
import { openInbox } from '../../protocol/crypto/index.js'
import { openLetter, type ChatInvitation, type Letter } from '../../protocol/message/index.js'
import { DecryptError, logIdOf, NotFoundError, PetrelError, randomSeed, ReadOnlyError, sameBytes, UnavailableError, type CheckedManifest, type LogId } from '../../protocol/wire/index.js'
import type { Account } from '../account/index.js'
import { joinChat, type ChatBook } from '../chats/index.js'
import { newContact, type ContactBook, type ContactRecord } from '../contacts/index.js'
import type { NodeLog } from '../log.js'
import type { UpdateLog } from '../updates/index.js'
import type { Post } from './post.js'
import type { Requests, RequestRecord } from './requests.js'

/** What reception works with. */
export interface ReceptionDeps {
  readonly account: Account
  readonly contacts: ContactBook
  readonly chats: ChatBook
  readonly requests: Requests
  readonly post: Post
  readonly updates: UpdateLog
  readonly now: () => number
  readonly log: NodeLog
}

/** Takes letters in. */
export class Reception {
  readonly #deps: ReceptionDeps

  constructor (deps: ReceptionDeps) { this.#deps = deps }

  /**
   * Takes one sealed entry of the inbox (`mail`: its sender held a key) or of the request log.
   * @throws PetrelError for a letter that does not hold: drop it
   */
  async take (sealed: Uint8Array, log: LogId, via: 'mail' | 'requests'): Promise<void> {
    const { account, contacts } = this.#deps
    if (account.inbox === null) throw new DecryptError('there is no inbox key')
    const bytes = await openInbox(account.inbox.privateKey, sealed, { account: account.key, log })
    const { letter, manifest } = openLetter(bytes, account.key, log)
    if (sameBytes(letter.account, account.key)) return
    const contact = contacts.get(letter.account)
    if (contact?.blocked === true) return
    if (via === 'requests' && contact === undefined) await this.#asRequest(letter, bytes, log)
    else await this.#accept(letter, manifest)
  }

  /** Lets a stranger in: a contact from now on, its chats joined. */
  async acceptRequest (request: RequestRecord, alias: string | undefined): Promise<ContactRecord> {
    const { account, contacts, requests, updates } = this.#deps
    for (const { bytes, log } of request.letters) {
      const { letter, manifest } = openLetter(bytes, account.key, log)
      await this.#accept(letter, manifest)
    }
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

  async #asRequest (letter: Letter, bytes: Uint8Array, log: LogId): Promise<void> {
    const change = this.#deps.requests.take(letter, bytes, log, this.#deps.now())
    if (change !== null) await this.#deps.updates.write(change.ops, change.events)
  }

  async #accept (letter: Letter, manifest: CheckedManifest): Promise<void> {
    await this.#meet(letter, manifest)
    if (letter.chat !== undefined) await this.#join(letter.chat, manifest)
  }

  /** Makes or updates the sender's contact; a new one gets an introduction back, with a key of its own. */
  async #meet (letter: Letter, manifest: CheckedManifest): Promise<void> {
    const { contacts, updates, post, now } = this.#deps
    const known = contacts.get(letter.account)
    const met = known === undefined ? null : contacts.meetManifest(known, manifest)
    const before = met?.record ?? known
    const selfName = letter.introduction?.name ?? before?.selfName ?? null
    const theirGrant = letter.introduction?.grantSeed ?? before?.theirGrant ?? null
    if (before !== undefined && before.ourGrant !== null && met === null && before.selfName === selfName && sameSeed(before.theirGrant, theirGrant)) return
    const introduce = before === undefined || before.ourGrant === null
    const record: ContactRecord = {
      ...before ?? newContact(manifest.bytes, now(), {}), selfName, theirGrant, ourGrant: before?.ourGrant ?? randomSeed()
    }
    const change = contacts.put(record, known === undefined ? 'added' : 'changed')
    const answer = introduce && theirGrant !== null ? [post.op(letter.account, null)] : []
    await updates.write([...change.ops, ...answer], change.events)
    post.kick()
  }

  async #join (invitation: ChatInvitation, sender: CheckedManifest): Promise<void> {
    const { account, chats, log, now } = this.#deps
    if (chats.get(logIdOf(invitation.genesis)) !== undefined) return
    const keyPackage = account.keyPackage(invitation.keyPackage)
    try {
      if (keyPackage === undefined) throw new NotFoundError('the invitation was made for a key package that is no longer here')
      const { record, cursor } = await joinChat({ me: account.key, sender, invitation, keyPackage: keyPackage.privatePart, now: now() })
      await chats.add(record, cursor, 'joined')
    } catch (error) {
      // A store that cannot write is not the invitation's fault: it is taken again.
      if (!(error instanceof PetrelError) || error instanceof ReadOnlyError || error instanceof UnavailableError) throw error
      // The contact stays; the chat cannot be joined, and the sender sees its messages stay undelivered.
      log('warn', 'chat.invitation', { code: error.code })
    }
  }
}

function sameSeed (a: Uint8Array | null, b: Uint8Array | null): boolean { return a === null || b === null ? a === b : sameBytes(a, b) }
