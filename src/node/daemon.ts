/** A node as a daemon: its home, its local API, and an orderly end. */
import type { HomePaths } from './client/index.js'
import { serveApi } from './api/index.js'
import { createNode } from './node.js'
import type { NodeOptions } from './options.js'
import { tidyLater } from '../relay/net/index.js'

/** What a daemon tells once it serves. */
export interface DaemonReady { readonly pid: number, readonly socket: string, readonly account: string, readonly device: string }

/** How to run a daemon. */
export interface DaemonOptions extends Omit<NodeOptions, 'dir'> {
  /** Where the home and the socket are. */
  readonly paths: HomePaths
  /** A TCP door on loopback beside the socket, with the tokens that open it. Default none. */
  readonly tcp?: Parameters<typeof serveApi>[1]['tcp']
  /** Aborting drains: what was accepted becomes durable, then the daemon ends. */
  readonly stop: AbortSignal
  /** Called once the socket answers. */
  readonly onReady?: (ready: DaemonReady) => void
}

/** Runs a node and its local API until it is told to stop; resolves when everything is closed. @throws as createNode */
export async function runDaemon (options: DaemonOptions): Promise<void> {
  const { paths, tcp, stop, onReady, ...rest } = options
  const node = await createNode({ ...rest, dir: paths.home })
  try {
    const server = await serveApi(node, { socketPath: paths.socket, ...(tcp === undefined ? {} : { tcp }), ...(rest.log === undefined ? {} : { log: rest.log }) })
    try {
      const { account, device } = await node.identity()
      onReady?.({ pid: process.pid, socket: server.socketPath ?? paths.socket, account, device })
      tidyLater()
      await Promise.race([node.closed, aborted(stop)])
    } finally {
      await server.close()
    }
  } finally {
    await node.close()
  }
}

async function aborted (signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })
}
