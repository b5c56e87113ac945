/** What runs in a node by itself: the links to its homes, the inbox, the chats, the post. Started and drained in order. */
import { InternalError, PetrelError, toPetrelError } from '../protocol/wire/index.js'
import type { NodeCore } from './core.js'
import { InboxReader } from './letters/index.js'

const RETRY_MS = 5000
// New key packages are due weekly; looking often costs nothing and survives a laptop's sleep.
const UPKEEP_MS = 6 * 3_600_000

/** Runs a node's parts. */
export class EngineRoom {
  readonly #core: NodeCore
  readonly #readers: InboxReader[] = []
  readonly #unwatch: Array<() => void> = []
  #timer: NodeJS.Timeout | undefined
  #upkeep: NodeJS.Timeout | undefined
  #stopped = false
  #publishing: Promise<void> | undefined
  /** Why the last publication failed, for status. */
  lastError: PetrelError | null = null

  constructor (core: NodeCore) { this.#core = core }

  /** Why letters do not come in, for status. */
  get inboxProblem (): PetrelError | null { return this.#readers.find(r => r.problem !== null)?.problem ?? null }

  /** Starts everything; does not wait for relays. */
  start (): void {
    this.#core.chats.start()
    this.#core.post.start()
    this.watchHomes()
    this.#upkeep = setInterval(() => { this.#publishSoon() }, UPKEEP_MS).unref()
  }

  /** Links to every home relay, and publishes whenever one is there. Call it again when the homes change. */
  watchHomes (): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
    this.#core.publisher.prove()
    for (const relay of this.#core.account.relays) {
      const link = this.#core.pool.link(relay.peer, [relay.address])
      this.#unwatch.push(link.onState(({ state }) => { if (state === 'connected') this.#publishSoon() }))
    }
    this.#publishSoon()
  }

  /** Publishes now and starts reading the inbox. @throws what stands in the way; it is tried again by itself too */
  async publish (options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#core.publisher.publish(options)
    this.lastError = null
    await this.#read()
    this.#core.post.kick(true)
  }

  /** Stops everything; what is being taken or written becomes durable first. */
  async stop (): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearInterval(this.#upkeep)
    for (const unwatch of this.#unwatch) unwatch()
    await Promise.all(this.#readers.map(async r => { await r.stop() }))
    await this.#core.post.stop()
    await this.#core.chats.stop()
    await this.#core.pool.close()
    await this.#publishing
    await this.#core.visitor.close()
    await this.#core.host.stop()
    await this.#core.claim.release()
    await this.#core.store.close()
    this.#core.home.close()
  }

  #publishSoon (): void {
    if (this.#stopped || this.#publishing !== undefined || this.#core.account.home === undefined) return
    clearTimeout(this.#timer)
    this.#publishing = this.publish().catch((error: unknown) => {
      this.lastError = toPetrelError(error)
      this.#core.log('info', 'account.publish', { code: error instanceof PetrelError ? error.code : InternalError.code })
      if (!this.#stopped) this.#timer = setTimeout(() => { this.#publishSoon() }, RETRY_MS).unref()
    }).finally(() => { this.#publishing = undefined })
  }

  async #read (): Promise<void> {
    const { account, publisher, store, keys, reception, log } = this.#core
    const { inbox } = account
    const link = publisher.home
    if (this.#readers.length > 0 || inbox === null || link === undefined || this.#stopped) return
    for (const [owned, via] of [[inbox.mail, 'mail'], [inbox.requests, 'requests']] as const) {
      const reader = new InboxReader({
        kv: store.kv, keys, link, genesis: owned.genesis, ownerSeed: owned.ownerSeed, log,
        take: async (sealed, logId) => { await reception.take(sealed, logId, via) }
      })
      this.#readers.push(reader)
      await reader.start()
    }
  }
}
