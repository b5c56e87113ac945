/**
 * Carries out what this account wishes of a group, one commit at a time: a commit is durable before it is handed to the
 * home, and adopted when the log shows it. Whoever loses a race for a number takes the winner's, and tries its wish again
 * on what that left. DESIGN section 4, conflicts.
 */
import { systemRandom } from '../../../protocol/crypto/index.js'
import { judgeGroupChange, mayRemove } from '../../../protocol/message/index.js'
import { AbortedError, base32Text, cutText, ENTRY_ID_LENGTH, ForbiddenError, InternalError, LIMITS, PetrelError, sameBytes, TooLargeError, toPetrelError, type EntryId, type KeyBytes } from '../../../protocol/wire/index.js'
import { shortId } from '../../log.js'
import { hasArrived } from '../arrival.js'
import type { Chat } from '../chat.js'
import { handCommit } from '../making.js'
import { RetryTimer } from '../../retry-timer.js'
import { Candidates, isFinal, whatFits, type NotAdded } from './candidates.js'
import { hasPath, todoOf, withoutAdds, type GroupNow, type Intent, type Todo } from './intent.js'
import { asHolder, keepCommit } from './keep-commit.js'
import { policyOf, type Candidate } from './make-commit.js'
import { isKeyDue } from './owner-key.js'

const RETRY_MS = { first: 500, most: 30_000 } as const

/** How a wish ended: with who of those it adds was not added, or with an error. */
export type IntentEnd = PetrelError | readonly NotAdded[]

/** See the file's head. */
export class Committer {
  readonly #chat: Chat
  readonly #retry = new RetryTimer(() => { this.kick() }, RETRY_MS)
  readonly #waiting = new Map<string, Array<(end: IntentEnd) => void>>()
  readonly #candidates: Candidates
  /** Who was not added, of wishes that somebody may wait for. */
  readonly #notAdded = new Map<string, NotAdded[]>()
  #running: Promise<void> | undefined
  #again = false
  #stopping = new AbortController()

  /** @param onFree - called when what waited for a repair need not wait any more */
  constructor (chat: Chat, onFree: () => void) {
    this.#chat = chat
    this.#candidates = new Candidates(async (account, options) => await chat.deps.candidate(account, options), () => chat.deps.now())
    this.#stopping.abort()
    chat.repairs.onDue = () => { this.kick() }
    chat.repairs.onFree = onFree
  }

