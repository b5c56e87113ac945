/** All that a relay does with streams of blocks: it answers on those of others, and fetches by its own. */
import { LIMITS, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import type { BlobService } from '../blobs/index.js'
import type { Logger } from '../logger.js'
import type { BlobHandler } from '../net/index.js'
import type { RateOptions } from '../options.js'
import { KeyedBuckets } from '../rate-limit.js'
import type { Sessions } from '../session/sessions.js'
import { Guest } from './guest.js'
import { Pulls } from './pulls.js'
import type { OpenSource } from './sources.js'

/** What it works with. */
export interface BlobStreamsParts {
  readonly blobs: BlobService
  readonly sessions: Pick<Sessions, 'hostedAccount'>
  readonly home: KeyBytes
  readonly clock: Clock
  readonly log: Logger
  /** Random bytes of a length. */
  readonly random: (length: number) => Uint8Array
  readonly rates: RateOptions
  /** How sources are reached. Without it nothing is fetched. */
  readonly openSource: OpenSource | undefined
}

/** See the file's head. */
export class BlobStreams {
  /** For the host. */
  readonly handler: BlobHandler
  readonly #pulls: Pulls | undefined
  /** Whether new streams are taken. */
  isOpen = true

  constructor ({ openSource, rates, random, ...rest }: BlobStreamsParts) {
    const fraction = (): number => new DataView(random(4).buffer).getUint32(0) / 2 ** 32
    this.#pulls = openSource === undefined ? undefined : new Pulls({ ...rest, open: openSource, random: fraction })
    const parts = { ...rest, pulls: this.#pulls, hosted: new KeyedBuckets(rates.blobBytes), guests: new KeyedBuckets(rates.guestBlobBytes) }
    this.handler = {
      admit: (peer, address) => {
        if (!this.isOpen) throw new UnavailableError('the relay takes nobody for now: try again later', { details: { retryMs: LIMITS.drainRetryMs } })
        return new Guest(parts, peer, address)
      }
    }
  }

  /** Blobs that are being fetched now. */
  get fetching (): number { return this.#pulls?.running ?? 0 }

  /** Goes on with what was being fetched when this relay ended. */
  begin (): void { this.#pulls?.begin() }

  /** Fetches nothing more. */
  async close (): Promise<void> { await this.#pulls?.close() }
}
