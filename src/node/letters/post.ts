/** Letters on their way to others' inboxes: kept in the vault until the other's relay has them. */
import { sealInbox, systemRandom } from '../../protocol/crypto/index.js'
import { invitationFromMap, invitationToMap, signLetter, type ChatInvitation, type Introduction } from '../../protocol/message/index.js'
import {
  base32Text, ENTRY_ID_LENGTH, ENTRY_KIND, ExistsError, ForbiddenError, InternalError, keyShape, NotFoundError, openManifest, PetrelError, ProofError, RIGHT, shape, signerFromSeed,
  type EntryId, type KeyBytes, type ManifestInbox
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Account, Publisher } from '../account/index.js'
import { manifestOf, type ContactBook, type ContactRecord } from '../contacts/index.js'
import type { RelayLink, RelayPool } from '../gateway/index.js'
import { type NodeLog } from '../log.js'
import type { Vault } from '../records/index.js'
import type { UpdateLog } from '../updates/index.js'

/** What a post works with. */
export interface PostDeps {
  readonly account: Account
  readonly contacts: ContactBook
  readonly publisher: Publisher
  readonly pool: RelayPool
  readonly vault: Vault
  readonly updates: UpdateLog
  readonly now: () => number
  readonly log: NodeLog
}

/** A letter that waits. The id makes posting it again harmless. */
interface PendingLetter { id: EntryId, to: KeyBytes, chat: ChatInvitation | null }

const RETRY_MS = { first: 1000, most: 60_000 } as const
const letterShape = shape.struct({ v: shape.literal(1), id: shape.bytes(ENTRY_ID_LENGTH), to: keyShape, chat: shape.nullable((value: unknown) => invitationFromMap(value)) })

function decodePending (data: unknown): PendingLetter {
  const { id, to, chat } = letterShape(data, 'letter')
  return { id, to, chat }
}

const letterName = (id: EntryId): string => `letter/${base32Text(id)}`

/** A letter's next try. */
interface Wait { ms: number, timer: NodeJS.Timeout | undefined }

/** Posts letters until they have arrived: each by itself, so that a relay that is away delays nobody else's. */
export class Post {
  readonly #deps: PostDeps
  readonly #busy = new Map<string, Promise<void>>()
  readonly #waits = new Map<string, Wait>()
  #stopping = new AbortController()
  #stopped = true

