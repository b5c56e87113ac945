/** What runs in a node by itself: the links to its homes, the inbox, the chats, the post. Started and drained in order. */
import { base32Text, InternalError, logIdOf, peerIdText, PetrelError, QuotaError, toPetrelError, UnavailableError, type CheckedManifest, type KeyBytes } from '../protocol/wire/index.js'
import type { WhyStopped } from '../protocol/api/index.js'
import type { OwnedLog } from './account/index.js'
import type { NodeCore } from './core.js'
import type { RelayLink } from './gateway/index.js'
import { InboxReader } from './letters/index.js'
import { ContactNodes } from './own-home/index.js'
import { Persistent } from './persistent.js'

const RETRY_MS = 5000
// A thief may be writing meanwhile.
const REVOKING_MS = 1000
// New key packages are due weekly; looking often costs nothing and survives a laptop's sleep.
const UPKEEP_MS = 6 * 3_600_000

/** Runs a node's parts. */
export class EngineRoom {
  readonly #core: NodeCore
  readonly #contactNodes: ContactNodes
  /** By their logs. */
  readonly #readers = new Map<string, { readonly link: RelayLink, readonly reader: InboxReader }>()
  /** By the homes' PeerIds: each is told by itself. */
  readonly #publishing = new Map<string, { readonly work: Persistent, readonly unwatch: () => void }>()
  readonly #revoking: Persistent
  #upkeep: NodeJS.Timeout | undefined
  #stopped = false
  /** Why the last publication where the inbox lives failed, for status. */
  lastError: PetrelError | null = null

