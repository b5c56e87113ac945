/**
 * The phrase lets a device into the vault, with no other device there: it reads the log with keys of its own, and the
 * new device makes the next generation, for the devices that the account's new manifest lists.
 */
import { vaultKeys, vaultRecoveryKeys } from '../../protocol/crypto/index.js'
import { openDeviceCard, type DeviceCard } from '../../protocol/message/index.js'
import {
  ConflictError, decodeCbor, decodeGenesis, LIMITS, lists, NotFoundError, openManifest, PetrelError, ProofError, RIGHT, sameBytes, type CheckedManifest, type KeyBytes, type LogId, type Signer
} from '../../protocol/wire/index.js'
import type { LinkCallOptions, RelayLink } from '../gateway/index.js'
import { DEVICE_RECORDS, deviceRecord, makeDeviceCard } from './device-record.js'
import { isEnd } from './judge-end.js'
import { makeKeyEntry } from './key-entry.js'
import { VaultLogReader } from './log-reader.js'
import { logOf, newLogState, NO_GENERATION, type VaultLogState } from './log-state.js'
import { RECOVERY_RECORD } from './recovery-record.js'
import { tried } from './tried.js'

/** Who comes, and by what right. */
export interface PhraseEntry {
  /** To the vault's home, with a session of the new device. */
  readonly link: RelayLink
  readonly account: KeyBytes
  /** From the phrase. Whoever typed it lets it go after this. */
  readonly recoverySeed: Uint8Array
  readonly device: Signer
  readonly deviceSeed: Uint8Array
  /** The account's newest manifest, signed bytes: it lists the device, and names the vault. */
  readonly manifest: Uint8Array
  readonly time: number
}

/**
 * Lets the device in. Again it makes another generation, which does no harm.
 *
 * @returns how many records the vault holds
 * @throws NotFoundError when the account has no vault; ProofError when the vault does not know the phrase, was put back to
 * an older state, or is not what its devices signed; the link's errors
 */
export async function letInByPhrase (parts: PhraseEntry, options: LinkCallOptions = {}): Promise<number> {
  const manifest = openManifest(parts.manifest)
  const { vault } = manifest.manifest
  if (vault === undefined) throw new NotFoundError('the account\'s record names no vault: what its devices kept was never shared')
  const first = newLogState(vault.genesis, NO_GENERATION, null)
  const { link, account } = parts
  const log = logOf(first)
  const keys = await vaultRecoveryKeys(parts.recoverySeed)
  link.setCapability(log, RIGHT.mirror, keys.reader)
  const reader = new VaultLogReader(first, { account, keys, device: null }, () => manifest)
  const records: Records = new Map()
  for (;;) {
    await readAll(reader, first, { link, log, home: decodeGenesis(vault.genesis).home }, records, options)
    const { state } = reader
    const { key } = state.generation
    if (key === null) throw new ProofError('the vault is not sealed to this phrase: a home that was made before phrases had a card must add it (petrel account recovery)')
    const entry = await makeKeyEntry(state, { account, device: parts.device, manifest, cards: await cardsFor(parts, manifest, records), recovery: recoveryOf(records), time: parts.time })
    link.setCapability(log, RIGHT.append, vaultKeys(key, log).append)
    const [result] = await link.append(log, [entry], options)
    if (!(result instanceof PetrelError)) return [...records.values()].filter(({ data }) => data.length > 0).length
    if (!(result instanceof ConflictError)) throw result
  }
}

interface At { readonly link: RelayLink, readonly log: LogId, readonly home: KeyBytes }
type Records = Map<string, { readonly version: number, readonly data: Uint8Array }>

/** Reads the log to its end. */
async function readAll (reader: VaultLogReader, first: VaultLogState, { link, log, home }: At, records: Records, options: LinkCallOptions): Promise<void> {
  for (;;) {
    const asked = reader.state.place.seq
    const { entries, head } = await link.read(log, asked, LIMITS.readItems, options)
    for (const step of await reader.take(entries)) {
      if (step.type === 'anew') records.clear()
      if (step.type !== 'records') continue
      for (const { name, version, data } of step.records) if (version > (records.get(name)?.version ?? 0)) records.set(name, { version, data })
    }
    if (!isEnd(head, { log, home, place: reader.state.place, asked })) continue
    if (!reader.mustReadAgain) break
    reader.again(first)
    records.clear()
  }
  reader.requireMet()
}

/** The cards of the devices that the manifest lists: the new one's own, and those that the vault knows. */
async function cardsFor ({ device, deviceSeed, time }: PhraseEntry, manifest: CheckedManifest, records: Records): Promise<DeviceCard[]> {
  const cards = [openDeviceCard(await makeDeviceCard(device, deviceSeed, time))]
  for (const [name, { data }] of records) {
    if (!name.startsWith(DEVICE_RECORDS) || data.length === 0) continue
    const card = tried(() => openDeviceCard(deviceRecord.decode(decodeCbor(data, LIMITS.vaultRecordBytes)).card))
    if (card !== undefined && !sameBytes(card.device, device.key) && lists(manifest.manifest, card.device)) cards.push(card)
  }
  return cards
}

function recoveryOf (records: Records): Uint8Array | null {
  const data = records.get(RECOVERY_RECORD)?.data
  const card = data === undefined || data.length === 0 ? undefined : decodeCbor(data, LIMITS.vaultRecordBytes)
  return card instanceof Uint8Array ? card : null
}
