/**
 * A home made from a backup. It gets a device key of its own: the old device may still run, and two that count their
 * messages with one key would give each number twice. So the restored home shows its history at once, and speaks again
 * when the account has let the new device in. What was on its way at the time of the backup is not sent again.
 */
import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { recordCipher, type BackupContent, type BackupHome, type BackupUnlock, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { AbortedError, CorruptError, ExistsError, FormatError, LockedError, peerIdText, type Signer } from '../../protocol/wire/index.js'
import { openLevelStore, syncDirectory, type KeyValueOp, type Store } from '../../store/index.js'
import { beginHome, HOME_FILES, type Unlock } from '../home/index.js'
import { RecordKeys, type RecordKind } from '../records/index.js'
import { storeSecrets } from '../store-secrets.js'
import { BackupFile } from './read-backup.js'
import { settleRestored } from './settle.js'

/** What is made of what. */
export interface RestoreOptions {
  /** The backup's file, and what opens it. */
  readonly file: string
  readonly unlock: BackupUnlock
  /** The new home's directory, and what is to open the home. */
  readonly dir: string
  readonly homeUnlock: Unlock
  readonly kdfCost?: PasswordCost
  readonly random?: RandomBytes
  /** How many bytes of the file were read. */
  readonly onBytes?: (bytes: number, total: number) => void
  readonly signal?: AbortSignal
}

/** What was restored. `time`: what it has is of then, ms since 1970. */
export interface Restored { readonly account: string, readonly device: string, readonly name: string, readonly time: number, readonly records: number, readonly blocks: number, readonly media: boolean }

/** What was on its way: the log has it by now, or nobody wants it any more. Nor how far the vault's log was read: what that says now goes before what lies here. */
const NOT_RESTORED: readonly RecordKind[] = ['outbox', 'scheduled', 'preview', 'vaultMark', 'vaultLog']

/**
 * Makes a home from a backup: there whole, or not at all. After an interruption (by `signal`, or a crash) what came stays in a
 * directory `.restoring-…` in the home, and the same call goes on with it; after any other failure nothing stays.
 *
 * @throws LockedError when another call restores the same backup there, which goes on
 * @throws ExistsError when there is a home already; nothing is changed
 * @throws as BackupFile.open and BackupFile.contents
 */
export async function restoreBackup (options: RestoreOptions): Promise<Restored> {
  const { file, unlock, signal } = options
  const backup = await BackupFile.open(file)
  try {
    const contents = backup.contents(unlock, signal)
    return await restoreInto(backup, contents, await homeOf(contents), options)
  } finally {
    await backup.close()
  }
}

async function restoreInto (backup: BackupFile, contents: Filling['contents'], home: BackupHome, options: RestoreOptions): Promise<Restored> {
  const { dir, homeUnlock, signal } = options
  const { account, storeKey, name, manifest, media } = home
  const making = await beginHome({ dir, unlock: homeUnlock, ...pick(options) })
  const [temporary, place] = [join(dir, `.restoring-${Buffer.from(backup.head.id).toString('hex')}`), join(dir, HOME_FILES.store)]
  try {
    const filled = await fill({ contents, temporary, home, device: making.device, onRead: () => { options.onBytes?.(backup.position, backup.size) }, ...signal === undefined ? {} : { signal } })
    await nameStore(temporary, place)
    await making.finish({ account, storeKey, name, manifest }).catch(async (error: unknown) => {
      // Without a keystore nothing opens it.
      await rename(place, temporary)
      throw error
    })
    return { account: peerIdText(account), device: peerIdText(making.device.key), name, time: backup.head.time, media, ...filled }
  } catch (error) {
    // One that is locked is another call's, which goes on.
    if (!(error instanceof AbortedError || error instanceof LockedError)) await rm(temporary, { recursive: true, force: true })
    throw error
  } finally {
    await making.close()
  }
}

/** Reads a backup to its end and tells what is in it. @throws as BackupFile.open and BackupFile.contents */
export async function verifyBackup (file: string, unlock: BackupUnlock, options: { readonly onBytes?: (bytes: number, total: number) => void, readonly signal?: AbortSignal } = {}): Promise<Omit<Restored, 'device'>> {
  const backup = await BackupFile.open(file)
  try {
    const contents = backup.contents(unlock, options.signal)
    const home = await homeOf(contents)
    let [records, blocks] = [0, 0]
    for await (const { standing } of contents) {
      options.onBytes?.(backup.position, backup.size)
      ;({ records, blocks } = standing)
    }
    return { account: peerIdText(home.account), name: home.name, time: backup.head.time, media: home.media, records, blocks }
  } finally {
    await backup.close()
  }
}

async function homeOf (contents: AsyncIterator<{ content: BackupContent }>): Promise<BackupHome> {
  const { value } = await contents.next() as IteratorResult<{ content: BackupContent }, undefined>
  if (value?.content.kind !== 'home') throw new CorruptError('the backup does not begin with a home')
  return value.content.home
}

function pick ({ kdfCost, random, signal }: RestoreOptions): Pick<RestoreOptions, 'kdfCost' | 'random' | 'signal'> {
  return { ...kdfCost === undefined ? {} : { kdfCost }, ...random === undefined ? {} : { random }, ...signal === undefined ? {} : { signal } }
}

interface Filling { readonly contents: AsyncIterable<{ content: BackupContent, standing: { records: number, blocks: number } }>, readonly temporary: string, readonly home: BackupHome, readonly device: Signer, readonly onRead: () => void, readonly signal?: AbortSignal }

async function fill ({ contents, temporary, home, device, onRead, signal }: Filling): Promise<{ records: number, blocks: number }> {
  const secrets = storeSecrets(home.storeKey)
  const store = await openLevelStore(temporary, { cipher: recordCipher(secrets.records) })
  try {
    if (home.store > store.info.format) throw new FormatError(`the backup is of a store of format ${home.store}, this Petrel knows ${store.info.format}: update Petrel`)
    const keys = new RecordKeys(secrets.keys)
    const left = new Set(NOT_RESTORED.map(kind => keys.all(kind).gte[0]))
    let count = { records: 0, blocks: 0 }
    for await (const { content, standing: { records, blocks } } of contents) {
      if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
      if (content.kind === 'records') await store.kv.batch(content.records.filter(([key]) => !left.has(key[0])).map(([key, value]): KeyValueOp => ({ type: 'put', key, value })), { soft: true })
      if (content.kind === 'blocks') await putBlocks(store, content.blocks)
      count = { records, blocks }
      onRead()
    }
    await settleRestored(store.kv, keys, home.account, device)
    return count
  } finally {
    await store.close()
  }
}

/** Those that an interrupted attempt has left cost a look-up. */
async function putBlocks (store: Store, blocks: Extract<BackupContent, { kind: 'blocks' }>['blocks']): Promise<void> {
  if (blocks.length > 0) await store.blobs.put(blocks.map(([cid, bytes]) => ({ cid, bytes })))
}

/** Gives the store its name. */
async function nameStore (temporary: string, place: string): Promise<void> {
  if (await stat(place).then(() => true, () => false)) throw new ExistsError(`something came to ${place} meanwhile; it was not touched`)
  await rename(temporary, place)
  await syncDirectory(join(place, '..'))
}
