/** One chat's life: made step by step, followed, sent to. Each step is durable and may be interrupted anywhere. */
import { encodeBody, type Body } from '../../protocol/message/index.js'
import { systemRandom } from '../../protocol/crypto/index.js'
import {
  base32Text, ConflictError, decodeCaps, DeadlineError, ENTRY_KIND, ExistsError, InternalError, PetrelError, ProofError, RIGHT, signerFromSeed, signOwnerAction, ForbiddenError, toPetrelError, UnavailableError, judgeHead,
  type EntryId, type StoredEntry
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Follow } from '../gateway/index.js'
import { shortId } from '../log.js'
import { forgive, raise } from './accusation.js'
import { CaughtError, findingOf } from './alarm.js'
import type { Chat } from './chat.js'
import { memberCapsOf } from './chat-keys.js'
import { Erasing } from './erasing.js'
import { takeWitnessed } from './take-witnessed.js'
import { dueVoid } from './void-step.js'
import type { OutboxItem } from './outbox-item.js'
import { Pump } from './pump.js'

// Soon at first, then rarely: what a home refuses it mostly refuses again. A new connection tries at once.
const RETRY_MS = { first: 1000, most: 60_000 } as const

/** Runs one chat. */
export class ChatSession {
  readonly chat: Chat
  readonly pump: Pump
  readonly erasing: Erasing
  #follow: Follow | undefined
  #stopState: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = true
  #advancing = false
  #voiding: Promise<void> | undefined
  #retryMs: number = RETRY_MS.first
  /** Why the chat does not go on, other than that its home is away; for status. */
  problem: PetrelError | null = null

  constructor (chat: Chat) {
    this.chat = chat
    this.erasing = new Erasing(chat)
    this.pump = new Pump(chat, async error => { await this.accuse(error) })
  }

