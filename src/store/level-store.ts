/** Stores on the disk, as relay and node open them. */
import { join } from 'node:path'
import { storeOf } from './assemble.js'
import { copyInto, verifyCore, type StoreReport, type VerifyOptions } from './backup/index.js'
import { DiskBlobs } from './blob/index.js'
import type { Abortable, Store } from './contract.js'
import { openLevelCore, SEGMENTS, type LevelStoreOptions } from './level/index.js'

/** A store on the disk: what every store is, and what one does with a disk. */
export interface LevelStore extends Store {
  /**
   * Writes a copy of this moment to a new directory, which is a store itself, while work goes on.
   * @throws ExistsError when there is anything at `target`
   * @throws UnavailableError when the store had to reopen meanwhile: nothing is left at `target`, try again
   */
  backup: (target: string, options?: Abortable) => Promise<void>
  /** Reads everything and tells what does not hold. */
  verify: (options?: VerifyOptions) => Promise<StoreReport>
}

/**
 * Opens the store at a directory, and makes it when nothing is there. One process at a time: Level's lock sees to that.
 *
 * @throws LockedError when it is open already
 * @throws CorruptError when files are lost or damaged, or the directory is not a store; nothing was touched
 * @throws FormatError when a newer Petrel wrote it; nothing was touched
 * @throws DecryptError under the wrong key; BadInputError when it is encrypted and no cipher is given, or the reverse
 * @throws UnavailableError when the disk does not answer; NotFoundError when nothing is there and `create` is false
 */
export async function openLevelStore (path: string, options: LevelStoreOptions = {}): Promise<LevelStore> {
  const { core, marker } = await openLevelCore(path, options)
  try {
    const { format, created, copied } = marker
    const segments = join(path, SEGMENTS)
    const blobs = new DiskBlobs(core, segments, options.segments)
    const store = await storeOf(core, blobs, copied === undefined ? { format, created } : { format, created, copied }, options)
    return Object.assign(store, {
      backup: (target: string, { signal }: Abortable = {}) =>
        blobs.holding(() => copyInto({ marker, pairs: core.rawScan({}, signal === undefined ? {} : { signal }), segments }, target, core.clock.now(), signal === undefined ? {} : { signal })),
      verify: (verifyOptions: VerifyOptions = {}) => verifyCore(core, segments, verifyOptions)
    })
  } catch (error) {
    await core.close()
    throw error
  }
}

/**
 * Opens the store at a directory only to check it. A finding is in the report; what keeps it from being opened at all
 * is thrown, as {@link openLevelStore} does. @throws NotFoundError when no store is there
 */
export async function verifyStore (path: string, options: VerifyOptions & Pick<LevelStoreOptions, 'cipher'> = {}): Promise<StoreReport> {
  const { core } = await openLevelCore(path, { ...options, create: false })
  try {
    return await verifyCore(core, join(path, SEGMENTS), options)
  } finally {
    await core.close()
  }
}
