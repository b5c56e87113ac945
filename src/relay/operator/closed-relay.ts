/** Opens a relay that does not run, for one command. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { signerFromSeed } from '../../protocol/wire/index.js'
import { makeDirectory, openLevelStore, systemClock } from '../../store/index.js'
import { BlobService } from '../blobs/index.js'
import { loadIdentity, STORE_FOLDER } from '../identity.js'
import { serviceOptions } from '../options.js'
import { Reports } from '../reports.js'
import { ledgerOf } from '../services.js'
import { Tokens } from '../session/tokens.js'
import { Takedowns } from '../takedown.js'
import type { Administered } from './administered.js'

/**
 * Opens the relay in `directory`, hands it to `work` and closes it again.
 *
 * @throws NotFoundError when no relay is there and `create` is not set; LockedError, CorruptError, FormatError
 */
export async function withClosedRelay<T> (directory: string, options: { create: boolean }, work: (relay: Administered) => Promise<T>): Promise<T> {
  if (options.create) await makeDirectory(directory)
  const path = join(directory, STORE_FOLDER)
  // Looked for before a key is made: a mistyped directory must not become a relay.
  const seed = options.create ? await loadIdentity(directory) : undefined
  const store = await openLevelStore(path, { create: options.create, sweepMs: 0 })
  let blobs: BlobService | undefined
  try {
    const { key } = signerFromSeed(seed ?? await loadIdentity(directory))
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
    const settings = serviceOptions()
    blobs = await BlobService.open({ store })
    return await work({
      directory, store, clock: systemClock, home: key,
      ledger: await ledgerOf(store, settings),
      tokens: new Tokens(store.records, systemClock, random),
      reports: new Reports(store.records, systemClock, random, settings.reports),
      blobs,
      takedowns: new Takedowns(store, systemClock, () => undefined)
    })
  } finally {
    await blobs?.close()
    await store.close()
  }
}
