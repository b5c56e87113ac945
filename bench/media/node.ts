/**
 * The node of bench/media.ts, in a process of its own over the built code: it dials and measures. It is told what to do by
 * its parent, one message a step.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type * as Common from './common.js'
import type * as Crypto from '../../src/protocol/crypto/index.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Relays from '../../src/relay/index.js'
import type * as Net from '../../src/relay/net/index.js'
import type * as Stores from '../../src/store/index.js'

// By its own name: this process has no loader.
const { load, memory, PIECE, pour, swallow } = await import(new URL('common.ts', import.meta.url).href) as typeof Common
const { cidOf, CODEC, LIMITS, METHOD, pb, randomSeed, signCertificate, signerFromSeed, signManifest, TreeBuilder } = await load<typeof Wire>('protocol/wire/index.js')
const { nodeChunkCipher } = await load<typeof Crypto>('protocol/crypto/index.js')
const { BlobService } = await load<typeof Relays>('relay/index.js')
const { blockMemory, createHost, dialGateway, openBlobs, releaseBlock } = await load<typeof Net>('relay/net/index.js')
const { openLevelStore } = await load<typeof Stores>('store/index.js')

type Block = Wire.Block
type Figures = Record<string, number>
interface Where { readonly bare: string, readonly bareKey: string, readonly tcp: number, readonly relay: string, readonly key: string }

const [directory = '', megabytes = '1024'] = process.argv.slice(2)
const TOTAL = Number(megabytes) * 1024 * 1024
const COUNT = Math.ceil(TOTAL / LIMITS.blobBytes)
const SMALL = { count: process.env['BENCH_SMOKE'] === '1' ? 200 : 10_000, bytes: 4096, atOnce: 64 }
const QUIET = { dht: false, gossip: false, circuitServer: false, autonat: false } as const
const OWNER = new TextEncoder().encode('bench')

/** The i-th block of a file, made anew each time: a file must not stand in memory. */
function blockAt (file: number, i: number, size: number): Block {
  const bytes = new Uint8Array(size).fill(i & 0xff)
  new DataView(bytes.buffer).setUint32(0, i)
  new DataView(bytes.buffer).setUint32(4, file)
  return { cid: cidOf(CODEC.raw, bytes), bytes }
}

function uploadId (n: number): Uint8Array {
  const id = new Uint8Array(LIMITS.uploadIdBytes)
  new DataView(id.buffer).setUint32(0, n)
  return id
}

/** Seconds and this process's CPU seconds that something takes. */
async function timed (run: () => Promise<unknown>): Promise<Figures> {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await run()
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpu: (user + system) / 1e6 }
}

/** A file in the node's own store, and its tree. */
interface Held { readonly root: Uint8Array, readonly size: number, readonly nodes: readonly Uint8Array[], readonly leaves: readonly Uint8Array[] }

class NodeSide {
  readonly #where: Where
  readonly #host: Net.Host
  readonly #own: Relays.BlobService
  readonly #got: Relays.BlobService
  readonly #channel: Net.GatewayChannel
  #uploads = 0
  #held: Held = { root: new Uint8Array(0), size: 0, nodes: [], leaves: [] }
  readonly #latencies: number[] = []
  #isAsking = false

  private constructor (where: Where, host: Net.Host, own: Relays.BlobService, got: Relays.BlobService, channel: Net.GatewayChannel) {
    this.#where = where
    this.#host = host
    this.#own = own
    this.#got = got
    this.#channel = channel
  }

  static async open (where: Where): Promise<NodeSide> {
    const seed = randomSeed()
    const [account, device] = [signerFromSeed(randomSeed()), signerFromSeed(seed)]
    const host = await createHost({ role: 'node', seed, ...QUIET })
    const quota = { mediaBytes: 2 ** 50, mediaFileBytes: 2 ** 50, mediaTotalBytes: 2 ** 50 }
    const [own, got] = await Promise.all(['own', 'got'].map(async name => await BlobService.open({ store: await openLevelStore(join(directory, name)), quota })))
    if (own === undefined || got === undefined) throw new Error('no store')
    const channel = await dialGateway(host, [where.relay], Buffer.from(where.key, 'hex'))
    const manifest = signManifest({
      v: 1, account: account.key, generation: 1, version: 1, prev: null, time: 1, revoked: [], relays: [], inbox: null, keyPackages: [],
      devices: [{ key: device.key, cert: signCertificate({ v: 1, account: account.key, device: device.key, time: 1 }, account) }]
    }, account)
    await channel.call(METHOD.openSession, pb.OpenSessionRequest.encode({ account: account.key, manifest }))
    return new NodeSide(where, host, own, got, channel)
  }

