/** Secret chats put together: the book, what brings their frames, their timers, and what takes erased keys off the disk. */
import { InternalError, openManifest, PetrelError, type CheckedManifest, type KeyBytes, type LogId, type ManifestRelay, type Signer } from '../../protocol/wire/index.js'
import type { KeyValueStore, Store } from '../../store/index.js'
import type { InboxKey, RelayLink, RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { SecretFiles } from '../media/index.js'
import type { RecordKeys } from '../records/index.js'
import type { UpdateLog } from '../updates/index.js'
import { SecretDelivery } from './delivery.js'
import { KeptLines } from './kept-lines.js'
import { SecretPackages } from './key-packages.js'
import { SecretBook, secretMls } from './secret-book.js'
import { steadyClock } from './steady.js'
import { SecretStarts } from './starts.js'
import { Scrubbing } from './scrubbing.js'
import { SecretStore } from './store.js'
import { SecretTimers } from './timers.js'

/** What secret chats need of the rest of a node. */
export interface SecretPartsDeps {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly store: Pick<Store, 'scrub'>
  readonly updates: UpdateLog
  readonly pool: RelayPool
  readonly device: Signer
  readonly manifest: () => CheckedManifest
  readonly ownHomes: () => RelayLink[]
  readonly doubt: (account: KeyBytes, device: KeyBytes) => string | null
  /** See {@link SecretDeps.isUndecided}. */
  readonly isUndecided: (account: KeyBytes) => boolean
  readonly homesOf: (account: KeyBytes) => readonly ManifestRelay[]
  /** See {@link SecretDeliveryDeps.inboxKeyOf}. */
  readonly inboxKeyOf: (account: KeyBytes) => InboxKey | undefined
  /** See {@link SecretStartsDeps.inboxes}. */
  readonly inboxes: () => ReadonlyArray<{ readonly log: LogId, readonly key: Uint8Array }>
  /** See {@link SecretBookDeps.isKnown}. */
  readonly isKnown: (manifest: CheckedManifest, device: KeyBytes) => Promise<boolean>
  readonly files: SecretFiles
  readonly now: () => number
  readonly log: NodeLog
  /** See {@link SecretPackagesDeps.count}. */
  readonly secretKeyPackages?: number | undefined
}

const TIDY_MS = 3600_000

/** Everything about secret chats of one node. */
export interface SecretParts {
  readonly book: SecretBook
  readonly delivery: SecretDelivery
  readonly packages: SecretPackages
  readonly records: SecretStore
  readonly files: SecretFiles
  readonly kept: KeptLines
  readonly start: () => void
  readonly stop: () => Promise<void>
  /** Takes what a home hands over. */
  readonly listen: (link: RelayLink) => void
  /** Erased keys are to leave the disk, and timers to be looked at again. */
  readonly erased: () => void
  /** The clock by which lines go. */
  readonly time: () => number
  readonly look: () => void
}

/** Puts them together. @throws CorruptError, BadInputError for what does not decode */
export async function secretParts (deps: SecretPartsDeps): Promise<SecretParts> {
  const { updates, now, log, device, manifest, files } = deps
  const note = (error: unknown): void => { log('warn', 'secret.failed', { code: error instanceof PetrelError ? error.code : InternalError.code }) }
  const steady = steadyClock(now)
  const records = new SecretStore(deps)
  const packages = new SecretPackages({ ...deps, count: deps.secretKeyPackages, mls: secretMls([], now) })
  const starts = new SecretStarts({ ...deps, account: manifest().manifest.account })
  const scrubbing = new Scrubbing({ store: records, hasChats: () => book.all().length > 0, failed: note, log })
  const erased = (): void => {
    scrubbing.erased()
    kept.kick()
    files.letGo()
  }
  const book: SecretBook = await SecretBook.open({
    store: records, updates, now, steady, log, packages, starts, device, isKnown: deps.isKnown, erased, doubt: deps.doubt, isUndecided: deps.isUndecided,
    over: async ({ manifest: theirs, chat }, keyPackage, k) => await starts.seal(openManifest(theirs), keyPackage, { over: { chat, k } }),
    mlsFor: bytes => secretMls([openManifest(bytes), manifest()], now),
    changed: chat => {
      delivery.kick(chat)
      if (records.takeDueNew()) timers.look()
      kept.kick()
    }
  })
  const kept = new KeptLines({ chats: () => book.all(), store: records, files, log })
  const delivery = new SecretDelivery({ ...deps, store: records, chats: () => book.all() })
  const timers = new SecretTimers({ store: records, steady, chats: () => book.all(), erased, failed: note })
  const listening = new WeakSet<RelayLink>()
  let tidying: NodeJS.Timeout | undefined
  return {
    book, delivery, packages, records, files, kept, erased, time: steady,
    look: () => { timers.look() },
    start: () => {
      scrubbing.start()
      timers.start()
      delivery.start()
      kept.start()
      files.start()
      const tidy = (): void => { for (const work of [...book.all().map(chat => chat.tidy()), book.forgetOld(), book.dropStale(), packages.again()]) work.catch(note) }
      tidy()
      tidying = setInterval(tidy, TIDY_MS).unref()
    },
    stop: async () => {
      clearInterval(tidying)
      await Promise.all([delivery.stop(), timers.stop(), scrubbing.stop(), kept.stop(), files.stop()])
    },
    listen: link => {
      if (listening.has(link)) return
      listening.add(link)
      link.onKept(async (address, frame) => { await book.take(address, frame) })
      link.onState(({ state }) => { if (state === 'connected') delivery.kick() })
    }
  }
}
