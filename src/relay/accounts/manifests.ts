/** The newest manifest of each hosted account, kept by compare-and-set; and tombstones of deleted ones. */
import {
  compareManifests, ConflictError, CorruptError, decodeCbor, encodeCbor, LIMITS, NotFoundError, openManifest, ProofError, requireSuccession, sameBytes, shape,
  type CheckedManifest, type KeyBytes
} from '../../protocol/wire/index.js'
import type { RecordStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey } from '../record-keys.js'

/** What is held of an account's manifest. */
type Held =
  | { readonly type: 'manifest', readonly checked: CheckedManifest, readonly rev: number }
  | { readonly type: 'tombstone', readonly generation: number, readonly version: number, readonly rev: number }

/** How the manifest a device presents stands to what the relay knows. */
export interface Judgement {
  /** The newest one known: by it the device is judged. */
  readonly newest: CheckedManifest
  /** Whether the presented one should be kept. */
  readonly isNews: boolean
}

const recordShape = shape.tuple(shape.literal(1), shape.nullable(shape.bytes({ max: LIMITS.manifestBytes })), shape.uint(), shape.uint())
/** Manifests kept opened in memory. */
const CACHED = 4096

class LostRace extends ConflictError {}

/** See the file's head. */
export class Manifests {
  readonly #records: RecordStore
  readonly #onChange: (checked: CheckedManifest) => void
  readonly #opened = new Map<string, { rev: number, checked: CheckedManifest }>()

  /** `onChange` is told each manifest that takes an older one's place, before anybody is answered. */
  constructor (records: RecordStore, onChange: (checked: CheckedManifest) => void) {
    this.#records = records
    this.#onChange = onChange
  }

  /** The account's manifest. @throws NotFoundError */
  async get (account: KeyBytes): Promise<CheckedManifest> {
    const held = await this.#held(account)
    if (held?.type !== 'manifest') throw new NotFoundError('the relay holds no manifest of that account')
    return held.checked
  }

  /** The account's manifest, if one is held. */
  async find (account: KeyBytes): Promise<CheckedManifest | undefined> {
    const held = await this.#held(account)
    return held?.type === 'manifest' ? held.checked : undefined
  }

  /**
   * Opens the manifest that somebody shows of an account. The one that is held was checked before: nearly everybody shows
   * that, and when a relay starts again all come at once.
   *
   * @throws ProofError for one that does not hold
   */
  async open (account: KeyBytes, bytes: Uint8Array): Promise<CheckedManifest> {
    const held = await this.#held(account)
    return held?.type === 'manifest' && sameBytes(held.checked.bytes, bytes) ? held.checked : openManifest(bytes)
  }

  /**
   * Judges a presented manifest against what is held.
   *
   * @throws ProofError when it contradicts the held one, or may not follow it
   */
  async judge (presented: CheckedManifest): Promise<Judgement> {
    const held = await this.#held(presented.manifest.account)
    if (held?.type === 'manifest') {
      const verdict = compareManifests(held.checked, presented)
      if (verdict === 'same' || verdict === 'older') return { newest: held.checked, isNews: false }
      requireSuccession(held.checked, presented)
      return { newest: presented, isNews: true }
    }
    requireFirst(presented, held)
    return { newest: presented, isNews: true }
  }

  /**
   * Keeps a manifest that follows the held one; the same one again changes nothing.
   *
   * @throws ConflictError with the held generation and version when it is older
   * @throws ProofError when it contradicts the held one or may not follow it
   */
  async put (checked: CheckedManifest): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.#putOnce(checked)
        return
      } catch (error) {
        // Another version was written between our look and our write: judge again by that one.
        if (!(error instanceof LostRace) || tries >= 3) throw error
      }
    }
  }

  /** Removes an account's manifest for good: none as old as it is taken again. */
  async bury (account: KeyBytes): Promise<void> {
    const held = await this.#held(account)
    if (held?.type === 'tombstone') return
    const { generation, version } = held?.checked.manifest ?? { generation: 0, version: 0 }
    await this.#write(account, encodeCbor([1, null, generation, version]), held?.rev ?? 0)
    this.#opened.delete(mapKey(account))
  }

  async #putOnce (checked: CheckedManifest): Promise<void> {
    const { account, generation, version } = checked.manifest
    const held = await this.#held(account)
    if (held?.type === 'manifest') {
      const verdict = compareManifests(held.checked, checked)
      if (verdict === 'same') return
      if (verdict === 'older') throw olderThan(held.checked.manifest)
      requireSuccession(held.checked, checked)
    } else {
      if (held !== undefined && !isAfter(checked, held)) throw olderThan(held)
      requireFirst(checked, held)
    }
    const rev = await this.#write(account, encodeCbor([1, checked.bytes, generation, version]), held?.rev ?? 0)
    this.#remember(account, rev, checked)
    this.#onChange(checked)
  }

  async #write (account: KeyBytes, value: Uint8Array, ifRev: number): Promise<number> {
    try {
      return await this.#records.put(recordKey('manifest', account), value, { ifRev })
    } catch (error) {
      if (error instanceof ConflictError) throw new LostRace('the account\'s manifest was changed at the same time: read it, then publish the next one', { cause: error })
      throw error
    }
  }

  async #held (account: KeyBytes): Promise<Held | undefined> {
    const record = await this.#records.get(recordKey('manifest', account))
    if (record === undefined) return undefined
    const known = this.#opened.get(mapKey(account))
    if (known?.rev === record.rev) return { type: 'manifest', ...known }
    try {
      const [, bytes, generation, version] = recordShape(decodeCbor(record.value, LIMITS.manifestBytes + 1024), 'manifest record')
      if (bytes === null) return { type: 'tombstone', generation, version, rev: record.rev }
      const checked = openManifest(bytes)
      this.#remember(account, record.rev, checked)
      return { type: 'manifest', checked, rev: record.rev }
    } catch (cause) {
      throw new CorruptError('a manifest that the relay holds does not open: restore from a backup or run doctor', { cause })
    }
  }

  #remember (account: KeyBytes, rev: number, checked: CheckedManifest): void {
    if (this.#opened.size >= CACHED) this.#opened.clear()
    this.#opened.set(mapKey(account), { rev, checked })
  }
}

function isAfter ({ manifest }: CheckedManifest, than: { generation: number, version: number }): boolean {
  return manifest.generation > than.generation || (manifest.generation === than.generation && manifest.version > than.version)
}

function requireFirst (checked: CheckedManifest, tombstone: { generation: number, version: number } | undefined): void {
  // Who deletes an account and comes back says so with the account key itself.
  if (tombstone !== undefined && (!isAfter(checked, tombstone) || !sameBytes(checked.signer, checked.manifest.account))) {
    throw new ProofError('the account was deleted here: only a newer manifest signed by the account key brings it back', { details: { deleted: true } })
  }
}

function olderThan ({ generation, version }: { generation: number, version: number }): ConflictError {
  return new ConflictError(`the relay holds generation ${generation}, version ${version} of the manifest: read it, then publish the next one`, { details: { generation, version } })
}
