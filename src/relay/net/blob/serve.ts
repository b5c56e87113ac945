/** Serving streams of blocks on a host. */
import type { Connection, Stream } from '@libp2p/interface'
import {
  BadInputError, BLOB_PROTOCOL, ExistsError, keyFromPeerId, LIMITS, peerIdText, toPetrelError, UnavailableError, type KeyBytes, type PetrelError
} from '../../../protocol/wire/index.js'
import { hostOf } from '../gate.js'
import type { Host } from '../host-types.js'
import { blobTimes } from './times.js'
import type { BlobFrame } from './frames.js'
import { StreamPlaces, type StreamBounds } from './places.js'
import { Serving } from './serving.js'
import { Share } from './share.js'
import { Storing } from './storing.js'
import type { BlobGuest, BlobHandler } from './types.js'
import { BlobWire, type BlobTimes } from './wire.js'

/** How long a stream that is refused may stay without a word. */
const REFUSED_MS = 1000

/** How to serve streams of blocks. */
export interface ServeBlobsOptions extends BlobHandler {
  /** Each is the one of LIMITS unless told. */
  readonly times?: Partial<BlobTimes>
  readonly most?: StreamBounds
}

/** Streams of blocks as a host serves them. */
export interface BlobServer {
  /** Streams that are open. */
  readonly open: number
  /** Ends the streams of a peer. */
  end (peer: KeyBytes, why: PetrelError): void
  /** Refuses new streams and ends those that are open. */
  close (): Promise<void>
}

/**
 * Serves streams of blocks.
 * @throws ExistsError when the host serves them already
 */
export async function serveBlobs (host: Host, options: ServeBlobsOptions): Promise<BlobServer> {
  const served = new Served(options)
  try {
    await host.node.handle(BLOB_PROTOCOL, (stream, connection) => { served.accept(stream, connection) }, {
      runOnLimitedConnection: true, maxInboundStreams: LIMITS.blobStreamsPerPeer, maxOutboundStreams: LIMITS.blobStreamsPerPeer
    })
  } catch (cause) {
    throw new ExistsError('this host serves blocks already', { cause })
  }
  return {
    get open () { return served.open },
    end: (peer, why) => { served.end(peerIdText(peer), why) },
    close: async () => {
      await host.node.unhandle(BLOB_PROTOCOL)
      served.close()
    }
  }
}

class Served {
  readonly #options: ServeBlobsOptions
  readonly #times: BlobTimes
  readonly #byPeer = new Map<string, Set<Session>>()
  readonly #shares = { puts: new Share(LIMITS.blobWindowsBytes), gets: new Share(LIMITS.blobReadsBytes) }
  readonly #places: StreamPlaces
  open = 0
  #isClosed = false

  constructor (options: ServeBlobsOptions) {
    this.#options = options
    this.#times = blobTimes(options.times)
    this.#places = new StreamPlaces(options.most)
  }

  accept (stream: Stream, connection: Connection): void {
    const peerId = connection.remotePeer.toString()
    const own = this.#byPeer.get(peerId) ?? new Set()
    // Who is refused has no place: else those who are could keep others out while they are told so.
    let leave = (): void => undefined
    const session = new Session(stream, this.#times, this.#shares, this.#options, () => {
      this.open--
      leave()
      own.delete(session)
      if (own.size === 0 && this.#byPeer.get(peerId) === own) this.#byPeer.delete(peerId)
    })
    this.open++
    this.#byPeer.set(peerId, own.add(session))
    try {
      if (this.#isClosed) throw new UnavailableError('this side is closing; come back later')
      this.#places.requirePeer(own.size)
      const guest = this.#options.admit(keyFromPeerId(peerId), connection.remoteAddr.toString())
      leave = this.#places.take(guest.isStranger === true ? hostOf(connection.remoteAddr) : undefined)
      session.begin(guest)
    } catch (error) {
      session.refuse(toPetrelError(error))
    }
  }

  end (peerId: string, why: PetrelError): void {
    for (const session of [...this.#byPeer.get(peerId) ?? []]) session.abort(why)
  }

  close (): void {
    this.#isClosed = true
    for (const peerId of [...this.#byPeer.keys()]) this.end(peerId, new UnavailableError('this side is closing; come back later'))
  }
}

/** One stream, from its beginning to its end. */
class Session {
  readonly #wire: BlobWire
  readonly #times: BlobTimes
  readonly #shares: { readonly puts: Share, readonly gets: Share }
  readonly #onBytes: (direction: 'in' | 'out', bytes: number) => void
  readonly #ending = new AbortController()
  #work: { readonly storing: Storing, readonly serving: Serving } | undefined
  #refusal: PetrelError | undefined
  #heard = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor (stream: Stream, times: BlobTimes, shares: { readonly puts: Share, readonly gets: Share }, { onBytes }: BlobHandler, onEnd: () => void) {
    this.#times = times
    this.#shares = shares
    this.#onBytes = onBytes ?? (() => undefined)
    this.#wire = new BlobWire(stream, times, {
      onFrame: frame => { this.#take(frame) },
      onClosed: () => {
        clearTimeout(this.#timer)
        this.#work?.storing.end()
        this.#work?.serving.end()
        this.#ending.abort(new UnavailableError('the stream of blocks is closed'))
        onEnd()
      }
    })
  }

  /** Whom it serves is known: frames may come. */
  begin (guest: BlobGuest): void {
    const { outbox } = this.#wire
    const { signal } = this.#ending
    this.#work = {
      storing: new Storing({ guest, outbox, signal, share: this.#shares.puts }),
      serving: new Serving({ guest, outbox, signal, share: this.#shares.gets, waitMs: this.#times.blobWaitMs, onSent: bytes => { this.#onBytes('out', bytes) } })
    }
    this.#watch()
  }

  /** It is not served: that is said to its first frame, or soon. What comes back at once is lost in libp2p's negotiation. */
  refuse (why: PetrelError): void {
    this.#refusal = why
    this.#timer = setTimeout(() => { this.#wire.abort(why) }, REFUSED_MS).unref()
  }

  abort (why: PetrelError): void { this.#wire.abort(why) }

  #take (frame: BlobFrame): void {
    if (this.#refusal !== undefined) throw this.#refusal
    if (this.#work === undefined) return
    this.#heard = performance.now()
    const { storing, serving } = this.#work
    switch (frame.kind) {
      case 'put':
        this.#onBytes('in', frame.bytes.length)
        storing.put(frame)
        break
      case 'want': serving.want(frame); break
      case 'cancel': serving.cancel(frame.id); break
      case 'unknown': break
      default: throw new BadInputError('the peer answers on a stream that it opened')
    }
  }

  /** Who asks nothing for long has forgotten the stream. */
  #watch (): void {
    const { blobIdleMs } = this.#times
    this.#timer = setTimeout(() => {
      const isBusy = this.#work?.storing.busy === true || this.#work?.serving.busy === true || this.#wire.outbox.waiting > 0
      if (isBusy || performance.now() - this.#heard < 2 * blobIdleMs) this.#watch()
      else void this.#wire.close()
    }, blobIdleMs).unref()
  }
}
