/** One node put together: store, account, people, chats, relays. What the verbs work on. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { recordCipher, type MakeMlsEngine } from '../protocol/crypto/index.js'
import { LIMITS, logIdOf, NotFoundError, peerIdText, ProofError, sameBytes, UnavailableError, type KeyBytes } from '../protocol/wire/index.js'
import { BlobService } from '../relay/index.js'
import { createHost, type Host } from '../relay/net/index.js'
import { openLevelStore, type Store } from '../store/index.js'
import { Account, Publisher } from './account/index.js'
import { ChatBook, hasCome, IdempotencyIndex, searched, type Candidate, type MirrorsOf } from './chats/index.js'
import { ContactBook, Finder, keyPackageOf, manifestOf, Met, shareContacts } from './contacts/index.js'
import { Standing, type DeviceParts } from './devices/index.js'
import type { RelayLink, RelayPool } from './gateway/index.js'
import { claimHome, HOME_FILES, openHome, type HomeClaim, type OpenHome } from './home/index.js'
import { Addressees, Coming, EarlyOrders, invitationOf, Post, Reception, Requests } from './letters/index.js'
import { joinsOf } from './letting-in.js'
import { Joinings, LinkBook, linkGrants, type Joins } from './links/index.js'
import { silentLog, type NodeLog } from './log.js'
import { blobKeeper, linkHome, Media, NodeFiles, probeLook, SECRET_SENT, whoHas, type MediaHome, type SecretFilesParts } from './media/index.js'
import { peopleOf } from './known-people.js'
import { eraserSeed } from './eraser-seed.js'
import type { NodeOptions } from './options.js'
import { ownDevices } from './own-devices.js'
import { LanMode, lanHost, OwnHome, servesAlready, waysTo } from './own-home/index.js'
import { createProber } from './probe/index.js'
import { reachOf, type Reach } from './reach-of.js'
import { RecordKeys, Vault } from './records/index.js'
import { relaysOf, secretsOf } from './secrets-of.js'
import { Search } from './search/index.js'
import type { SecretParts } from './secret/index.js'
import { STORE_MEMORY } from './store-memory.js'
import { isSharedRecord } from './shared-records.js'
import { storeSecret, storeSecrets } from './store-secrets.js'
import { RECOVERY_RECORD, SharedVault } from './vault/index.js'
import { UpdateLog } from './updates/index.js'
import { DraftBook, dueParts, ScheduledBook } from './words/index.js'

/** The parts of a running node. */
export interface NodeCore extends Reach {
  readonly options: NodeOptions
  readonly home: OpenHome
  readonly claim: HomeClaim<Store>
  readonly store: Store
  /** What is kept of blocks in the store, and for whom. The own home serves it too. */
  readonly blobs: BlobService
  readonly vault: Vault
  readonly keys: RecordKeys
  readonly updates: UpdateLog
  readonly host: Host
  /** The logs that this node hosts itself; null while it never did. */
  readonly own: OwnHome | null
  /** Its place in the local network; null unless it runs so. */
  readonly lan: LanMode | null
  readonly account: Account
  /** Whether this device may go on. */
  readonly standing: Standing
  readonly devices: DeviceParts['devices']
  /** New devices that wait for a word. */
  readonly approvals: DeviceParts['approvals']
  /** What follows when a device was revoked. */
  readonly revocation: DeviceParts['revocation']
  readonly contacts: ContactBook
  /** People who are no contacts. */
  readonly met: Met
  /** This account's links by which others may join its groups. */
  readonly links: LinkBook
  readonly joins: Joins
  /** Its own wishes to join others'. */
  readonly joinings: Joinings
  readonly chats: ChatBook
  readonly media: Media
  /** The files that are read here. */
  readonly files: NodeFiles
  readonly search: Search
  readonly secrets: SecretParts
  readonly requests: Requests
  readonly finder: Finder
  readonly publisher: Publisher
  /** The vault's log, through which the account's devices share what the vault keeps. */
  readonly shared: SharedVault
  readonly post: Post
  readonly reception: Reception
  readonly coming: Coming
  readonly idempotency: IdempotencyIndex
  readonly drafts: DraftBook
  readonly scheduled: ScheduledBook
  readonly now: () => number
  readonly log: NodeLog
  readonly since: number
  /** The MLS engine; the library's unless told. */
  readonly mls?: MakeMlsEngine | undefined
  /** Aborted when the node begins to stop, with the UnavailableError for whoever still waits. */
  readonly ending: AbortController
}

