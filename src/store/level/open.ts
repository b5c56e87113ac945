/** Opening a store on the disk: looking first, touching only what is surely ours. */
import { dirname, join } from 'node:path'
import { BadInputError, CorruptError, DecryptError, NotFoundError } from '../../protocol/wire/index.js'
import { coreOf, type StoreOptions } from '../assemble.js'
import { syncDirectory } from '../atomic-file.js'
import { systemClock } from '../clock.js'
import type { DiskBlobsOptions } from '../blob/index.js'
import type { Core } from '../core/index.js'
import { FORMAT, formatOf, migrate, MIGRATIONS, type Migration } from '../format.js'
import { classicLevelMaker, LevelEngine, levelEngineParts, type MakeLevel } from './engine.js'
import { openFault } from './faults.js'
import { makeDirectory } from '../make-directory.js'
import { journalDamage } from './journal.js'
import { DATABASE, findStore, writeMarker, type Marker } from './marker.js'

/** How to open a store on the disk. */
export interface LevelStoreOptions extends StoreOptions {
  /** Make the store when nothing is there; true unless given. Backups and doctors say false. */
  create?: boolean
  /**
   * Bytes Level gathers in memory (up to twice this) before it writes a table; 16 MiB unless given. A busy relay gains from
   * 64 MiB; opening after a crash reads as much again.
   */
  writeBufferBytes?: number
  /** Bytes of what was read that Level keeps at hand; 32 MiB unless given. */
  cacheBytes?: number
  /** Makes the database: a test puts faults in between. */
  makeLevel?: MakeLevel
  /** How blocks lie: for tests. */
  segments?: DiskBlobsOptions
  /** Tries the disk before the database is reopened after a fault: rejects while it refuses. */
  probe?: (path: string) => Promise<void>
  /** Bytes free on the disk behind a directory: for tests. */
  free?: (path: string) => Promise<number>
  /** The format to bring the store to, and the steps: for the tests of migration. */
  formats?: { newest: number, migrations: ReadonlyMap<number, Migration> }
}

/** An open database with its marker, before the logs and records stand on it. */
export interface OpenedLevel { readonly core: Core, readonly marker: Marker }

async function prepare (path: string, options: LevelStoreOptions, newest: number): Promise<Marker> {
  const cipher = options.cipher?.name ?? null
  const found = await findStore(path, newest)
  if (found.kind === 'store') {
    if (found.marker.cipher !== cipher) {
      throw new BadInputError(`the store at ${path} is ${found.marker.cipher === null ? 'not encrypted' : `encrypted by ${found.marker.cipher}`}: open it the same way`)
    }
    return found.marker
  }
  if (options.create === false) throw new NotFoundError(`there is no store at ${path}`)
  await makeDirectory(path)
  await syncDirectory(dirname(path))
  const marker: Marker = { format: newest, stage: 'new', cipher, created: (options.clock ?? systemClock).now() }
  await writeMarker(path, marker)
  return marker
}

/** Opens the database at a store's path and brings it to the present format. */
export async function openLevelCore (path: string, options: LevelStoreOptions): Promise<OpenedLevel> {
  const { newest, migrations } = options.formats ?? { newest: FORMAT, migrations: MIGRATIONS }
  const marker = await prepare(path, options, newest)
  const usual = levelEngineParts(path)
  const make = options.makeLevel ?? classicLevelMaker(options.writeBufferBytes, options.cacheBytes)
  if (marker.stage === 'ready') await requireSoundJournals(path, usual.database)
  const engine = await LevelEngine.open({ ...usual, make, probe: options.probe ?? usual.probe, free: options.free ?? usual.free }, marker.stage === 'new')
  const core = coreOf(engine, options)
  try {
    await checkContent(core, path, marker, options)
    await migrate(core, newest, migrations)
    const ready: Marker = { ...marker, format: newest, stage: 'ready' }
    if (marker.stage !== 'ready' || marker.format !== newest) await writeMarker(path, ready)
    return { core, marker: ready }
  } catch (error) {
    await core.close()
    throw error
  }
}

/** Level would open a damaged journal, leave out what it cannot read, and delete the file. @throws CorruptError, UnavailableError */
async function requireSoundJournals (path: string, database: string): Promise<void> {
  let damage
  try {
    damage = await journalDamage(database)
  } catch (cause) {
    throw openFault(path, cause)
  }
  if (damage !== undefined) {
    throw new CorruptError(`the store at ${path} is damaged (${join(DATABASE, damage.file)}, byte ${damage.at}): nothing was touched; restore from a backup or run doctor`, { details: { ...damage } })
  }
}

/** Whether the database is the one the marker speaks of, under this cipher. */
async function checkContent (core: Core, path: string, marker: Marker, options: LevelStoreOptions): Promise<void> {
  try {
    const format = await formatOf(core)
    if (format === 0 && marker.stage === 'ready') throw new CorruptError(`the store at ${path} lost its format record: restore from a backup or run doctor`)
  } catch (error) {
    // The first record that is read: when it does not open, it is the key that is wrong, far more often than the disk.
    if (options.cipher !== undefined && error instanceof CorruptError && error.cause instanceof DecryptError) {
      throw new DecryptError(`the store at ${path} does not open under this key: the passphrase or key file is another one, or the store is damaged`, { cause: error })
    }
    throw error
  }
}
