/** Messages to lines, with the reader's pace. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Json, RpcNotice } from '../../../protocol/api/index.js'
import { writeGathered } from '../../client/index.js'

/** Writes one message a line and tells when the reader has caught up. */
export class LineWriter {
  readonly #socket: Socket
  readonly #highBytes: number
  readonly #closed: AbortSignal
  #draining: Promise<void> | undefined

  /** `highBytes`: how much may wait for the reader. `closed` aborts when the socket is gone. */
  constructor (socket: Socket, highBytes: number, closed: AbortSignal) {
    this.#socket = socket
    this.#highBytes = highBytes
    this.#closed = closed
  }

  /** Sends a message within this turn of the event loop; nothing happens when the reader is gone. */
  write (message: Json): void {
    if (this.#socket.writable) writeGathered(this.#socket, `${JSON.stringify(message)}\n`)
  }

  /** Sends what the server says by itself. */
  notify (notice: RpcNotice): void { this.write({ jsonrpc: '2.0', ...notice as unknown as { [name: string]: Json } }) }

  /** Resolves when little enough waits for the reader, or the reader is gone. */
  async ready (): Promise<void> {
    // Below Node's own mark no 'drain' would follow.
    if (this.#socket.writableLength <= this.#highBytes || !this.#socket.writableNeedDrain || this.#closed.aborted) return
    this.#draining ??= once(this.#socket, 'drain', { signal: this.#closed })
      .then(() => undefined, () => undefined)
      .finally(() => { this.#draining = undefined })
    await this.#draining
  }
}