/** Opens a home and puts the node together; nothing is connected yet. */
export async function openCore (options: NodeOptions): Promise<NodeCore> {
  const now = options.now ?? Date.now
  const log = options.log ?? silentLog
  const home = await openHome(options.dir, options.unlock ?? { kind: 'keyfile' }, options.signal === undefined ? {} : { signal: options.signal })
  const cipher = recordCipher(storeSecrets(home.storeKey).records)
  const claim = await claimHome(options.dir, async () => await openLevelStore(join(options.dir, HOME_FILES.store), { cipher, ...STORE_MEMORY, ...options.store }), async opened => { await opened.close() }).catch((error: unknown) => {
    home.close()
    throw error
  })
  const store = claim.value
  let host: Host | undefined
  let own: OwnHome | null = null
  let blobs: BlobService | undefined
  try {
    const keys = new RecordKeys(storeSecrets(home.storeKey).keys)
    const vault = await Vault.open(store.kv, keys, home.account, home.device)
    const account = await Account.open(vault, home.device, { name: home.name, manifest: home.manifest })
    if (home.recovery !== undefined && vault.get(RECOVERY_RECORD) === undefined) await vault.write(RECOVERY_RECORD, home.recovery)
    // A new device was told where its account is at home; the vault says it again once it was read.
    if (home.first !== undefined && account.relays.length === 0) await vault.kv.batch([account.setRelays(home.first.relays)])
    blobs = await BlobService.open({ store, log, quota: { mediaBytes: Infinity, mediaFileBytes: Infinity, mediaTotalBytes: Infinity }, ...options.store?.clock === undefined ? {} : { clock: options.store.clock } })
    own = await ownHome(options, { home, account, log, blobs })
    host = await hostOf(options, home, log)
    const lan = own === null || !runsInLan(options) ? null : new LanMode({ host, options: options.lan === true ? {} : options.lan, log, before: account.manifest.manifest.relays.find(r => account.isOwn(r.peer))?.addrs ?? [] })
    if (lan !== null) {
      account.ownAddresses = () => lan.addresses()
      if (account.relays.length === 0) await vault.kv.batch([account.setRelays([account.ownRelay])])
      await own?.serve(host)
    }
    const updates = await UpdateLog.open(vault.kv, keys, now)
    const base = { options, home, claim, store, blobs, vault, keys, updates, host, account, standing: new Standing(), now, log, since: now(), own, lan }
    return await assemble(base, reachOf(base))
  } catch (error) {
    await own?.close()
    await host?.stop()
    await blobs?.close()
    await claim.release()
    await store.close()
    home.close()
    throw error
  }
}

/** Whether others may find and dial this node. */
function runsInLan (options: NodeOptions): options is NodeOptions & { lan: NonNullable<Exclude<NodeOptions['lan'], false>> } { return options.lan !== undefined && options.lan !== false }

/** The logs this node hosts: they are there for itself whenever it runs, and for others in the local network. */
async function ownHome (options: NodeOptions, { home, account, log, blobs }: Pick<NodeCore, 'home' | 'account' | 'log' | 'blobs'>): Promise<OwnHome | null> {
  if (!runsInLan(options) && !account.relays.some(r => account.isOwn(r.peer)) && !await servesAlready(options.dir)) return null
  const { clock } = options.store ?? {}
  return await OwnHome.open({
    dir: options.dir, account: account.key, device: account.device, log, blobs, store: { cipher: recordCipher(storeSecret(home.storeKey, 'served records')), ...(clock === undefined ? {} : { clock }) }
  })
}

async function hostOf (options: NodeOptions, home: OpenHome, log: NodeLog): Promise<Host> {
  const { listen, connections } = options
  const serves = runsInLan(options)
  const at = async (addresses: readonly string[]): Promise<Host> =>
    await createHost({ role: 'node', seed: home.deviceSeed, serves, listen: addresses, ...(connections === undefined ? {} : { connections }) })
  return serves && listen === undefined ? await lanHost(options.dir, at, log) : await at(listen ?? [])
}

/** What a node's parts stand on. */
export type CoreBase = Pick<NodeCore, 'options' | 'home' | 'claim' | 'store' | 'blobs' | 'vault' | 'keys' | 'updates' | 'host' | 'account' | 'standing' | 'now' | 'log' | 'since' | 'mls' | 'own' | 'lan'>

