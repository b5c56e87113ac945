/** Which log is the vault's: what the account's manifest names counts, and a home that is none any more is left. Pure, but for {@link openAtHome}. */
import { newVaultKey, systemRandom, vaultKeys } from '../../protocol/crypto/index.js'
import { openRecoveryCard } from '../../protocol/message/index.js'
import { decodeGenesis, encodeGenesis, ExistsError, randomSeed, sameBytes, signerFromSeed, signOwnerAction, type KeyBytes, type ManifestVault } from '../../protocol/wire/index.js'
import type { LinkCallOptions } from '../gateway/index.js'
import { newLogState, NO_GENERATION, type VaultLogState } from './log-state.js'
import { recoveryCard } from './recovery-record.js'
import type { SharedVaultDeps } from './shared-vault-deps.js'
import { tried } from './tried.js'
import type { VaultLog } from './vault-log.js'

/** What is to be done about the choice of a log. */
export type Choice =
  | { readonly type: 'none' | 'stay' }
  /** The manifest names what this device made. */
  | { readonly type: 'settled' }
  | { readonly type: 'adopt', readonly genesis: Uint8Array }
  | { readonly type: 'make', readonly home: KeyBytes }

/** Where a vault's log may live. */
export interface VaultHomes { readonly homes: readonly KeyBytes[], readonly chatHome: KeyBytes | undefined, readonly own: KeyBytes }

/** Chooses by the log that is in use, if any, what the manifest names, and the account's homes. */
export function chosenLog (state: Pick<VaultLogState, 'genesis' | 'replaces'> | undefined, named: ManifestVault | undefined, { homes, chatHome, own }: VaultHomes): Choice {
  if (named !== undefined && (state === undefined || isAnother(named, state))) return { type: 'adopt', genesis: named.genesis }
  if (state === undefined) return chatHome === undefined ? { type: 'none' } : { type: 'make', home: chatHome }
  const isNamed = named !== undefined && sameBytes(named.genesis, state.genesis)
  if (isNamed && state.replaces !== null) return { type: 'settled' }
  const { home } = decodeGenesis(state.genesis)
  // A node of its own is away whenever its machine is.
  const isLeft = !homes.some(one => sameBytes(one, home)) || (sameBytes(home, own) && chatHome !== undefined && !sameBytes(chatHome, own))
  return isLeft && chatHome !== undefined ? { type: 'make', home: chatHome } : { type: 'stay' }
}

/** Another device was first with a new log, or this one's was not yet named: that is told by what it is to replace. */
function isAnother (named: ManifestVault, { genesis, replaces }: Pick<VaultLogState, 'genesis' | 'replaces'>): boolean {
  return !sameBytes(named.genesis, genesis) && (replaces === null || !sameBytes(named.genesis, replaces))
}

/** A log that another device made. */
export function adoptedLog (genesis: Uint8Array): VaultLogState { return newLogState(genesis, NO_GENERATION, null) }

/** A log that is to be made, in the place of the one that the manifest names, if it names one. */
export function freshLog (home: KeyBytes, before: VaultLogState | undefined, named: ManifestVault | undefined): VaultLogState {
  const owner = randomSeed()
  const genesis = encodeGenesis({ v: 1, kind: 'log', salt: systemRandom(16), owner: signerFromSeed(owner).key, home })
  return newLogState(genesis, { number: Math.max(before?.generation.number ?? 0, named?.generation ?? 0), key: newVaultKey(), owner }, named?.genesis ?? null)
}

/** Makes a fresh log at its home. Again it changes nothing. */
export async function openAtHome (log: VaultLog, { vault, account }: SharedVaultDeps, options: LinkCallOptions): Promise<void> {
  const { state: { genesis, generation: { key, owner, hash } } } = log
  if (hash !== null || key === null || owner === null) return
  const { append, read } = vaultKeys(key, log.id)
  const card = recoveryCard(vault)
  const recovery = card === null ? undefined : tried(() => openRecoveryCard(card, account.key))
  const mirrors = [log.reader, ...recovery === undefined ? [] : [recovery.reader]]
  const open = signOwnerAction({ op: 'open', log: log.id, caps: { append: append.key, read: read.key, mirrors } }, signerFromSeed(owner))
  try {
    await log.link.createLog(genesis, open, options)
  } catch (error) {
    if (!(error instanceof ExistsError)) throw error
  }
}
