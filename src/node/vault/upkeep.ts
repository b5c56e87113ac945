/** What a device does about the vault's log: it brings what changed, makes new generations, and writes all of it anew when too much of it is dead. */
import { openDeviceCard, openRecoveryCard } from '../../protocol/message/index.js'
import { compareManifests, LIMITS, lists, openManifest, peerIdText, ProofError, sameBytes, signerFromSeed, signOwnerAction, type KeyBytes } from '../../protocol/wire/index.js'
import { vaultKeys } from '../../protocol/crypto/index.js'
import type { LinkCallOptions } from '../gateway/index.js'
import type { Vault } from '../records/index.js'
import { deviceRecord, DEVICE_RECORDS } from './device-record.js'
import { makeKeyEntry } from './key-entry.js'
import { entriesOf, nextBatches } from './log-writer.js'
import { recoveryCard } from './recovery-record.js'
import type { SharedVaultDeps } from './shared-vault-deps.js'
import { tried } from './tried.js'
import type { VaultLog, Written } from './vault-log.js'

/** The cards of devices that the vault need not know yet: this one's own, and one that is let in. */
export interface KnownCards { readonly cards: readonly Uint8Array[] }

/** What a new generation is made with. */
export type RenewDeps = Pick<SharedVaultDeps, 'vault' | 'account' | 'device' | 'now'>

/**
 * Brings to the log what changed here, until it has everything, or of that what `isMeant` names. A device that is put out
 * meanwhile reads nothing of what comes after that: there is a new key first. @throws as {@link renew}
 */
export async function bring (log: VaultLog, deps: RenewDeps, { cards }: KnownCards, options: LinkCallOptions, isMeant: (name: string) => boolean = () => true): Promise<void> {
  const { vault } = deps
  const waiting = (): string[] => vault.waiting().filter(isMeant)
  for (let names = waiting(); names.length > 0; names = waiting()) {
    if (needsRenewal(log, deps, cards)) {
      await renew(log, deps, { cards, force: false }, options)
      continue
    }
    const { batches } = nextBatches(signedOf(vault, names), false)
    if (await write(log, batches, options) === 'late') await log.catchUp(options)
  }
}

/** Makes the next generation, unless the newest one is for the account's devices of now and its phrase. @throws the link's errors; ProofError, BadInputError */
export async function renew (log: VaultLog, deps: RenewDeps, { cards, force }: KnownCards & { readonly force: boolean }, options: LinkCallOptions): Promise<void> {
  const { seq } = log.state.generation
  const isNeeded = (): boolean => force ? mayRenew(log, deps) && log.state.generation.seq === seq : needsRenewal(log, deps, cards)
  while (isNeeded()) {
    await log.catchUp(options)
    if (!isNeeded()) return
    const entry = await makeKeyEntry(log.state, {
      account: deps.account.key, device: deps.device, manifest: deps.account.manifest, cards: listedCards(log, deps, cards).map(({ bytes }) => bytes), recovery: phraseCard(log, deps), time: deps.now()
    })
    if (await log.append([entry], options) === 'written') return
  }
}

/** Writes all that the vault holds behind a new generation. @throws as {@link renew} */
export async function rewrite (log: VaultLog, deps: RenewDeps, { cards }: KnownCards, options: LinkCallOptions): Promise<void> {
  const { vault } = deps
  if (log.state.place.seq !== log.state.generation.seq) await renew(log, deps, { cards, force: true }, options)
  const since = log.state.generation.seq
  let left = [...vault.shared()].flatMap(([name, { data }]) => data.length > 0 ? [name] : [])
  for (;;) {
    if (needsRenewal(log, deps, cards)) {
      await renew(log, deps, { cards, force: false }, options)
      await rewrite(log, deps, { cards }, options)
      return
    }
    left = left.filter(name => vault.signed(name) !== undefined)
    const { batches, isAll, records } = nextBatches(signedOf(vault, left), true)
    const written = await write(log, batches, options)
    if (written === 'late') await log.catchUp(options)
    else if (isAll) return
    else left = left.slice(records)
    // Another device makes it anew: what it writes is whole too.
    if (log.state.generation.seq !== since) return
  }
}

