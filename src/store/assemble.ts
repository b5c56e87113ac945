/** A store from an engine: the parts that every driver shares. */
import type { BlobStore, Cipher, Clock, Store, StoreInfo } from './contract.js'
import { checked, Core, keyValueView, sealedBy } from './core/index.js'
import type { Engine } from './engine.js'
import { prefixed, SPACE } from './keys.js'
import { CoreLogStore, ProcessBus } from './log/index.js'
import { CoreRecordStore } from './record/index.js'
import { systemClock } from './clock.js'

/** What every driver's open function takes. */
export interface StoreOptions {
  /** Encrypts every value. Without it values carry a checksum. */
  cipher?: Cipher
  /** The store's time: expiry, entry times, timers. The machine's clock unless given. */
  clock?: Clock
  /** How often a store whose disk refused is tried again; 5 s unless given. */
  probeMs?: number
  /** How often expired records are removed; 60 s unless given; 0: never by itself. */
  sweepMs?: number
}

/** The core over an engine. */
export function coreOf (engine: Engine, options: StoreOptions): Core {
  return new Core({
    engine,
    envelope: options.cipher === undefined ? checked : sealedBy(options.cipher),
    clock: options.clock ?? systemClock,
    probeMs: options.probeMs ?? 5000
  })
}

/** A driver's blocks, before what a crash left was looked at. */
export interface DriverBlobs extends BlobStore {
  /** Takes in what a crash left. Once, before use. @throws CorruptError, UnavailableError */
  readonly recover: () => Promise<void>
  /** Writes what was accepted, then lets go of the disk. */
  readonly close: () => Promise<void>
}

/** The store over a core, after what a crash left undone was done. */
export async function storeOf (core: Core, blobs: DriverBlobs, info: StoreInfo, options: StoreOptions): Promise<Store> {
  const bus = new ProcessBus()
  const logs = new CoreLogStore(core, bus)
  const records = new CoreRecordStore(core)
  await logs.recover()
  await records.recover()
  await blobs.recover()
  const sweepMs = options.sweepMs ?? 60_000
  if (sweepMs > 0) records.sweepEvery(sweepMs)
  return {
    kv: keyValueView(core, SPACE.plain),
    scrub: async (from, to, scrubbing) => { await core.compact(prefixed(SPACE.plain, from), prefixed(SPACE.plain, to), scrubbing) },
    logs,
    records,
    blobs,
    bus,
    info,
    get state () { return core.state },
    get reason () { return core.reason },
    onState: handler => core.onState(handler),
    close: async () => {
      records.stop()
      await blobs.close()
      await core.close()
    }
  }
}
