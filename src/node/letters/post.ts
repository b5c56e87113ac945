/** Letters on their way to others' inboxes: kept in the vault, and posted again, until something shows that the other has them. */
import { sealInbox, systemRandom } from '../../protocol/crypto/index.js'
import { grantName, signLetter, type ChatInvitation, type Introduction, type JoinAnswer, type Letter } from '../../protocol/message/index.js'
import {
  ENTRY_ID_LENGTH, ENTRY_KIND, entryHash, ExistsError, ForbiddenError, InternalError, LIMITS, logIdOf, NotFoundError, openOwnerAction, peerIdText, PetrelError, ProofError, RIGHT, sameBytes, signerFromSeed,
  type Digest, type KeyBytes, type LogId, type ManifestInbox
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { contactName, manifestOf, sameSeed, type ContactRecord } from '../contacts/index.js'
import type { RelayLink } from '../gateway/index.js'
import { Serial } from '../serial.js'
import { atHome } from './invitation.js'
import { decodePending, encodePending, entryOf, inTerm, letterName, unposted, type PendingLetter } from './pending-letter.js'
import type { PostDeps } from './post-deps.js'
import { rosterOps, withRoster } from './rosters.js'
import type { VaultView } from '../records/index.js'

const RETRY_MS = { first: 1000, most: 60_000 } as const
/** A letter's next try, and the pause before it when the last one failed; 0 for one that an inbox took, and that may be due sooner than was thought. */
interface Wait { ms: number, timer: NodeJS.Timeout | undefined }

/** Posts letters until they have arrived: each by itself, so that a relay that is away delays nobody else's. */
export class Post {
  readonly #deps: PostDeps
  readonly #view: VaultView<PendingLetter>
  readonly #busy = new Map<string, Promise<void>>()
  readonly #waits = new Map<string, Wait>()
  /** Keys of links and of contacts can be for the same inbox: one at a time is shown there. */
  readonly #proving = new Map<string, Serial>()
  #stopping = new AbortController()
  #stopped = true

  constructor (deps: PostDeps) {
    this.#deps = deps
    this.#view = deps.vault.view(decodePending)
  }

  /** The change that puts a letter to somebody into the post; `link` names the one by which it asked to be invited. Call {@link kick} once it is durable, as after those below. */
  op (to: KeyBytes, chat: ChatInvitation | null, link?: Digest): KeyValueOp {
    return this.#new({ to, chat, ...link === undefined ? {} : { answer: { link, k: 'admitted' } } })
  }

  /** The change that puts a letter into the post that tells of a chat's new home: the owner's signed order. */
  moveOp (to: KeyBytes, move: Uint8Array): KeyValueOp { return this.#new({ to, chat: null, move }) }
  /** The change that puts a letter into the post that asks to join a group by a link of somebody's. */
  joinOp (to: KeyBytes, link: Uint8Array): KeyValueOp { return this.#new({ to, chat: null, joinBy: link }) }
  /** The change that puts a letter into the post that answers somebody who asked by a link. */
  answerOp (to: KeyBytes, answer: JoinAnswer): KeyValueOp { return this.#new({ to, chat: null, answer }) }
  /** The changes that post letters to somebody once more which an inbox has taken: another key leads past where they wait. */
  anewOps (to: KeyBytes): KeyValueOp[] {
    return this.#letters().filter(letter => letter.posted !== undefined && sameBytes(letter.to, to)).map(letter => this.#deps.vault.put(letterName(letter.id), encodePending(unposted(letter))))
  }
  /** Whether something is on its way to somebody. */
  isFor (account: KeyBytes): boolean { return this.#letters().some(({ to }) => sameBytes(to, account)) }

  #new (letter: Omit<PendingLetter, 'id'>): KeyValueOp {
    const id = systemRandom(ENTRY_ID_LENGTH)
    return this.#deps.vault.put(letterName(id), encodePending({ id, ...letter }))
  }

  /** Letters that no inbox has taken yet. */
  pending (): number { return this.#letters().filter(({ posted }) => posted === undefined).length }
  /** Letters that an inbox has taken, and nothing shows yet that the other has them. */
  unconfirmed (): number { return this.#letters().length - this.pending() }

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
    for (const letter of this.#letters()) {
      const name = letterName(letter.id)
      const wait = this.#waits.get(name)
      if (this.#isHeld(letter) || this.#busy.has(name) || (wait?.timer !== undefined && wait.ms > 0 && !all)) continue
      clearTimeout(wait?.timer)
      this.#waits.delete(name)
      if (this.#isDue(letter)) this.#busy.set(name, this.#try(name, letter, wait?.ms))
      else this.#wakeAt(letter)
    }
  }

  #letters (): PendingLetter[] { return this.#view.list('letter/').map(letter => ({ ...letter })) }

  /** Who does not know of a chat yet cannot be told that it has moved: its invitation goes first. */
  #isHeld ({ to, move }: PendingLetter): boolean {
    if (move === undefined) return false
    const { action: { log } } = openOwnerAction(move)
    return this.#letters().some(({ to: other, chat, posted }) => chat !== null && posted === undefined && sameBytes(other, to) && sameBytes(logIdOf(chat.genesis), log))
  }

  /** Not yet taken by an inbox; or taken long ago, by one that is no more, or by the other: then it is done. */
  #isDue (letter: PendingLetter): boolean {
    if (letter.again === undefined || letter.again <= this.#deps.now() || this.#isDone(letter) || this.#termOf(letter) !== letter.term) return true
    const contact = this.#deps.people.get(letter.to)
    const inbox = contact === undefined ? null : manifestOf(contact).manifest.inbox
    return letter.inbox === undefined || inbox === null || !(sameBytes(inbox.log, letter.inbox) || (inbox.requests !== null && sameBytes(inbox.requests, letter.inbox)))
  }

  /** The term of a chat's present home, which its invitation names. */
  #termOf ({ chat }: PendingLetter): number | undefined { return chat === null ? undefined : this.#deps.homeOf(chat)?.term }

  #isDone ({ chat, to, first, posted, joinBy }: PendingLetter): boolean {
    return (joinBy !== undefined && !this.#deps.isAsking(grantName(joinBy))) || (chat !== null && posted !== undefined && this.#deps.hasArrived(chat, to)) || (first !== undefined && first + LIMITS.letterPatienceMs < this.#deps.now())
  }

  #wakeAt (letter: PendingLetter): void {
    if (this.#stopped || letter.again === undefined) return
    const name = letterName(letter.id)
    const timer = setTimeout(() => {
      this.#waits.delete(name)
      this.kick()
    }, Math.min(Math.max(0, letter.again - this.#deps.now()), LIMITS.letterAgainMs)).unref()
    this.#waits.set(name, { ms: 0, timer })
  }

  async #try (name: string, letter: PendingLetter, ms: number | undefined): Promise<void> {
    let next: PendingLetter | undefined
    try {
      next = await this.#deliver(inTerm(letter, this.#termOf(letter)))
      if (next === undefined) await this.#done(letter)
    } catch (error) {
      if (ms !== undefined && ms > 0) this.#waits.set(name, { ms, timer: undefined })
      this.#deps.log('info', 'letter.waits', { code: error instanceof PetrelError ? error.code : InternalError.code })
      this.#later(name)
    } finally {
      this.#busy.delete(name)
    }
    // Its chat may have moved while it was on its way.
    if (next !== undefined && this.#isDue(next)) this.kick()
    else if (next !== undefined) this.#wakeAt(next)
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

  /** @returns the letter as it waits for a sign of the other; undefined when there is nothing more to do */
  async #deliver (given: PendingLetter): Promise<PendingLetter | undefined> {
    const contact = this.#deps.people.get(given.to)
    if (contact === undefined || contact.blocked || this.#isDone(given)) return undefined
    const letter = await withRoster(this.#deps.rosters(), given, this.#stopping.signal)
    const { link, inbox } = await this.#inboxOf(contact, letter)
    // The key that the letter hands over must work when the other uses it, and be the one that all devices know.
    await this.#deps.vault.published([contactName(given.to, 'contact'), contactName(given.to, 'met')], this.#call)
    const { ourGrant } = this.#deps.people.get(given.to) ?? contact
    if (ourGrant !== null) await this.#deps.publisher.grantTo(ourGrant, null, this.#call)
    const log = await this.#turnsOf(letter.to).run(async () => await this.#append(link, inbox, contact, letter))
    // Another key came meanwhile: what lies among requests by now goes by that one too.
    if (log === inbox.requests && !sameSeed(this.#deps.people.get(given.to)?.theirGrant ?? null, contact.theirGrant)) return letter
    // Of a word without a chat nothing ever shows that it came; a question is answered.
    if (log === undefined || (letter.chat === null && letter.joinBy === undefined)) return undefined
    return await this.#posted(letter, log)
  }

  /** Does something at a relay of a contact as one whom it knows: by the key to its inbox that it gave. */
  async known<T> (link: RelayLink, contact: ContactRecord, work: () => Promise<T>): Promise<T> {
    return await this.#turnsOf(contact.account).run(async () => {
      const { inbox } = manifestOf(contact).manifest
      if (inbox !== null && contact.theirGrant !== null) link.setCapability(inbox.log, RIGHT.append, signerFromSeed(contact.theirGrant))
      return await work()
    })
  }

  #turnsOf (to: KeyBytes): Serial {
    const name = peerIdText(to)
    const turns = this.#proving.get(name) ?? new Serial()
    this.#proving.set(name, turns)
    return turns
  }
  get #call (): { signal: AbortSignal } { return { signal: this.#stopping.signal } }
  async #done (letter: PendingLetter): Promise<void> {
    const { rosters, vault } = this.#deps
    const roster = rosterOps(rosters(), letter, this.#letters())
    await vault.kv.batch([vault.del(letterName(letter.id)), ...roster])
    if (roster.length > 0) rosters().letGo()
  }

  /** An inbox has it: it is posted again, ever more rarely, until the other shows that it came. */
  async #posted (letter: PendingLetter, inbox: LogId): Promise<PendingLetter> {
    const { vault, now } = this.#deps
    const posted = (letter.posted ?? 0) + 1
    const next = { ...letter, posted, inbox, first: letter.first ?? now(), again: now() + Math.min(LIMITS.letterAgainMs, LIMITS.letterFirstAgainMs * 4 ** (posted - 1)) }
    await vault.kv.batch([vault.put(letterName(letter.id), encodePending(next))])
    // What waited for it goes now.
    if (posted === 1) this.kick()
    return next
  }

  /** The contact's inbox as its newest manifest says. One that has taken the letter and shows no sign of the other may hide that it moved: then all relays are asked. */
  async #inboxOf (contact: ContactRecord, letter: PendingLetter): Promise<{ link: RelayLink, inbox: ManifestInbox }> {
    const known = await this.#deps.people.refresh(contact, { ...this.#call, everywhere: letter.posted !== undefined })
    if (known.alarm !== null) throw new ProofError(`nothing is sent to this contact: ${known.alarm}`)
    const { relays: [relay], inbox } = manifestOf(known).manifest
    if (relay === undefined) throw new NotFoundError('the contact has no relay yet')
    if (inbox === null) throw new NotFoundError('the contact has no inbox yet')
    return { link: this.#deps.pool.link(relay.peer, relay.addrs.length > 0 ? relay.addrs : known.addrs), inbox }
  }

  /** By the granted key; where that was taken back, or was never there, as a stranger's request. @returns the log that took it; undefined for a link that has ended */
  async #append (link: RelayLink, inbox: ManifestInbox, contact: ContactRecord, letter: PendingLetter): Promise<LogId | undefined> {
    if (letter.joinBy !== undefined) return await this.#ask(link, inbox, letter, letter.joinBy)
    if (contact.theirGrant !== null) {
      link.setCapability(inbox.log, RIGHT.append, signerFromSeed(contact.theirGrant))
      try {
        await this.#put(link, inbox, inbox.log, letter)
        return inbox.log
      } catch (error) {
        if (!(error instanceof ForbiddenError)) throw error
        link.dropCapability(inbox.log, RIGHT.append)
      }
    }
    if (inbox.requests === null) throw new ForbiddenError('the contact takes no requests from strangers: ask for an invite')
    await this.#put(link, inbox, inbox.requests, letter)
    return inbox.requests
  }

  /** By the link's own key and no other: nobody asks as a stranger. */
  async #ask (link: RelayLink, inbox: ManifestInbox, letter: PendingLetter, seed: Uint8Array): Promise<LogId | undefined> {
    link.setCapability(inbox.log, RIGHT.append, signerFromSeed(seed))
    try {
      await this.#put(link, inbox, inbox.log, letter)
      return inbox.log
    } catch (error) {
      if (!(error instanceof ForbiddenError)) throw error
      await this.#deps.linkRefused(grantName(seed))
      return undefined
    } finally {
      link.dropCapability(inbox.log, RIGHT.append)
    }
  }

  async #put (link: RelayLink, inbox: ManifestInbox, log: Uint8Array, letter: PendingLetter): Promise<void> {
    const { account, people, now } = this.#deps
    const { theirGrant = null, ourGrant = null } = people.get(letter.to) ?? {}
    const introduction: Introduction = { name: account.name, grantSeed: ourGrant, ...theirGrant === null ? {} : { by: grantName(theirGrant) } }
    const signed = signLetter({
      v: 1, account: account.key, to: letter.to, inbox: log, manifest: account.manifest.bytes, introduction, ...(letter.chat === null ? {} : { chat: atHome(letter.chat, this.#deps.homeOf(letter.chat)) }), ...(letter.move === undefined ? {} : { move: letter.move }),
      ...this.#joining(letter), ...(letter.answer === undefined ? {} : { answer: letter.answer }), time: now()
    }, account.device)
    const payload = await sealInbox(inbox.key, signed, { account: letter.to, log })
    await this.#remember(letter, entryHash(payload))
    const [result] = await link.append(log, [{ id: entryOf(letter), kind: ENTRY_KIND.data, payload }], this.#call)
    // There since before, and taken out already: the answer to an earlier try was lost.
    if (result instanceof ExistsError) return
    if (result instanceof ProofError) await this.#noteLie(letter)
    if (result instanceof PetrelError) throw result
    if (result !== undefined) await this.#requireOwn(letter, result.receipt.statement.entry)
  }

  /** @throws NotFoundError while this account has no key package to be added with */
  #joining ({ joinBy }: PendingLetter): Pick<Letter, 'join'> {
    if (joinBy === undefined) return {}
    const keyPackage = this.#deps.publisher.keyPackage()
    if (keyPackage === undefined) throw new NotFoundError('there is no key package yet: no relay was reached')
    return { join: { link: grantName(joinBy), keyPackage } }
  }

  /** Durable before it is sent, so that an answer that comes after a crash is known. */
  async #remember (letter: PendingLetter, hash: Digest): Promise<void> {
    const { vault } = this.#deps
    letter.sealed = [...letter.sealed ?? [], hash].slice(0, LIMITS.letterSealings)
    await vault.kv.batch([vault.put(letterName(letter.id), encodePending(letter))])
  }

  /** @throws ProofError for a receipt of something that was never sent under this id */
  async #requireOwn (letter: PendingLetter, entry: Digest): Promise<void> {
    const { sealed = [] } = letter
    // After so many tries not every one is remembered.
    if (sealed.length >= LIMITS.letterSealings || sealed.some(hash => sameBytes(hash, entry))) return
    await this.#noteLie(letter)
    throw new ProofError('the relay has something else under the letter\'s id')
  }

  async #noteLie ({ to }: PendingLetter): Promise<void> {
    const { people, updates } = this.#deps
    const contact = people.get(to)
    const change = contact === undefined ? null : people.note(contact, 'this contact\'s relay holds something else in place of a letter to it: what is written there may not arrive')
    if (change !== null) await updates.write(change.ops, change.events)
  }
}
