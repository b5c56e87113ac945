/**
 * The barest path of a frame to somebody who is there: libp2p streams under Noise on loopback, straight or by way of a third
 * host, and the word back that it was taken. No session, no address, no limit; nothing in between is written to a disk.
 */
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import type { Stream } from '@libp2p/interface'
import { createHost, type Host } from '../../src/relay/net/index.js'
import { FrameSplitter, Writes } from '../reference/frames.js'

const PROTOCOL = '/bench/path/1'
const TAKEN = Uint8Array.of(0, 0, 0, 0)

/** One way from one host to another. */
export interface Path {
  /** Resolves once the frame was taken at the other end. */
  readonly send: (frame: Uint8Array) => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens one; `between`: by way of another host. `take` is what the other end does with a frame before it says that it has it. */
export async function openPath (between: boolean, take: (frame: Uint8Array) => Promise<void>): Promise<Path> {
  const hosts: Host[] = []
  const host = async (): Promise<Host> => {
    const made = await createHost({ role: 'relay', seed: randomBytes(32), dht: false, gossip: false, circuitServer: false, autonat: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
    hosts.push(made)
    return made
  }
  const end = await host()
  await answering(end, take)
  let first = end
  if (between) {
    first = await host()
    const onward = await dial(first, end)
    await answering(first, onward)
  }
  const send = await dial(await host(), first)
  return { send, close: async () => { for (const one of hosts) await one.stop() } }
}

async function dial (from: Host, to: Host): Promise<(frame: Uint8Array) => Promise<void>> {
  const stream = await from.node.dialProtocol(multiaddr(to.addresses()[0] ?? ''), PROTOCOL)
  const [writes, waiting] = [new Writes(stream), [] as Array<() => void>]
  onFrames(stream, () => { waiting.shift()?.() })
  return async frame => {
    await new Promise<void>(resolve => {
      waiting.push(resolve)
      writes.add(framed(frame))
    })
  }
}

async function answering (host: Host, take: (frame: Uint8Array) => Promise<void>): Promise<void> {
  await host.node.handle(PROTOCOL, (stream: Stream) => {
    const writes = new Writes(stream)
    onFrames(stream, frame => { void take(frame).then(() => { writes.add(TAKEN) }) })
  })
}

function onFrames (stream: Stream, each: (frame: Uint8Array) => void): void {
  const splitter = new FrameSplitter()
  stream.addEventListener('message', ({ data }) => { for (const frame of splitter.take(data instanceof Uint8Array ? data : data.subarray())) each(frame.subarray(4)) })
}

function framed (frame: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + frame.length)
  new DataView(out.buffer).setUint32(0, frame.length)
  out.set(frame, 4)
  return out
}
