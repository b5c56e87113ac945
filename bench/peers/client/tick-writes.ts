/** What a client says within one tick goes out in one write, as our own clients do. */
import type { Socket } from 'node:net'

/** See the file's head. */
export class TickWrites {
  readonly #socket: Socket
  #gathered: Buffer[] = []

  constructor (socket: Socket) { this.#socket = socket }

  write (bytes: Buffer): void {
    if (this.#gathered.push(bytes) > 1) return
    setImmediate(() => {
      this.#socket.write(Buffer.concat(this.#gathered))
      this.#gathered = []
    })
  }
}
