/** What runs in a node by itself: the links to its homes, the inbox, the chats, the post. Started and drained in order. */
import { InternalError, PetrelError, toPetrelError, UnavailableError } from '../protocol/wire/index.js'
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
  /** Something changed while a publication ran. */
  #again = false
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
    this.#core.lan?.start({
      links: () => this.#core.pool.links(),
      learn: (link, addresses) => { this.#core.pool.link(link.peer, addresses) },
      relays: () => this.#core.account.relays.filter(r => !this.#core.account.isOwn(r.peer)).map(r => r.peer),
      onAddresses: () => { this.#publishSoon() }
    })
    this.#upkeep = setInterval(() => { this.#publishSoon() }, UPKEEP_MS).unref()
  }

  /** Links to every home relay, and publishes whenever one is there. Call it again when the homes change. */
  watchHomes (): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
    this.#core.publisher.prove()
    for (const relay of this.#core.account.relays) {
      const link = this.#core.pool.link(relay.peer, [relay.address])
      this.#unwatch.push(link.onState(({ state }) => {
        if (state !== 'connected') return
        this.#publishSoon()
        void this.#core.lan?.look()
      }))
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

  /** Stops everything; what is being taken or written becomes durable first. @throws the first fault, after all has been stopped */
  async stop (): Promise<void> {
    const { ending, post, chats, pool, visitor, own, lan, host, claim, store, home } = this.#core
    this.#stopped = true
    clearTimeout(this.#timer)
    clearInterval(this.#upkeep)
    for (const unwatch of this.#unwatch) unwatch()
    ending.abort(new UnavailableError('the node is stopping: what it took is durable, and goes on when it runs again'))
    const faults: unknown[] = []
    const steps: Array<() => Promise<unknown> | undefined> = [
      async () => await Promise.all(this.#readers.map(async r => { await r.stop() })),
      async () => { await post.stop() }, async () => { await chats.stop() }, async () => { await pool.close() }, async () => await this.#publishing,
      async () => { await lan?.stop() }, async () => { await visitor.close() }, async () => { await own?.close() }, async () => { await host.stop() }, async () => { await claim.release() }, async () => { await store.close() }
    ]
    // Whatever one part ends with, the store is closed and the home is free.
    for (const step of steps) await step()?.catch((error: unknown) => { faults.push(error) })
    home.close()
    if (faults.length > 0) throw faults[0]
  }

  #publishSoon (): void {
    if (this.#stopped || this.#core.account.home === undefined) return
    // One that runs may have passed what changed now.
    this.#again = this.#publishing !== undefined
    if (this.#again) return
    clearTimeout(this.#timer)
    this.#publishing = this.publish({ signal: this.#core.ending.signal }).catch((error: unknown) => {
      this.lastError = toPetrelError(error)
      this.#core.log('info', 'account.publish', { code: error instanceof PetrelError ? error.code : InternalError.code })
      if (!this.#stopped) this.#timer = setTimeout(() => { this.#publishSoon() }, RETRY_MS).unref()
    }).finally(() => {
      this.#publishing = undefined
      if (this.#again) this.#publishSoon()
    })
  }

  async #read (): Promise<void> {
    const { account, publisher, vault, keys, reception, log } = this.#core
    const { inbox } = account
    const link = publisher.home
    if (inbox === null || link === undefined) return
    if (this.#readers.length === 0) {
      this.#readers.push(...([[inbox.mail, 'mail'], [inbox.requests, 'requests']] as const).map(([owned, via]) => new InboxReader({
        kv: vault.kv, keys, link, genesis: owned.genesis, ownerSeed: owned.ownerSeed, log,
        take: async (sealed, logId) => { await reception.take(sealed, logId, via) }
      })))
    }
    for (const reader of this.#readers) if (!this.#stopped) await reader.start()
  }
}
