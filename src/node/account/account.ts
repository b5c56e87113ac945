/** The account on this node: who it is, its manifest, its relays, its inbox, its invites. State and its changes; no network. */
import { formatLink } from '../../protocol/message/index.js'
import {
  activeDevices, base32Text, compareManifests, LIMITS, lists, openManifest, peerIdText, requireSuccession, signManifest, sameBytes,
  type CheckedManifest, type KeyBytes, type LogId, type Manifest, type ManifestVault, type Signer
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault, VaultView, VaultWaitOptions } from '../records/index.js'
import { accountCodec, inviteName, type AccountRecord, type FormerInbox, type HomeRelay, type Inbox, type InviteRecord, type KeyPackageEntry } from './account-record.js'
import { logsOf, newInbox } from './inbox.js'

/** What the next version of the manifest may say anew. */
export type ManifestWish = Partial<Omit<Manifest, 'v' | 'account' | 'generation' | 'version' | 'raised' | 'prev' | 'successor' | 'time' | 'unknown'>>

/** The account of one node. */
export class Account {
  readonly key: KeyBytes
  readonly device: Signer
  readonly #vault: Vault
  #record: AccountRecord
  #manifest: CheckedManifest
  readonly #listeners = new Set<(manifest: CheckedManifest) => void>()
  readonly #relays: VaultView<HomeRelay[]>
  #ownAddresses: () => readonly string[] = () => []
  #vaultWord: () => ManifestVault | undefined = () => undefined

