/** A TCP proxy before a relay that keeps every byte, and tells who came by the address it goes on from. */
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Place } from './search.js'

/** Whether this system tells which process owns a socket, and has more loopback addresses than one. */
export const KNOWS_PROCESSES = process.platform === 'linux'

/** A process that may come, and the address that stands for its machine. */
export interface Visitor { readonly name: string, readonly pid: number, readonly ip: string }

/** See the file's head. */
export class Recorder {
  readonly #server: Server
  readonly #target: number
  readonly #visitors: readonly Visitor[]
  readonly #chunks = new Map<string, Buffer[]>()
  readonly #sockets = new Set<Socket>()
  /** Who connected, one name per connection. */
  readonly came: string[] = []

  private constructor (target: number, visitors: readonly Visitor[]) {
    this.#target = target
    this.#visitors = visitors
    this.#server = createServer(socket => { this.#pass(socket) })
  }

  /** A proxy to a port on 127.0.0.1. `visitors` may grow while it runs. */
  static async before (target: number, visitors: readonly Visitor[]): Promise<Recorder> {
    const recorder = new Recorder(target, visitors)
    recorder.#server.listen(0, '127.0.0.1')
    await once(recorder.#server, 'listening')
    return recorder
  }

  get port (): number { return (this.#server.address() as { port: number }).port }

  /** What passed, a place for each connection and direction. */
  get traffic (): Place[] { return [...this.#chunks].map(([where, chunks]) => ({ where, bytes: Buffer.concat(chunks) })) }

  close (): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #pass (inward: Socket): void {
    const visitor = this.#visitors.find(v => owns(v.pid, inward.remotePort ?? 0, this.port))
    const name = visitor?.name ?? 'unknown'
    const outward = connect({ host: '127.0.0.1', port: this.#target, ...visitor === undefined ? {} : { localAddress: visitor.ip } })
    const nth = this.came.push(name)
    this.#join(inward, outward, `traffic ${nth} from ${name}`)
    this.#join(outward, inward, `traffic ${nth} to ${name}`)
  }

  #join (from: Socket, to: Socket, where: string): void {
    const chunks: Buffer[] = []
    this.#chunks.set(where, chunks)
    this.#sockets.add(from)
    from.on('data', data => { chunks.push(data) })
    from.on('error', () => { to.destroy() })
    from.pipe(to)
  }
}

/** Whether a process has a TCP connection from this port of its own to that one. */
function owns (pid: number, from: number, to: number): boolean {
  if (!KNOWS_PROCESSES) return false
  const inode = connections().find(c => c.from === from && c.to === to)?.inode
  return inode !== undefined && readdirSync(`/proc/${pid}/fd`).some(fd => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`
    } catch {
      // Closed between the listing and the look.
      return false
    }
  })
}

/** The system's TCP connections over IPv4: ports of both ends, the far address and the socket's inode. */
export function connections (): Array<{ from: number, to: number, ip: string, inode: string }> {
  return readFileSync('/proc/net/tcp', 'latin1').trim().split('\n').slice(1).map(line => {
    const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/)
    const [ip, to] = remote!.split(':')
    return { from: parseInt(local!.split(':')[1]!, 16), to: parseInt(to!, 16), ip: Buffer.from(ip!, 'hex').reverse().join('.'), inode: inode! }
  })
}
