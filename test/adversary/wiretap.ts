/** A man in the middle: a TCP listener that passes bytes on to a relay, and may do anything else with them. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** See the file's head. */
export class Wiretap {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #port: () => number
  /** Changes what passes, either way; `count` numbers the pieces of one connection and direction from 0. */
  alter: (bytes: Buffer, count: number, from: 'node' | 'relay') => Buffer = bytes => bytes
  /** What the node said, one list per connection. */
  readonly heard: Buffer[][] = []

  private constructor (port: () => number) {
    this.#port = port
    this.#server = createServer(socket => { this.#join(socket) })
  }

  /** Listens, and leads to whatever port `port` says at the time. */
  static async start (port: () => number): Promise<Wiretap> {
    const tap = new Wiretap(port)
    tap.#server.listen(0, '127.0.0.1')
    await once(tap.#server, 'listening')
    return tap
  }

  get port (): number { return (this.#server.address() as AddressInfo).port }

  /** Cuts every connection. */
  cut (): void { for (const socket of this.#sockets) socket.destroy() }

  /** Says the same bytes again to the relay, on a connection of its own, until the relay ends it. */
  async replay (pieces: readonly Buffer[]): Promise<void> {
    const socket = connect(this.#port(), '127.0.0.1')
    socket.on('error', () => undefined).resume()
    for (const piece of pieces) socket.write(piece)
    await new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })
  }

  async close (): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join (node: Socket): void {
    const relay = connect(this.#port(), '127.0.0.1')
    const heard: Buffer[] = []
    this.heard.push(heard)
    this.#pass(node, relay, 'node', heard)
    this.#pass(relay, node, 'relay')
  }

  #pass (from: Socket, to: Socket, who: 'node' | 'relay', heard?: Buffer[]): void {
    let count = 0
    this.#sockets.add(from)
    from.on('data', (bytes: Buffer) => {
      heard?.push(bytes)
      to.write(this.alter(bytes, count++, who))
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}
