/**
 * Carries out what this account wishes of a group, one commit at a time: a commit is durable before it is handed to the
 * home, and adopted when the log shows it. Whoever loses a race for a number takes the winner's, and tries its wish again
 * on what that left. DESIGN section 4, conflicts.
 */
import { systemRandom } from '../../../protocol/crypto/index.js'
import { judgeGroupChange, mayRemove } from '../../../protocol/message/index.js'
import { AbortedError, BadInputError, base32Text, cutText, ENTRY_ID_LENGTH, ForbiddenError, InternalError, LIMITS, NotFoundError, PetrelError, ProofError, sameBytes, TooLargeError, type EntryId, type KeyBytes } from '../../../protocol/wire/index.js'
import { shortId } from '../../log.js'
import type { Chat } from '../chat.js'
import { handCommit } from '../making.js'
import { RetryTimer } from '../../retry-timer.js'
import { todoOf, type GroupNow, type Intent, type Todo } from './intent.js'
import { makeGroupCommit, policyOf, type Candidate } from './make-commit.js'

const RETRY_MS = { first: 500, most: 30_000 } as const

/** How a wish ended. */
export type IntentEnd = PetrelError | null

/** See the file's head. */
export class Committer {
  readonly #chat: Chat
  readonly #retry = new RetryTimer(() => { this.kick() }, RETRY_MS)
  readonly #waiting = new Map<string, Array<(end: IntentEnd) => void>>()
  #running: Promise<void> | undefined
  #again = false
  #stopping = new AbortController()

  constructor (chat: Chat) {
    this.#chat = chat
    this.#stopping.abort()
  }

  /** Begins. */
  start (): void {
    this.#stopping = new AbortController()
    this.kick()
  }

