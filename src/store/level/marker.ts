/**
 * The file `STORE` beside the database: it tells an empty directory from one whose
 * files were lost, and the format before Level touches anything. FORMAT.md has the layout.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CorruptError, FormatError } from '../../protocol/wire/index.js'
import { writeFileAtomically } from '../atomic-file.js'

const NAME = 'STORE'
/** The database's directory in the store's. */
export const DATABASE = 'level'
/** The directory of the blocks' segments in the store's. */
export const SEGMENTS = 'blobs'
/** A marker is a few short fields; a larger file is not one. */
const MAX_BYTES = 4096

/** What the marker says. */
export interface Marker {
  readonly format: number
  /** `new` until the database was opened for the first time: it may be made again. */
  readonly stage: 'new' | 'ready'
  /** The cipher's name, or null for checked records. */
  readonly cipher: string | null
  readonly created: number
  readonly copied?: number
}

/** What lies at a store's path. */
export type Found =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'store', readonly marker: Marker }

async function entriesOf (path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function parse (path: string, text: string): Marker {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw damaged(path, cause)
  }
  if (typeof value !== 'object' || value === null) throw damaged(path)
  const { format, stage, cipher, created, copied } = value as Record<string, unknown>
  if (typeof format !== 'number' || !Number.isSafeInteger(format)) throw damaged(path)
  if ((stage !== 'new' && stage !== 'ready') || typeof created !== 'number') throw damaged(path)
  if (cipher !== null && typeof cipher !== 'string') throw damaged(path)
  return { format, stage, cipher, created, ...(typeof copied === 'number' ? { copied } : {}) }
}

function damaged (path: string, cause?: unknown): CorruptError {
  return new CorruptError(`${join(path, NAME)} is not readable: nothing was touched; restore from a backup or run doctor`, { cause })
}

/**
 * Looks without touching. @throws CorruptError when the directory holds files but no marker, or a marker and no database
 * @throws FormatError when the marker is of a newer format than `newest`
 */
export async function findStore (path: string, newest: number): Promise<Found> {
  const names = (await entriesOf(path)).filter(name => !name.endsWith('.tmp'))
  if (names.length === 0) return { kind: 'nothing' }
  if (!names.includes(NAME)) {
    throw new CorruptError(`${path} holds files but no ${NAME}: it is not a store, or its files were lost; nothing was touched`)
  }
  const text = await readFile(join(path, NAME), 'utf8')
  if (text.length > MAX_BYTES) throw damaged(path)
  // The format is looked at before all else: a newer one may have other fields.
  const marker = parseNewest(path, text, newest)
  if (marker.stage === 'ready') await requireDatabase(path)
  return { kind: 'store', marker }
}

function parseNewest (path: string, text: string, newest: number): Marker {
  const format = /"format":\s*(\d{1,9})\b/.exec(text)?.[1]
  if (format !== undefined && Number(format) > newest) {
    throw new FormatError(`the store at ${path} has format ${format}, this Petrel knows ${newest}: update Petrel; nothing was touched`, { details: { format: Number(format), newest } })
  }
  return parse(path, text)
}

async function requireDatabase (path: string): Promise<void> {
  const names = await entriesOf(join(path, DATABASE))
  if (!names.includes('CURRENT')) {
    throw new CorruptError(`the store at ${path} lost files (${join(DATABASE, 'CURRENT')} is missing): nothing was touched; restore from a backup or run doctor`)
  }
}

/** Writes the marker, durably. */
export async function writeMarker (path: string, marker: Marker): Promise<void> {
  await writeFileAtomically(join(path, NAME), `${JSON.stringify(marker)}\n`)
}
