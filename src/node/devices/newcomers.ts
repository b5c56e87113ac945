/**
 * Which devices of the account this one has told its person of: each once, and by its name if that is known soon. The
 * manifest names a device first, and the vault says what it is called a moment later; one that never says so is told all
 * the same, for it may be a thief's. What was told is on the disk, so that no stop in between loses it or says it again.
 */
import type { UpdateEvent } from '../../protocol/api/index.js'
import { keyShape, LIMITS, peerIdText, sameBytes, shape, type KeyBytes, type PetrelError } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Account } from '../account/index.js'
import type { NodeLog } from '../log.js'
import type { Vault } from '../records/index.js'

/** What it works with. */
export interface NewcomersDeps {
  readonly account: Pick<Account, 'devices' | 'isOwn'>
  readonly vault: Vault
  readonly write: (ops: readonly KeyValueOp[], events: readonly UpdateEvent[]) => Promise<void>
  readonly log: NodeLog
  /** Ends it. */
  readonly signal: AbortSignal
  /** What a device is called, and whether its own record says so. */
  readonly nameOf: (device: KeyBytes) => { readonly name: string, readonly isRecorded: boolean }
  /** How long a name is waited for, ms; LIMITS.deviceNameMs unless told. */
  readonly nameMs?: number | undefined
}

const toldShape = shape.struct({ v: shape.literal(1), told: shape.array(shape.struct({ device: keyShape, named: shape.bool }), LIMITS.devices) })
/** A device that the person knows of, and whether by its name. */
interface Told { readonly device: KeyBytes, readonly named: boolean }
/** A record of this device alone. */
const RECORD = 'devices-told'

/** See the file's head. */
export class Newcomers {
  readonly #deps: NewcomersDeps
  /** Those that were there before this home had anything to tell. */
  readonly #first: readonly Told[]
  /** Until when a name is waited for, by the devices' ids. */
  readonly #waits = new Map<string, NodeJS.Timeout>()
  readonly #overdue = new Set<string>()

  constructor (deps: NewcomersDeps) {
    this.#deps = deps
    this.#first = deps.account.devices.map(device => ({ device, named: true }))
    deps.signal.addEventListener('abort', () => { for (const timer of this.#waits.values()) clearTimeout(timer) }, { once: true })
  }

  /** Tells of who is new. Call it at the start, and when the manifest or a device's record is another. */
  look (): void {
    const { account, log, signal, vault, write } = this.#deps
    if (signal.aborted) return
    const kept = vault.get(RECORD)
    const before = kept === undefined ? this.#first : toldShape(kept, 'devices told').told
    const looked = account.devices.map(device => this.#lookAt(device, before.find(one => sameBytes(one.device, device))))
    const told = looked.flatMap(({ told: one }) => one ?? [])
    const events = looked.flatMap(({ event }) => event ?? [])
    const isSame = told.length === before.length && events.length === 0
    // Before there is anything to tell nothing is written; who is new, though, is new after a stop too.
    if (isSame && (kept !== undefined || told.length === looked.length)) return
    write([vault.put(RECORD, { v: 1, told: told.map(({ device, named }) => ({ device, named })) })], events).catch((error: unknown) => { log('warn', 'devices.told', { code: (error as PetrelError).code }) })
  }

  /** What is told of a device now, and what is known of it then: nothing while its name is waited for. */
  #lookAt (device: KeyBytes, known: Told | undefined): { readonly told?: Told, readonly event?: UpdateEvent } {
    if (known?.named === true || this.#deps.account.isOwn(device)) return { told: { device, named: true } }
    const id = peerIdText(device)
    const { name, isRecorded } = this.#deps.nameOf(device)
    if (!isRecorded && known !== undefined) return { told: known }
    if (!isRecorded && !this.#overdue.has(id)) {
      this.#wait(id)
      return {}
    }
    clearTimeout(this.#waits.get(id))
    this.#waits.delete(id)
    return { told: { device, named: isRecorded }, event: { type: 'device', device: id, name, change: known === undefined ? 'added' : 'renamed' } }
  }

  #wait (id: string): void {
    if (this.#waits.has(id)) return
    this.#waits.set(id, setTimeout(() => {
      this.#overdue.add(id)
      this.look()
    }, this.#deps.nameMs ?? LIMITS.deviceNameMs).unref())
  }
}
