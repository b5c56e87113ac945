/**
 * Brings frames to the other device: straight to its node where that serves itself in reach (perhaps through a circuit
 * relay), else to its home relay, which keeps them until it comes. A frame goes again until the other says that it has it.
 * Chats go side by side: one whose device cannot be reached holds up no other.
 */
import { NotFoundError, PetrelError, QuotaError, InternalError, LIMITS, sameBytes, UnavailableError, type KeyBytes, type ManifestRelay } from '../../protocol/wire/index.js'
import type { InboxKey, RelayLink, RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import { Errands, type Outcome } from './errands.js'
import { hasGot } from './numbers.js'
import { START_OUT, type SecretOut } from './record.js'
import type { SecretChat } from './secret-chat.js'
import type { SecretStore } from './store.js'

/** What it works with. */
export interface SecretDeliveryDeps {
  readonly chats: () => Iterable<SecretChat>
  readonly store: SecretStore
  readonly pool: RelayPool
  /** The other account's homes, as its newest manifest says. */
  readonly homesOf: (account: KeyBytes) => readonly ManifestRelay[]
  /** The key to its inbox that the other account has given to this one: a beginning goes by it, as no stranger's. */
  readonly inboxKeyOf: (account: KeyBytes) => InboxKey | undefined
  /** The own homes, at which this device listens. */
  readonly ownHomes: () => RelayLink[]
  readonly now: () => number
  readonly log: NodeLog
}

const RETRY_MS = { first: 1000, most: 60_000 } as const
/** Frames of a chat that are posted at once: in one write to the relay, if they wait together. */
const POSTS = 8
/** Addresses at which nobody listens any more are forgotten so many at a time: each time costs the home a write. */
const FORGOTTEN = 8
/** What a home has for its answer: another one may be quicker. */
const POST_MS = 10_000
/** A frame that some home has kept is posted again after this long without a word of the other device. */
const AGAIN_MS = 10 * 60_000

/** See the file's head. */
export class SecretDelivery {
  readonly #deps: SecretDeliveryDeps
  readonly #work: Errands
  /** When a frame was posted last, by chat and number. In memory: after a start all that wait go once more. */
  readonly #posted = new Map<string, Map<number, number>>()
  /** Addresses that the own homes were told of. */
  readonly #kept = new Map<string, Set<string>>()
  /** Chats that owe a receipt, until it is due; and those whose is. */
  readonly #receipts = new Map<string, NodeJS.Timeout>()
  readonly #receiptsDue = new Set<string>()
  /** Chats in which the devices that were asked as well have been told: there are none later on. */
  readonly #wordless = new Set<string>()

  constructor (deps: SecretDeliveryDeps) {
    this.#deps = deps
    this.#work = new Errands({ run: async (id, signal) => await this.#run(id, signal), failed: error => { this.#note(error) }, most: LIMITS.secretDeliveries, retryMs: RETRY_MS })
  }

  /** Begins. */
  start (): void {
    this.#work.start()
    this.kick()
  }

  /** Stops; what waits stays. */
  async stop (): Promise<void> {
    for (const timer of this.#receipts.values()) clearTimeout(timer)
    this.#receipts.clear()
    await this.#work.stop()
  }
  /** Goes on with a chat now, or with all of them. */
  kick (chat?: Pick<SecretChat, 'id'>): void { for (const { id } of chat === undefined ? this.#deps.chats() : [chat]) this.#work.kick(id) }

  /** Whether some home has kept an own message for the other device. */
  hasPosted ({ id }: SecretChat, n: number): boolean { return this.#posted.get(id)?.has(n) ?? false }

  async #run (id: string, signal: AbortSignal): Promise<Outcome> {
    for (const chat of this.#deps.chats()) if (chat.id === id) return await this.#deliver(chat, signal)
    this.#posted.delete(id)
    this.#wordless.delete(id)
    for (const name of this.#kept.keys()) if (name.startsWith(`${id} `)) this.#kept.delete(name)
    return 'done'
  }

  async #deliver (chat: SecretChat, signal: AbortSignal): Promise<Outcome> {
    // The other answers at addresses of the epoch that it learns by what goes now: they are told first, and not waited for.
    const listening = this.#listen(chat, signal, chat.takeLeft())
    const outcome = await this.#say(chat, signal)
    const isKept = await listening
    if (outcome !== 'done' || isKept) return outcome
    return chat.record.session === null ? 'failed' : 'later'
  }

  /** What there is to say. */
  async #say (chat: SecretChat, signal: AbortSignal): Promise<Outcome> {
    const { record } = chat
    if (record.stage === 'closed') return await this.#lastWord(chat, signal)
    if (record.stage === 'asking') return await this.#begin(chat, signal)
    if (record.session === null) return 'done'
    if (!this.#wordless.has(chat.id)) {
      if (!await this.#words(chat, signal)) return 'failed'
      this.#wordless.add(chat.id)
    }
    // What was sealed before the doubt waits with the rest: the device may be a thief's by now.
    if (chat.doubt !== null) return 'later'
    if (!await this.#outs(chat, signal)) return 'failed'
    if (!await this.#receipt(chat, signal)) return 'failed'
    const { theirs: { through, later }, next } = chat.record
    return next - 1 <= through + later.length ? 'done' : 'later'
  }

  /** What is said next tells as well what came: a receipt goes only when nothing is said for a moment. @returns false when it could not go */
  async #receipt (chat: SecretChat, signal: AbortSignal): Promise<boolean> {
    if (chat.owesReceipt && !this.#receiptsDue.has(chat.id)) {
      if (this.#receipts.has(chat.id)) return true
      this.#receipts.set(chat.id, setTimeout(() => {
        this.#receipts.delete(chat.id)
        this.#receiptsDue.add(chat.id)
        this.kick(chat)
      }, LIMITS.secretReceiptMs).unref())
      return true
    }
    this.#receiptsDue.delete(chat.id)
    const receipt = await chat.receipt()
    if (receipt === undefined) return true
    // It may have begun an epoch, at whose address the other answers.
    const listening = this.#listen(chat, signal)
    const went = await this.#post(chat, receipt, signal)
    const isKept = await listening
    if (went !== 'sent') return false
    if (chat.receiptWent() || !isKept) this.kick(chat)
    return true
  }

  /** Beginnings go to each device that is asked, and again now and then until one answers. */
  async #begin (chat: SecretChat, signal: AbortSignal): Promise<Outcome> {
    const posted = this.#postedOf(chat)
    let outcome: Outcome = 'later'
    for await (const out of this.#deps.store.outs(chat.record.chat, START_OUT)) {
      if (signal.aborted) return 'failed'
      if ((posted.get(out.n) ?? -Infinity) + LIMITS.secretStartAgainMs > this.#deps.now()) continue
      // Refused: the one before waits there still, or the device has not been there for long. Another may answer.
      if (await this.#post(chat, out, signal) === 'unreached') outcome = 'failed'
      else posted.set(out.n, this.#deps.now())
    }
    return outcome
  }

  /** Says to the devices that were asked as well that one has accepted: once a home has it, or is past it, it is done. @returns false once one could not be said */
  async #words (chat: SecretChat, signal: AbortSignal): Promise<boolean> {
    for await (const out of this.#deps.store.outs(chat.record.chat, START_OUT)) {
      if (await this.#post(chat, out, signal) === 'unreached') return false
      await this.#went(chat, out)
    }
    return true
  }

  async #went (chat: SecretChat, { n }: SecretOut): Promise<void> {
    await chat.exclusive(async () => { await chat.change({}, { ops: [this.#deps.store.dropOut(chat.record.chat, n)] }) })
  }

  #postedOf ({ id }: SecretChat): Map<number, number> {
    const posted = this.#posted.get(id) ?? new Map<number, number>()
    this.#posted.set(id, posted)
    return posted
  }

  /** Posts what was not posted lately, in its order and a few at once. @returns false once something could not be */
  async #outs (chat: SecretChat, signal: AbortSignal): Promise<boolean> {
    const posted = this.#postedOf(chat)
    for (const n of posted.keys()) if (n >= START_OUT || hasGot(chat.record.theirs, n)) posted.delete(n)
    const waits = (n: number): boolean => n < START_OUT && !hasGot(chat.record.theirs, n) && (posted.get(n) ?? -Infinity) + AGAIN_MS <= this.#deps.now()
    for (let from = chat.record.theirs.through + 1; from < chat.record.next;) {
      const some: number[] = []
      for (; from < chat.record.next && some.length < POSTS; from++) if (waits(from)) some.push(from)
      const went = await Promise.all((await this.#deps.store.outsOf(chat.record.chat, some)).map(async out => {
        const isSent = await this.#post(chat, out, signal) === 'sent'
        if (isSent) posted.set(out.n, this.#deps.now())
        return isSent
      }))
      if (signal.aborted || went.includes(false)) return false
    }
    return true
  }

  /** A closed chat has nothing to say but that: once some home has it, or nobody can want it any more, it is done. */
  async #lastWord (chat: SecretChat, signal: AbortSignal): Promise<Outcome> {
    for await (const out of this.#deps.store.outs(chat.record.chat)) {
      const went = await this.#post(chat, out, signal)
      if (signal.aborted) return 'failed'
      const isOver = out.sealedAt + LIMITS.keptFrameMs < this.#deps.now() || (went === 'refused' && out.n >= START_OUT)
      if (went !== 'sent' && !isOver) return 'failed'
      await this.#went(chat, out)
    }
    return 'done'
  }

  /** `again`: what was left at the homes comes once more. @returns whether all own homes that can be reached know the addresses */
  async #listen (chat: SecretChat, signal: AbortSignal, again = false): Promise<boolean> {
    const all = new Set(chat.listening.map(({ address }) => nameOf(address)))
    const kept = await Promise.all(this.#deps.ownHomes().map(async link => await this.#listenAt(link, chat, { all, again }, signal)))
    return !kept.includes(false)
  }

  async #listenAt (link: RelayLink, chat: SecretChat, { all, again }: { all: ReadonlySet<string>, again: boolean }, signal: AbortSignal): Promise<boolean> {
    const name = `${chat.id} ${nameOf(link.peer)}`
    const known = this.#kept.get(name) ?? new Set<string>()
    this.#kept.set(name, known)
    const fresh = [...all].filter(address => again || !known.has(address))
    const old = [...known].filter(address => !all.has(address))
    try {
      if (fresh.length > 0) await link.keepPipes(fresh.map(bytesOf), { signal, deadlineMs: POST_MS, again })
      for (const address of fresh) known.add(address)
      if (old.length < FORGOTTEN && (all.size > 0 || old.length === 0)) return true
      await link.forgetPipes(old.map(bytesOf), { signal, deadlineMs: POST_MS })
      for (const address of old) known.delete(address)
      return true
    } catch (error) {
      if (!signal.aborted) this.#note(error)
      return false
    }
  }

  /** `refused`: a home was reached, and none takes it. */
  async #post (chat: SecretChat, { address, frame, n }: Pick<SecretOut, 'address' | 'frame'> & { readonly n?: number }, signal: AbortSignal): Promise<'sent' | 'refused' | 'unreached'> {
    const { device, peer } = chat.record
    const by = n === undefined || n < START_OUT ? undefined : this.#deps.inboxKeyOf(peer)
    const homes = this.#deps.homesOf(peer)
    let outcome: 'refused' | 'unreached' = 'unreached'
    // Its own node first: nobody else sees even the ciphertext.
    for (const home of [...homes.filter(one => sameBytes(one.peer, device)), ...homes.filter(one => !sameBytes(one.peer, device))]) {
      try {
        const link = this.#deps.pool.link(home.peer, home.addrs)
        await link.postPipe(address, frame, { signal, deadlineMs: POST_MS, by })
        chat.path = !sameBytes(home.peer, device) ? 'relay' : link.address?.includes('/p2p-circuit') === true ? 'circuit' : 'direct'
        this.#work.succeeded(chat.id)
        return 'sent'
      } catch (error) {
        if (signal.aborted) return 'unreached'
        if (error instanceof NotFoundError || error instanceof QuotaError) outcome = 'refused'
        if (!(error instanceof NotFoundError || error instanceof UnavailableError)) this.#note(error)
      }
    }
    return outcome
  }

  #note (error: unknown): void { this.#deps.log('info', 'secret.delivery', { code: error instanceof PetrelError ? error.code : InternalError.code }) }
}

function nameOf (address: Uint8Array): string { return Buffer.from(address).toString('latin1') }
function bytesOf (name: string): Uint8Array { return new Uint8Array(Buffer.from(name, 'latin1')) }
