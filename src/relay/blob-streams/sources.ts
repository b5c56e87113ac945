/**
 * Streams to the relays and nodes that blobs are fetched from: one to each, whatever is fetched there. What could not be
 * reached rests a moment, whoever asks for it: else anybody could have this relay dial whom they name, again and again.
 */
import { LIMITS, peerIdText, UnavailableError } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import type { BlobSource } from '../blobs/index.js'
import { openBlobs, visitTargets, type BlobClient, type Host } from '../net/index.js'

/** Opens a stream of blocks to a source. @throws as openBlobs */
export type OpenSource = (source: BlobSource, options: { readonly signal: AbortSignal }) => Promise<BlobClient>

/** Opens them over a host. Addresses of private networks are left out unless `privateNetworks`. */
export function hostSources (host: Host, privateNetworks: boolean): OpenSource {
  return async ({ peer, addrs }, { signal }) => {
    const found = await Promise.allSettled(addrs.map(async text => await visitTargets(text, peer, { privateNetworks })))
    const targets = found.flatMap(one => one.status === 'fulfilled' ? one.value.map(String) : [])
    if (targets.length === 0) throw new UnavailableError('none of the source\'s addresses may be dialed from here')
    return await openBlobs(host, targets, peer, { signal, times: { blobAnswerMs: LIMITS.pullAnswerMs } })
  }
}

/** See the file's head. */
export class Sources {
  readonly #open: OpenSource
  readonly #clients = new Map<string, Promise<BlobClient>>()
  readonly #clock: Pick<Clock, 'now'>
  /** Until when each of those rests, ms, by their addresses: others of the same peer may be good. */
  readonly #resting = new Map<string, number>()
  readonly #ending = new AbortController()

  constructor (open: OpenSource, clock: Pick<Clock, 'now'>) {
    this.#open = open
    this.#clock = clock
  }

  /** A stream to a source that is open. @throws as OpenSource; UnavailableError when it could not be reached a moment ago */
  async client (source: BlobSource): Promise<BlobClient> {
    const name = peerIdText(source.peer)
    const known = await this.#clients.get(name)?.catch(() => undefined)
    if (known?.isClosed === false) return known
    // Somebody else may have begun meanwhile.
    const begun = this.#clients.get(name)
    if (begun !== undefined && await begun.then(client => !client.isClosed, () => false)) return await begun
    this.#requireRested(source)
    const opening = this.#open(source, { signal: AbortSignal.any([this.#ending.signal, AbortSignal.timeout(LIMITS.pullDialMs)]) })
    this.#clients.set(name, opening)
    const forget = (): void => { if (this.#clients.get(name) === opening) this.#clients.delete(name) }
    opening.then(client => client.closed, () => { this.#rest(source) }).then(forget, forget)
    return await opening
  }

  #requireRested (source: BlobSource): void {
    const until = this.#resting.get(addressesOf(source)) ?? 0
    if (until > this.#clock.now()) throw new UnavailableError('the source could not be reached a moment ago')
  }

  #rest (source: BlobSource): void {
    const now = this.#clock.now()
    this.#resting.delete(addressesOf(source))
    this.#resting.set(addressesOf(source), now + LIMITS.pullRestMs)
    // The oldest first: those that have rested, and some more when there are too many.
    for (const [name, until] of this.#resting) {
      if (until > now && this.#resting.size <= LIMITS.pullSourcesResting) return
      this.#resting.delete(name)
    }
  }

  /** Ends all streams. */
  async close (): Promise<void> {
    this.#ending.abort(new UnavailableError('nothing is fetched any more'))
    await Promise.all([...this.#clients.values()].map(async opening => { await opening.then(async client => { await client.close() }, () => undefined) }))
  }
}

function addressesOf ({ peer, addrs }: BlobSource): string { return [peerIdText(peer), ...[...addrs].sort()].join(' ') }
