/** Who may put and get blocks at a relay, and how fast: one peer on one stream. */
import { multiaddr } from '@multiformats/multiaddr'
import { AdmissionError, LIMITS, SessionError, type Block, type Cid, type KeyBytes } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import type { BlobService } from '../blobs/index.js'
import { mapKey } from '../bytes-text.js'
import type { BlobGuest, Coming } from '../net/index.js'
import type { KeyedBuckets } from '../rate-limit.js'
import type { Sessions } from '../session/sessions.js'
import type { Pulls } from './pulls.js'

/** What a guest is served from. */
export interface GuestParts {
  readonly blobs: BlobService
  readonly sessions: Pick<Sessions, 'hostedAccount'>
  readonly clock: Clock
  /** Bytes that go out to those who are hosted, by account, and to others, by address. */
  readonly hosted: KeyedBuckets
  readonly guests: KeyedBuckets
  /** Blocks that are on their way to here; undefined where none are fetched. */
  readonly pulls: Pulls | undefined
}

/** See the file's head. */
export class Guest implements BlobGuest {
  /** As it stands when the stream begins: a device opens its session first. */
  readonly isStranger: boolean
  readonly #parts: GuestParts
  readonly #device: KeyBytes
  readonly #address: string

  constructor (parts: GuestParts, device: KeyBytes, address: string) {
    this.#parts = parts
    this.#device = device
    this.#address = hostIn(address)
    this.isStranger = !(parts.sessions.hostedAccount(device) instanceof Uint8Array)
  }

  /** Keeps blocks of an upload. @throws SessionError, AdmissionError without a session of a hosted account; as BlobService.put */
  async put (upload: Uint8Array, blocks: readonly Block[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { blobs, sessions } = this.#parts
    const account = sessions.hostedAccount(this.#device)
    if (account === undefined) throw new SessionError('blocks are put by devices with a session only: open one')
    if (account === null) throw new AdmissionError('this relay does not host the account: files are kept only for those it hosts')
    await blobs.put(account, upload, blocks, { signal })
  }

  /** A block, once the peer may have more. */
  async get (cid: Cid, { signal }: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined> {
    const { blobs, sessions, clock, hosted, guests, pulls } = this.#parts
    const account = sessions.hostedAccount(this.#device)
    const [buckets, name] = account === undefined || account === null ? [guests, this.#address] as const : [hosted, mapKey(account)] as const
    for (let ms = buckets.wait(name, clock.now()); ms > 0 && !signal.aborted; ms = buckets.wait(name, clock.now())) await rest(clock, ms, signal)
    const before = pulls?.arrivals
    // It may come just while it is looked for, and is not on its way any more then.
    const bytes = await blobs.read(cid, { signal }) ?? (pulls?.arrivals === before ? undefined : await blobs.read(cid, { signal }))
    buckets.spend(name, bytes?.length ?? LIMITS.blobAbsentCost, clock.now())
    return bytes
  }

  /** How to wait for a block that is on its way to here. */
  coming (cid: Cid): Coming | undefined { return this.#parts.pulls?.coming(cid) }
}

async function rest (clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const wake = (): void => { resolve(undefined) }
  const cancel = clock.after(ms, wake)
  signal.addEventListener('abort', wake)
  await promise
  cancel()
  signal.removeEventListener('abort', wake)
}

/** The address's host. Behind a circuit relay all count as one. */
function hostIn (address: string): string { return multiaddr(address).getComponents()[0]?.value ?? '' }
