/** A TCP proxy between a node and its relay, that delays, cuts and swallows as real networks do. */
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

interface Pair { readonly near: Socket, readonly far: Socket }

/** See the file's head. */
export class TcpProxy {
  readonly #server: Server
  readonly #target: number
  readonly #pairs = new Set<Pair>()
  /** Chunks that wait until the way is open again. */
  #held: Array<() => void> = []
  #swallows = false
  #refuses = false
  /** Milliseconds that each chunk takes on its way. */
  delayMs = 0
  /** Bytes that went to the target. */
  sent = 0

  private constructor (target: number) {
    this.#target = target
    this.#server = createServer(near => { this.#join(near) })
  }

  /** A proxy on loopback in front of a port there. */
  static async before (target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  get port (): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return address.port
  }

  /** A relay's multiaddr with the proxy's port in place of its own. */
  address (relay: string): string { return relay.replace(/\/tcp\/\d+/, `/tcp/${this.port}`) }

  /** Open connections. */
  get open (): number { return this.#pairs.size }

  /** Resets every connection; with `refuse` also each new one, until {@link heal}. */
  cut (refuse = false): void {
    this.#refuses = refuse
    for (const { near, far } of [...this.#pairs]) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }

  /** Nothing comes through any more, and nobody is told, until {@link heal}. Connections can still be made. */
  blackhole (): void { this.#swallows = true }

  /** Carries again: what was held back too, as after a while without a network. */
  heal (): void {
    this.#swallows = false
    this.#refuses = false
    for (const go of this.#held.splice(0)) go()
  }

  async close (): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #join (near: Socket): void {
    if (this.#refuses) {
      near.resetAndDestroy()
      return
    }
    const far = createConnection({ port: this.#target, host: '127.0.0.1' })
    const pair: Pair = { near, far }
    this.#pairs.add(pair)
    near.on('data', (data: Buffer) => { this.sent += data.length })
    this.#carry(near, far)
    this.#carry(far, near)
    const end = (): void => {
      this.#pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('close', end).on('error', end)
  }

  #carry (from: Socket, to: Socket): void {
    const deliver = (chunk: Buffer): void => {
      if (this.#swallows) this.#held.push(() => { deliver(chunk) })
      else if (!to.destroyed) to.write(chunk)
    }
    from.on('data', (chunk: Buffer) => {
      if (this.delayMs > 0) setTimeout(() => { deliver(chunk) }, this.delayMs)
      else deliver(chunk)
    })
  }
}