  private constructor (vault: Vault, device: Signer, record: AccountRecord, manifest: CheckedManifest) {
    this.#vault = vault
    this.device = device
    this.key = manifest.manifest.account
    this.#record = record
    this.#manifest = manifest
    this.#relays = vault.view(accountCodec.relays.decode)
    // Another device of the account changed it.
    vault.onChange('account', ({ data }) => data === undefined ? undefined : { after: () => { this.#record = accountCodec.account.decode(vault.get('account')) } })
  }

  /** The account from its vault; on the first start from what the home was made with. */
  static async open (vault: Vault, device: Signer, first: { name: string, manifest: Uint8Array }): Promise<Account> {
    const record = vault.get('account')
    const manifest = vault.get('manifest')
    const account = new Account(
      vault, device,
      record === undefined ? { name: first.name, inbox: null } : accountCodec.account.decode(record),
      openManifest(manifest instanceof Uint8Array ? manifest : first.manifest)
    )
    if (record === undefined) await vault.write('account', accountCodec.account.encode(account.#record))
    if (manifest === undefined) await vault.write('manifest', first.manifest)
    return account
  }

  get name (): string { return this.#record.name }
  /** Whether it went by another name before: who knew that is told. */
  get isRenamed (): boolean { return this.#record.renamedAt !== undefined }
  get manifest (): CheckedManifest { return this.#manifest }
  get relays (): readonly HomeRelay[] { return this.#relays.get('relays') ?? [] }
  /** The relay where the inbox lives. */
  get home (): HomeRelay | undefined { return this.relays[0] }
  /** Where new chats live: a relay before this node itself, which is away whenever this machine is. */
  get chatHome (): HomeRelay | undefined { return this.relays.find(r => !this.isOwn(r.peer)) ?? this.home }
  /** Whether a home is this node itself. */
  isOwn (peer: KeyBytes): boolean { return sameBytes(peer, this.device.key) }
  /** Where a home is reached: this node has the addresses of the moment, a relay the one it was added with. */
  addrsOf (relay: HomeRelay): string[] { return this.isOwn(relay.peer) ? [...this.#ownAddresses()] : [relay.address] }
  /** Where this node is reached itself; asked whenever somebody is told. */
  set ownAddresses (addresses: () => readonly string[]) { this.#ownAddresses = addresses }
  /** What the next manifest says of the vault; asked whenever one is made. Undefined: what this one says. */
  set vaultWord (word: () => ManifestVault | undefined) { this.#vaultWord = word }
  /** Whether the manifest has the addresses of the moment. */
  get saysWhereItIs (): boolean {
    const own = this.relays.find(r => this.isOwn(r.peer))
    if (own === undefined) return true
    return this.#manifest.manifest.relays.find(r => this.isOwn(r.peer))?.addrs.join() === this.addrsOf(own).join()
  }

  /** This node as a home of its own account. */
  get ownRelay (): HomeRelay { return { peer: this.device.key, address: `/p2p/${peerIdText(this.device.key)}`, token: null } }
  get inbox (): AccountRecord['inbox'] { return this.#record.inbox }
  /** The ids of the inbox's two logs. */
  get inboxLogs (): { mail: LogId, requests: LogId } | null {
    const { inbox } = this.#record
    return inbox === null ? null : logsOf(inbox)
  }

  /** Inboxes that moved and are still read at a time. */
  former (now: number): FormerInbox[] { return (this.#record.former ?? []).filter(one => one.movedAt + LIMITS.formerInboxMs > now) }

  /** The inboxes that are read, the present one first, and what opens their letters. */
  inboxKeys (now: number): Array<{ log: LogId, key: Uint8Array }> {
    const { inbox } = this.#record
    return [...inbox === null ? [] : [inbox], ...this.former(now)].map(one => ({ log: logsOf(one).mail, key: one.privateKey }))
  }

  /** What opens the letters of one of the account's inbox logs, the former ones too. */
  inboxKey (log: LogId): Uint8Array | undefined {
    const { inbox, former = [] } = this.#record
    return [...inbox === null ? [] : [inbox], ...former].find(one => Object.values(logsOf(one)).some(own => sameBytes(own, log)))?.privateKey
  }

  /** The shareable link; with an invite's seed its holder may write at once. */
  link (invite?: Uint8Array): string {
    // Every home has a place in it; what is left over is for more addresses of this node.
    const spare = LIMITS.homeRelays - this.relays.length + 1
    const relays = this.relays.flatMap(r => this.addrsOf(r).slice(0, spare))
    return formatLink({ account: this.key, relays, name: this.name, ...(invite === undefined ? {} : { invite }) })
  }

  /** Takes another name, durably; `now` in ms. */
  async rename (name: string, now: number): Promise<void> {
    const record = { ...this.#record, name, renamedAt: now }
    await this.#vault.write('account', accountCodec.account.encode(record))
    this.#record = record
  }

  /** The change that replaces the home relays. */
  setRelays (relays: HomeRelay[]): KeyValueOp { return this.#vault.put('relays', accountCodec.relays.encode(relays)) }

  /** Makes the inbox's keys and logs for a home, durably, before anything is published. */
  async makeInbox (home: KeyBytes): Promise<void> {
    const record = { ...this.#record, inbox: await newInbox(home) }
    await this.#vault.write('account', accountCodec.account.encode(record))
    this.#record = record
  }

  /**
   * Takes another inbox in place of the present one, and the home relays that go with it, durably in one step. Its logs
   * must be there already: the next manifest names them.
   */
  async changeInbox (inbox: Inbox, relays: HomeRelay[], now: number): Promise<void> {
    const { inbox: before, former: earlier = [] } = this.#record
    const address = this.home?.address
    const left = before === null || address === undefined ? [] : [{ ...before, address, movedAt: now }]
    const record = { ...this.#record, inbox, former: [...earlier.filter(one => one.movedAt + LIMITS.formerInboxMs > now), ...left].slice(-LIMITS.formerInboxes) }
    await this.#vault.kv.batch([this.#vault.put('account', accountCodec.account.encode(record)), this.setRelays(relays)])
    this.#record = record
  }

  /** The devices that speak for the account. */
  get devices (): KeyBytes[] { return activeDevices(this.#manifest.manifest) }
  /** Whether this device is one of them. */
  get isListed (): boolean { return lists(this.#manifest.manifest, this.device.key) }

  /** Told each manifest that takes the place of an older one. Returns the way to stop. */
  onManifest (listener: (manifest: CheckedManifest) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  /** The next version, signed and not kept; undefined when it would say nothing new. It counts once a home has taken it, see {@link Publisher}. */
  nextManifest (wish: ManifestWish, now: number): CheckedManifest | undefined {
    const { manifest, hash } = this.#manifest
    const before = Object.fromEntries(Object.keys(wish).map(name => [name, manifest[name as keyof ManifestWish]]))
    const vault = this.#vaultWord() ?? manifest.vault
    // How far the vault's log is alone is no news.
    if (sameValue({ before, vault: vaultName(manifest.vault) }, { before: wish, vault: vaultName(vault) })) return undefined
    return openManifest(signManifest({ ...manifest, ...wish, ...vault === undefined ? {} : { vault }, version: manifest.version + 1, prev: hash, time: now }, this.device))
  }

  /**
   * Keeps a manifest of the account that is newer than the one that is held: an own one, or another device's.
   * @returns false for one that is not newer
   * @throws BadInputError, TooLargeError; ProofError when it is another account's, or contradicts the one that is held
   */
  async takeManifest (bytes: Uint8Array): Promise<boolean> {
    const next = openManifest(bytes)
    const verdict = compareManifests(this.#manifest, next)
    if (sameBytes(next.manifest.account, this.key) && (verdict === 'same' || verdict === 'older')) return false
    requireSuccession(this.#manifest, next)
    await this.#vault.write('manifest', bytes)
    // A newer one may have come while this one was written.
    if (compareManifests(this.#manifest, next) !== 'newer') return false
    this.#manifest = next
    for (const listener of [...this.#listeners]) listener(next)
    return true
  }

  /** Every key package that can still open a Welcome, newest first. */
  keyPackages (): KeyPackageEntry[] {
    return [...this.#vault.list('key-package/')].map(([, data]) => accountCodec.keyPackage.decode(data)).sort((a, b) => b.notBefore - a.notBefore)
  }

  /** The key package of a hash. */
  keyPackage (hash: Uint8Array): KeyPackageEntry | undefined { return this.keyPackages().find(k => sameBytes(k.hash, hash)) }

  /** Keeps a new key package's secrets, durably: before it is published. */
  async keepKeyPackage (entry: KeyPackageEntry): Promise<void> {
    await this.#vault.write(keyPackageName(entry), accountCodec.keyPackage.encode(entry))
  }

  /** Whether a key package's secrets would be there on another device too, and after a loss. */
  isKept (entry: KeyPackageEntry): boolean { return this.#vault.isPublished(keyPackageName(entry)) }
  /** Resolves when they would; and the inbox's. @throws as {@link Vault.published} */
  async kept (entry: KeyPackageEntry | null, options: VaultWaitOptions): Promise<void> { await this.#vault.published(entry === null ? ['account'] : [keyPackageName(entry)], options) }

  /** The change that forgets a key package. */
  dropKeyPackage (entry: KeyPackageEntry): KeyValueOp { return this.#vault.del(keyPackageName(entry)) }

  /** Invites that were made and not revoked, expired ones included. */
  invites (): InviteRecord[] { return [...this.#vault.list('invite/')].map(([, data]) => accountCodec.invite.decode(data)) }
  /** The change that keeps an invite. */
  putInvite (invite: InviteRecord): KeyValueOp { return this.#vault.put(inviteName(invite.id), accountCodec.invite.encode(invite)) }
  /** The change that forgets one. */
  dropInvite (id: string): KeyValueOp { return this.#vault.del(inviteName(id)) }
}

function vaultName (vault: ManifestVault | undefined): unknown { return vault === undefined ? null : [vault.genesis, vault.generation] }

function keyPackageName ({ hash }: KeyPackageEntry): string { return `key-package/${base32Text(hash)}` }

function sameValue (a: unknown, b: unknown): boolean {
  const text = (value: unknown): string => JSON.stringify(value, (_key, v: unknown) => v instanceof Uint8Array ? base32Text(v) : v)
  return text(a) === text(b)
}
