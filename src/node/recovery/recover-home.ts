/**
 * An account from nothing but its 24 words and a relay: account key → manifest → the vault, read by the phrase's own key
 * → a new device, named by a manifest of the next generation and let into the vault. Nothing is changed anywhere before
 * the vault was read to its end; the home is there last of all.
 */
import { hostname } from 'node:os'
import { accountFromPhrase, vaultRecoveryKeys, type PasswordCost, type PhraseAccount, type RandomBytes } from '../../protocol/crypto/index.js'
import { AdmissionError, BadInputError, ForbiddenError, LIMITS, NotFoundError, peerIdText, ROLE, sameBytes, UnavailableError, decodeGenesis, activeDevices, type CheckedManifest, type KeyBytes } from '../../protocol/wire/index.js'
import { createHost } from '../../relay/net/index.js'
import { Account, accountCodec } from '../account/index.js'
import { noteRevocation } from '../devices/index.js'
import { atRelay, createRelayPool, hostDialer, relayKeyOf, Visitor, type RelayLink, type RelayPool } from '../gateway/index.js'
import { makeRecoveryCard, type Unlock } from '../home/index.js'
import { PhraseVault, RECOVERY_RECORD } from '../vault/index.js'
import { isSharedRecord } from '../shared-records.js'
import { findAccount } from './find-account.js'
import { beginPlace, type RecoveryPlace } from './place.js'
import { raisedManifest } from './raised-manifest.js'

/** How to recover. */
export interface RecoverOptions {
  /** The new home's directory; or that of a home that was restored from a backup and is not let in yet. */
  readonly dir: string
  readonly unlock: Unlock
  /** The 24 words. */
  readonly words: string
  /** Addresses of relays to ask: one of the account's homes, or any that looks for accounts for strangers. */
  readonly relays: readonly string[]
  /** Asked once the account was found, with how many other devices speak for it: whether all of them end. */
  readonly revokeOthers: (others: number) => Promise<boolean> | boolean
  /** What the new device is called unless another one is called so; this machine's name by default. */
  readonly deviceName?: string
  readonly kdfCost?: PasswordCost
  readonly random?: RandomBytes
  readonly now?: () => number
  /** Told what is done next, in words of the list. */
  readonly onStep?: (step: 'looking' | 'reading' | 'letting-in') => void
  readonly signal?: AbortSignal
}

/** What was recovered. `devices`: how many others still speak for the account. */
export interface Recovered { readonly account: string, readonly device: string, readonly name: string, readonly contacts: number, readonly chats: number, readonly devices: number, readonly generation: number }

/**
 * Recovers an account.
 *
 * @throws BadInputError for wrong words (their checksum does not hold, two are swapped), without a relay
 * @throws NotFoundError when no relay knows an account of these words, or it keeps no vault; UnavailableError when none is reached
 * @throws ProofError for a vault that was put back or altered; ForbiddenError for one that was never opened to the words, and for a home whose device was revoked
 * @throws ExistsError when there is a home already. In all these cases nothing was changed
 */
export async function recoverHome (options: RecoverOptions): Promise<Recovered> {
  const phrase = accountFromPhrase(options.words)
  for (const address of options.relays) relayKeyOf(address)
  const place = await beginPlace({ ...options, account: phrase.signer.key })
  const strangers = strangersPool(options.random)
  try {
    return await recoverInto(place, phrase, strangers.pool, options)
  } finally {
    phrase.recoverySeed.fill(0)
    await strangers.close()
    await place.close()
  }
}

