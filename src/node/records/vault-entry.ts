/** One record as the vault's memory has it, and what becomes of it when a version arrives from the log. Pure. */
import { decodeCbor, encodeCbor, LIMITS, sameBytes, shape } from '../../protocol/wire/index.js'

/** A version of a record. */
export interface VaultEntry {
  readonly version: number
  /** dag-cbor; no bytes: removed, which is remembered so that no older version comes back. */
  readonly data: Uint8Array
  /**
   * Null: the log has it so (or it stays on this device). A number: it was changed here since, and the log had this
   * version; 0 none. {@link SOFT}: what the log has is not known, and counts unless it is older.
   */
  readonly base: number | null
  /** Of a removed one: where that stands in the log; 0 while it does not. */
  readonly seq: number
}

/** See {@link VaultEntry.base}. */
export const SOFT = -1

/** A version that stands in the log. */
export interface Arrived { readonly name: string, readonly version: number, readonly data: Uint8Array, readonly seq: number, readonly isOwn: boolean }

/** Decides between two changes of one record that did not know of each other. No bytes: removed. */
export type MergeData = (name: string, mine: Uint8Array, theirs: Uint8Array) => Uint8Array

/** Whether a record is there. */
export function isThere (entry: VaultEntry | undefined): entry is VaultEntry { return entry !== undefined && entry.data.length > 0 }

/** The next version of a record that is changed here. */
export function changedHere (known: VaultEntry | undefined, data: Uint8Array, soft: boolean): VaultEntry {
  const base = known === undefined ? soft ? SOFT : 0 : known.base ?? known.version
  return { version: (known?.version ?? 0) + 1, data, base, seq: 0 }
}

/**
 * What a record is after a version arrived, in the order of the log; the same entry when nothing changes. Every device
 * comes to the same: a version that is not above what the log had counts nowhere, and whoever changed the record
 * meanwhile writes what the two make together after it.
 */
export function arrived (known: VaultEntry | undefined, theirs: Arrived, merge: MergeData): VaultEntry {
  const { name, version, data, seq, isOwn } = theirs
  const taken: VaultEntry = { version, data, base: null, seq }
  if (known === undefined) return taken
  const isSame = sameBytes(known.data, data)
  if (known.base === null) return version > known.version || (isSame && version === known.version && data.length === 0) ? taken : known
  if (known.base === SOFT) return version >= known.version ? taken : { ...known, base: version }
  if (version <= known.base) return known
  if (isSame && version >= known.version) return taken
  // An older one of this device's own, which was changed again while it was on its way.
  if (isOwn && version < known.version) return { ...known, base: version }
  const merged = merge(name, known.data, data)
  if (sameBytes(merged, data)) return taken
  return { version: Math.max(version, known.version) + 1, data: merged, base: version, seq: 0 }
}

const markShape = shape.tuple(shape.text(LIMITS.vaultNameBytes), shape.nullable(shape.uint()), shape.bool, shape.uint())

/** What is kept beside a shared record: its name, base and seq; undefined when nothing need be. */
export function encodeMark (name: string, { base, seq, data }: VaultEntry): Uint8Array | undefined {
  if (base === null && data.length > 0) return undefined
  return encodeCbor([name, base === SOFT ? 0 : base, base === SOFT, seq])
}

/** A mark from its bytes. @throws BadInputError */
export function decodeMark (bytes: Uint8Array): { name: string, base: number | null, seq: number } {
  const [name, base, isSoft, seq] = markShape(decodeCbor(bytes, LIMITS.recordBytes), 'mark')
  return { name, base: isSoft ? SOFT : base, seq }
}
