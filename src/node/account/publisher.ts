/**
 * Makes the home relays show what the account is: at each its manifest and key packages, and where the inbox lives its
 * logs and grants. Each home is told by itself, so that one that is away stops no other. Everything is compared and
 * repeated at each connection, so whatever was interrupted is finished the next time.
 */
import type { MakeMlsEngine } from '../../protocol/crypto/index.js'
import {
  activeDevices, ConflictError, ExistsError, LIMITS, logIdOf, peerIdText, ProofError, RIGHT, sameBytes, signerFromSeed, signOwnerAction, toPetrelError, UnavailableError,
  type KeyBytes, type LogId, type Manifest, type ManifestRelay, type PetrelError
} from '../../protocol/wire/index.js'
import type { KeyValueStore } from '../../store/index.js'
import type { ContactBook } from '../contacts/index.js'
import type { InboxGrant, RelayLink, RelayPool } from '../gateway/index.js'
import { Serial } from '../serial.js'
import type { Account, ManifestWish } from './account.js'
import type { HomeRelay, Inbox, KeyPackageEntry, OwnedLog } from './account-record.js'
import { homeOf, logsOf, newInbox } from './inbox.js'
import { judgeOf } from './judge.js'
import { makeKeyPackage, newestKept, newestUsable } from './own-key-package.js'

/** How often devices of one account may be beaten by each other before that is a fault. */
const TRIES = 5

/** What a publisher works with. */
export interface PublisherDeps {
  readonly account: Account
  readonly contacts: ContactBook
  /** Keys that may append to the inbox beside those of contacts and invites. */
  readonly moreGrants?: () => InboxGrant[]
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
  /** By PeerId: the manifest that a home was shown last in this run, and why a newer one did not get there. */
  readonly #shown = new Map<string, { manifest: Uint8Array | null, trouble: PetrelError | null }>()

  constructor (deps: PublisherDeps) { this.#deps = deps }

  /** The link to the home where the inbox lives, if there is one. */
  get home (): RelayLink | undefined {
    const { home } = this.#deps.account
    return home === undefined ? undefined : this.#link(home)
  }

  /** The links to all homes. */
  homes (): RelayLink[] { return this.#deps.account.relays.map(relay => this.#link(relay)) }

  /** Gives links the keys of the account's own logs, so that whatever is asked first can prove them. */
  prove (): void {
    const { account, now } = this.#deps
    const { home } = this
    if (account.inbox !== null && home !== undefined) proveInbox(home, account.inbox)
    for (const { link, inbox } of this.formerInboxes(now())) proveInbox(link, inbox)
  }

  /** The inboxes that moved and are still read, with the links to where they were. */
  formerInboxes (now: number): Array<{ link: RelayLink, inbox: Inbox }> {
    const { account, pool } = this.#deps
    return account.former(now).map(inbox => ({ link: pool.link(homeOf(inbox), [inbox.address]), inbox }))
  }

  /** Whether a home has all that is newest. */
  isShown (peer: KeyBytes): boolean {
    const { account } = this.#deps
    const manifest = this.#shown.get(peerIdText(peer))?.manifest
    return manifest != null && sameBytes(manifest, account.manifest.bytes) && account.saysWhereItIs
  }

  /** Why a home does not have all that is newest, as far as is known; null when it has. */
  behind (peer: KeyBytes): PetrelError | null {
    if (this.isShown(peer)) return null
    return this.#shown.get(peerIdText(peer))?.trouble ?? new UnavailableError('it was not reached since there was something new')
  }

  /** Makes everything at one home what it should be. @throws the link's errors; then nothing is lost, and the next call finishes it */
  async publish (peer: KeyBytes, options: PublishOptions = {}): Promise<void> {
    const name = peerIdText(peer)
    try {
      const isThere = await this.#makeLogs(peer, options)
      const trouble = await this.#serial.run(async () => { await this.#renew(await this.#currentKeyPackages(options), isThere, options) }).then(() => null, toPetrelError)
      // What could not be agreed upon with the other devices keeps no home from what was.
      const shown = await this.#show(peer, options)
      if (shown !== undefined) this.#shown.set(name, { manifest: shown, trouble })
      if (trouble !== null) throw trouble
    } catch (error) {
      this.#shown.set(name, { manifest: this.#shown.get(name)?.manifest ?? null, trouble: toPetrelError(error) })
      throw error
    }
  }

  /**
   * Makes an inbox at another home, with its grants, and takes it in place of the present one; `relays` are the homes
   * from then on, that one first. Nobody is told before it is there.
   * @throws the link's errors; then the old one stays
   */
  async moveInbox (relays: HomeRelay[], options: PublishOptions = {}): Promise<void> {
    const [to] = relays
    if (to === undefined) throw new UnavailableError('an inbox needs a home')
    await this.#serial.run(async () => {
      const link = this.#link(to)
      const inbox = await newInbox(to.peer)
      for (const owned of [inbox.mail, inbox.requests]) await createLog(link, owned, options)
      proveInbox(link, inbox)
      await this.#grantAt(link, logsOf(inbox).mail, options)
      await this.#deps.account.changeInbox(inbox, relays, this.#deps.now())
    })
  }

