/**
 * Lets others into groups by this account's links: a letter's wish is judged, counted and kept in one step, then it is a
 * wish of the group's committer like any other, under an id of its own, so that it is carried out once whatever is killed when.
 */
import { systemRandom } from '../../protocol/crypto/index.js'
import { isBanned, type Letter } from '../../protocol/message/index.js'
import {
  AbortedError, BadInputError, compareManifests, ENTRY_ID_LENGTH, ForbiddenError, InternalError, LIMITS, lists, NotFoundError, openKeyPackage, openManifest, peerIdText, PetrelError, sameBytes, TooLargeError,
  type CheckedManifest, type Digest, type KeyBytes, type LogId
} from '../../protocol/wire/index.js'
import type { UpdateEvent } from '../../protocol/api/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Candidate, ChatBook, ChatSession } from '../chats/index.js'
import type { Met } from '../contacts/index.js'
import type { NodeLog } from '../log.js'
import { Serial } from '../serial.js'
import type { UpdateLog } from '../updates/index.js'
import { isUsedUp, judgeJoin, type Refusal } from './judge-join.js'
import type { JoinRecord } from './join-record.js'
import type { LinkBook } from './link-book.js'

/** What it works with. */
export interface JoinsDeps {
  readonly book: LinkBook
  readonly met: Met
  readonly updates: UpdateLog
  /** The chats, once they are there. */
  readonly chats: () => ChatBook
  /** The change that puts an answer into the post, and the call once it is durable. */
  readonly answer: (to: KeyBytes, link: Digest, k: string) => KeyValueOp
  readonly posted: () => void
  readonly isContact: (account: KeyBytes) => boolean
  /** The newest manifest that is known of somebody. */
  readonly known: (account: KeyBytes) => CheckedManifest | undefined
  /** Whether there is a reason outside of links to know how somebody is reached: a letter on its way, a group with it. */
  readonly isNeeded: (account: KeyBytes) => boolean
  readonly now: () => number
  readonly log: NodeLog
}

/** See the file's head. */
export class Joins {
  readonly #deps: JoinsDeps
  readonly #serial = new Serial()
  readonly #carrying = new Set<Promise<void>>()
  #stopping = new AbortController()

  constructor (deps: JoinsDeps) {
    this.#deps = deps
    this.#stopping.abort()
  }

  /** Goes on with what was begun, and forgets what there is no reason to know any more. */
  start (): void {
    this.#stopping = new AbortController()
    this.#serial.run(async () => { await this.#sweep() }).catch((error: unknown) => { this.#note(error) })
    for (const join of this.#deps.book.joins()) if (join.step === 'wished') void this.#carry(join)
  }

  /** Stops; what was begun goes on when it starts again. */
  async stop (): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#carrying)
    await this.#serial.idle()
  }

