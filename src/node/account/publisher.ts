/**
 * Makes the home relay show what the account is: its logs, manifest, key packages and grants. Everything is
 * compared and repeated at each connection, so whatever was interrupted is finished the next time.
 */
import { createCloudKeyPackage, type MakeMlsEngine } from '../../protocol/crypto/index.js'
import {
  ExistsError, LIMITS, logIdOf, openKeyPackage, RIGHT, signerFromSeed, signKeyPackage, signOwnerAction, type LogId, type Signer
} from '../../protocol/wire/index.js'
import type { KeyValueStore } from '../../store/index.js'
import { engineFor, leafIdentityFor } from '../chats/index.js'
import type { ContactBook } from '../contacts/index.js'
import type { InboxGrant, RelayLink, RelayPool } from '../gateway/index.js'
import { Serial } from '../serial.js'
import type { Account } from './account.js'
import type { KeyPackageEntry, OwnedLog } from './account-record.js'

/** What a publisher works with. */
export interface PublisherDeps {
  readonly account: Account
  readonly contacts: ContactBook
  readonly pool: RelayPool
  readonly kv: KeyValueStore
  readonly now: () => number
  /** The MLS engine; the library's unless told. */
  readonly mls?: MakeMlsEngine | undefined
}

/** How to wait for a publication. */
export interface PublishOptions { signal?: AbortSignal }

/** Publishes one account. */
export class Publisher {
  readonly #deps: PublisherDeps
  readonly #serial = new Serial()

  constructor (deps: PublisherDeps) { this.#deps = deps }

  /** The link to the home relay, if there is one. */
  get home (): RelayLink | undefined {
    const { account, pool } = this.#deps
    return account.home === undefined ? undefined : pool.link(account.home.peer, [account.home.address])
  }

  /** Gives the home's link the keys of the account's own logs, so that whatever is asked first can prove them. */
  prove (): void {
    const { inbox } = this.#deps.account
    const { home } = this
    if (inbox === null || home === undefined) return
    for (const owned of [inbox.mail, inbox.requests]) {
      const owner = signerFromSeed(owned.ownerSeed)
      home.setCapability(logIdOf(owned.genesis), RIGHT.owner, owner)
      home.setCapability(logIdOf(owned.genesis), RIGHT.read, owner)
    }
  }

  /** Makes everything at the relays what it should be. @throws the link's errors; then nothing is lost, and the next call finishes it */
  async publish (options: PublishOptions = {}): Promise<void> {
    await this.#serial.run(async () => { await this.#publish(options) })
  }

  /** Tells the home which keys may append to the inbox, and which no longer: before a link hands one out, and at each connection. */
  async grantAll (options: PublishOptions = {}): Promise<void> {
    const logs = this.#deps.account.inboxLogs
    const { home } = this
    if (logs === null || home === undefined) return
    const grants = this.#grants()
    for (let i = 0; i < grants.length; i += LIMITS.grantsPerCall) await home.grant(logs.mail, grants.slice(i, i + LIMITS.grantsPerCall), options)
    // Whoever was blocked while the home could not be told.
    const ended = this.#deps.contacts.all().flatMap(({ blocked, ourGrant }) => blocked && ourGrant !== null ? [signerFromSeed(ourGrant).key] : [])
    for (let i = 0; i < ended.length; i += LIMITS.grantsPerCall) await home.revoke(logs.mail, ended.slice(i, i + LIMITS.grantsPerCall), options)
  }

  /** Tells the home of one key that may append to the inbox: for ever, or until a time in milliseconds. */
  async grantTo (seed: Uint8Array, expiresAt: number | null, options: PublishOptions = {}): Promise<void> {
    const logs = this.#deps.account.inboxLogs
    if (logs !== null) await this.home?.grant(logs.mail, [{ key: signerFromSeed(seed).key, expiresAt }], options)
  }

  /** Ends a key's right to append to the inbox. */
  async revoke (seed: Uint8Array, options: PublishOptions = {}): Promise<void> {
    const logs = this.#deps.account.inboxLogs
    if (logs !== null) await this.home?.revoke(logs.mail, [signerFromSeed(seed).key], options)
  }

  async #publish (options: PublishOptions): Promise<void> {
    const { account, now } = this.#deps
    const { home } = this
    if (home === undefined || account.home === undefined) return
    if (account.inbox === null) await account.makeInbox(account.home.peer)
    const { inbox, inboxLogs: logs } = account
    if (inbox === null || logs === null) return
    await this.#createLog(home, inbox.mail, options)
    await this.#createLog(home, inbox.requests, options)
    this.prove()
    const current = await this.#currentKeyPackages()
    await account.renewManifest({
      relays: account.relays.map(r => ({ peer: r.peer, addrs: account.addrsOf(r) })),
      inbox: { log: logs.mail, requests: logs.requests, key: inbox.key },
      keyPackages: current.map(k => k.hash)
    }, now())
    for (const relay of account.relays) {
      const link = this.#deps.pool.link(relay.peer, [relay.address])
      link.setManifest(account.manifest.bytes)
      if (link === home) await home.putManifest(account.manifest.bytes, options)
    }
    await home.putKeyPackages(current.map(k => k.record), options)
    await this.grantAll(options)
  }

