/** A home that was restored from a backup, and that its account has not let in yet: it is let in where it lies, by its words or by another device. */
import { join } from 'node:path'
import { recordCipher } from '../protocol/crypto/index.js'
import { ExistsError, ForbiddenError, lists, LockedError, openManifest, sameBytes, type KeyBytes, type Signer } from '../protocol/wire/index.js'
import { openLevelStore, type Store } from '../store/index.js'
import { claimHome, HOME_FILES, openHome, type OpenHome, type Unlock } from './home/index.js'
import { RecordKeys, Vault } from './records/index.js'
import { storeSecrets } from './store-secrets.js'

/** A home's store, opened. */
export interface HomeParts { readonly store: Store, readonly keys: RecordKeys, readonly vault: Vault }

/** See the file's head. */
export interface RestoredHome extends HomeParts {
  readonly home: OpenHome
  /** Closes it. What was written stays. */
  readonly close: () => Promise<void>
}

/** Opens a home's store. @throws what the disk says; CorruptError, ProofError when a record is not what was written */
export async function openParts (path: string, storeKey: Uint8Array, account: KeyBytes, device: Signer): Promise<HomeParts> {
  const secrets = storeSecrets(storeKey)
  const store = await openLevelStore(path, { cipher: recordCipher(secrets.records) })
  try {
    const keys = new RecordKeys(secrets.keys)
    return { store, keys, vault: await Vault.open(store.kv, keys, account, device) }
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Opens a restored home. `check` looks at the home before anything of it is claimed, and throws when it is another one than is wanted.
 *
 * @throws ExistsError for a home that was let in already; ForbiddenError for one whose device was revoked; what openHome says
 */
export async function openRestored (dir: string, unlock: Unlock, { signal, check }: { readonly signal?: AbortSignal | undefined, readonly check?: (home: OpenHome) => void } = {}): Promise<RestoredHome> {
  const home = await openHome(dir, unlock, signal === undefined ? {} : { signal })
  try {
    check?.(home)
    const claim = await claimHome(dir, async () => await openParts(join(dir, HOME_FILES.store), home.storeKey, home.account, home.device), async ({ store }) => { await store.close() }).catch((error: unknown) => {
      // One that was let in when it was made is none of these, whether it runs or not.
      if (error instanceof LockedError && lists(openManifest(home.manifest).manifest, home.device.key)) throw alreadyIn(dir)
      throw error
    })
    const close = async (): Promise<void> => {
      await claim.release()
      await claim.value.store.close()
      home.close()
    }
    try {
      requireOutside(dir, home, claim.value.vault)
    } catch (error) {
      await close()
      throw error
    }
    return { ...claim.value, home, close }
  } catch (error) {
    home.close()
    throw error
  }
}

function requireOutside (dir: string, home: OpenHome, vault: Vault): void {
  const held = vault.get('manifest')
  const { manifest } = openManifest(held instanceof Uint8Array ? held : home.manifest)
  if (lists(manifest, home.device.key)) throw alreadyIn(dir)
  if (manifest.revoked.some(({ key }) => sameBytes(key, home.device.key))) throw new ForbiddenError('the device of this home was revoked, and never comes back: use another directory')
}

function alreadyIn (dir: string): ExistsError { return new ExistsError(`there is an identity in ${dir} already, and the account has let it in; nothing was changed`) }
