/** Where a recovered account is to live: a home that is being made, or one that was restored from a backup and is not let in yet. */
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemRandom, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { BadInputError, ExistsError, NotFoundError, sameBytes, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import { syncDirectory, type Store } from '../../store/index.js'
import { beginHome, HOME_FILES, isAlive, unlockKindOf, type Unlock } from '../home/index.js'
import type { RecordKeys, Vault } from '../records/index.js'
import { openParts, openRestored } from '../restored-home.js'

/** What a place is made from. */
export interface PlaceOptions {
  readonly dir: string
  /** What opens the home, or is to. */
  readonly unlock: Unlock
  readonly account: KeyBytes
  readonly kdfCost?: PasswordCost
  readonly random?: RandomBytes
  readonly signal?: AbortSignal
}

/** See the file's head. */
export interface RecoveryPlace {
  readonly device: Signer
  readonly deviceSeed: Uint8Array
  readonly store: Store
  readonly keys: RecordKeys
  readonly vault: Vault
  /** Closes the store and, of a new home, gives it its name and its keystore. */
  finish (identity: { readonly name: string, readonly manifest: Uint8Array, readonly recovery: Uint8Array }): Promise<void>
  /** Ends it. What was not finished is gone, or as it was. */
  close (): Promise<void>
}

/** Begins. @throws ExistsError for a home that is let in already, BadInputError for one of another account; as beginHome and openHome */
export async function beginPlace (options: PlaceOptions): Promise<RecoveryPlace> {
  const isThere = await unlockKindOf(options.dir).then(() => true, (error: unknown) => {
    if (error instanceof NotFoundError) return false
    throw error
  })
  return isThere ? await restoredPlace(options) : await newPlace(options)
}

async function newPlace ({ account, random = systemRandom, ...options }: PlaceOptions): Promise<RecoveryPlace> {
  const { dir } = options
  const making = await beginHome({ ...options, random })
  const storeKey = random(32)
  // Of this attempt alone: another one may be under way in the same directory.
  const [temporary, place] = [join(dir, `.recovering-${process.pid}-${Buffer.from(systemRandom(6)).toString('hex')}`), join(dir, HOME_FILES.store)]
  const leave = async (): Promise<void> => {
    storeKey.fill(0)
    await rm(temporary, { recursive: true, force: true })
    await making.close()
  }
  try {
    await dropLeft(dir)
    const parts = await openParts(temporary, storeKey, account, making.device)
    return {
      ...parts,
      device: making.device,
      deviceSeed: making.deviceSeed,
      finish: async identity => {
        await parts.store.close()
        await nameStore(temporary, place)
        await syncDirectory(dir)
        await making.finish({ account, storeKey, ...identity }).catch(async (error: unknown) => {
          // Without a keystore nothing opens it.
          await rename(place, temporary)
          throw error
        })
      },
      close: async () => {
        await parts.store.close()
        await leave()
      }
    }
  } catch (error) {
    await leave()
    throw error
  }
}

/** @throws ExistsError when a store came there meanwhile */
async function nameStore (temporary: string, place: string): Promise<void> {
  try {
    await rename(temporary, place)
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && (cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST')
    throw isTaken ? new ExistsError(`something came to ${place} meanwhile; it was not touched`, { cause }) : cause
  }
}

/** What attempts that are over have left has lost its key. */
async function dropLeft (dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const [isLeft, pid] = /^\.recovering(?:-(\d{1,10})-[0-9a-f]+)?$/.exec(name) ?? []
    if (isLeft !== undefined && (pid === undefined || !isAlive(Number(pid)))) await rm(join(dir, name), { recursive: true, force: true })
  }
}

async function restoredPlace ({ dir, unlock, account, signal }: PlaceOptions): Promise<RecoveryPlace> {
  const { home, store, keys, vault, close } = await openRestored(dir, unlock, {
    signal, check: ({ account: its }) => { if (!sameBytes(its, account)) throw new BadInputError(`the home ${dir} is of another account than these words; nothing was changed`) }
  })
  return { store, keys, vault, device: home.device, deviceSeed: home.deviceSeed, finish: close, close }
}