  constructor (deps: PostDeps) { this.#deps = deps }

  /** The change that puts a letter to a contact into the post. Call {@link kick} once it is durable. */
  op (to: KeyBytes, chat: ChatInvitation | null): KeyValueOp {
    const id = systemRandom(ENTRY_ID_LENGTH)
    return this.#deps.vault.put(letterName(id), { v: 1, id, to, chat: chat === null ? null : invitationToMap(chat) })
  }

  /** Letters that wait. */
  pending (): number { return [...this.#deps.vault.list('letter/')].length }

  /** Begins to post. */
  start (): void {
    this.#stopped = false
    this.#stopping = new AbortController()
    this.kick()
  }

  /** Stops posting; what waits stays. */
  async stop (): Promise<void> {
    this.#stopped = true
    this.#stopping.abort()
    for (const { timer } of this.#waits.values()) clearTimeout(timer)
    this.#waits.clear()
    await Promise.all(this.#busy.values())
  }

  /** Tries every letter that waits; after a failure each has a pause, which `all` ends: the home is there again, or a person settled something. */
  kick (all = false): void {
    if (this.#stopped) return
    for (const [name, data] of this.#deps.vault.list('letter/')) {
      const wait = this.#waits.get(name)
      if (this.#busy.has(name) || (wait?.timer !== undefined && !all)) continue
      clearTimeout(wait?.timer)
      this.#busy.set(name, this.#try(name, data))
    }
  }

  async #try (name: string, data: unknown): Promise<void> {
    try {
      await this.#deliver(decodePending(data))
      this.#waits.delete(name)
    } catch (error) {
      this.#deps.log('info', 'letter.waits', { code: error instanceof PetrelError ? error.code : InternalError.code })
      this.#later(name)
    } finally {
      this.#busy.delete(name)
    }
  }

  #later (name: string): void {
    if (this.#stopped) return
    const ms = this.#waits.get(name)?.ms ?? RETRY_MS.first
    const timer = setTimeout(() => {
      this.#waits.set(name, { ms: Math.min(ms * 2, RETRY_MS.most), timer: undefined })
      this.kick()
    }, ms).unref()
    this.#waits.set(name, { ms, timer })
  }

  async #deliver (letter: PendingLetter): Promise<void> {
    const contact = this.#deps.contacts.get(letter.to)
    if (contact === undefined || contact.blocked) {
      await this.#done(letter)
      return
    }
    const { link, inbox } = await this.#inboxOf(contact)
    // The key that the letter hands over must work when the other uses it.
    if (contact.ourGrant !== null) await this.#deps.publisher.grantTo(contact.ourGrant, null, this.#call)
    await this.#append(link, inbox, contact, letter)
    await this.#done(letter)
  }

  get #call (): { signal: AbortSignal } { return { signal: this.#stopping.signal } }

  async #done (letter: PendingLetter): Promise<void> {
    await this.#deps.vault.kv.batch([this.#deps.vault.del(letterName(letter.id))])
  }

  /** The contact's inbox as its newest manifest says. */
  async #inboxOf (contact: ContactRecord): Promise<{ link: RelayLink, inbox: ManifestInbox }> {
    const pinned = manifestOf(contact)
    const [relay] = pinned.manifest.relays
    if (relay === undefined) throw new NotFoundError('the contact has no relay yet')
    const link = this.#deps.pool.link(relay.peer, relay.addrs.length > 0 ? relay.addrs : contact.addrs)
    const newest = openManifest(await link.getManifest(contact.account, this.#call))
    const change = this.#deps.contacts.meetManifest(contact, newest)
    if (change !== null) await this.#deps.updates.write(change.ops, change.events)
    const known = change?.record ?? contact
    if (known.alarm !== null) throw new ProofError(`nothing is sent to this contact: ${known.alarm}`)
    const { inbox } = manifestOf(known).manifest
    if (inbox === null) throw new NotFoundError('the contact has no inbox yet')
    return { link, inbox }
  }

  /** By the granted key; where that was taken back, or was never there, as a stranger's request. */
  async #append (link: RelayLink, inbox: ManifestInbox, contact: ContactRecord, letter: PendingLetter): Promise<void> {
    if (contact.theirGrant !== null) {
      link.setCapability(inbox.log, RIGHT.append, signerFromSeed(contact.theirGrant))
      try {
        await this.#put(link, inbox, inbox.log, letter)
        return
      } catch (error) {
        if (!(error instanceof ForbiddenError)) throw error
        link.dropCapability(inbox.log, RIGHT.append)
      }
    }
    if (inbox.requests === null) throw new ForbiddenError('the contact takes no requests from strangers: ask for an invite')
    await this.#put(link, inbox, inbox.requests, letter)
  }

  async #put (link: RelayLink, inbox: ManifestInbox, log: Uint8Array, letter: PendingLetter): Promise<void> {
    const { account, contacts, now } = this.#deps
    const introduction: Introduction = { name: account.name, grantSeed: contacts.get(letter.to)?.ourGrant ?? null }
    const signed = signLetter({
      v: 1, account: account.key, to: letter.to, inbox: log, manifest: account.manifest.bytes, introduction, ...(letter.chat === null ? {} : { chat: letter.chat }), time: now()
    }, account.device)
    const payload = await sealInbox(inbox.key, signed, { account: letter.to, log })
    const [result] = await link.append(log, [{ id: letter.id, kind: ENTRY_KIND.data, payload }], this.#call)
    // There since before, and taken out already: the answer to an earlier try was lost.
    if (result instanceof PetrelError && !(result instanceof ExistsError)) throw result
  }
}
