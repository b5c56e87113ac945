/**
 * Moves a chat's log to another home, as this account has ordered: by agreement with the present home, whose last entry
 * is the order, or without it when it is gone. The wish is durable, and each step can be made again, so it goes on after
 * any break.
 */
import {
  AbortedError, ConflictError, DeadlineError, ENTRY_KIND, InternalError, MovedError, NotFoundError, openOwnerAction, PetrelError, ProofError, RateLimitError, ReadOnlyError, sameBytes, SessionError,
  signerFromSeed, signOwnerAction, toPetrelError, UnavailableError, verifyAttested, type TermAction
} from '../../protocol/wire/index.js'
import { systemRandom } from '../../protocol/crypto/index.js'
import { shortId } from '../log.js'
import { hasArrived } from './arrival.js'
import type { Chat } from './chat.js'
import { homeOf, type ChatRecord, type PendingMove } from './chat-record.js'
import { bringLog, fillCopy } from './bring-log.js'
import { closeFormer } from './close-former.js'
import { removedLately } from './group/removed-lately.js'
import { enterHome } from './rebuild.js'
import { RetryTimer } from '../retry-timer.js'

const RETRY_MS = { first: 500, most: 60_000 } as const

/** The moves of one chat. */
export class Mover {
  readonly #chat: Chat
  /** Called when the log has its new home, or is not moved after all. */
  readonly #onEnd: () => void
  readonly #retry: RetryTimer
  readonly #waiting = new Set<{ resolve: (done: undefined) => void, reject: (error: PetrelError) => void }>()
  #stopping = new AbortController()
  #trouble: PetrelError | null = null
  #running: Promise<void> | undefined
  #again = false
  /** Where the log was read to when a pause began that is over once it is read further. */
  #readTo: number | undefined
  /** The order that this has signed and shown to nobody yet. */
  #unseen: Uint8Array | undefined

  constructor (chat: Chat, onEnd: () => void) {
    this.#chat = chat
    this.#onEnd = onEnd
    this.#retry = new RetryTimer(() => { this.kick() }, RETRY_MS)
  }

  /** Why a move does not go on: its last step failed, or its relay is not reached; null when nothing is known against it. */
  get trouble (): PetrelError | null {
    const { record: { move }, deps } = this.#chat
    if (move === undefined) return null
    return this.#trouble ?? deps.pool.links().find(link => sameBytes(link.peer, move.peer))?.lastError ?? null
  }

  /** Goes on with a move that was under way. */
  start (): void {
    this.#stopping = new AbortController()
    this.kick()
  }

  /** Stops; the wish stays. */
  async stop (): Promise<void> {
    this.#stopping.abort()
    this.#retry.stop()
    await this.#running
  }

