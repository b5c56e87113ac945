/**
 * Manifests among relays: each publishes those of the accounts it hosts to the relays' DHT, keeps others' that fall to
 * it, and looks up the ones it is asked for. Nobody is believed: a manifest holds by its own signatures, and of two that
 * contradict each other the asker gets both. DESIGN section 2.
 */
import { accountOfManifestRecord, chooseManifest, ForbiddenError, LIMITS, MANIFEST_RECORD, manifestRecordKey, openManifest, RateLimitError, sameBytes, type CheckedManifest, type KeyBytes } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import type { Logger } from '../logger.js'
import type { DhtOptions, Host } from '../net/index.js'
import type { Rate } from '../options.js'
import { TokenBucket } from '../rate-limit.js'
import { Neighbours } from './neighbours.js'
import { Publication } from './publication.js'
import { HostRecords } from './records.js'

/** What the relay hosts, as the directory asks for it. */
export interface Hosted {
  /** Every hosted account. */
  accounts (): AsyncIterable<KeyBytes>
  /** An account's manifest, if the relay holds one. */
  manifest (account: KeyBytes): Promise<CheckedManifest | undefined>
}

/** What a directory works with. */
export interface DirectoryOptions {
  readonly clock: Clock
  readonly log: Logger
  /** From 0 up to 1. */
  readonly random: () => number
  /** Kilobytes of manifests that are checked for others, of all together: a check takes about as long as it has bytes. */
  readonly checks?: Rate
}

const CHECKS: Rate = { perSecond: 250, burst: 10_000 }

/** See the file's head. Without {@link begin} it answers that it knows nothing. */
export class Directory {
  readonly records: HostRecords
  readonly #options: DirectoryOptions
  readonly #publication: Publication
  readonly #checks: TokenBucket
  #hosted: Hosted | undefined
  #host: Host | undefined
  #neighbours: Neighbours | undefined
  #forks = 0
  #published = 0

  constructor (options: DirectoryOptions) {
    const { clock, log, random, checks = CHECKS } = options
    this.#options = options
    this.#checks = new TokenBucket(checks, clock.now())
    this.records = new HostRecords(() => {
      this.#forks++
      log('warn', 'directory.fork')
    })
    this.#publication = new Publication({ put: async account => await this.#put(account), now: () => clock.now(), after: (ms, work) => clock.after(ms, work), random })
  }

  /** Manifests that contradicted one that was held. */
  get forks (): number { return this.#forks }
  /** Manifests that were put and that another relay took. */
  get published (): number { return this.#published }
  /** Relays that the DHT knows. */
  get peers (): number { return this.#neighbours?.count ?? 0 }

  /** The DHT's part of the host's options. */
  dht (privateNetwork: boolean): DhtOptions {
    return {
      server: true,
      privateNetwork,
      store: this.records,
      // The library takes public keys of anybody too: nobody here asks for them.
      validators: { [MANIFEST_RECORD]: async (key, value) => { this.#check(key, value) }, pk: async () => { throw new ForbiddenError('this DHT keeps manifests only') } },
      selectors: { [MANIFEST_RECORD]: (_key, values) => bestIndex(values) }
    }
  }

  /** Begins on a running host: finds others, and publishes what is hosted. */
  async begin (host: Host, hosted: Hosted, neighbours: readonly string[]): Promise<void> {
    const { clock, log } = this.#options
    this.#host = host
    this.#hosted = hosted
    for await (const account of hosted.accounts()) this.#publication.known(account)
    this.#neighbours = new Neighbours(host, neighbours, (ms, work) => clock.after(ms, work), log)
    this.#neighbours.start(() => {
      this.#publication.neighbours(this.peers > 0)
      log('debug', 'directory.peers', { peers: this.peers })
    })
  }

  /** Ends it, before the host stops. */
  async stop (): Promise<void> {
    this.#neighbours?.stop()
    await this.#publication.stop()
  }

  /** A hosted account has a new manifest. */
  changed (account: KeyBytes): void { this.#publication.changed(account) }

  /** Every manifest of an account that this relay's own part of the DHT and the others' hold, until a time is over. */
  async find (account: KeyBytes, signal: AbortSignal): Promise<CheckedManifest[]> {
    const key = manifestRecordKey(account)
    const own = this.records.manifest(key)
    const found = own === undefined ? [] : [own]
    const { dht } = this.#host?.node.services ?? {}
    if (dht === undefined || this.peers === 0) return found
    try {
      for await (const event of dht.get(key, { signal: AbortSignal.any([signal, AbortSignal.timeout(LIMITS.lookupMs)]) })) {
        if (event.name !== 'PEER_RESPONSE' || event.record === undefined) continue
        const { value } = event.record
        // Checked by the validator; most relays hold the same one.
        if (!found.some(one => sameBytes(one.bytes, value))) found.push(openManifest(value))
      }
    } catch (error) {
      // Out of time, or somebody who did not take a correction: what was found counts.
      this.#options.log('debug', 'directory.lookup', { reason: error instanceof Error ? error.name : 'unknown' })
    }
    return found
  }

  async #put (account: KeyBytes): Promise<number | undefined> {
    const manifest = await this.#hosted?.manifest(account)
    const { dht } = this.#host?.node.services ?? {}
    if (manifest === undefined || dht === undefined) return undefined
    let taken = 0
    try {
      for await (const event of dht.put(manifestRecordKey(account), manifest.bytes, { signal: AbortSignal.timeout(LIMITS.publishMs) })) {
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') taken++
      }
    } finally {
      if (taken > 0) this.#published++
      this.#options.log('debug', 'directory.published', { taken })
    }
    return taken
  }

  #check (key: Uint8Array, value: Uint8Array): void {
    const account = accountOfManifestRecord(key)
    const held = this.records.manifest(key)
    if (held !== undefined && sameBytes(held.bytes, value)) return
    if (this.#checks.take(Math.ceil(value.length / 1024), this.#options.clock.now()) > 0) throw new RateLimitError('too many manifests at once')
    if (!sameBytes(openManifest(value).manifest.account, account)) throw new ForbiddenError('the manifest is another account\'s')
  }
}

function bestIndex (values: readonly Uint8Array[]): number {
  const opened = values.map(openManifest)
  const best = chooseManifest(opened)?.best
  return Math.max(0, opened.findIndex(one => one === best))
}