  async #createLog (home: RelayLink, owned: OwnedLog, options: PublishOptions): Promise<void> {
    const log: LogId = logIdOf(owned.genesis)
    const owner = signerFromSeed(owned.ownerSeed)
    // Read and append keys of these logs are the owner's own: strangers and contacts append by other rules.
    const open = signOwnerAction({ op: 'open', log, caps: { append: owner.key, read: owner.key } }, owner)
    try {
      await home.createLog(owned.genesis, open, options)
    } catch (error) {
      if (!(error instanceof ExistsError)) throw error
    }
  }

  /** The key packages to publish: a fresh one each week; older ones open Welcomes until they end. */
  async #currentKeyPackages (): Promise<KeyPackageEntry[]> {
    const { account, kv, now, mls } = this.#deps
    const time = now()
    for (const old of account.keyPackages().filter(k => k.notAfter + LIMITS.keyPackageGraceMs < time)) await kv.batch([account.dropKeyPackage(old)])
    const [newest] = account.keyPackages()
    if (newest !== undefined && newest.notBefore + LIMITS.keyPackageRotateMs > time) return [newest]
    const fresh = await makeKeyPackage(account, account.device, time, mls)
    await account.keepKeyPackage(fresh)
    return [fresh]
  }

  #grants (): InboxGrant[] {
    const { account, contacts, now } = this.#deps
    const grants: InboxGrant[] = []
    for (const { blocked, ourGrant } of contacts.all()) if (!blocked && ourGrant !== null) grants.push({ key: signerFromSeed(ourGrant).key, expiresAt: null })
    for (const { seed, expiresAt } of account.invites()) if (expiresAt === null || expiresAt > now()) grants.push({ key: signerFromSeed(seed).key, expiresAt })
    return grants
  }
}

async function makeKeyPackage (account: Account, device: Signer, time: number, mls: MakeMlsEngine | undefined): Promise<KeyPackageEntry> {
  const notBefore = time - LIMITS.clockSkewMs
  const notAfter = notBefore + LIMITS.keyPackageLifeMs - 1000
  const engine = engineFor([account.manifest], () => time, mls)
  const made = await createCloudKeyPackage(engine, { identity: leafIdentityFor(account.manifest, device), notBefore, notAfter })
  const record = signKeyPackage({
    v: 1, use: 'cloud', account: account.key, manifest: account.manifest.hash, bundle: made.public, notBefore, notAfter, lastResort: false
  }, device)
  return { hash: openKeyPackage(record).hash, record, privatePart: made.private, notBefore, notAfter }
}