/** Puts the parts together on a store and a way to reach relays. A simulation brings both. @internal */
export async function assemble (base: CoreBase, reach: Reach): Promise<NodeCore> {
  const { vault, keys, updates, account, now, log, mls, blobs } = base
  vault.takeOnly(isSharedRecord)
  const [{ kv }, { pool }] = [vault, reach]
  const contacts = sharedContacts(vault, () => chats)
  const met = new Met(vault)
  const links = new LinkBook(vault)
  const joinings = new Joinings(vault, updates)
  const requests = new Requests(vault)
  const publisher = new Publisher({ account, contacts, pool, kv, now, mls, moreGrants: () => linkGrants(links, met, now()) })
  const [ending, deviceName] = [new AbortController(), base.options.deviceName ?? base.home.first?.deviceName ?? hostname()]
  const shared = await SharedVault.open({
    vault, keys, account, pool, now, log, device: account.device, deviceSeed: base.home.deviceSeed, deviceName, write: async (ops, events) => { await updates.write(ops, events) }, isShown: peer => publisher.isShown(peer)
  })
  const homes = (): RelayLink[] => publisher.homes()
  const finder = new Finder({ contacts, pool, updates, homes, log })
  const people = new Addressees({ book: contacts, finder }, { book: met.book, finder: new Finder({ contacts: met.book, pool, updates, homes, log }) })
  const post = new Post({
    account, people, publisher, pool, vault, updates, now, log, hasArrived: ({ genesis, at }, to) => hasCome(chats.get(logIdOf(genesis))?.chat, to, at.seq),
    homeOf: ({ genesis }) => chats.get(logIdOf(genesis))?.chat.record.home,
    rosters: () => media,
    isAsking: link => joinings.isAsking(link), linkRefused: async link => { await joinings.refused(link) }
  })
  const joins = joinsOf({ updates, now, log, links, met, joinings, contacts, post, chats: () => chats })
  const look = probeLook(createProber())
  const media = new Media({
    vault, keys, updates, keeper: blobKeeper(blobs), look, homes: () => mediaHomes(account, pool), now, log, timing: base.options.media,
    shelf: { adopt: async (root, size) => { await files.adopt(root, size) }, forget: async root => { await files.purge(file => sameBytes(file.root, root)) } }
  })
  const files = await NodeFiles.open({
    kv, keys, blobs, now, updates, log, options: base.options.files, transfers: media.transfers,
    added: async root => await media.table.file(root),
    holders: wanted => whoHas({ account, pool, contacts, blobsOf: link => link.blobs, onHeld: root => { files.held(root) } }, wanted)
  })
  const search = await Search.open({ kv, keys, log, chats: () => chats.all().map(({ chat }) => searched(chat)) })
  const chats: ChatBook = await ChatBook.open({
    search, files: media, kv, keys, vault, updates, pool, me: account.key, device: account.device, eraserSeed: await eraserSeed(vault), now, log, mls, heads: base.options.heads, letterRosterBytes: base.options.letterRosterBytes,
    nameOf: key => sameBytes(key, account.key) ? account.name : contacts.get(key) === undefined ? met.nameOf(key) ?? contacts.nameOf(key) : contacts.nameOf(key),
    people: peopleOf(account, contacts), isBlocked: key => contacts.get(key)?.blocked === true,
    invite: (record, at, added) => {
      const { ops, link } = joins.admitted(record.log, added.account)
      return [...ops, post.op(added.account, invitationOf(record, at, added), link)]
    },
    invited: () => { post.kick() },
    manifest: () => account.manifest,
    candidate: async (key, options) => joins.candidate(key) ?? await candidateOf({ contacts, finder, pool }, key, options),
    newest: key => trustedManifest(contacts, key), wentOut: log => { reception.wentOut(log) }, repair: base.options.repair, tellMove: (to, action) => post.moveOp(to, action),
    mirrors: base.options.mirrors === 'off' ? undefined : mirrorsOf(base, reach),
    presence: base.options.presence, marks: base.options.marks,
    pipes: {
      timing: base.options.pipes,
      homes: () => account.relays.map(({ peer, address }) => pool.link(peer, [address])),
      relaysOf: key => relaysOf(contacts, key)
    }
  })
  const secrets: SecretParts = await secretsOf(base, { contacts, pool, homes, secretKeyPackages: base.options.secretKeyPackages, files: secretFileParts(base, pool, media, look) })
  const coming = new Coming({ vault, now, log, files, join: async (...come) => { await reception.join(...come) } })
  const reception = new Reception({ account, contacts, people, met, chats, requests, joins, joinings, post, coming, early: new EarlyOrders(vault, now), updates, now, log, mls })
  return { ...base, ...reach, ...ownDevices({ ...base, pool, contacts, publisher, post, shared, chats, ending, deviceName }), ending, contacts, met, links, joins, joinings, requests, finder, publisher, shared, post, chats, media, files, search, secrets, coming, reception, idempotency: new IdempotencyIndex(kv, keys), drafts: new DraftBook(vault, chat => chats.titled(chat)), scheduled: await ScheduledBook.open({ kv, keys, now, log, ...dueParts({ chats, contacts, updates, kv }) }) }
}

