/** A node's side: one host, pools on it, and what waits for events. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { decodeLeaf, randomSeed, signerFromSeed, type LogId, type PetrelError, type StoredEntry } from '../../../src/protocol/wire/index.js'
import { createRelayPool, hostDialer, type EntriesHandler, type Follow, type LinkState, type LinkTiming, type RelayLink, type RelayPool, type RelayPoolOptions } from '../../../src/node/gateway/index.js'
import type { Host } from '../../../src/relay/net/index.js'
import { quietHost } from '../../relay/net/support.js'
import { FakeRelay } from './fake-relay.js'

/** Reconnects quickly, so that tests are quick. */
const QUICK: Partial<LinkTiming> = { retryBaseMs: 10, retryCapMs: 40, stableMs: 0 }

/** A TCP pipe to the relay that can be stopped up: then neither side hears anything any more, not even an end. */
export interface Pipe { readonly address: string, stopUp (): void, close (): void }

async function pipeTo (address: string): Promise<Pipe> {
  const port = Number(/tcp\/(\d+)/.exec(address)![1])
  const all: Socket[] = []
  const flowing: Socket[] = []
  const server = createServer(socket => {
    const onward = connect(port, '127.0.0.1')
    for (const one of [socket, onward]) {
      one.on('error', () => {})
      all.push(one)
      flowing.push(one)
    }
    socket.pipe(onward).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`,
    stopUp: () => {
      for (const socket of flowing.splice(0)) {
        socket.unpipe()
        socket.pause()
      }
    },
    close: () => {
      for (const socket of all) socket.destroy()
      server.close()
    }
  }
}

export interface Setting { readonly relay: FakeRelay, readonly host: Host, readonly pool: RelayPool, readonly link: RelayLink, readonly pipe: Pipe }

/** A relay, a node and the link between them; all gone afterwards. */
export async function linked (run: (setting: Setting) => Promise<void>, options: Partial<RelayPoolOptions> & { prepare?: (relay: FakeRelay) => void } = {}): Promise<void> {
  const relay = await FakeRelay.start()
  options.prepare?.(relay)
  const host = await quietHost({ role: 'node', seed: randomSeed(), listen: [] })
  const pool = createRelayPool({
    dialer: hostDialer(host), account: signerFromSeed(randomSeed()).key, manifest: () => Uint8Array.of(1), token: () => undefined, ...options, timing: { ...QUICK, ...options.timing }
  })
  const pipe = await pipeTo(relay.addrs[0]!)
  try {
    await run({ relay, host, pool, pipe, link: pool.link(relay.key, relay.addrs) })
  } finally {
    pipe.close()
    await pool.close()
    await host.stop()
    await relay.stop()
  }
}

/** Resolves when the link is in a state (now or later). */
export async function inState (link: RelayLink, state: LinkState): Promise<void> {
  if (link.state === state) return
  await new Promise<void>(resolve => {
    const stop = link.onState(status => {
      if (status.state !== state) return
      stop()
      resolve()
    })
  })
}

/** Resolves when the link has left `connected` and come back. */
export async function reconnected (link: RelayLink): Promise<void> {
  if (link.state === 'connected') await new Promise<void>(resolve => {
    const stop = link.onState(() => {
      stop()
      resolve()
    })
  })
  await inState(link, 'connected')
}

/** A follow that notes the numbers it is given. */
export class Listener {
  readonly seqs: number[] = []
  ended: PetrelError | undefined
  readonly #waiting: Array<{ count: number, resolve: () => void }> = []
  readonly end = Promise.withResolvers<PetrelError>()
  readonly follow: Follow

  constructor (link: RelayLink, log: LogId, after = 0, work?: EntriesHandler) {
    this.follow = link.follow(log, after, (entries: StoredEntry[], head) => {
      for (const { leaf } of entries) this.seqs.push(decodeLeaf(leaf).seq)
      for (const one of this.#waiting.filter(({ count }) => this.seqs.length >= count)) one.resolve()
      return work?.(entries, head)
    }, error => {
      this.ended = error
      this.end.resolve(error)
    })
  }

  async until (count: number): Promise<void> {
    if (this.seqs.length < count) await new Promise<void>(resolve => { this.#waiting.push({ count, resolve }) })
  }
}

export const anId = (): Uint8Array => new Uint8Array(randomBytes(16))
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
