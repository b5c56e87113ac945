/** A libp2p stream as the raw connection that another libp2p connection is made upon. */
import type { AbortOptions, MultiaddrConnection, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import { UnavailableError } from '../../../protocol/wire/index.js'

class StreamConnection extends AbstractMultiaddrConnection {
  readonly #stream: Stream

  constructor (stream: Stream, remoteAddr: Multiaddr) {
    super({ remoteAddr, direction: stream.direction, log: stream.log.newScope('visit') })
    this.#stream = stream
    stream.addEventListener('message', event => { this.onData(event.data) })
    stream.addEventListener('drain', () => { this.safeDispatchEvent('drain') })
    stream.addEventListener('close', event => { this.onTransportClosed(event.error) })
    stream.addEventListener('remoteCloseWrite', () => {
      this.onRemoteCloseWrite()
      this.close().catch((error: unknown) => { this.abort(error instanceof Error ? error : new UnavailableError('the visit ended')) })
    })
  }

  sendData (data: Uint8ArrayList): { sentBytes: number, canSendMore: boolean } {
    return { sentBytes: data.byteLength, canSendMore: this.#stream.send(data) }
  }

  async sendClose (options?: AbortOptions): Promise<void> { await this.#stream.close(options) }
  sendReset (): void { this.#stream.abort(new UnavailableError('the visit was cut off')) }
  sendPause (): void { this.#stream.pause() }
  sendResume (): void { this.#stream.resume() }
}

/** The raw connection in a stream; `remoteAddr` is what its other end counts as. */
export function streamConnection (stream: Stream, remoteAddr: Multiaddr): MultiaddrConnection { return new StreamConnection(stream, remoteAddr) }