async function recoverInto (place: RecoveryPlace, phrase: PhraseAccount, strangers: RelayPool, options: RecoverOptions): Promise<Recovered> {
  const { revokeOthers, now = Date.now, onStep = () => undefined, signal } = options
  const { vault, keys, device, deviceSeed } = place
  const relays = options.relays.length > 0 ? options.relays : knownRelays(place)
  onStep('looking')
  const found = await findAccount(strangers, phrase.signer.key, relays, signal)
  if (found.manifest.revoked.some(({ key }) => sameBytes(key, device.key))) throw new ForbiddenError('the device of this home was revoked, and never comes back: recover into another directory')
  const home = vaultHome(found, relays)
  onStep('reading')
  vault.takeOnly(isSharedRecord)
  let link = strangers.link(home.peer, home.addrs)
  const opened = await PhraseVault.open({ vault, keys, phrase: await vaultRecoveryKeys(phrase.recoverySeed), manifest: found, link: () => link }, home.genesis)
  const call = { deadlineMs: LIMITS.callDeadlineMs, ...signal === undefined ? {} : { signal } }
  await atRelay(link, { ...signal === undefined ? {} : { signal } }, async () => { await opened.read(call) })
  const others = activeDevices(found.manifest).length
  const isAlone = others > 0 && await revokeOthers(others)
  const next = raisedManifest(found, { account: phrase.signer, device: device.key, revokeOthers: isAlone, now: now() })
  // What follows from that is the node's to do, when it starts.
  if (isAlone) await noteRevocation(vault)
  onStep('letting-in')
  const own = await ownPool(place, next)
  try {
    link = own.pool.link(home.peer, home.addrs)
    // The session brings the manifest: from here on the device speaks for the account.
    await entered(link, signal)
    const account = await heldAccount(place, found, next)
    await opened.letIn({ signer: device, seed: deviceSeed, name: options.deviceName ?? hostname() }, account, now, call)
    const recovery = await makeRecoveryCard(phrase, now())
    if (vault.get(RECOVERY_RECORD) === undefined) await vault.write(RECOVERY_RECORD, recovery)
    const count = (prefix: string): number => [...vault.list(prefix)].length
    const told = { account: peerIdText(account.key), device: peerIdText(device.key), name: account.name, contacts: count('contact/'), chats: count('chat-key/'), devices: activeDevices(next.manifest).length - 1, generation: next.manifest.generation }
    await opened.close()
    await place.finish({ name: account.name, manifest: next.bytes, recovery })
    return told
  } finally {
    await own.close()
  }
}

/** The relays of a restored home. @throws BadInputError when there are none */
function knownRelays ({ vault }: RecoveryPlace): string[] {
  const record = vault.get('relays')
  const addresses = record === undefined ? [] : accountCodec.relays.decode(record).map(({ address }) => address)
  if (addresses.length === 0) throw new BadInputError('name a relay where the account lives: --relay ADDRESS. The words find nothing without one: an account that never had a relay is on its devices, and in their backups (petrel backup restore)')
  return addresses
}

/** The log of the vault, and where it lives. @throws NotFoundError when there is none that a relay could give */
function vaultHome ({ manifest }: CheckedManifest, relays: readonly string[]): { genesis: Uint8Array, peer: KeyBytes, addrs: readonly string[] } {
  if (manifest.vault === undefined) throw new NotFoundError('the account was found, and keeps no vault at a relay: nothing can be brought back by the words alone')
  const { genesis } = manifest.vault
  const { home } = decodeGenesis(genesis)
  const told = relays.filter(address => sameBytes(relayKeyOf(address), home))
  const addrs = [...told, ...manifest.relays.find(({ peer }) => sameBytes(peer, home))?.addrs ?? []]
  if (addrs.length === 0) throw new UnavailableError(`the account's vault lives at ${peerIdText(home)}, and nobody says where that is reached: name its address (--relay)`)
  return { genesis, peer: home, addrs }
}

async function entered (link: RelayLink, signal: AbortSignal | undefined): Promise<void> {
  await atRelay(link, signal === undefined ? {} : { signal }, async () => { await Promise.resolve() })
  if (link.role !== ROLE.hosted) throw new AdmissionError('the relay does not host the account any more: its vault can be read there, and not written')
}

/** The account of the new device, as its vault has it, with the manifest that names it. */
async function heldAccount ({ vault, device }: RecoveryPlace, found: CheckedManifest, next: CheckedManifest): Promise<Account> {
  // Of a restored home the manifest of then lies here, and stays if it were newer.
  const account = await Account.open(vault, device, { name: '', manifest: found.bytes })
  await account.takeManifest(next.bytes)
  return account
}

/** Links under a throwaway name: whoever only looks says nothing of who it is. */
function strangersPool (random: RandomBytes | undefined): { pool: RelayPool, close: () => Promise<void> } {
  const secret = random?.(32) ?? crypto.getRandomValues(new Uint8Array(32))
  const nobody = new UnavailableError('relays are visited here')
  const visitor = new Visitor({ secret, through: async () => await Promise.reject(nobody), ways: (_relay, addrs) => [{ how: 'direct', addrs }] })
  const { account, manifest } = visitor.identityFor(secret)
  const pool = createRelayPool({
    dialer: { dial: async () => await Promise.reject(nobody), hangUp: () => undefined }, account, manifest: () => manifest, token: () => undefined, visitor: peer => visitor.identityFor(peer)
  })
  return { pool, close: async () => { await pool.close(); await visitor.close() } }
}

/** Links as a device of the account. */
async function ownPool ({ deviceSeed }: RecoveryPlace, next: CheckedManifest): Promise<{ pool: RelayPool, close: () => Promise<void> }> {
  const host = await createHost({ role: 'node', seed: deviceSeed })
  const pool = createRelayPool({ dialer: hostDialer(host), account: next.manifest.account, manifest: () => next.bytes, token: () => undefined })
  return { pool, close: async () => { await pool.close(); await host.stop() } }
}