  /** Takes a wish about the home of term `from` in place of one that nothing stands on yet, durably. @throws ConflictError while another is under way, or when the log has left that home for another one */
  async begin (to: Pick<PendingMove, 'peer' | 'addrs' | 'lost'>, from: number): Promise<void> {
    await this.#chat.serial.run(async () => {
      const { record: { move }, home } = this.#chat
      if (from !== home.term) {
        if (sameBytes(home.peer, to.peer)) return
        throw new ConflictError('the chat was moved elsewhere meanwhile')
      }
      const isSame = move !== undefined && sameBytes(move.peer, to.peer) && move.lost === to.lost
      if (isSame) return
      if (move !== undefined && !to.lost) throw new ConflictError('the chat is being moved elsewhere already; if that relay is gone for good, move it with --lost')
      await this.#write({ ...this.#chat.record, move: { ...to, from, action: null, id: systemRandom(16) } })
    })
    this.#retry.reset()
    this.kick()
  }

  /** Resolves when the log has its new home. @throws why it has not; AbortedError by signal: it goes on by itself then */
  async done (signal: AbortSignal | undefined): Promise<void> {
    if (this.#chat.record.move === undefined) return
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const waiter = { resolve, reject }
    const abort = (): void => { reject(new AbortedError('the wait was ended; the move goes on by itself')) }
    this.#waiting.add(waiter)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      if (signal?.aborted === true) abort()
      await promise
    } finally {
      this.#waiting.delete(waiter)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Goes on now, unless a pause is on. One that was for the log ends when that is read further: until a move goes on the chat may have no home. */
  kick (): void {
    this.#again = true
    if (this.#readTo !== undefined && this.#readTo !== this.#chat.cursor.seq) {
      this.#readTo = undefined
      this.#retry.reset()
    }
    if (this.#stopping.signal.aborted || this.#retry.isOn || this.#chat.record.move === undefined) return
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // It may have come after the last look: nothing else would go on with it.
      if (this.#again) this.kick()
    })
  }

  /** Goes on when the log is read further than a number, and after a while all the same. */
  #untilRead (seq: number): void {
    if (this.#chat.cursor.seq === seq) {
      this.#readTo = seq
      this.#retry.later()
    } else this.#again = true
  }

  async #run (): Promise<void> {
    try {
      while (this.#again && !this.#stopping.signal.aborted) {
        this.#again = false
        await this.#step()
        this.#trouble = null
      }
    } catch (error) {
      this.#again = false
      await this.#failed(toPetrelError(error))
    }
  }

  async #step (): Promise<void> {
    const { move } = this.#chat.record
    this.#readTo = undefined
    if (move === undefined) return
    if (move.action === null && move.from !== undefined && move.from !== this.#chat.home.term) {
      await this.#movedMeanwhile(move)
      return
    }
    if (!move.lost && move.action === null && this.#chat.cursor.term < this.#chat.home.term) {
      // What the log ends with, and from where it was taken over, is not known before.
      this.#untilRead(this.#chat.cursor.seq)
      return
    }
    if (move.action === null) await this.#prepare(move)
    const action = move.action === null ? await this.#order(move) : actionOf(move.action)
    if (action === undefined) return
    const { record } = this.#chat
    const isIn = record.home !== undefined && record.move?.action != null && sameBytes(record.home.action, record.move.action)
    if (!isIn && this.#chat.home.term >= action.term) {
      await this.#movedMeanwhile(move)
      return
    }
    if (action.by === 'agreement' && !isIn) await this.#agree(action)
    else await this.#bring(action, isIn)
  }

  /** What must be so before anybody sees an order: once the present home has agreed there is no way back. */
  async #prepare ({ peer, addrs, lost }: PendingMove): Promise<void> {
    const { signal } = this.#stopping
    if (!lost) await fillCopy(this.#chat, signal)
    await closeFormer(this.#chat, this.#chat.deps.pool.link(peer, addrs), peer, signal)
  }

  /** Another has moved it: what the person wished was about a home that is left. */
  async #movedMeanwhile ({ peer }: PendingMove): Promise<void> {
    await this.#end(sameBytes(this.#chat.home.peer, peer) ? undefined : new ConflictError('the chat was moved elsewhere meanwhile'))
  }

  /** Signs the order for the place that is known now, and writes it before anybody sees it. */
  async #order (move: PendingMove): Promise<TermAction | undefined> {
    return await this.#chat.serial.run(async () => {
      const { record, cursor: { seq, hash }, home, log } = this.#chat
      if (record.move !== move || record.ownerSeed === null) return undefined
      if (!hasArrived(this.#chat)) throw new UnavailableError('the chat is not read yet up to where this account came in')
      // It went elsewhere while this waited for its turn: that is found at the next look.
      if (move.from !== undefined && move.from !== home.term) {
        this.#again = true
        return undefined
      }
      const action: TermAction = { op: 'term', log, term: home.term + 1, home: move.peer, addrs: move.addrs, seq, hash, by: move.lost ? 'takeover' : 'agreement' }
      const signed = signOwnerAction(action, signerFromSeed(record.ownerSeed))
      await this.#write({ ...record, move: { ...move, action: signed, id: systemRandom(16) } })
      this.#unseen = signed
      return action
    })
  }

  /** Asks the present home. When it has taken the order, the log shows it, and the session goes on with {@link kick}. */
  async #agree (action: TermAction): Promise<void> {
    const { path, record: { move }, cursor: { seq: readTo } } = this.#chat
    if (move?.action == null) return
    const isFirst = this.#unseen === move.action
    this.#unseen = undefined
    const item = { id: move.id, kind: ENTRY_KIND.control, payload: move.action, expectHead: action.seq }
    const results = await path.append([item], { signal: this.#stopping.signal, term: action.term - 1 }).catch((error: unknown) => {
      // The log has shown it meanwhile, and the call came to the new home, which may not have the log yet.
      if (this.#chat.home.term >= action.term) return undefined
      // Or it has agreed before a crash, has been made a mirror since, and says what the new home says.
      throw isFirst ? error : maybeAgreed(error)
    })
    if (results === undefined) return
    const [result] = results
    if (result instanceof ConflictError) {
      // Something came before it. What that is is read, and the order made anew.
      await this.#chat.serial.run(async () => { if (this.#chat.record.move === move) await this.#write({ ...this.#chat.record, move: { ...move, action: null } }) })
      this.#untilRead(action.seq)
      return
    }
    // Another has moved it: the log shows that too.
    if (result instanceof PetrelError && !(result instanceof MovedError)) throw isFirst ? result : maybeAgreed(result)
    this.#untilRead(readTo)
  }

  async #bring (action: TermAction, isIn: boolean): Promise<void> {
    const { deps, log, record } = this.#chat
    const { move } = record
    if (move?.action == null) return
    const head = await bringLog(this.#chat, deps.pool.link(move.peer, move.addrs), action, move.action, this.#stopping.signal)
    const { statement, home } = verifyAttested(head)
    if (statement.term !== action.term || !sameBytes(home, action.home) || !sameBytes(statement.log, log)) throw new ProofError('the new home answers with another key or term than its own')
    await this.#chat.serial.run(async () => {
      const signed = this.#chat.record.move?.action
      if (signed == null || !sameBytes(signed, move.action ?? signed)) return
      // A home that is left by agreement shows the way itself.
      const out = action.by === 'takeover' ? await removedLately(this.#chat) : []
      const letters = [...this.#chat.peers, ...out].map(account => deps.tellMove(account, signed))
      const change = { record: withoutMove, ops: letters, settlesAlarm: true }
      await enterHome(this.#chat, isIn ? this.#chat.record.home ?? homeOf(action, signed) : homeOf(action, signed), isIn ? null : action.hash, change)
    })
    deps.invited()
    this.#settle(undefined)
  }

  async #failed (error: PetrelError): Promise<void> {
    const { deps, id, record } = this.#chat
    if (this.#stopping.signal.aborted) return
    this.#trouble = error
    deps.log('info', 'chat.move', { chat: shortId(id), code: error.code })
    const isIn = record.home !== undefined && record.move?.action != null && sameBytes(record.home.action, record.move.action)
    // Once the old home has agreed there is no way back; before, a refusal ends it.
    if (mayPass(error) || isIn) this.#retry.later(error.details.retryMs)
    else await this.#end(error)
    if (isIn && !mayPass(error)) this.#tell(error)
  }

  async #end (error: PetrelError | undefined): Promise<void> {
    try {
      await this.#chat.serial.run(async () => { await this.#write(withoutMove(this.#chat.record)) })
    } catch (fault) {
      this.#chat.deps.log('warn', 'chat.move', { chat: shortId(this.#chat.id), code: fault instanceof PetrelError ? fault.code : InternalError.code })
      this.#retry.later()
      return
    }
    this.#settle(error)
  }

  #settle (error: PetrelError | undefined): void {
    this.#tell(error)
    this.#onEnd()
  }

  #tell (error: PetrelError | undefined): void {
    for (const { resolve, reject } of this.#waiting) if (error === undefined) resolve(undefined); else reject(error)
  }

  async #write (record: ChatRecord): Promise<void> {
    await this.#chat.deps.kv.batch(this.#chat.recordOps(record))
    this.#chat.record = record
  }
}

/** What a relay without the chat says when it may have been asked before: it is to be asked again. */
function maybeAgreed (error: unknown): unknown {
  if (!(error instanceof NotFoundError)) return error
  return new UnavailableError('the chat\'s present relay does not show it: it may have agreed already, or, if it has lost the chat, move it with --lost', { cause: error })
}

function withoutMove ({ move: _move, ...record }: ChatRecord): ChatRecord { return record }

function actionOf (signed: Uint8Array): TermAction {
  const { action } = openOwnerAction(signed)
  if (action.op !== 'term') throw new InternalError('a move was kept with another order')
  return action
}

function mayPass (error: PetrelError): boolean {
  return [UnavailableError, DeadlineError, RateLimitError, ReadOnlyError, SessionError, InternalError].some(type => error instanceof type)
}
