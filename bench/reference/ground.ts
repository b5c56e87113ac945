/**
 * What the bare programs have in common: a libp2p host under Noise, Level, frames gathered into one write, one synced batch
 * for all that waits, and who follows. What a frame becomes is theirs.
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

/** Where frames are sent: of one tick, all as one. */
export type Back = InstanceType<typeof Frames.Writes>
/** Takes a row of the batch that is written next. */
export type Put = (key: Uint8Array, value: Uint8Array) => void

/** What makes a program of it. `W` is what waits for the disk. */
export interface Program<W> {
  readonly name: string
  /** Whether a frame is memory of its own, or lent until `take` returns. */
  readonly frames: 'own' | 'lent'
  /** A sender has opened a stream. @returns what becomes of each of its frames */
  readonly take: (back: Back) => (frame: Uint8Array) => W
  /** What goes to the disk. */
  readonly rows: (group: readonly W[], put: Put) => void
  /** The disk writes it. */
  readonly writing?: (group: readonly W[]) => void
  /** It is on the disk. */
  readonly written: (group: readonly W[], followers: ReadonlySet<Back>) => void
}

/** Runs one, in a process of a benchmark. Its senders open `/bench/NAME/1`, who follows opens `/bench/follow/1`. */
export async function run<W> ({ name, frames, take, rows, writing, written }: Program<W>): Promise<void> {
  const [directory = ''] = process.argv.slice(2)
  const database = new ClassicLevel<Uint8Array, Uint8Array>(join(directory, name), { keyEncoding: 'view', valueEncoding: 'view', compression: false, writeBufferSize: 64 * 1024 * 1024, cacheSize: 32 * 1024 * 1024 })
  await database.open()
  const host = await createHost({
    role: 'relay', seed: randomBytes(32), dht: false, gossip: false, circuitServer: false, autonat: false, listen: ['/ip4/127.0.0.1/tcp/0'],
    connections: { maxConnections: MANY, connectionsPerAddress: MANY, pendingUpgradesPerAddress: MANY, inboundPerSecondPerAddress: MANY }
  })

  const followers = new Set<Back>()
  const waiting: W[] = []
  const synced: object = { sync: true }
  let isWriting = false

  async function writeAll (): Promise<void> {
    if (isWriting) return
    isWriting = true
    // A microtask later, so that all of one tick share the write.
    await Promise.resolve()
    while (waiting.length > 0) {
      const group = waiting.splice(0, MOST)
      const batch = database.batch()
      rows(group, (key, value) => { batch.put(key, value) })
      const write = batch.write(synced)
      writing?.(group)
      await write
      written(group, followers)
    }
    isWriting = false
  }

  await host.node.handle(`/bench/${name}/1`, (stream: Stream) => {
    const [splitter, each] = [new FrameSplitter(frames), take(new Writes(stream))]
    stream.addEventListener('message', ({ data }) => {
      for (const frame of splitter.take(data instanceof Uint8Array ? data : data.subarray())) waiting.push(each(frame))
      void writeAll()
    })
  })
  await host.node.handle('/bench/follow/1', (stream: Stream) => {
    const writes = new Writes(stream)
    followers.add(writes)
    stream.addEventListener('close', () => { followers.delete(writes) })
  })

  serve({ address: host.addresses()[0] ?? '', program: name }, {
    cpu: () => ({ us: cpuUs() }),
    memory,
    stop: async () => { await host.stop(); await database.close(); return {} }
  })
}