  /** Makes another key package, whatever the age of the present one: it is the one that is published from then on. */
  async freshKeyPackage (): Promise<void> {
    const { account, mls, now } = this.#deps
    await this.#serial.run(async () => { await account.keepKeyPackage(await makeKeyPackage(account, account.device, now(), mls)) })
  }

  /** Shows a relay that is no home any more the newest manifest, so that whoever asks there learns where to go. @throws the link's errors */
  async farewell (link: RelayLink, options: PublishOptions & { deadlineMs: number }): Promise<void> {
    await this.#serial.run(async () => { await this.#renew(await this.#currentKeyPackages(options), false, options) })
    await link.putManifest(this.#deps.account.manifest.bytes, options)
    this.#shown.delete(peerIdText(link.peer))
  }

  /** Tells the home of one key that may append to the inbox: for ever, or until a time in milliseconds. */
  async grantTo (seed: Uint8Array, expiresAt: number | null, options: PublishOptions = {}): Promise<void> {
    const logs = this.#deps.account.inboxLogs
    if (logs !== null) await this.home?.grant(logs.mail, [{ key: signerFromSeed(seed).key, expiresAt }], options)
  }

  /** Ends a key's right to append to the inbox; where the inbox was before, in the background. */
  async revoke (seed: Uint8Array, options: PublishOptions = {}): Promise<void> {
    const { account, now } = this.#deps
    const { key } = signerFromSeed(seed)
    for (const { link, inbox } of this.formerInboxes(now())) link.revoke(logsOf(inbox).mail, [key], options).catch(() => undefined)
    const logs = account.inboxLogs
    if (logs !== null) await this.home?.revoke(logs.mail, [key], options)
  }

  /**
   * Makes the next version of the manifest from the present one: again from the newer one when another device was
   * first. Resolves when it counts. `make` gives what is to be new, nothing when there is nothing.
   * @throws the link's errors; then nothing has changed, or a later call finds that it has
   */
  async changeManifest (make: (manifest: Manifest) => ManifestWish | undefined, options: PublishOptions = {}): Promise<void> {
    await this.#serial.run(async () => { await this.#change(make, options) })
  }

  #link (relay: HomeRelay): RelayLink { return this.#deps.pool.link(relay.peer, [relay.address]) }

  /** Makes the inbox's logs where the inbox lives, at each connection: a relay that was put back to an older state has them again. @returns whether they are known to be there */
  async #makeLogs (peer: KeyBytes, options: PublishOptions): Promise<boolean> {
    const { account } = this.#deps
    const { home } = account
    if (home === undefined || !sameBytes(peer, home.peer)) return false
    await this.#serial.run(async () => { if (account.inbox === null) await account.makeInbox(home.peer) })
    const { inbox } = account
    if (inbox === null) return false
    // Nobody writes to it before its keys are where they are not lost with this device.
    await account.kept(null, { ...options, deadlineMs: LIMITS.vaultWaitMs })
    for (const owned of [inbox.mail, inbox.requests]) await createLog(this.#link(home), owned, options)
    this.prove()
    // It may have moved meanwhile; then the other one's logs were there before.
    return true
  }

  /** The manifest as it should be now. A new inbox stands in it only once its logs are there. */
  async #renew (current: readonly KeyPackageEntry[], inboxIsThere: boolean, options: PublishOptions): Promise<void> {
    const { account } = this.#deps
    if (account.home === undefined) return
    await this.#change(({ inbox: named }) => {
      const { inbox, inboxLogs: logs } = account
      // One that was named before, or moved, was made before that.
      const mayName = inbox !== null && logs !== null && (inboxIsThere || named !== null)
      return {
        relays: account.relays.map(r => ({ peer: r.peer, addrs: account.addrsOf(r) })),
        inbox: mayName ? { log: logs.mail, requests: logs.requests, key: inbox.key } : named,
        keyPackages: current.map(k => k.hash)
      }
    }, options)
  }

  async #change (make: (manifest: Manifest) => ManifestWish | undefined, options: PublishOptions): Promise<void> {
    const { account, now } = this.#deps
    for (let tries = 0; ; tries++) {
      const { manifest } = account.manifest
      const wish = make(manifest)
      const next = wish === undefined ? undefined : account.nextManifest(wish, now())
      if (next === undefined) break
      // A device that is alone contradicts nobody: what it says counts at once.
      const isAlone = account.devices.length === 1 && activeDevices(next.manifest).length === 1
      if (isAlone || await this.#takenBy(judgeOf(manifest, next.manifest), next.bytes, tries, options)) {
        await account.takeManifest(next.bytes)
        break
      }
    }
    for (const link of this.homes()) link.setManifest(account.manifest.bytes)
  }

  /**
   * Has the home that judges between the account's devices take the next version. False when another device was first;
   * then that one's is here.
   */
  async #takenBy (judge: ManifestRelay | undefined, bytes: Uint8Array, tries: number, options: PublishOptions): Promise<boolean> {
    const { account, pool } = this.#deps
    if (judge === undefined) return true
    const link = pool.link(judge.peer, judge.addrs)
    const soon = { ...options, deadlineMs: LIMITS.judgeMs }
    try {
      await link.putManifest(bytes, soon)
      return true
    } catch (error) {
      const isLost = (error instanceof ConflictError || error instanceof ProofError) && tries < TRIES
      if (!isLost || !await account.takeManifest(await link.getManifest(account.key, soon))) throw error
      return false
    }
  }

  /** @returns the manifest that the home has now; undefined when it is a home no more */
  async #show (peer: KeyBytes, options: PublishOptions): Promise<Uint8Array | undefined> {
    const { account } = this.#deps
    const relay = account.relays.find(r => sameBytes(r.peer, peer))
    if (relay === undefined) return undefined
    const link = this.#link(relay)
    const manifest = account.manifest.bytes
    await link.putManifest(manifest, options)
    const newest = this.#newestKeyPackage()
    if (newest !== undefined) await link.putKeyPackages([newest.record], options)
    const logs = account.inboxLogs
    if (logs !== null && relay === account.home) await this.#grantAt(link, logs.mail, options)
    return manifest
  }

  /** Which keys may append to the inbox, and which no longer: before a link hands one out, and at each connection. */
  async #grantAt (link: RelayLink, mail: LogId, options: PublishOptions): Promise<void> {
    const grants = this.#grants()
    for (let i = 0; i < grants.length; i += LIMITS.grantsPerCall) await link.grant(mail, grants.slice(i, i + LIMITS.grantsPerCall), options)
    // Whoever was blocked while the home could not be told.
    const ended = this.#deps.contacts.all().flatMap(({ blocked, ourGrant }) => blocked && ourGrant !== null ? [signerFromSeed(ourGrant).key] : [])
    for (let i = 0; i < ended.length; i += LIMITS.grantsPerCall) await link.revoke(mail, ended.slice(i, i + LIMITS.grantsPerCall), options)
  }

  /** The key packages to publish: a fresh one each week, and once a device was revoked; older ones open Welcomes until they end. */
  async #currentKeyPackages (options: PublishOptions): Promise<KeyPackageEntry[]> {
    const { account, kv, now, mls } = this.#deps
    const time = now()
    for (const old of account.keyPackages().filter(k => k.notAfter + LIMITS.keyPackageGraceMs < time)) await kv.batch([account.dropKeyPackage(old)])
    const last = newestUsable(account, time)
    const fresh = last !== undefined && last.notBefore + LIMITS.keyPackageRotateMs > time ? last : await makeKeyPackage(account, account.device, time, mls)
    if (fresh !== last) await account.keepKeyPackage(fresh)
    // The one before serves until this one is where it is not lost with this device.
    const newest = this.#newestKeyPackage()
    if (newest !== undefined && newest.notAfter > time) return [newest]
    await account.kept(fresh, { ...options, deadlineMs: LIMITS.vaultWaitMs })
    return [fresh]
  }

  /** The newest key package's record; undefined before the first relay. */
  keyPackage (): Uint8Array | undefined { return this.#newestKeyPackage()?.record }

  #newestKeyPackage (): KeyPackageEntry | undefined { return newestKept(this.#deps.account, this.#deps.now()) }

  #grants (): InboxGrant[] {
    const { account, contacts, moreGrants, now } = this.#deps
    const grants: InboxGrant[] = [...moreGrants?.() ?? []]
    for (const { blocked, ourGrant } of contacts.all()) if (!blocked && ourGrant !== null) grants.push({ key: signerFromSeed(ourGrant).key, expiresAt: null })
    for (const { seed, expiresAt } of account.invites()) if (expiresAt === null || expiresAt > now()) grants.push({ key: signerFromSeed(seed).key, expiresAt })
    return grants
  }
}

function proveInbox (link: RelayLink, { mail, requests }: Inbox): void {
  for (const owned of [mail, requests]) {
    const owner = signerFromSeed(owned.ownerSeed)
    link.setCapability(logIdOf(owned.genesis), RIGHT.owner, owner)
    link.setCapability(logIdOf(owned.genesis), RIGHT.read, owner)
  }
}

async function createLog (home: RelayLink, owned: OwnedLog, options: PublishOptions): Promise<void> {
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