  /** Begins: goes on with the chat's making, follows its log, sends what waits. */
  start (): void {
    this.#stopped = false
    const { link } = this.chat
    this.#stopState = link.onState(({ state }) => {
      if (state !== 'connected') this.chat.current = false
      if (state !== 'connected') return
      this.#retryMs = RETRY_MS.first
      this.#connected()
    })
    this.#prove()
    this.pump.start()
    this.erasing.start()
    this.#connected()
  }

  /** Stops; waits until what is being taken is durable. */
  async stop (): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#stopState?.()
    this.#unfollow()
    await this.pump.stop()
    await this.erasing.stop()
    await this.#voiding
    await this.chat.serial.idle()
  }

  /** Takes a message to send; durable when it resolves. @throws ProofError while the chat stands accused, ForbiddenError for a blocked contact */
  async send (body: Body, extra: (id: EntryId) => KeyValueOp[]): Promise<OutboxItem> {
    this.chat.requireNoAlarm()
    if (this.chat.isBlocked) throw new ForbiddenError('this contact is blocked: unblock it to write to it')
    const id = systemRandom(16)
    return await this.pump.add(id, encodeBody(body), this.chat.deps.now(), false, extra(id))
  }

  /** Marks what is up to a number as read here, and tells the others. */
  async read (upTo: number): Promise<void> {
    await this.chat.serial.run(async () => {
      const { cursor } = this.chat
      const read = Math.max(cursor.read, Math.min(upTo, cursor.seq))
      if (read === cursor.read && cursor.unread === 0) return
      let unread = 0
      if (read < cursor.seq) for await (const { row } of this.chat.timeline.range(read + 1, cursor.seq)) if (row.kind === 'message' && row.from !== null && base32Text(row.from) !== base32Text(this.chat.deps.me)) unread++
      const next = { ...cursor, read, unread }
      await this.chat.deps.updates.write([this.chat.cursorOp(next)], [{ type: 'chat', chat: this.chat.id, title: this.chat.title, change: 'read' }])
      this.chat.cursor = next
    })
    await this.pump.markIfDue()
  }

  /** Raises the chat's alarm: the home was caught. Sending stops until the person decides. */
  async accuse (error: PetrelError): Promise<void> {
    await this.chat.serial.run(async () => {
      await raise(this.chat, findingOf(error))
    })
    this.pump.halt()
  }

  /** Goes on after an alarm, from what was verified here. @throws ConflictError when nothing stands in the way, or only a commit that its owner must void */
  async resume (): Promise<void> {
    const { alarm } = this.chat.cursor
    if (alarm === null) throw new ConflictError('nothing stops sending in this chat')
    if (alarm.kind === 'commit') throw new ConflictError(`this chat goes on by itself once its owner's node was there: ${alarm.message}`)
    await this.chat.serial.run(async () => { await forgive(this.chat) })
    this.pump.start()
    this.#connected()
  }

  /**
   * The other was blocked or let back in. What a blocked one writes is not read: so it is not shown, and never counts as
   * received; it comes once the other is let back in.
   */
  blockedChanged (): void {
    if (this.chat.isBlocked) this.#unfollow()
    else this.#connected()
  }

  #unfollow (): void {
    this.#follow?.stop()
    this.#follow = undefined
    this.chat.current = false
  }

  #connected (): void {
    void this.#advance().catch((error: unknown) => {
      this.#note('chat.advance', error)
      this.#retry(error)
    })
  }

  #retry (error: unknown): void {
    this.problem = error instanceof UnavailableError || error instanceof DeadlineError ? null : toPetrelError(error)
    clearTimeout(this.#timer)
    if (!this.#stopped) this.#timer = setTimeout(() => { this.#connected() }, this.#retryMs).unref()
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.most)
  }

  /** Goes on with whatever comes next for this chat. */
  async #advance (): Promise<void> {
    if (this.#advancing || this.#stopped) return
    this.#advancing = true
    try {
      await this.chat.link.ready()
      if (this.chat.record.stage === 'create') await this.#create()
      this.#followLog()
      this.#voidIfDue()
      await this.checkPromised()
      if (this.chat.record.stage === 'commit') await this.#commit()
      this.#mark()
      this.pump.poke()
    } finally {
      this.#advancing = false
    }
  }

  /**
   * A log that ends before what a receipt promised was rolled back: nothing would ever come by following it. What a
   * follow brings may have been read before the receipt (or another member's head) came, so it is asked for now, by its number: an honest relay that
   * was restored learns by that how far the log had come.
   */
  async checkPromised (): Promise<void> {
    const { link, log, home, place, cursor, promisedTo } = this.chat
    if (cursor.alarm !== null || promisedTo <= cursor.seq) return
    const { head } = await link.read(log, promisedTo, 1)
    this.chat.witness.saw(head)
    const { statement } = judgeHead(head, log, place).attested
    // A home that the log has left since promised nothing that counts, and one that it went to is read first.
    if (statement.term !== home.term || statement.seq >= promisedTo) return
    await this.accuse(new CaughtError({ kind: 'rollback', seq: statement.seq, message: `the relay's log of this chat ends at entry ${statement.seq}, and it signed for entry ${promisedTo}: it was rolled back` }))
  }

  async #create (): Promise<void> {
    const { record, keys } = this.chat
    const open = signOwnerAction({ op: 'open', log: record.log, caps: memberCapsOf(keys) }, this.#owner())
    try {
      await this.chat.link.createLog(record.genesis, open)
    } catch (error) {
      // Made before a crash: the home keeps the first keys, which are these.
      if (!(error instanceof ExistsError)) throw error
    }
    await this.chat.serial.run(async () => {
      const next = { ...this.chat.record, stage: 'commit' as const }
      await this.chat.deps.kv.batch([this.chat.recordOp(next)])
      this.chat.record = next
    })
  }

  /** Voids the last commit if it does not hold and this account has the owner key: so no member can stop the chat. */
  #voidIfDue (): void {
    const { lastCommit } = this.chat.cursor
    this.#voiding ??= this.#void().catch((error: unknown) => {
      this.#note('chat.void', error)
      this.#retry(error)
    }).finally(() => {
      this.#voiding = undefined
      if (this.chat.cursor.lastCommit !== lastCommit) this.#voidIfDue()
    })
  }

  async #void (): Promise<void> {
    const order = await dueVoid(this.chat)
    if (order === undefined || this.#stopped) return
    const [result] = await this.chat.link.append(this.chat.log, [order])
    // Somebody else was faster, or another commit was: the log will show it.
    if (result instanceof PetrelError && !(result instanceof ConflictError)) throw result
  }

  #owner (): ReturnType<typeof signerFromSeed> {
    const { ownerSeed } = this.chat.record
    if (ownerSeed === null) throw new InternalError('only a chat\'s owner makes its log')
    return signerFromSeed(ownerSeed)
  }

  /** Hands the pending commit to the home; it is adopted when the log shows it. */
  async #commit (): Promise<void> {
    const { commit } = this.chat.record
    if (commit === null) return
    const [result] = await this.chat.link.append(this.chat.log, [{ id: commit.id, kind: ENTRY_KIND.commit, payload: commit.payload, base: commit.base, caps: decodeCaps(commit.caps) }])
    if (result instanceof PetrelError) throw result
  }

  #prove (): void {
    const { link, log, keys, record } = this.chat
    link.setCapability(log, RIGHT.append, keys.append)
    link.setCapability(log, RIGHT.read, keys.read)
    if (record.ownerSeed !== null) link.setCapability(log, RIGHT.owner, signerFromSeed(record.ownerSeed))
  }

  #followLog (): void {
    if (this.#follow !== undefined || this.#stopped || this.chat.isBlocked) return
    const { link, log, cursor } = this.chat
    this.#follow = link.follow(log, cursor.seq, async (entries, head) => { await this.#take(entries, head) }, error => { this.#ended(error) })
  }

  async #take (entries: StoredEntry[], head: Uint8Array): Promise<void> {
    if (this.chat.isBlocked) return
    const { lastCommit, alarm } = this.chat.cursor
    const { epochChanged, standing, erasing, lie } = await this.chat.serial.run(async () => await takeWitnessed(this.chat, entries, head))
    this.chat.current = standing === 'current'
    if (lie !== undefined) throw lie
    this.problem = null
    this.#retryMs = RETRY_MS.first
    if (erasing) this.erasing.kick()
    if (this.chat.cursor.lastCommit !== lastCommit) this.#voidIfDue()
    if (alarm !== null && this.chat.cursor.alarm === null) this.pump.poke()
    if (epochChanged) {
      this.#prove()
      this.pump.newEpoch()
    }
    this.#mark()
  }

  /** The next entries need not wait for a mark to be durable: it can be made again at any time. */
  #mark (): void {
    this.pump.markIfDue().catch((error: unknown) => { this.#note('chat.mark', error) })
  }

  #note (event: string, error: unknown): void {
    this.chat.deps.log('info', event, { chat: shortId(this.chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
  }

  #ended (error: PetrelError): void {
    this.#follow = undefined
    this.chat.current = false
    this.chat.deps.log('warn', 'chat.unfollowed', { chat: shortId(this.chat.id), code: error.code })
    if (!(error instanceof ProofError)) this.#retry(error)
    // What cannot be written now is found again: the home still says the same.
    else this.accuse(error).catch((fault: unknown) => { this.#retry(fault) })
  }
}
