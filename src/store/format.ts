/** The format of stores on the disk, and how older ones become it. FORMAT.md has the layout. */
import { CorruptError, FormatError } from '../protocol/wire/index.js'
import type { Core } from './core/index.js'
import { prefixed, SPACE } from './keys.js'
import { setUint, uintAt } from './uint.js'

/** The format this build writes. */
export const FORMAT = 2

/** Where the format stands inside the database. */
const FORMAT_KEY = prefixed(SPACE.system, new TextEncoder().encode('format'))
/** What the probe writes after the disk refused. */
export const PROBE_KEY = prefixed(SPACE.system, new TextEncoder().encode('probe'))

/**
 * Makes format n + 1 of format n, where n is its index in the table. It may be interrupted and run
 * again, so each step must bear that; the new number is written after it, with a synced write.
 */
export type Migration = (core: Core) => Promise<void>
const nothing: Migration = () => Promise.resolve()
/**
 * The migrations by the format they start from. Format 0 was never released: it is the empty database before its first
 * record. Format 2 has blocks beside what format 1 has: a build that knows only that would copy a store without them.
 */
export const MIGRATIONS: ReadonlyMap<number, Migration> = new Map([[0, nothing], [1, nothing]])

/** The format's record. */
function encodeFormat (format: number): Uint8Array {
  const out = new Uint8Array(8)
  setUint(new DataView(out.buffer), 0, format)
  return out
}

/** The format in the database; 0 in a new one. @throws CorruptError, or DecryptError from a wrong cipher key as CorruptError */
export async function formatOf (core: Core): Promise<number> {
  const stored = await core.get(FORMAT_KEY)
  if (stored === undefined) return 0
  if (stored.length !== 8) throw new CorruptError('the store\'s format record does not decode: restore from a backup or run doctor')
  return uintAt(new DataView(stored.buffer, stored.byteOffset, 8), 0)
}

/**
 * Brings the database to `newest`, step by step. @throws FormatError when it is newer, or when a step is missing
 */
export async function migrate (core: Core, newest: number, migrations: ReadonlyMap<number, Migration>): Promise<void> {
  let format = await formatOf(core)
  if (format > newest) {
    throw new FormatError(`the store has format ${format}, this Petrel knows ${newest}: update Petrel`, { details: { format, newest } })
  }
  for (; format < newest; format++) {
    const step = migrations.get(format)
    if (step === undefined) throw new FormatError(`this Petrel cannot read stores of format ${format}: update with a release in between first`, { details: { format, newest } })
    await step(core)
    await core.batch([{ type: 'put', key: FORMAT_KEY, value: encodeFormat(format + 1) }])
  }
}
