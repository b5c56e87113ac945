/**
 * What a relay's libp2p host keeps for itself: others' manifests for the DHT, and addresses of peers. The library bounds
 * neither, and takes whatever record comes last; here both are bounded, and an older or contradicting manifest never
 * takes the place of the one that is held.
 */
import { NotFoundError } from '@libp2p/interface'
import type { Libp2pOptions } from 'libp2p'
import { base32Text, chooseManifest, LIMITS, openManifest, type CheckedManifest } from '../../protocol/wire/index.js'
import { valueOfRecord } from './record-value.js'

/** libp2p's interface of a host's own store. */
export type HostStore = NonNullable<Libp2pOptions['datastore']>
type Key = Parameters<HostStore['get']>[0]
type Pair = { readonly key: Key, readonly value: Uint8Array }
type Many<T> = Iterable<T> | AsyncIterable<T>

const RECORDS = '/dht/record/'
/** Nobody here provides content: what others say of it is not kept. */
const PROVIDERS = '/dht/provider/'

/** See the file's head. */
export class HostRecords implements HostStore {
  readonly #records = new Map<string, Pair & { readonly checked: CheckedManifest }>()
  readonly #peers = new Map<string, Pair>()
  readonly #onFork: () => void
  readonly #most: { readonly records: number, readonly bytes: number, readonly peers: number }
  #bytes = 0

  /** `onFork` is told of each manifest that contradicts the one that is held. */
  constructor (onFork: () => void, most: { readonly records?: number, readonly bytes?: number, readonly peers?: number } = {}) {
    this.#onFork = onFork
    this.#most = { records: most.records ?? LIMITS.dhtRecords, bytes: most.bytes ?? LIMITS.dhtRecordBytes, peers: most.peers ?? LIMITS.dhtPeers }
  }

  /** Manifests that are kept. */
  get count (): number { return this.#records.size }

  /** The manifest under a key of the DHT, which is not yet a store's key. */
  manifest (key: Uint8Array): CheckedManifest | undefined { return this.#records.get(nameOf(key))?.checked }

  has (key: Key): boolean { return this.#find(key) !== undefined }

  get (key: Key): Uint8Array {
    const found = this.#find(key)
    if (found === undefined) throw new NotFoundError('the host has no such record')
    return found.value
  }

  put (key: Key, value: Uint8Array): Key {
    const name = key.toString()
    if (name.startsWith(RECORDS)) this.#putRecord(name, key, value)
    else if (!name.startsWith(PROVIDERS)) this.#putPeer(name, key, value)
    return key
  }

  delete (key: Key): void {
    const name = key.toString()
    this.#peers.delete(name)
    this.#drop(name)
  }

  async * putMany (pairs: Many<Pair>): AsyncGenerator<Key> { for await (const { key, value } of pairs) yield this.put(key, value) }

  async * getMany (keys: Many<Key>): AsyncGenerator<Pair> { for await (const key of keys) yield { key, value: this.get(key) } }

  async * deleteMany (keys: Many<Key>): AsyncGenerator<Key> {
    for await (const key of keys) {
      this.delete(key)
      yield key
    }
  }

  batch (): ReturnType<HostStore['batch']> {
    const work: Array<() => void> = []
    return {
      put: (key, value) => { work.push(() => { this.put(key, value) }) },
      delete: key => { work.push(() => { this.delete(key) }) },
      commit: () => { for (const step of work.splice(0)) step() }
    }
  }

  * query ({ prefix = '', filters = [], orders = [], offset = 0, limit = Infinity }: Parameters<HostStore['query']>[0]): Generator<Pair> {
    let found = this.#under(prefix).filter(pair => filters.every(keep => keep(pair)))
    for (const order of orders) found = found.sort(order)
    yield * found.slice(offset, offset + limit)
  }

  * queryKeys ({ prefix = '', filters = [], orders = [], offset = 0, limit = Infinity }: Parameters<HostStore['queryKeys']>[0]): Generator<Key> {
    let found = this.#under(prefix).map(({ key }) => key).filter(key => filters.every(keep => keep(key)))
    for (const order of orders) found = found.sort(order)
    yield * found.slice(offset, offset + limit)
  }

  #find (key: Key): Pair | undefined { return this.#records.get(key.toString()) ?? this.#peers.get(key.toString()) }

  #under (prefix: string): Pair[] { return [...this.#records, ...this.#peers].filter(([name]) => name.startsWith(prefix)).map(([, { key, value }]) => ({ key, value })) }

  #putRecord (name: string, key: Key, value: Uint8Array): void {
    const checked = openManifest(valueOfRecord(value))
    const held = this.#records.get(name)
    const chosen = chooseManifest(held === undefined ? [checked] : [held.checked, checked])
    if (chosen?.against != null) this.#onFork()
    // The same one again counts: its time goes on.
    if (chosen?.best !== checked) return
    this.#drop(name)
    this.#records.set(name, { key, value, checked })
    this.#bytes += value.length
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= this.#most.records && this.#bytes <= this.#most.bytes) break
      this.#drop(oldest)
    }
  }

  #putPeer (name: string, key: Key, value: Uint8Array): void {
    this.#peers.delete(name)
    this.#peers.set(name, { key, value })
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= this.#most.peers) break
      this.#peers.delete(oldest)
    }
  }

  #drop (name: string): void {
    const held = this.#records.get(name)
    if (held === undefined) return
    this.#bytes -= held.value.length
    this.#records.delete(name)
  }
}

/** The library's name for a DHT key: its base32, lower case and bare. */
function nameOf (key: Uint8Array): string { return RECORDS + base32Text(key).slice(1) }