  /** Stops; what is wished stays. Who waits is told that the node stops. */
  async stop (): Promise<void> {
    this.#stopping.abort(new AbortedError('the node stops; the change is kept, and made when it runs again'))
    this.#retry.stop()
    await this.#running
    for (const id of [...this.#waiting.keys()]) this.#tell(id, new AbortedError('the node stops; the change is kept, and made when it runs again'))
  }

  /**
   * Takes a wish: durable when it resolves. {@link ended} tells what became of it.
   *
   * @throws ForbiddenError when the policy of now does not allow it; BadInputError, NotFoundError for one that cannot be
   */
  async wish (intent: Intent): Promise<void> {
    const chat = this.#chat
    await chat.serial.run(async () => {
      const { intents = [] } = chat.record
      if (intents.length >= LIMITS.groupIntents) throw new TooLargeError(`${LIMITS.groupIntents} changes of this group wait already`)
      if (chat.record.stage === 'out') throw new ForbiddenError('this account is not a member of this group any more')
      const todo = todoOf(intent, this.#now)
      if (todo !== undefined) this.#requireAllowed(todo)
      await this.#keep([...intents, intent])
    })
    this.kick()
  }

  /** Resolves when a wish is carried out or there is nothing left to do of it; rejects with why it was given up, or when `signal` ends the wait. */
  async ended (id: EntryId, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#chat.record.intents?.some(one => sameBytes(one.id, id)) !== true) return
    const { promise, resolve } = Promise.withResolvers<IntentEnd>()
    const name = base32Text(id)
    this.#waiting.set(name, [...this.#waiting.get(name) ?? [], resolve])
    const abort = (): void => { resolve(new AbortedError('the wait was ended; the change is kept and goes on')) }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const end = await promise
      if (end !== null) throw end
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Goes on with what is wished, now. */
  kick (): void {
    this.#settleWaiting()
    const { record } = this.#chat
    if (record.direct || this.#stopping.signal.aborted || (!record.intents?.length && this.#leaving.length === 0)) return
    this.#retry.stop()
    this.#again = true
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#chat.deps.log('info', 'chat.commit', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
      if (!this.#stopping.signal.aborted) this.#retry.later()
    }).finally(() => { this.#running = undefined })
  }

  async #run (): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false
      const { record, cursor } = this.#chat
      if (record.stage !== 'ready' || cursor.alarm !== null || record.move !== undefined) return
      if (record.commit !== null) await handCommit(this.#chat)
      else if (await this.#next() || await this.#removeLeaving()) this.#again = true
    }
  }

  /** Members who leave, for this account to remove: an admin who may, so that not everybody tries. */
  get #leaving (): KeyBytes[] {
    const { record: { leaving = [], members }, policy, deps: { me } } = this.#chat
    if (policy === undefined) return []
    return leaving.filter(account => mayRemove(policy, me, account) && members.some(m => sameBytes(m.account, account)))
  }

  async #removeLeaving (): Promise<boolean> {
    const remove = this.#leaving.slice(0, LIMITS.groupAdds)
    if (remove.length === 0) return false
    await this.#chat.serial.run(async () => { await this.#keep([...this.#chat.record.intents ?? [], { id: systemRandom(ENTRY_ID_LENGTH), remove }]) })
    return true
  }

  async #keep (intents: Intent[]): Promise<void> {
    const next = { ...this.#chat.record, intents }
    await this.#chat.deps.kv.batch([this.#chat.recordOp(next)])
    this.#chat.record = next
  }

  /** Makes the commit of the first wish, and keeps it. @returns whether there is something to hand over, or to look at again */
  async #next (): Promise<boolean> {
    const [intent] = this.#chat.record.intents ?? []
    if (intent === undefined) return false
    let candidates: Candidate[] = []
    try {
      const todo = todoOf(intent, this.#now)
      candidates = todo === undefined ? [] : await this.#candidates(todo.add)
      await this.#chat.serial.run(async () => { await this.#make(intent, candidates) })
    } catch (error) {
      if (!isFinal(error)) throw error
      await this.#drop(intent, error)
    }
    return true
  }

  /** In the chat's turn: nothing else may be taken between the look at the state and the commit on top of it. */
  async #make (intent: Intent, candidates: readonly Candidate[]): Promise<void> {
    const { record, keys, cursor, deps } = this.#chat
    if (record.commit !== null || record.stage !== 'ready' || record.intents?.some(one => sameBytes(one.id, intent.id)) !== true) return
    const todo = todoOf(intent, this.#now)
    if (todo === undefined) { await this.#forget(intent); return }
    this.#requireAllowed(todo)
    const known = candidates.filter(({ manifest }) => todo.add.some(account => sameBytes(account, manifest.manifest.account)))
    if (known.length < todo.add.length) throw new InternalError('somebody who is to be added was not asked for a key package')
    const { term, seq, hash, lastCommit } = cursor
    const commit = await makeGroupCommit({
      record, keys, me: deps.manifest(), device: deps.device, seen: { term, seq, hash }, base: lastCommit, intent, todo, candidates: known, now: deps.now(), mls: deps.mls
    })
    const next = { ...record, commit }
    await deps.kv.batch([this.#chat.recordOp(next)])
    this.#chat.record = next
  }

  async #candidates (accounts: readonly KeyBytes[]): Promise<Candidate[]> {
    return await Promise.all(accounts.map(async account => await this.#chat.deps.candidate(account, { signal: this.#stopping.signal })))
  }

  get #now (): GroupNow {
    const { record, deps } = this.#chat
    return { policy: policyOf(record), members: record.members.map(m => m.account), me: deps.me }
  }

  #requireAllowed (todo: Todo): void {
    const { policy, members, me } = this.#now
    judgeGroupChange({ policy, members, at: this.#chat.deps.now() }, { actor: me, added: todo.add, removed: todo.remove, ...todo.policy === undefined ? {} : { policy: todo.policy } })
  }

  async #drop (intent: Intent, error: PetrelError): Promise<void> {
    this.#tell(base32Text(intent.id), error)
    await this.#chat.serial.run(async () => { await this.#forget(intent) })
    this.#chat.deps.log('info', 'chat.wish', { chat: shortId(this.#chat.id), code: error.code, why: cutText(error.message, LIMITS.noteBytes) })
  }

  async #forget (intent: Intent): Promise<void> {
    await this.#keep(this.#chat.record.intents?.filter(one => !sameBytes(one.id, intent.id)) ?? [])
    this.#settleWaiting()
  }

  /** Who waits for a wish that is not there any more is told that it is done. */
  #settleWaiting (): void {
    const open = new Set(this.#chat.record.intents?.map(({ id }) => base32Text(id)))
    for (const name of [...this.#waiting.keys()]) if (!open.has(name)) this.#tell(name, this.#chat.record.stage === 'out' ? new ForbiddenError('this account is not a member of this group any more') : null)
  }

  #tell (name: string, end: IntentEnd): void {
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const resolve of waiting) resolve(end)
  }
}

/** Whether trying again is of no use. */
function isFinal (error: unknown): error is PetrelError {
  return error instanceof ForbiddenError || error instanceof BadInputError || error instanceof NotFoundError || error instanceof TooLargeError || error instanceof ProofError
}
