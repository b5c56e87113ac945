/** The home a node is to itself: the relay's own services over a store in the home directory, signed with the device's key. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UnavailableError, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import { createServices, type BlobService, type Services } from '../../relay/index.js'
import { listenGateway, serveBlobs, serveVisits, type BlobClient, type Host } from '../../relay/net/index.js'
import { openLevelStore, type LevelStoreOptions, type Store } from '../../store/index.js'
import type { Dialer } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import { STORE_MEMORY } from '../store-memory.js'
import { localBlobs } from './local-blobs.js'

/** The folder in the home directory, and the store in it. */
export const SERVED_FOLDER = 'served'
const STORE = 'store'

/** Whether a home directory holds logs that its node hosts. */
export async function servesAlready (dir: string): Promise<boolean> { return await stat(join(dir, SERVED_FOLDER, STORE)).then(() => true, () => false) }

/** What an own home is made from. */
export interface OwnHomeParts {
  /** The home directory. */
  readonly dir: string
  readonly account: KeyBytes
  /** Its key is the home's in every log's genesis here. */
  readonly device: Signer
  readonly store: Pick<LevelStoreOptions, 'cipher' | 'clock'>
  readonly log: NodeLog
  /** The node's own blocks: what it holds for itself it need not hold twice. */
  readonly blobs: BlobService
}

/** See the file's head. */
export class OwnHome {
  /** How this node reaches it: without any network. */
  readonly dialer: Dialer
  readonly key: KeyBytes
  readonly #store: Store
  readonly #services: Services
  readonly #unserve: Array<() => Promise<void>> = []

  private constructor (key: KeyBytes, store: Store, services: Services, blobs: BlobClient) {
    this.key = key
    this.#store = store
    this.#services = services
    this.dialer = {
      dial: async (_addrs, _peer, { onPush, signal }) => {
        if (signal.aborted) throw new UnavailableError('the link to the own home is closing')
        return services.connect(key, onPush)
      },
      blobs: async () => await Promise.resolve(blobs),
      hangUp: () => undefined
    }
  }

  /** Opens the store, made when it is not there, and starts the services. @throws as openLevelStore and createServices */
  static async open ({ dir, account, device, store: options, log, blobs }: OwnHomeParts): Promise<OwnHome> {
    const store = await openLevelStore(join(dir, SERVED_FOLDER, STORE), { ...STORE_MEMORY, ...options })
    try {
      // Nobody else is hosted, for nobody else could say how much this disk may hold.
      const services = await createServices({
        store, signer: device, hosts: [account], blobs, log: (level, event, fields) => { log(level, `served.${event}`, fields) }
      }, { admission: 'closed' })
      return new OwnHome(device.key, store, services, localBlobs(blobs, account, device.key))
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** Serves others too, over a host: by its own gateway protocol, and received in visits that their relays carry. */
  async serve (host: Host): Promise<void> {
    const { handler, onChannel, blobHandler } = this.#services
    const listener = await listenGateway(host, { handler, onChannel, agent: 'petrel' })
    this.#unserve.push(async () => { await listener.close() })
    const blocks = await serveBlobs(host, blobHandler)
    this.#unserve.push(async () => { await blocks.close() })
    const visits = await serveVisits(host, { allow: () => false, privateNetworks: false })
    this.#unserve.push(async () => { await visits.close() })
  }

  /** Answers what is in flight, then closes the store. Before the host stops. */
  async close (): Promise<void> {
    try {
      await this.#services.close()
      for (const end of this.#unserve.splice(0)) await end()
    } finally {
      await this.#store.close()
    }
  }
}
