/**
 * The seed of a group log's owner key, on its way to one who may hold it: inside a commit's statement, which the epoch's
 * keys seal already, and so G_pq. This sealing keeps it from the members who may not hold it.
 */
import { DecryptError, encodeCbor, UnsupportedError, type EntryId, type KeyBytes, type LogId } from '../wire/index.js'
import { CRYPTO_LABELS } from './labels.js'
import type { MemberSealing, MlsEngine, MlsState } from './mls/index.js'

/** What binds a sealed seed: the commit it comes with, and whom it is for. */
export interface OwnerKeyPlace { readonly log: LogId, readonly id: EntryId, readonly account: KeyBytes }

const VERSION = 1
const SEED_BYTES = 32

const sealingOf = ({ log, id, account }: OwnerKeyPlace): MemberSealing => ({ label: CRYPTO_LABELS.sealedOwnerKey, context: encodeCbor([log, id, account]) })

/** Seals the seed to a member's leaf as it is before the commit: version byte 1 ‖ enc (32) ‖ ciphertext. */
export async function sealOwnerKey (engine: MlsEngine, state: MlsState, leaf: number, seed: Uint8Array, place: OwnerKeyPlace): Promise<Uint8Array> {
  const sealed = await engine.sealToMember(state, leaf, seed, sealingOf(place))
  return Uint8Array.from([VERSION, ...sealed])
}

/** The seed of {@link sealOwnerKey}, with the own leaf's keys of before the commit. @throws DecryptError when it does not open; UnsupportedError for a later format */
export async function openOwnerKey (engine: MlsEngine, state: MlsState, sealed: Uint8Array, place: OwnerKeyPlace): Promise<Uint8Array> {
  if (sealed.length > 0 && sealed[0] !== VERSION) throw new UnsupportedError(`the sealed owner key has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  const seed = await engine.openAsMember(state, sealed.subarray(1), sealingOf(place))
  if (seed.length !== SEED_BYTES) throw new DecryptError('the sealed owner key is no seed')
  return seed
}
