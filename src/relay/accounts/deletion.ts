/** Deleting an account: all that the relay keeps for it goes, and what must not come back leaves a mark. */
import {
  BadInputError, encodeCbor, ForbiddenError, lists, openAccountDeletion, ProofError, sameBytes, SessionError,
  type CheckedManifest, type KeyBytes
} from '../../protocol/wire/index.js'
import type { Store } from '../../store/index.js'
import type { BlobService } from '../blobs/index.js'
import { bytesOfMapKey, mapKey } from '../bytes-text.js'
import type { KeptFrames } from '../pipes/kept-frames.js'
import type { Removal } from '../logs/removal.js'
import type { Mirrors } from '../mirrors/mirrors.js'
import type { QuotaLedger } from '../quota.js'
import { recordKey, recordKeyRest } from '../record-keys.js'
import type { SeenDevices } from '../session/seen.js'
import type { Sessions } from '../session/sessions.js'
import type { Accounts } from './accounts.js'
import type { KeyPackages } from './key-packages.js'
import type { Manifests } from './manifests.js'

/** The parts a deletion reaches into. */
export interface DeletionParts {
  readonly store: Store
  readonly home: KeyBytes
  readonly ledger: QuotaLedger
  readonly removal: Removal
  readonly mirrors: Pick<Mirrors, 'endAccount'>
  readonly blobs: Pick<BlobService, 'endOwner'>
  readonly keptFrames: Pick<KeptFrames, 'endAccount'>
  readonly sessions: Sessions
  readonly seen: SeenDevices
  readonly accounts: Accounts
  readonly keyPackages: KeyPackages
  readonly manifests: Manifests
}

/** See the file's head. */
export class Deletion {
  readonly #parts: DeletionParts

  constructor (parts: DeletionParts) { this.#parts = parts }

  /**
   * Deletes what is kept for the session's account.
   *
   * @throws BadInputError, ProofError; ForbiddenError when the order is not this account's, not for this relay, or signed by a
   *   key that is neither the account's nor a listed device's
   */
  async delete (account: KeyBytes, manifest: CheckedManifest | undefined, order: Uint8Array): Promise<void> {
    const deletion = openAccountDeletion(order)
    if (!sameBytes(deletion.account, account)) throw new ForbiddenError('the order deletes another account')
    if (!sameBytes(deletion.relay, this.#parts.home)) throw new BadInputError('the order is for another relay')
    const mayOrder = sameBytes(deletion.signer, account) || (manifest !== undefined && lists(manifest.manifest, deletion.signer))
    if (!mayOrder) throw new ProofError('the order is signed neither by the account key nor by a device of the account')
    // Written first: a crash from here on is made good at the next start.
    await this.#parts.store.records.put(recordKey('deleting', account), encodeCbor([1]))
    await this.#carryOut(account)
  }

  /** Finishes deletions that a crash interrupted. */
  async resume (): Promise<void> {
    const unfinished: KeyBytes[] = []
    for await (const [key] of this.#parts.store.records.list(recordKey('deleting'))) unfinished.push(recordKeyRest('deleting', key))
    for (const account of unfinished) await this.#carryOut(account)
  }

  async #carryOut (account: KeyBytes): Promise<void> {
    const { store, ledger, removal, mirrors, blobs, keptFrames, sessions, seen, accounts, keyPackages, manifests } = this.#parts
    sessions.endAccount(account, new SessionError('the account was deleted here', { details: { deleted: true } }))
    await manifests.bury(account)
    await accounts.forget(account)
    await keyPackages.remove(account)
    await seen.forget(account)
    await mirrors.endAccount(account)
    await blobs.endOwner(account)
    await keptFrames.endAccount(account)
    const payer = mapKey(account)
    for (const name of ledger.logsOf(payer)) await removal.remove(bytesOfMapKey(name), name, payer)
    await store.records.delete(recordKey('deleting', account))
  }
}
