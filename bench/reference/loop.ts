/**
 * The least that stores and forwards: a libp2p stream under Noise, frames gathered into one write, one synced batch of
 * Level for all that waits, and nothing else. No log, no chain, no receipt, no session, no limit. What a relay is compared with.
 *
 * A sender writes `length (4) ‖ number (8) ‖ entry`, and gets each `number` back once the entry is on the disk; who opens the
 * other stream gets every frame then.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Stream } from '@libp2p/interface'
import { ClassicLevel } from 'classic-level'
import type * as Child from '../kit/child.js'
import type * as Net from '../../src/relay/net/index.js'
import type * as Frames from './frames.js'

const { cpuUs, load, memory, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { FrameSplitter, Writes } = await import(new URL('frames.ts', import.meta.url).href) as typeof Frames
const { createHost } = await load<typeof Net>('relay/net/index.js')

const MANY = 100_000
/** What one synced write takes at most. */
const MOST = 4096

interface Waiting { readonly frame: Uint8Array, readonly from: InstanceType<typeof Writes> }

const [directory = ''] = process.argv.slice(2)
const database = new ClassicLevel<Uint8Array, Uint8Array>(join(directory, 'loop'), { keyEncoding: 'view', valueEncoding: 'view', compression: false, writeBufferSize: 64 * 1024 * 1024, cacheSize: 32 * 1024 * 1024 })
await database.open()
const host = await createHost({
  role: 'relay', seed: randomBytes(32), dht: false, gossip: false, circuitServer: false, autonat: false, listen: ['/ip4/127.0.0.1/tcp/0'],
  connections: { maxConnections: MANY, connectionsPerAddress: MANY, pendingUpgradesPerAddress: MANY, inboundPerSecondPerAddress: MANY }
})

const followers = new Set<InstanceType<typeof Writes>>()
const waiting: Waiting[] = []
let isWriting = false
let key = 0

async function writeAll (): Promise<void> {
  if (isWriting) return
  isWriting = true
  // A microtask later, so that all of one tick share the write.
  await Promise.resolve()
  while (waiting.length > 0) {
    const group = waiting.splice(0, MOST)
    const synced: object = { sync: true }
    await database.batch(group.map(({ frame }) => {
      const name = new Uint8Array(8)
      new DataView(name.buffer).setFloat64(0, key++)
      return { type: 'put' as const, key: name, value: frame.subarray(12) }
    }), synced)
    for (const { frame, from } of group) {
      from.add(frame.subarray(4, 12))
      for (const follower of followers) follower.add(frame)
    }
  }
  isWriting = false
}

await host.node.handle('/bench/loop/1', stream => {
  const [splitter, back] = [new FrameSplitter(), new Writes(stream)]
  stream.addEventListener('message', ({ data }) => {
    for (const frame of splitter.take(data instanceof Uint8Array ? data : data.subarray())) waiting.push({ frame, from: back })
    void writeAll()
  })
})
await host.node.handle('/bench/follow/1', (stream: Stream) => {
  const writes = new Writes(stream)
  followers.add(writes)
  stream.addEventListener('close', () => { followers.delete(writes) })
})

serve({ address: host.addresses()[0] ?? '' }, {
  cpu: () => ({ us: cpuUs() }),
  memory,
  stop: async () => { await host.stop(); await database.close(); return {} }
})