  readonly steps: Record<string, () => Promise<Figures>> = {
    tcp: () => timed(async () => {
      await new Promise<void>(resolve => {
        const socket = connect(this.#where.tcp, '127.0.0.1')
        const piece = randomBytes(PIECE)
        let sent = 0
        const go = (): void => {
          while (sent < TOTAL) {
            sent += PIECE
            if (!socket.write(piece)) { socket.once('drain', go); return }
          }
        }
        socket.on('data', () => { socket.destroy(); resolve() })
        go()
      })
    }),
    crypto: () => timed(async () => {
      const key = randomBytes(32)
      const piece = new Uint8Array(randomBytes(LIMITS.chunkBytes))
      for (let i = 0; i < COUNT; i++) {
        createHash('sha256').update(piece).digest()
        cidOf(CODEC.raw, nodeChunkCipher.seal(key, i, false, piece))
        if (i % 64 === 0) await new Promise(resolve => { setImmediate(resolve) })
      }
    }),
    'bare up': () => timed(async () => {
      const stream = await this.#bare('/bench/up')
      const answered = swallow(stream, 1)
      await pour(stream, TOTAL)
      await answered
      await stream.close()
    }),
    'bare down': () => timed(async () => {
      const stream = await this.#bare('/bench/down')
      await swallow(stream, TOTAL)
      await stream.close()
    }),
    'blocks up, not kept': () => timed(async () => {
      const client = await this.#bareBlobs()
      const block = blockAt(0, 0, LIMITS.blobBytes)
      await client.put(uploadId(0), Array.from({ length: COUNT }, () => block))
      await client.close()
    }),
    'blocks down, not kept': () => timed(async () => {
      const client = await this.#bareBlobs()
      const cid = cidOf(CODEC.raw, new Uint8Array(LIMITS.blobBytes))
      for await (const { bytes } of client.get(Array.from({ length: COUNT }, () => cid))) releaseBlock(bytes)
      await client.close()
    }),
    'new file': () => timed(async () => { this.#held = await this.#fill(++this.#uploads) }),
    upload: () => timed(async () => { await this.#upload(this.#held) }),
    download: () => timed(async () => { await this.#download(this.#held) }),
    seek: async () => await this.#seek(),
    'small files up': async () => await this.#small(async (client, block, n) => {
      const upload = uploadId(1_000_000 + n)
      await this.#channel.call(METHOD.beginUpload, pb.BeginUploadRequest.encode({ upload, bytes: block.bytes.length }))
      await client.put(upload, [block])
      await this.#channel.call(METHOD.finishUpload, pb.FinishUploadRequest.encode({ upload, root: block.cid, size: block.bytes.length }))
    }),
    'small files down': async () => await this.#small(async (client, block) => { for await (const _block of client.get([block.cid])); }),
    'ask on': async () => {
      this.#isAsking = true
      this.#latencies.length = 0
      void this.#askOn()
      return await Promise.resolve({})
    },
    'ask off': async () => {
      this.#isAsking = false
      this.#latencies.sort((a, b) => a - b)
      const at = (q: number): number => this.#latencies[Math.floor((this.#latencies.length - 1) * q)] ?? 0
      return await Promise.resolve({ calls: this.#latencies.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) })
    }
  }

  async #bare (protocol: string): Promise<Stream> { return await (await this.#host.node.dial(multiaddr(this.#where.bare))).newStream(protocol) }
  async #bareBlobs (): Promise<Net.BlobClient> { return await openBlobs(this.#host, [this.#where.bare], Buffer.from(this.#where.bareKey, 'hex')) }
  async #blobs (): Promise<Net.BlobClient> { return await openBlobs(this.#host, [this.#where.relay], Buffer.from(this.#where.key, 'hex')) }

  async #fill (file: number): Promise<Held> {
    const tree = new TreeBuilder()
    const id = uploadId(file)
    const size = COUNT * LIMITS.blobBytes
    const [rows, leaves]: Uint8Array[][] = [[], []]
    await this.#own.begin(OWNER, id, size)
    for (let at = 0; at < COUNT; at += 8) {
      const blocks = Array.from({ length: Math.min(8, COUNT - at) }, (_, i) => blockAt(file, at + i, LIMITS.blobBytes))
      const whole = blocks.flatMap(({ cid, bytes }) => tree.add(cid, bytes.length))
      rows?.push(...whole.map(({ cid }) => cid))
      leaves?.push(...blocks.map(({ cid }) => cid))
      await this.#own.put(OWNER, id, [...blocks, ...whole])
    }
    const { root, nodes } = tree.finish()
    await this.#own.put(OWNER, id, nodes)
    await this.#own.finish(OWNER, id, root, size)
    // The root first, then what stands below it.
    return { root, size, nodes: [...nodes.map(({ cid }) => cid).reverse(), ...rows ?? []], leaves: leaves ?? [] }
  }

  /** From the node's disk to the relay's. */
  async #upload ({ root, size, nodes, leaves }: Held): Promise<void> {
    const cids = [...nodes, ...leaves]
    const id = uploadId(this.#uploads)
    const own = this.#own
    await this.#channel.call(METHOD.beginUpload, pb.BeginUploadRequest.encode({ upload: id, bytes: size }))
    const client = await this.#blobs()
    await client.put(id, (async function * (): AsyncGenerator<Block> {
      const next = cids.slice(0, 4).map(async cid => await own.read(cid, { memory: blockMemory }))
      for (const [i, cid] of cids.entries()) {
        const bytes = await next.shift()
        const later = cids[i + 4]
        if (later !== undefined) next.push(own.read(later, { memory: blockMemory }))
        if (bytes !== undefined) yield { cid, bytes }
      }
    })(), { onAcked: releaseBlock })
    const { missing } = pb.FinishUploadReply.decode(await this.#channel.call(METHOD.finishUpload, pb.FinishUploadRequest.encode({ upload: id, root, size })))
    if (missing.length > 0) throw new Error('the upload is not whole')
    await client.close()
  }

  /** From the relay's disk to the node's. */
  async #download ({ root, size, nodes, leaves }: Held): Promise<void> {
    const client = await this.#blobs()
    await this.#got.lease(OWNER, root, size)
    let writing = Promise.resolve()
    let batch: Block[] = []
    const write = async (): Promise<void> => {
      const blocks = batch
      batch = []
      await writing
      writing = this.#got.takeIn(root, blocks).then(() => { for (const { bytes } of blocks) releaseBlock(bytes) })
    }
    for (const node of nodes) for await (const block of client.get([node])) await this.#got.takeIn(root, [block])
    for await (const block of client.get(leaves)) if (batch.push(block) >= 4) await write()
    await write()
    await writing
    const { isHeld } = await this.#got.check(root)
    if (!isHeld) throw new Error('the download is not whole')
    await client.close()
  }

  async #seek (): Promise<Figures> {
    const client = await this.#blobs()
    const times: number[] = []
    for (let i = 0; i < 41; i++) {
      const cid = this.#held.leaves[(i * 997) % COUNT]
      const begun = performance.now()
      for await (const _block of client.get(cid === undefined ? [] : [cid], { first: true })) times.push(performance.now() - begun)
    }
    await client.close()
    times.sort((a, b) => a - b)
    return { p50Ms: times[20] ?? 0, maxMs: times.at(-1) ?? 0 }
  }

  async #small (bring: (client: Net.BlobClient, block: Block, n: number) => Promise<void>): Promise<Figures> {
    return { ...await timed(async () => { await this.#bringSmall(bring) }), count: SMALL.count }
  }

  async #bringSmall (bring: (client: Net.BlobClient, block: Block, n: number) => Promise<void>): Promise<void> {
    const client = await this.#blobs()
    let n = 0
    await Promise.all(Array.from({ length: SMALL.atOnce }, async () => {
      while (n < SMALL.count) {
        const own = n++
        await bring(client, blockAt(0, own, SMALL.bytes), own)
      }
    }))
    await client.close()
  }

  async #askOn (): Promise<void> {
    while (this.#isAsking) {
      const begun = performance.now()
      await this.#channel.call(METHOD.usage, new Uint8Array(0))
      this.#latencies.push(performance.now() - begun)
      await new Promise(resolve => { setTimeout(resolve, 5) })
    }
  }
}

let node: NodeSide | undefined

/** Does one step: the first one tells where the relay is. */
async function step (name: string, where: Where | undefined): Promise<Figures> {
  if (where !== undefined) node = await NodeSide.open(where)
  if (name !== 'memory') return await node?.steps[name]?.() ?? {}
  return memory()
}

process.on('message', ({ name, given }: { name: string, given?: Where }) => {
  step(name, given).then(figures => { process.send?.(figures) }, (error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
process.on('disconnect', () => { process.exit(0) })
process.send?.({})