  constructor (core: NodeCore) {
    this.#core = core
    this.#contactNodes = new ContactNodes({ ...core, signal: core.ending.signal })
    this.#revoking = new Persistent(async () => {
      await core.revocation.goOn(core.ending.signal)
      // The inbox is another one by now.
      this.watchHomes()
    }, error => { if (!this.#stopped) core.log('info', 'device.revoking', { code: toPetrelError(error).code }) }, REVOKING_MS)
  }

  /** Why letters do not come in, for status. */
  get inboxProblem (): PetrelError | null {
    const { inbox } = this.#core.account
    if (inbox === null) return null
    return [inbox.mail, inbox.requests].map(owned => this.#readers.get(nameOf(owned))?.reader.problem ?? null).find(problem => problem !== null) ?? null
  }

  /** Starts everything; does not wait for relays. */
  start (): void {
    const { account, devices, shared, standing, vault } = this.#core
    account.onManifest(manifest => { this.#onManifest(manifest) })
    standing.judge(account.manifest.manifest, account.device.key)
    standing.onStop((why, error) => { this.#halt(why, error) })
    if (standing.error !== undefined) return
    devices.start()
    if (this.#core.options.vault !== 'off') shared.start(() => { this.#publishSoon() })
    vault.onChange('relays', () => ({ after: () => { this.watchHomes() } }))
    this.#core.chats.start()
    this.#core.joins.start()
    this.#core.search.index.start()
    this.#core.scheduled.start()
    this.#core.post.start()
    this.#core.coming.start()
    this.#core.secrets.start()
    this.watchHomes()
    this.#core.lan?.start({
      links: () => this.#core.pool.links(),
      learn: (link, addresses) => { this.#core.pool.link(link.peer, addresses) },
      relays: () => this.#core.account.relays.filter(r => !this.#core.account.isOwn(r.peer)).map(r => r.peer),
      onLook: () => { this.#contactNodes.look() },
      onAddresses: () => { this.#publishSoon() }
    })
    if (this.#core.revocation.left.length > 0) this.#revoking.soon()
    this.#upkeep = setInterval(() => { this.#publishSoon() }, UPKEEP_MS).unref()
  }

  /** Goes on with what follows from a revocation. */
  revoke (): void { this.#revoking.soon() }

  /** Links to every home relay, and publishes whenever one is there. Call it again when the homes change. */
  watchHomes (): void {
    const { account, publisher } = this.#core
    for (const { work, unwatch } of this.#publishing.values()) {
      work.stop()
      unwatch()
    }
    this.#publishing.clear()
    if (this.#stopped) return
    publisher.prove()
    for (const link of publisher.homes()) {
      const { peer } = link
      this.#core.secrets.listen(link)
      const work = new Persistent(async () => { await this.publish(peer, { signal: this.#core.ending.signal }) }, error => {
        if (this.#stopped) return
        if (isSame(account.home?.peer, peer)) this.lastError = toPetrelError(error)
        this.#core.log('info', 'account.publish', { code: error instanceof PetrelError ? error.code : InternalError.code })
      }, RETRY_MS)
      this.#publishing.set(peerIdText(peer), { work, unwatch: link.onState(({ state, lastError }) => {
        if (state === 'connected') work.soon()
        if (state === 'refused' && lastError !== null) this.#refused(lastError, link.addrs[0])
      }) })
    }
    for (const session of this.#core.chats.all()) session.repath()
    this.#core.shared.kick()
    this.#core.media.start()
    this.#core.secrets.files.start()
    this.#publishSoon()
    this.#readFormer()
  }

  /** Publishes at a home now, and where the inbox lives starts reading it. @throws what stands in the way; it is tried again by itself too */
  async publish (peer: KeyBytes, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { account, publisher, post, shared } = this.#core
    // A device that has just come does not know yet what the account has to say.
    await shared.whenRead(options)
    await publisher.publish(peer, options)
    // What was renewed on the way is news to the others.
    for (const link of publisher.homes()) if (link.state === 'connected' && !publisher.isShown(link.peer)) this.#publishing.get(peerIdText(link.peer))?.work.soon()
    const isHome = isSame(account.home?.peer, peer)
    if (isHome) {
      this.lastError = null
      await this.#readInbox()
    }
    post.kick(true)
    shared.kick()
    if (isHome) await this.#publishPackages(options)
  }

  /** Key packages for secret chats come last: nothing else waits for them, and a home that takes no more of them is a home all the same. */
  async #publishPackages (options: { signal?: AbortSignal }): Promise<void> {
    const { publisher: { home }, secrets, mls, log } = this.#core
    // A stand-in behind the MLS interface has no secret chats.
    if (home === undefined || mls !== undefined) return
    await secrets.packages.publish(home, options).catch((error: unknown) => {
      if (!(error instanceof QuotaError)) throw error
      log('info', 'secret.packages', { code: error.code })
    })
  }

  /** Stops everything; what is being taken or written becomes durable first. @throws the first fault, after all has been stopped */
  async stop (): Promise<void> {
    const { ending, post, coming, secrets, joins, scheduled, chats, search, media, blobs, files, pool, visitor, own, lan, host, claim, store, home, shared } = this.#core
    this.#stopped = true
    clearInterval(this.#upkeep)
    const publishing = [...this.#publishing.values()]
    for (const { work, unwatch } of publishing) {
      work.stop()
      unwatch()
    }
    this.#revoking.stop()
    ending.abort(new UnavailableError('the node is stopping: what it took is durable, and goes on when it runs again'))
    const faults: unknown[] = []
    const steps: Array<() => Promise<unknown> | undefined> = [
      async () => { await this.#revoking.idle() }, async () => await Promise.all([...this.#readers.values()].map(async ({ reader }) => { await reader.stop() })),
      async () => { await shared.stop() }, async () => { await post.stop() }, async () => { await coming.stop() }, async () => { await secrets.stop() }, async () => { await joins.stop() }, async () => { await scheduled.stop() }, async () => { await chats.stop() }, async () => { await search.index.stop() }, async () => { await files.stop() }, async () => { await media.stop() }, async () => { await pool.close() }, async () => await Promise.all(publishing.map(async ({ work }) => { await work.idle() })),
      async () => { await lan?.stop() }, async () => { await visitor.close() }, async () => { await own?.close() }, async () => { await host.stop() }, async () => { await blobs.close() }, async () => { await claim.release() }, async () => { await store.close() }
    ]
    // Whatever one part ends with, the store is closed and the home is free.
    for (const step of steps) await step()?.catch((error: unknown) => { faults.push(error) })
    home.close()
    if (faults.length > 0) throw faults[0]
  }

  /** Another version of the account's manifest counts: every home is shown it, and this device may be none of the account's any more. */
  #onManifest ({ manifest, bytes }: CheckedManifest): void {
    const { account, publisher, standing } = this.#core
    for (const link of publisher.homes()) link.setManifest(bytes)
    standing.judge(manifest, account.device.key)
    this.#publishSoon()
  }

  /** A home does not let this device in: what it says is judged by the account's own signed record, where that can be seen. */
  #refused (error: PetrelError, relay: string | undefined): void {
    const { account, log, standing } = this.#core
    standing.heard(error, relay ?? 'a home relay')
    const { manifest } = error.details
    if (error.details.revoked !== true || typeof manifest !== 'string') return
    account.takeManifest(new Uint8Array(Buffer.from(manifest, 'base64url'))).catch((fault: unknown) => { log('warn', 'account.manifest', { code: toPetrelError(fault).code }) })
  }

  /** This device may not go on: nothing is sent or shown any more, whoever waits is told, and nothing is tried again. */
  #halt (why: WhyStopped, error: PetrelError): void {
    const { account, chats, coming, devices, ending, joins, log, media, pool, post, scheduled, shared, updates } = this.#core
    log('error', 'device.stopped', { why })
    for (const { work, unwatch } of this.#publishing.values()) {
      work.stop()
      unwatch()
    }
    this.#publishing.clear()
    this.#revoking.stop()
    clearInterval(this.#upkeep)
    this.#stopped = true
    if (why === 'cloned') updates.write([], [{ type: 'device', device: peerIdText(account.device.key), name: devices.nameOf(account.device.key), change: 'cloned' }]).catch(() => undefined)
    // What is here of an account that has not let this device in may be read.
    if (why !== 'unlisted') ending.abort(error)
    // Secret chats go on: what is to disappear here does so when its time is over.
    for (const part of [shared, ...chats.all(), chats, coming, joins, post, scheduled, media]) part.stop().catch((fault: unknown) => { log('warn', 'device.stopping', { code: toPetrelError(fault).code }) })
    pool.close().catch(() => undefined)
  }

  #publishSoon (): void { for (const { work } of this.#publishing.values()) work.soon() }

  async #readInbox (): Promise<void> {
    const { account, publisher } = this.#core
    const { inbox } = account
    const link = publisher.home
    if (inbox !== null && link !== undefined) await this.#read(link, [[inbox.mail, 'mail'], [inbox.requests, 'requests']])
  }

  /** Letters of those who do not know yet that the inbox moved. */
  #readFormer (): void {
    const { publisher, now, log } = this.#core
    for (const { link, inbox } of publisher.formerInboxes(now())) {
      this.#read(link, [[inbox.mail, 'mail'], [inbox.requests, 'requests']]).catch((error: unknown) => { log('warn', 'inbox.former', { code: toPetrelError(error).code }) })
    }
  }

  async #read (link: RelayLink, logs: ReadonlyArray<readonly [OwnedLog, 'mail' | 'requests']>): Promise<void> {
    const { vault, keys, reception, log } = this.#core
    for (const [owned, via] of logs) {
      const known = this.#readers.get(nameOf(owned))
      // The relay is reached in another way now: as a home, or as a home no more.
      if (known !== undefined && known.link !== link) await known.reader.stop()
      const reader = known?.link === link ? known.reader : new InboxReader({
        vault, keys, link, genesis: owned.genesis, ownerSeed: owned.ownerSeed, log,
        take: async (sealed, logId) => { await reception.take(sealed, logId, via) }
      })
      this.#readers.set(nameOf(owned), { link, reader })
      if (!this.#stopped) await reader.start()
    }
  }
}

function nameOf (owned: OwnedLog): string { return base32Text(logIdOf(owned.genesis)) }
function isSame (a: KeyBytes | undefined, b: KeyBytes): boolean { return a !== undefined && peerIdText(a) === peerIdText(b) }
