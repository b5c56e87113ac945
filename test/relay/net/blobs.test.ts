import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { BLOB_PROTOCOL, cidOf, CODEC, LIMITS, sameBytes, type Block, type Cid } from '../../../src/protocol/wire/index.js'
import { openBlobs, serveBlobs, type BlobClient, type BlobGuest, type BlobServer, type Host, type ServeBlobsOptions } from '../../../src/relay/net/index.js'
import { bytesPassed } from '../../../src/relay/net/blob/garbage.js'
import { betweenHosts } from './support.js'

const upload = new Uint8Array(16).fill(7)
const other = new Uint8Array(16).fill(8)

function blockOf (bytes: Uint8Array): Block { return { cid: cidOf(CODEC.raw, bytes), bytes } }
function blocks (count: number, size = 1000): Block[] { return Array.from({ length: count }, () => blockOf(new Uint8Array(randomBytes(size)))) }
const name = (cid: Cid): string => Buffer.from(cid).toString('hex')

async function gather (client: BlobClient, wanted: readonly Block[], signal?: AbortSignal): Promise<Block[]> {
  const got: Block[] = []
  for await (const block of client.get(wanted.map(({ cid }) => cid), { signal })) got.push(block)
  return got
}

/** Keeps blocks in memory, as a guest of whoever comes. */
class Shelf implements BlobGuest {
  readonly held = new Map<string, Uint8Array>()
  puts: Array<{ upload: Uint8Array, count: number }> = []
  async put (to: Uint8Array, all: readonly Block[]): Promise<void> {
    this.puts.push({ upload: to, count: all.length })
    for (const { cid, bytes } of all) this.held.set(name(cid), Uint8Array.from(bytes))
    await Promise.resolve()
  }

  async get (cid: Cid): Promise<Uint8Array | undefined> { return await Promise.resolve(this.held.get(name(cid))) }
  fill (all: readonly Block[]): this {
    for (const { cid, bytes } of all) this.held.set(name(cid), bytes)
    return this
  }
}

describe('a stream of blocks', () => {
  let relay: Host
  let node: Host
  betweenHosts((a, b) => { [relay, node] = [a, b] })
  const open: Array<() => Promise<void>> = []
  afterEach(async () => { for (const close of open.splice(0).reverse()) await close() })

  async function serve (guest: Partial<BlobGuest>, options: Partial<ServeBlobsOptions> = {}): Promise<BlobServer> {
    const server = await serveBlobs(relay, { admit: () => ({ put: async () => { await Promise.resolve() }, get: async () => await Promise.resolve(undefined), ...guest, ...guest instanceof Shelf ? { put: guest.put.bind(guest), get: guest.get.bind(guest) } : {} }), ...options })
    open.push(async () => { await server.close() })
    return server
  }
  async function dial (): Promise<BlobClient> {
    const client = await openBlobs(node, relay.addresses(), relay.key)
    open.push(async () => { await client.close() })
    return client
  }

  it('brings blocks of several uploads, large and empty ones, and tells when they are kept', async () => {
    const shelf = new Shelf()
    await serve(shelf)
    const client = await dial()
    const [large, small] = [blocks(40, LIMITS.blobBytes), [...blocks(300, 50), blockOf(new Uint8Array(0))]]
    let acked = 0
    await Promise.all([client.put(upload, large, { onAcked: bytes => { acked += bytes.length } }), client.put(other, small)])
    assert.equal(acked, 40 * LIMITS.blobBytes)
    for (const { cid, bytes } of [...large, ...small]) assert.ok(sameBytes(shelf.held.get(name(cid))!, bytes))
    const count = (to: Uint8Array): number => shelf.puts.filter(put => sameBytes(put.upload, to)).reduce((sum, put) => sum + put.count, 0)
    assert.deepEqual([count(upload), count(other)], [40, 301])
  })

  it('tells that it has room once for many messages, and before the window closes', async () => {
    const untold: number[] = []
    let whole = 0
    await serve({
      put: async () => {
        const [stream] = relay.node.getConnections().flatMap(connection => connection.streams).filter(({ protocol }) => protocol === BLOB_PROTOCOL)
        const { recvWindow, recvWindowCapacity } = stream as unknown as { readonly recvWindow: number, readonly recvWindowCapacity: number }
        whole = Math.max(whole, recvWindow)
        untold.push(recvWindow - recvWindowCapacity)
        await Promise.resolve()
      }
    })
    await (await dial()).put(upload, blocks(60, 30_000))
    assert.ok(Math.max(...untold) > 64 * 1024, `${Math.max(...untold)} bytes were gathered at the most`)
    assert.ok(Math.max(...untold) <= whole / 2, `${Math.max(...untold)} of ${whole} were not told`)
  })

  it('brings what is asked for and there, and ends when the rest is known to be absent', async () => {
    const [here, absent] = [[...blocks(30, LIMITS.blobBytes), ...blocks(200, 10), blockOf(new Uint8Array(0))], blocks(40)]
    await serve(new Shelf().fill(here))
    const got = await gather(await dial(), [...absent.slice(0, 20), ...here, ...absent.slice(20)])
    assert.equal(got.length, here.length)
    assert.deepEqual(new Set(got.map(({ cid }) => name(cid))), new Set(here.map(({ cid }) => name(cid))))
  })
})

describe('the memory of blocks', () => {
  it('is given back as they pass, and does not pile up until the engine looks', () => {
    let most = 0
    let before = 0
    // What others left behind goes first.
    for (let i = -3000; i < 4000; i++) {
      bytesPassed(new Uint8Array(64 * 1024).length)
      if (i === 0) before = process.memoryUsage().arrayBuffers
      if (i >= 0 && i % 16 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    assert.ok(most < 4 * 1024 * 1024, `${most} bytes at the most`)
  })
})
