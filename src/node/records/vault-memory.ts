/**
 * The vault's records in memory. A change is here at once and leaves again when the disk refuses it, so that nothing is
 * believed to be kept that is not.
 */
import { LIMITS } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { isSharedName } from './shared-names.js'
import type { VaultEntry } from './vault-entry.js'

/** What an op does to memory; undefined removes. */
export interface MemoryChange { readonly name: string, readonly entry: VaultEntry | undefined }

/** See the file's head. */
export class VaultMemory {
  /** What is on the disk. */
  readonly #durable = new Map<string, VaultEntry>()
  /** Changes on their way there, by name, oldest first. */
  readonly #pending = new Map<string, MemoryChange[]>()
  /** Both together. */
  readonly #records = new Map<string, VaultEntry>()
  readonly #changes = new WeakMap<KeyValueOp, MemoryChange>()
  #bytes = 0

  /** Another number after each change. */
  revision = 0

  /** A record that was read from the disk. */
  load (name: string, entry: VaultEntry): void {
    this.#durable.set(name, entry)
    this.#keep(name, entry)
  }

  /** What the shared records take, each as LIMITS.vaultRecordExtra says. */
  get bytes (): number { return this.#bytes }

  /** The newest of a record, on its way to the disk or there. */
  get (name: string): VaultEntry | undefined { return this.#records.get(name) }
  /** What of it is on the disk. */
  durable (name: string): VaultEntry | undefined { return this.#durable.get(name) }
  /** All, the newest of each. */
  all (): Iterable<[string, VaultEntry]> { return this.#records }
  /** All that is on the disk. */
  allDurable (): Iterable<[string, VaultEntry]> { return this.#durable }

  /** Notes what an op will have done once it is written. Ops go out in the order of the calls. */
  change (name: string, entry: VaultEntry | undefined, op: KeyValueOp): KeyValueOp {
    const change = { name, entry }
    this.#changes.set(op, change)
    const pending = this.#pending.get(name)
    if (pending === undefined) this.#pending.set(name, [change])
    else pending.push(change)
    this.#show(name)
    return op
  }

  /** What an op was noted to do. */
  changeOf (op: KeyValueOp): MemoryChange | undefined { return this.#changes.get(op) }

  /** A refused change that is on the disk after all, which the store cannot know, counts after the next start. */
  settle (ops: readonly KeyValueOp[], written: boolean): void {
    for (const op of ops) {
      const change = this.#changes.get(op)
      if (change === undefined) continue
      const { name, entry } = change
      const pending = this.#pending.get(name) ?? []
      // Batches go out in the order of the changes: what was changed before and is still here was thrown away by its maker.
      const left = pending.slice(pending.indexOf(change) + 1)
      if (left.length > 0) this.#pending.set(name, left)
      else this.#pending.delete(name)
      if (written) put(this.#durable, name, entry)
      this.#show(name)
    }
  }

  #show (name: string): void {
    this.revision++
    const newest = this.#pending.get(name)?.at(-1)
    this.#keep(name, newest === undefined ? this.#durable.get(name) : newest.entry)
  }

  #keep (name: string, entry: VaultEntry | undefined): void {
    this.#bytes += sizeOf(name, entry) - sizeOf(name, this.#records.get(name))
    put(this.#records, name, entry)
  }
}

/** What a record takes of what devices share: nothing for one that stays here. */
export function sizeOf (name: string, entry: Pick<VaultEntry, 'data'> | undefined): number {
  return entry === undefined || !isSharedName(name) ? 0 : entry.data.length + LIMITS.vaultRecordExtra
}

function put (map: Map<string, VaultEntry>, name: string, entry: VaultEntry | undefined): void {
  if (entry === undefined) map.delete(name)
  else map.set(name, entry)
}