  /** Takes a letter's wish to join. A stranger who has no link of this account hears nothing. */
  async take ({ account, introduction, join: wish, time }: Letter, manifest: CheckedManifest): Promise<void> {
    if (wish === undefined) return
    await this.#serial.run(async () => {
      const { book, now } = this.#deps
      const link = book.named(wish.link)
      const before = book.join(wish.link, account)
      const chat = link?.chat ?? before?.chat
      const session = chat === undefined ? undefined : this.#deps.chats().get(chat)
      const verdict = judgeJoin({ link, before, time, now: now(), isMember: session !== undefined && isMember(session, account), isKnown: this.#deps.isContact(account) || this.#deps.met.get(account) !== undefined, isOpen: session !== undefined && isOpen(session), isBanned: session !== undefined && isKeptOut(session, account, now()) })
      if (verdict.do === 'ignore') return
      if (verdict.do === 'answer') { await this.#answer(account, manifest, introduction, wish.link, verdict.k, before === undefined ? [] : [book.putJoin({ ...before, time })]); return }
      if (link === undefined || session === undefined || !this.#hasRoom(before)) return
      const name = introduction?.name ?? peerIdText(account).slice(-8)
      const join: JoinRecord = {
        token: wish.link, link: link.id, chat: link.chat, account, name, time, receivedAt: now(), step: 'pending', intent: null, with: { manifest: manifest.bytes, keyPackage: wish.keyPackage }
      }
      const known = this.#meet(account, manifest, introduction)
      if (known === undefined) return
      if (verdict.do === 'admit') { await this.#admit(join, known); return }
      if (verdict.do === 'bar') {
        await this.#deps.updates.write([...known, book.putJoin({ ...join, step: 'barred', with: null }), this.#deps.answer(account, wish.link, 'refused')], [])
        this.#deps.posted()
        return
      }
      const event: UpdateEvent = { type: 'joinRequest', chat: session.chat.id, title: session.chat.title, account: peerIdText(account), name }
      await this.#deps.updates.write([...known, book.putJoin(join), this.#deps.answer(account, wish.link, 'pending')], [event])
      this.#deps.posted()
    })
  }

  /** A person's answer to somebody who waits. Letting in returns once the log shows it. @throws what the group's rules say; NotFoundError when nobody waits any more */
  async decide ({ token, account }: JoinRecord, accept: boolean, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const { book, updates } = this.#deps
    const going = await this.#serial.run(async () => {
      const join = book.join(token, account)
      if (join?.step !== 'pending') throw new NotFoundError('this request has been answered already')
      if (accept) {
        const link = book.named(token)
        if (link !== undefined && isUsedUp(link)) throw new ForbiddenError('the link by which this one asked has been used as often as it may: raise nothing, make another link')
        return await this.#admit(join, [])
      }
      await updates.write([book.putJoin({ ...join, step: 'declined', with: null }), this.#deps.answer(account, token, 'declined')], [])
      this.#deps.posted()
      return undefined
    })
    await going?.done(signal)
  }

  /** The changes that go into the batch in which an own commit that adds somebody is taken, and the link by which it came: it has been let in. */
  admitted (chat: LogId, account: KeyBytes): { ops: KeyValueOp[], link?: Digest } {
    const join = this.#deps.book.joins().find(one => one.step === 'wished' && sameBytes(one.chat, chat) && sameBytes(one.account, account))
    return join === undefined ? { ops: [] } : { ops: [this.#deps.book.putJoin({ ...join, step: 'admitted', intent: null, with: null })], link: join.token }
  }

  /** What somebody is added with who asked by a link. */
  candidate (account: KeyBytes): Candidate | undefined {
    const parts = this.#deps.book.adding(account)?.with
    if (parts == null) return undefined
    const manifest = openManifest(parts.manifest)
    const known = this.#deps.known(account)
    // It may have asked long ago: a device that its account has revoked since does not come in.
    if (known !== undefined && compareManifests(known, manifest) === 'older' && !lists(known.manifest, openKeyPackage(parts.keyPackage).device)) return undefined
    return { manifest, keyPackage: parts.keyPackage }
  }

  #note (error: unknown): void { this.#deps.log('info', 'group.join', { code: error instanceof PetrelError ? error.code : InternalError.code }) }

  async #sweep (): Promise<void> {
    const { book, met, isNeeded, now, updates } = this.#deps
    const joins = book.joins()
    const old = book.links().filter(({ expiresAt }) => expiresAt !== null && expiresAt + LIMITS.keyPackageGraceMs < now())
    const done = joins.filter(({ step, link }) => (step === 'admitted' || step === 'declined' || step === 'barred') && !book.links().some(({ id }) => id === link))
    const forgotten = met.sweep(account => isNeeded(account) || joins.some(join => join.step !== 'admitted' && sameBytes(join.account, account)))
    const ops = [...old.map(link => book.dropLink(link)), ...done.map(join => book.dropJoin(join)), ...forgotten]
    if (ops.length > 0) await updates.write(ops, [])
  }

  /** Whether one more wish is remembered. */
  #hasRoom (before: JoinRecord | undefined): boolean { return before !== undefined || this.#deps.book.joins().length < LIMITS.joinsKept }

  /** Remembers how somebody is reached who is no contact; undefined when there is no room. */
  #meet (account: KeyBytes, manifest: CheckedManifest, introduction: Letter['introduction']): KeyValueOp[] | undefined {
    if (this.#deps.isContact(account)) return []
    return this.#deps.met.meet(manifest, { selfName: introduction?.name ?? null, theirGrant: introduction?.grantSeed ?? null }, this.#deps.now())
  }

  async #answer (account: KeyBytes, manifest: CheckedManifest, introduction: Letter['introduction'], link: Digest, k: Refusal | 'pending', more: KeyValueOp[]): Promise<void> {
    const known = this.#meet(account, manifest, introduction)
    if (known === undefined) return
    await this.#deps.updates.write([...known, ...more, this.#deps.answer(account, link, k)], [])
    this.#deps.posted()
  }

  /** Counts it and begins, durably in one step. In the turn. */
  async #admit (join: JoinRecord, more: KeyValueOp[]): Promise<{ done: (signal?: AbortSignal) => Promise<void> }> {
    const next: JoinRecord = { ...join, step: 'wished', intent: systemRandom(ENTRY_ID_LENGTH) }
    const { book, updates } = this.#deps
    await updates.write([...more, book.putJoin(next), ...book.count(join, 1)], [])
    const carried = this.#carry(next)
    return { done: async signal => { await orAborted(carried, signal) } }
  }

  #carry (join: JoinRecord): Promise<PetrelError | null> {
    const carried = this.#wish(join).then(async end => { await this.#serial.run(async () => { await this.#ended(join, end) }); return end })
    const watched: Promise<void> = carried.then(() => undefined, (error: unknown) => { this.#note(error) }).finally(() => { this.#carrying.delete(watched) })
    this.#carrying.add(watched)
    return carried
  }

  /** @returns why it cannot be, or null when it is done. @throws AbortedError when the node stops */
  async #wish ({ chat, account, intent }: JoinRecord): Promise<PetrelError | null> {
    const session = this.#deps.chats().get(chat)
    if (session === undefined || intent === null) return new NotFoundError('the group is not here any more')
    const { committer } = session
    try {
      if (isMember(session, account)) return null
      if (session.chat.record.intents?.some(one => sameBytes(one.id, intent)) !== true) await committer.wish({ id: intent, add: [account], byLink: true })
      await committer.ended(intent, { signal: this.#stopping.signal })
      return null
    } catch (error) {
      if (error instanceof AbortedError || !isNo(error)) throw error
      return error
    }
  }

  /** It was added by the own commit, which has said so already, or by another's, or it could not be: then the link counts one less. */
  async #ended (join: JoinRecord, end: PetrelError | null): Promise<void> {
    const { book, updates, answer, posted } = this.#deps
    const now = book.join(join.token, join.account)
    if (now?.step !== 'wished' || now.intent === null || join.intent === null || !sameBytes(now.intent, join.intent)) return
    if (end === null) { await updates.write([book.putJoin({ ...now, step: 'admitted', intent: null, with: null }), ...book.count(now, -1)], []); return }
    await updates.write([book.dropJoin(now), ...book.count(now, -1), answer(now.account, now.token, 'refused')], [])
    posted()
  }
}

function isMember ({ chat }: ChatSession, account: KeyBytes): boolean { return chat.record.stage !== 'out' && chat.record.members.some(m => sameBytes(m.account, account)) }
function isKeptOut ({ chat: { policy } }: ChatSession, account: KeyBytes, now: number): boolean { return policy !== undefined && isBanned(policy, account, now) }
function isOpen ({ chat }: ChatSession): boolean { return chat.record.stage !== 'out' && chat.policy !== undefined && chat.record.members.length < LIMITS.mlsMembers }

/** Whether trying again is of no use: what the committer gives a wish up for. */
function isNo (error: unknown): error is PetrelError { return error instanceof PetrelError && !(error instanceof InternalError) && (error instanceof ForbiddenError || error instanceof BadInputError || error instanceof NotFoundError || error instanceof TooLargeError || error.code === 'ERR_PROOF') }

async function orAborted (carried: Promise<PetrelError | null>, signal: AbortSignal | undefined): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => { reject(new AbortedError('the wait was ended; letting in goes on')) }
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const end = await Promise.race([carried, aborted])
    if (end !== null) throw end
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
