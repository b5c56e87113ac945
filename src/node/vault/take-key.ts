/** A key entry of the vault's log, judged by what stands before it and opened with this device's own keys, or the phrase's. */
import { openVaultKey, openVaultSecret, vaultKeys, type VaultReaderKeys } from '../../protocol/crypto/index.js'
import { openVaultKeyEntry, type OpenedKeyEntry } from '../../protocol/message/index.js'
import {
  compareManifests, decodeCaps, DecryptError, LIMITS, openManifest, ProofError, requireSuccession, sameBytes, signerFromSeed, type CheckedManifest, type KeyBytes, type LogId, type LogPosition, type VerifiedEntry
} from '../../protocol/wire/index.js'
import type { VaultGeneration } from './log-state.js'

/** Who reads. */
export interface VaultReader {
  readonly account: KeyBytes
  readonly keys: VaultReaderKeys
  /** Null: the phrase. */
  readonly device: KeyBytes | null
}

/** A key entry that holds. */
export interface TakenKey {
  readonly generation: VaultGeneration
  /** The place that it follows. */
  readonly after: LogPosition
  /** The vault key before it, under this one. */
  readonly back: Uint8Array | null
}

/**
 * Opens the key entry at a place of the log. `before`: the newest generation that was taken; null when the reader begins
 * with this entry, which then says itself what it follows. `held`: the account's manifest as it is known here.
 *
 * @throws ProofError when it does not hold; BadInputError when it is none
 */
export async function takeKey (reader: VaultReader, log: LogId, at: { readonly entry: VerifiedEntry, readonly after: LogPosition | null }, before: VaultGeneration | null, held: CheckedManifest): Promise<TakenKey> {
  const { entry: { leaf, payload }, after } = at
  if (payload === null || leaf.caps === null) throw new ProofError('a key entry of the vault has lost its bytes')
  const opened = openVaultKeyEntry(payload, reader.account, log)
  const { entry, manifest, hash } = opened
  const place = { seq: entry.seq, hash: entry.hash }
  if (entry.seq !== leaf.seq - 1 || (after !== null && !sameBytes(after.hash, entry.hash))) throw new ProofError('a key entry of the vault was made for another place')
  if (compareManifests(held, manifest) === 'fork') throw new ProofError('a key entry of the vault carries a manifest that contradicts the account\'s')
  if (before !== null) requireNext(opened, before)
  const key = await keyOf(reader, opened)
  const owner = key === null ? null : ownerOf(key, opened, leaf.caps)
  return { after: place, back: entry.back, generation: { number: entry.generation, key, owner, hash, manifest: entry.manifest, devices: opened.cards.map(card => card.device), cards: entry.seals.map(({ card }) => card), recovery: entry.recovery?.card ?? null, seq: leaf.seq } }
}

/** @throws ProofError unless the entry may follow that generation */
function requireNext ({ entry, manifest }: OpenedKeyEntry, before: VaultGeneration): void {
  if (entry.generation <= before.number) throw new ProofError(`generation ${entry.generation} of the vault key does not follow ${before.number}`)
  // One that leaps could leave no number for the next, and who made it could never be left out.
  if (before.hash !== null && entry.generation !== before.number + 1) throw new ProofError(`generation ${entry.generation} of the vault key leaps over those after ${before.number}`)
  if (before.hash !== null && (entry.prev === null || !sameBytes(entry.prev, before.hash))) throw new ProofError('a key entry of the vault does not follow the one before')
  if (before.manifest === null) return
  const last = openManifest(before.manifest)
  if (!sameBytes(last.hash, manifest.hash)) requireSuccession(last, manifest)
}

/** The vault key; null when it is not sealed to the reader. @throws ProofError when what is sealed to it does not open */
async function keyOf ({ keys, device }: VaultReader, { entry, cards }: OpenedKeyEntry): Promise<Uint8Array | null> {
  const sealed = device === null ? entry.recovery?.sealed : entry.seals.find((_seal, i) => cards[i] !== undefined && sameBytes(cards[i].device, device))?.sealed
  if (sealed === undefined) return null
  try {
    return await openVaultKey(keys.kem.private, sealed, { log: entry.log, generation: entry.generation })
  } catch (cause) {
    if (cause instanceof DecryptError) throw new ProofError('the vault key that was sealed for this device does not open', { cause })
    throw cause
  }
}

/** The log's owner key. What the home was told by the same entry must be what the key gives, else nobody could write. @throws ProofError */
function ownerOf (key: Uint8Array, { entry }: OpenedKeyEntry, capsBytes: Uint8Array): Uint8Array {
  const caps = decodeCaps(capsBytes)
  const { append, read, inner } = vaultKeys(key, entry.log)
  const owner = openVaultSecret(inner, entry.owner, 'owner', { log: entry.log, generation: entry.generation })
  const isTold = sameBytes(caps.append, append.key) && sameBytes(caps.read, read.key) && caps.owner !== undefined && sameBytes(caps.owner, signerFromSeed(owner).key)
  if (!isTold) throw new ProofError('a key entry of the vault gave its home other keys than its readers')
  return owner
}

/** The vault keys of a log before one, by their generations: each is sealed under the next. */
export function keysBefore (log: LogId, newest: { readonly number: number, readonly key: Uint8Array }, entries: ReadonlyArray<{ readonly number: number, readonly back: Uint8Array | null }>): Map<number, Uint8Array> {
  const keys = new Map([[newest.number, newest.key]])
  let key = newest.key
  for (const [i, { number, back }] of [...entries].reverse().entries()) {
    const before = entries[entries.length - 2 - i]
    if (back === null || before === undefined || i >= LIMITS.vaultGenerations) break
    key = openVaultSecret(vaultKeys(key, log).inner, back, 'back', { log, generation: number })
    keys.set(before.number, key)
  }
  return keys
}