  /** Begins. */
  start (): void { this.#stopping = new AbortController(); this.kick() }

  /** Stops; what is wished stays. Who waits is told that the node stops. */
  async stop (): Promise<void> {
    this.#stopping.abort(new AbortedError('the node stops; the change is kept, and made when it runs again'))
    this.#retry.stop()
    this.#chat.repairs.stop()
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
      const todo = this.#todo(intent)
      if (todo !== undefined) this.#requireAllowed(todo)
      // Who is removed is not added by what was wished before.
      const gone = [...intent.remove ?? [], ...intent.edit?.ban === undefined ? [] : [intent.edit.ban.account]]
      await this.#keep([...intents.map(one => withoutAdds(one, gone)), intent])
    })
    this.kick()
  }

  /**
   * Resolves when a wish is carried out, there is nothing left to do of it, or it waits for people who cannot be asked:
   * with who was not added. Rejects with why it was given up, or when `signal` ends the wait.
   */
  async ended (id: EntryId, { signal }: { signal?: AbortSignal } = {}): Promise<readonly NotAdded[]> {
    if (this.#chat.record.intents?.some(one => sameBytes(one.id, id)) !== true) return this.#takeNotAdded(base32Text(id))
    const { promise, resolve } = Promise.withResolvers<IntentEnd>()
    const name = base32Text(id)
    this.#waiting.set(name, [...this.#waiting.get(name) ?? [], resolve])
    const abort = (): void => { resolve(new AbortedError('the wait was ended; the change is kept and goes on')) }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const end = await promise
      if (end instanceof PetrelError) throw end
      return end
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Goes on with what is wished, now. */
  kick (): void {
    this.#settleWaiting()
    const { record, deps, log, repairs } = this.#chat
    if (record.stage === 'out') deps.wentOut?.(log)
    if (this.#stopping.signal.aborted || (!record.intents?.length && repairs.due.length === 0 && this.#leaving.length === 0 && !this.#keyDue)) return
    this.#retry.stop()
    // It may come after the last look, and is not lost then.
    this.#again = true
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#again = false
      this.#chat.deps.log('info', 'chat.commit', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
      if (!this.#stopping.signal.aborted) this.#retry.later()
    }).finally(() => { this.#running = undefined; if (this.#again) this.kick() })
  }

  async #run (): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false
      const { record, isStopped } = this.#chat
      if (record.stage !== 'ready' || isStopped || record.move !== undefined || !hasArrived(this.#chat)) return
      // What stood in the log before comes first: a new commit now would be in its way.
      if (this.#chat.back.open().some(({ leaf }) => leaf.base !== null)) return
      if (record.commit !== null) await handCommit(this.#chat, { signal: this.#stopping.signal })
      else {
        const repaired = await this.#repair()
        if (repaired === true || await this.#next() || await this.#removeLeaving() || await this.#shareKey()) this.#again = true
        else if (repaired !== false) throw repaired
      }
    }
  }

  /** Makes the commit that puts in anew, with keys of now, the leaves of others that a revoked device may hold. @returns why that must wait, if so */
  async #repair (): Promise<boolean | PetrelError> {
    const chat = this.#chat
    const { ready: [first], not } = await this.#candidates.of(chat.repairs.due.map(({ account }) => account), this.#stopping.signal)
    if (first === undefined) return this.#candidates.letAllBe(not) ?? false
    try {
      return await chat.serial.run(async () => {
        const { account } = first.manifest.manifest
        if (chat.record.commit !== null || !chat.repairs.due.some(one => sameBytes(one.account, account))) return true
        await keepCommit(chat, { todo: { add: [account], remove: [account], update: false }, candidates: [first], done: [] })
        return true
      })
    } catch (error) {
      return this.#candidates.letBe(first.manifest.manifest.account, toPetrelError(error))
    }
  }

  /** The account's leaf is to stand on its newest manifest, unless that is wished already. */
  renewLeaf (): void {
    const chat = this.#chat
    void chat.serial.run(async () => {
      const { intents = [], stage } = chat.record
      if (stage !== 'ready' || chat.leaf === 'holds' || intents.some(({ renew }) => renew === true)) return
      await this.#keep([{ id: systemRandom(ENTRY_ID_LENGTH), renew: true }, ...intents])
    }).then(() => { this.kick() }, (error: unknown) => { chat.deps.log('info', 'chat.renew', { chat: shortId(chat.id), code: toPetrelError(error).code }) })
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

  get #keyDue (): boolean { return isKeyDue(this.#chat.record, this.#chat.deps.me) && asHolder(this.#chat).ownerSeed !== null }

  /** Others may hold the log's owner key than have it: who made them so had none to give. */
  async #shareKey (): Promise<boolean> {
    if (!this.#keyDue) return false
    await this.#chat.serial.run(async () => { await this.#keep([...this.#chat.record.intents ?? [], { id: systemRandom(ENTRY_ID_LENGTH), ownerKey: true }]) })
    return true
  }

  async #keep (intents: Intent[]): Promise<void> {
    const next = { ...this.#chat.record, intents }
    await this.#chat.deps.kv.batch(this.#chat.recordOps(next))
    this.#chat.record = next
  }

  /** Makes the commit of the first wish of which something can be done now, and keeps it. @returns whether there is something to hand over, or to look at again @throws why all that is wished must wait */
  async #next (): Promise<boolean> {
    let waits: PetrelError | undefined
    for (const intent of this.#chat.record.intents ?? []) {
      const wait = await this.#advance(intent)
      if (wait === undefined) return true
      waits ??= wait
    }
    if (waits !== undefined) throw waits
    return false
  }

  /** Does of a wish what can be done. @returns what it waits for, when that is nothing */
  async #advance (intent: Intent): Promise<PetrelError | undefined> {
    try {
      const todo = this.#todo(intent)
      const { ready, not } = todo === undefined ? { ready: [], not: [] } : await this.#candidates.of(todo.add, this.#stopping.signal)
      await this.#giveUp(intent, not.filter(({ waits }) => !waits))
      const isStuck = todo !== undefined && !hasPath(todo) && ready.length === 0 && not.length > 0
      if (!isStuck) await this.#chat.serial.run(async () => { await this.#make(intent, ready) })
      else if (not.some(({ waits }) => waits)) return this.#waits(intent, not)
      return undefined
    } catch (error) {
      if (!isFinal(error)) throw error
      await this.#drop(intent, error)
      return undefined
    }
  }

  /** Those can never be added: the wish goes on without them. @throws why, when it was about nobody else */
  async #giveUp (intent: Intent, not: readonly NotAdded[]): Promise<void> {
    const [first] = not
    if (first === undefined) return
    const rest = withoutAdds(intent, not.map(({ account }) => account))
    if (rest.add?.length === 0 && rest.remove === undefined && rest.edit === undefined && rest.update === undefined && (intent.add?.length ?? 0) === not.length) throw first.error
    this.#note(intent, not)
    await this.#chat.serial.run(async () => { await this.#keep(this.#chat.record.intents?.map(one => sameBytes(one.id, intent.id) ? withoutAdds(one, not.map(({ account }) => account)) : one) ?? []) })
  }

  /** Nothing can be done of it now: who waits for it is told, and it goes on by itself. */
  #waits (intent: Intent, not: readonly NotAdded[]): PetrelError | undefined {
    const name = base32Text(intent.id)
    const waiting = not.filter(({ waits }) => waits)
    this.#tell(name, [...this.#takeNotAdded(name), ...waiting])
    return waiting[0]?.error
  }

  #note ({ id }: Intent, not: readonly NotAdded[]): void {
    const name = base32Text(id)
    if (this.#waiting.has(name)) this.#notAdded.set(name, [...this.#notAdded.get(name) ?? [], ...not])
  }

  #takeNotAdded (name: string): NotAdded[] {
    const not = this.#notAdded.get(name) ?? []
    this.#notAdded.delete(name)
    return not
  }

  /** In the chat's turn: nothing else may be taken between the look at the state and the commit on top of it. */
  async #make (intent: Intent, candidates: readonly Candidate[]): Promise<void> {
    const { record } = this.#chat
    if (record.commit !== null || record.stage !== 'ready' || record.intents?.some(one => sameBytes(one.id, intent.id)) !== true) return
    const todo = this.#todo(intent)
    if (todo === undefined) { await this.#forget(intent); return }
    const known = candidates.filter(({ manifest }) => todo.add.some(account => sameBytes(account, manifest.manifest.account)))
    const now = whatFits(known, { members: record.members.length, hasPath: hasPath(todo) })
    if (now.length === 0 && !hasPath(todo)) return
    const some = { ...todo, add: now.map(({ manifest }) => manifest.manifest.account) }
    this.#requireAllowed(some)
    await keepCommit(this.#chat, { todo: some, candidates: now, done: now.length === todo.add.length ? [intent.id] : [] })
  }

  get #now (): GroupNow {
    const { record, deps, leaf } = this.#chat
    return { policy: policyOf(record), members: record.members.map(m => m.account), me: deps.me, keyDue: this.#keyDue, isStale: leaf !== 'holds' }
  }

  /** In a direct chat nothing can be done but that a member renews its own leaf, and gives the log another owner key. */
  #todo (intent: Intent): Todo | undefined {
    const { record, leaf } = this.#chat
    if (!record.direct) return todoOf(intent, this.#now)
    const isWanted = (intent.renew === true && leaf !== 'holds') || (intent.ownerKey === true && this.#keyDue)
    return isWanted ? { add: [], remove: [], update: true } : undefined
  }

  #requireAllowed (todo: Todo): void {
    if (this.#chat.record.direct) return
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
    for (const name of [...this.#waiting.keys()]) if (!open.has(name)) this.#tell(name, this.#chat.record.stage === 'out' ? new ForbiddenError('this account is not a member of this group any more') : this.#takeNotAdded(name))
  }

  #tell (name: string, end: IntentEnd): void {
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const resolve of waiting) resolve(end)
  }
}