/** Writes all anew when most of what stands in the log is dead. @throws as {@link renew} */
export async function compact (log: VaultLog, deps: SharedVaultDeps, known: KnownCards, options: LinkCallOptions): Promise<void> {
  const slack = deps.slackBytes ?? LIMITS.vaultSlackBytes
  if (log.state.bytes <= slack) return
  if (log.state.bytes > slack + 2 * deps.vault.bytes) await rewrite(log, deps, known, options)
}

/** Whether what stands before the last rewriting is not needed any more: not before a newcomer is told so by the manifest. */
export function mayTrim ({ state, home }: VaultLog, { account, isShown }: SharedVaultDeps): boolean {
  const { vault } = account.manifest.manifest
  return state.whole && state.start.seq > state.trimmed && vault !== undefined && sameBytes(vault.genesis, state.genesis) && vault.generation >= state.generation.number && isShown(home)
}

/** Has the home drop that. @throws the link's errors */
export async function trim (log: VaultLog, options: LinkCallOptions): Promise<void> {
  const { start, generation: { owner } } = log.state
  if (owner === null) return
  log.prove()
  await log.link.ownerAction(log.id, signOwnerAction({ op: 'trim', log: log.id, seq: start.seq, hash: start.hash }, signerFromSeed(owner)), options)
  await log.change({ trimmed: start.seq })
}

async function write (log: VaultLog, batches: readonly Uint8Array[], options: LinkCallOptions): Promise<Written> {
  const { place, generation: { key, number } } = log.state
  if (key === null) throw new ProofError('the vault\'s newest key is not for this device')
  return await log.append(entriesOf(batches, vaultKeys(key, log.id).content, { log: log.id, generation: number, ...place }), options)
}

function * signedOf (vault: Vault, names: readonly string[]): Generator<Uint8Array> {
  for (const name of names) {
    const signed = vault.signed(name)
    if (signed !== undefined) yield signed
  }
}

/** A device's card, opened and as it is signed. */
interface HeldCard { readonly device: KeyBytes, readonly bytes: Uint8Array }

/** The cards of the devices that the manifest lists, as far as they are known: from the newest key entry, so that no device can take away another's, and from records. */
function listedCards (log: VaultLog, { vault, account }: RenewDeps, more: readonly Uint8Array[]): HeldCard[] {
  const recorded = [...vault.list(DEVICE_RECORDS)].flatMap(([, data]) => tried(() => deviceRecord.decode(data).card) ?? [])
  const cards = new Map<string, HeldCard>()
  for (const bytes of [...recorded, ...more, ...log.state.generation.cards]) {
    const card = tried(() => openDeviceCard(bytes))
    if (card !== undefined && lists(account.manifest.manifest, card.device)) cards.set(peerIdText(card.device), { device: card.device, bytes })
  }
  return [...cards.values()]
}

/** The phrase's card: the vault's, or, when a device has taken that away, the one that the newest key entry has. */
function phraseCard (log: VaultLog, { vault, account }: RenewDeps): Uint8Array | null {
  const card = recoveryCard(vault)
  return card !== null && tried(() => openRecoveryCard(card, account.key)) !== undefined ? card : log.state.generation.recovery
}

/** Whether the newest generation is for other devices than it should be, or not for the phrase though its card is known. */
function isDue (log: VaultLog, deps: RenewDeps, more: readonly Uint8Array[]): boolean {
  const { generation } = log.state
  const isFor = (device: KeyBytes): boolean => generation.devices.some(one => sameBytes(one, device))
  const isRevoked = generation.devices.some(device => !lists(deps.account.manifest.manifest, device))
  const phrase = phraseCard(log, deps)
  const isForPhrase = phrase === null || (generation.recovery !== null && sameBytes(phrase, generation.recovery))
  return generation.hash === null || isRevoked || !isForPhrase || listedCards(log, deps, more).some(({ device }) => !isFor(device))
}

function needsRenewal (log: VaultLog, deps: RenewDeps, cards: readonly Uint8Array[]): boolean { return mayRenew(log, deps) && isDue(log, deps, cards) }

/** A device that knows an older manifest than the newest generation carries must not go back to it. */
function mayRenew (log: VaultLog, { account, device }: RenewDeps): boolean {
  const { manifest } = log.state.generation
  if (!lists(account.manifest.manifest, device.key)) return false
  return manifest === null || ['same', 'newer'].includes(compareManifests(openManifest(manifest), account.manifest))
}