/** The contacts, and what chats hear of them. */
function sharedContacts (vault: Vault, chats: () => ChatBook): ContactBook {
  const contacts = new ContactBook(vault)
  contacts.onManifest = account => { chats().manifestCame(account) }
  shareContacts(vault, account => { chats().blockedChanged(account) }, contacts.onManifest)
  return contacts
}

/** The newest manifest of a contact whose keys are not in doubt. */
function trustedManifest (contacts: ContactBook, account: KeyBytes): Uint8Array | undefined {
  const contact = contacts.get(account)
  return contact?.alarm === null ? contact.manifest : undefined
}

/** The own relays that may mirror a log: none for one that is reached straight in the local network, and null for one that lives at an own home. */
function mirrorsOf ({ account, lan }: CoreBase, { pool, joining }: Reach): MirrorsOf {
  return ({ peer, addrs }) => {
    if (account.isOwn(peer) || joining.has(peerIdText(peer)) || account.relays.some(r => sameBytes(r.peer, peer))) return null
    const relays = account.relays.filter(r => !account.isOwn(r.peer))
    const [first] = waysTo({ lan: lan !== null, hasRelay: relays.length > 0, heard: lan?.heard(peer) ?? [], addrs })
    return first?.how === 'direct' ? [] : relays.map(r => pool.link(r.peer, [r.address]))
  }
}

/** What files of secret chats share with those of others: the store's blocks, who looks into files, and where those on their way are told of. */
function secretFileParts ({ account, blobs, options }: CoreBase, pool: RelayPool, { transfers }: Media, look: ReturnType<typeof probeLook>): Omit<SecretFilesParts, 'kv' | 'keys' | 'holders' | 'now' | 'log'> {
  return { keeper: blobKeeper(blobs, SECRET_SENT), blobs, look, homes: () => mediaHomes(account, pool, LIMITS.secretBlobMs), transfers, timing: options.media, fetchTiming: options.files?.timing }
}

/** The homes that files are brought to: relays first, for this node is away whenever this machine is. */
function mediaHomes (account: Account, pool: RelayPool, keepMs?: number): MediaHome[] {
  const homes = account.relays.map(relay => ({ relay, link: pool.link(relay.peer, [relay.address]) }))
  const relays = homes.filter(({ relay }) => !account.isOwn(relay.peer))
  return (relays.length > 0 ? relays : homes).map(({ relay, link }) => linkHome(link, () => account.addrsOf(relay), keepMs))
}

/** Somebody who is to be added to a group, as its relays show it now. @throws NotFoundError for who is no contact; ProofError while its keys are in doubt */
async function candidateOf ({ contacts, finder, pool }: Pick<NodeCore, 'contacts' | 'finder' | 'pool'>, account: KeyBytes, options: { signal: AbortSignal }): Promise<Candidate> {
  const contact = contacts.get(account)
  if (contact === undefined) throw new NotFoundError('only contacts can be added to a group: add this one first (petrel contacts add LINK)')
  const known = await finder.refresh(contact, options)
  if (known.alarm !== null) throw new ProofError(`this contact is not added: ${known.alarm}`)
  if (manifestOf(known).manifest.keyPackages.length === 0) throw new UnavailableError('the contact has no key package: it has none yet, or has just revoked a device')
  return { manifest: manifestOf(known), keyPackage: await keyPackageOf(pool, known, options) }
}

