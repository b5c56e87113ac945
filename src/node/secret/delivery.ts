/**
 * Brings frames to the other device: straight to its node where that serves itself in reach (perhaps through a circuit
 * relay), else to its home relay, which keeps them until it comes. A frame goes again until the other says that it has it.
 */
import { NotFoundError, PetrelError, InternalError, sameBytes, UnavailableError, type KeyBytes, type ManifestRelay } from '../../protocol/wire/index.js'
import type { RelayLink, RelayPool } from '../gateway/index.js'
import { Kicked } from '../kicked.js'
import type { NodeLog } from '../log.js'
import { hasGot } from './numbers.js'
import type { SecretOut } from './record.js'
import type { SecretChat } from './secret-chat.js'
import type { SecretStore } from './store.js'

/** What it works with. */
export interface SecretDeliveryDeps {
  readonly chats: () => Iterable<SecretChat>
  readonly store: SecretStore
  readonly pool: RelayPool
  /** The other account's homes, as its newest manifest says. */
  readonly homesOf: (account: KeyBytes) => readonly ManifestRelay[]
  /** The own homes, at which this device listens. */
  readonly ownHomes: () => RelayLink[]
  readonly now: () => number
  readonly log: NodeLog
}

/** By what a frame went last. */
export interface SecretPath { readonly peer: KeyBytes, readonly kind: 'device' | 'relay' }

const RETRY_MS = { first: 1000, most: 60_000 } as const
/** What a home has for its answer: another one may be quicker. */
const POST_MS = 10_000
/** A frame that some home has kept is posted again after this long without a word of the other device. */
const AGAIN_MS = 10 * 60_000

/** See the file's head. */
export class SecretDelivery {
  readonly #deps: SecretDeliveryDeps
  readonly #work: Kicked
  /** When a frame was posted last, by chat and number. In memory: after a start all that wait go once more. */
  readonly #posted = new Map<string, Map<number, number>>()
  /** Addresses that the own homes were told of. */
  readonly #kept = new Map<string, Set<string>>()
  readonly #paths = new Map<string, SecretPath>()

  constructor (deps: SecretDeliveryDeps) {
    this.#deps = deps
    this.#work = new Kicked({ pass: async signal => await this.#pass(signal), failed: error => { this.#note(error) }, retryMs: RETRY_MS })
  }

  /** Begins. */
  start (): void { this.#work.start() }
  /** Stops; what waits stays. */
  async stop (): Promise<void> { await this.#work.stop() }
  /** Goes on, now. */
  kick (): void { this.#work.kick() }

  /** By what the last frame of a chat went. */
  pathOf (chat: SecretChat): SecretPath | undefined { return this.#paths.get(chat.id) }

  /** Everything of a chat goes again: the other device says that it misses something. */
  again (chat: SecretChat): void {
    this.#posted.delete(chat.id)
    this.kick()
  }

  async #pass (signal: AbortSignal): Promise<boolean> {
    let isLeft = false
    for (const chat of this.#deps.chats()) {
      if (signal.aborted) return false
      isLeft = await this.#deliver(chat, signal) || isLeft
    }
    return isLeft
  }

  /** @returns whether something is left to do later */
  async #deliver (chat: SecretChat, signal: AbortSignal): Promise<boolean> {
    // The other answers at addresses of the epoch that it learns by what goes now.
    const isKept = await this.#listen(chat, signal)
    const { record } = chat
    if (record.stage === 'closed') return await this.#lastWord(chat, signal)
    if (record.session === null || record.stage === 'asking') return !isKept
    // What was sealed before the doubt waits with the rest: the device may be a thief's by now.
    if (chat.doubt !== null) return true
    let isLeft = !isKept
    const posted = this.#posted.get(chat.id) ?? new Map<number, number>()
    this.#posted.set(chat.id, posted)
    for await (const out of this.#deps.store.outs(record.chat)) {
      if (signal.aborted) return false
      if (hasGot(chat.record.theirs, out.n)) { posted.delete(out.n); continue }
      const last = posted.get(out.n)
      isLeft = true
      if (last !== undefined && last + AGAIN_MS > this.#deps.now()) continue
      if (!await this.#post(chat, out, signal)) return true
      posted.set(out.n, this.#deps.now())
    }
    const receipt = await chat.receipt()
    if (receipt === undefined) return isLeft
    if (!await this.#post(chat, receipt, signal)) return true
    return chat.receiptWent() || isLeft
  }

  /** A closed chat has nothing to say but that: once some home has it, it is done. @returns whether it is still to go */
  async #lastWord (chat: SecretChat, signal: AbortSignal): Promise<boolean> {
    for await (const out of this.#deps.store.outs(chat.record.chat)) {
      if (!await this.#post(chat, out, signal)) return true
      await chat.exclusive(async () => { await chat.change({}, { ops: [this.#deps.store.dropOut(chat.record.chat, out.n)] }) })
    }
    return false
  }

  /** @returns whether all own homes that can be reached know the addresses */
  async #listen (chat: SecretChat, signal: AbortSignal): Promise<boolean> {
    const all = chat.listening.map(({ address }) => address)
    let isKept = true
    for (const link of this.#deps.ownHomes()) {
      const name = `${chat.id} ${Buffer.from(link.peer).toString('latin1')}`
      const known = this.#kept.get(name) ?? new Set<string>()
      const fresh = all.filter(address => !known.has(nameOf(address)))
      const old = [...known].filter(address => !all.some(one => nameOf(one) === address))
      try {
        if (fresh.length > 0) await link.keepPipes(fresh, { signal, deadlineMs: POST_MS })
        if (old.length > 0) await link.forgetPipes(old.map(bytesOf), { signal, deadlineMs: POST_MS })
        this.#kept.set(name, new Set(all.map(nameOf)))
      } catch (error) {
        if (signal.aborted) return false
        this.#note(error)
        isKept = false
      }
    }
    return isKept
  }

  async #post (chat: SecretChat, { address, frame }: Pick<SecretOut, 'address' | 'frame'>, signal: AbortSignal): Promise<boolean> {
    const { device, peer } = chat.record
    const homes = this.#deps.homesOf(peer)
    // Its own node first: nobody else sees even the ciphertext.
    for (const home of [...homes.filter(one => sameBytes(one.peer, device)), ...homes.filter(one => !sameBytes(one.peer, device))]) {
      try {
        await this.#deps.pool.link(home.peer, home.addrs).postPipe(address, frame, { signal, deadlineMs: POST_MS })
        this.#paths.set(chat.id, { peer: home.peer, kind: sameBytes(home.peer, device) ? 'device' : 'relay' })
        this.#work.succeeded()
        return true
      } catch (error) {
        if (signal.aborted) return false
        if (!(error instanceof NotFoundError || error instanceof UnavailableError)) this.#note(error)
      }
    }
    return false
  }

  #note (error: unknown): void { this.#deps.log('info', 'secret.delivery', { code: error instanceof PetrelError ? error.code : InternalError.code }) }
}

function nameOf (address: Uint8Array): string { return Buffer.from(address).toString('latin1') }
function bytesOf (name: string): Uint8Array { return new Uint8Array(Buffer.from(name, 'latin1')) }
