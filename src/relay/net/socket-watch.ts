/**
 * Sockets that do not get as far as libp2p. Its WebSocket listener waits without end for a first byte
 * and for HTTP headers, and gives no handle on its server, so we watch through Node's own channel for
 * accepted sockets.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { PendingConnections } from './pending-connections.js'
import type { PendingBounds } from './pending-connections.js'

const CHANNEL = 'net.server.socket'

/** Cuts sockets that a listener accepted and that never became a libp2p connection. */
export interface SocketWatch {
  /** A connection from this address and port has reached libp2p. */
  reached (host: string, port: number): void
  close (): void
}

/**
 * Watches the sockets accepted on `ports`.
 * @param bounds a socket that has not reached libp2p by their deadline is cut
 */
export function watchSockets (ports: ReadonlySet<number>, bounds: PendingBounds): SocketWatch {
  const pending = new PendingConnections<string>(bounds)
  const timers = new Map<string, NodeJS.Timeout>()

  const done = (key: string): void => {
    clearTimeout(timers.get(key))
    timers.delete(key)
    pending.done(key)
  }
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket }
    if (socket.localPort === undefined || !ports.has(socket.localPort)) return
    const host = plainHost(socket.remoteAddress ?? '')
    const key = keyOf(host, socket.remotePort ?? 0)
    const cut = (): void => {
      done(key)
      socket.destroy()
    }
    if (!pending.add(key, host, cut)) {
      socket.destroy()
      return
    }
    timers.set(key, setTimeout(cut, bounds.deadlineMs).unref())
    socket.once('close', () => { done(key) })
  }
  subscribe(CHANNEL, onSocket)
  return {
    reached: (host, port) => { done(keyOf(host, port)) },
    close: () => {
      unsubscribe(CHANNEL, onSocket)
      for (const key of [...timers.keys()]) done(key)
    }
  }
}

function keyOf (host: string, port: number): string { return `${plainHost(host)} ${port}` }

/** A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d; libp2p may show either. */
function plainHost (host: string): string { return host.replace(/^::ffff:(?=\d+\.)/i, '') }
