import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { BLOB_PROTOCOL, cidOf, CODEC, LIMITS, QuotaError, type Block, type Cid, type PetrelError } from '../../../src/protocol/wire/index.js'
import { dialGateway, listenGateway, openBlobs, serveBlobs, type BlobClient, type BlobGuest, type BlobServer, type BlobTimes, type Host, type ServeBlobsOptions } from '../../../src/relay/net/index.js'
import { blockHead, decodeBlobFrame, encodeBlobFrame, putHead, type BlobFrame } from '../../../src/relay/net/blob/frames.js'
import { FrameReader } from '../../../src/relay/net/frame-reader.js'
import { betweenHosts, code, echo, until } from './support.js'

const upload = new Uint8Array(16).fill(7)
const blockOf = (bytes: Uint8Array): Block => ({ cid: cidOf(CODEC.raw, bytes), bytes })
const full = (): Block => blockOf(new Uint8Array(randomBytes(LIMITS.blobBytes)))
const small = (): Block => blockOf(new Uint8Array(randomBytes(20)))
const nothing: BlobGuest = { put: async () => { await Promise.resolve() }, get: async () => await Promise.resolve(undefined) }

describe('a stream of blocks: whatever the other side does', () => {
  let relay: Host
  let node: Host
  betweenHosts((a, b) => { [relay, node] = [a, b] })
  const open: Array<() => Promise<void>> = []
  afterEach(async () => { for (const close of open.splice(0).reverse()) await close() })

  async function serve (guest: Partial<BlobGuest> = {}, options: Partial<ServeBlobsOptions> = {}): Promise<BlobServer> {
    const server = await serveBlobs(relay, { admit: () => ({ ...nothing, ...guest }), ...options })
    open.push(async () => { await server.close() })
    return server
  }

  async function dial (times: Partial<BlobTimes> = {}): Promise<BlobClient> {
    const client = await openBlobs(node, relay.addresses(), relay.key, { times })
    open.push(async () => { await client.close() })
    return client
  }

  /** A stream that says only what it is told, and the frames that came back. */
  async function raw (): Promise<{ stream: Stream, frames: BlobFrame[], closed: Promise<BlobFrame | undefined> }> {
    const stream = await (await node.node.dial(relay.addresses().map(address => multiaddr(address)))).newStream(BLOB_PROTOCOL)
    open.push(async () => { stream.abort(new Error('the test is over')); await Promise.resolve() })
    const frames: BlobFrame[] = []
    const reader = new FrameReader(LIMITS.blobFrameBytes)
    const ended = Promise.withResolvers<undefined>()
    stream.addEventListener('message', ({ data }) => { reader.read(data.subarray(), bytes => frames.push(decodeBlobFrame(bytes)) > 0) })
    for (const end of ['close', 'end'] as const) stream.addEventListener(end, () => { ended.resolve(undefined) })
    return { stream, frames, closed: ended.promise.then(() => frames.find(frame => frame.kind === 'closing')) }
  }

  /** A peer that serves by hand. */
  async function liar (answer: (stream: Stream, frame: BlobFrame) => void): Promise<void> {
    await relay.node.handle(BLOB_PROTOCOL, stream => {
      const reader = new FrameReader(LIMITS.blobFrameBytes)
      stream.addEventListener('message', ({ data }) => {
        reader.read(data.subarray(), bytes => {
          answer(stream, decodeBlobFrame(bytes))
          return true
        })
      })
    })
    open.push(async () => { await relay.node.unhandle(BLOB_PROTOCOL) })
  }

  async function take (client: BlobClient, cids: readonly Cid[], most = Infinity): Promise<Block[]> {
    const got: Block[] = []
    for await (const block of client.get(cids)) if (got.push(block) >= most) break
    return got
  }

  const closingCode = (frame: BlobFrame | undefined): string | undefined => frame?.kind === 'closing' ? frame.failure.code : undefined

  it('who puts more than the window allows is cut off, and nothing more is held for it', async () => {
    const held: number[] = []
    await serve({ put: async (_upload, blocks) => { held.push(blocks.length); await new Promise(() => undefined) } })
    const { stream, closed } = await raw()
    const { cid, bytes } = full()
    for (let id = 1; id <= 3; id++) stream.send(Buffer.concat([putHead(id, upload, cid, bytes.length), bytes]))
    assert.equal(closingCode(await closed), 'ERR_BAD_INPUT')
    assert.ok(held.reduce((sum, n) => sum + n, 0) <= 2)
  })

  it('who asks for too much, twice under one id, or answers where it should ask, is cut off', async () => {
    await serve({ get: async () => await new Promise(() => undefined) })
    const cids = Array.from({ length: LIMITS.blobWants }, () => small().cid)
    const cases: Uint8Array[][] = [
      [encodeBlobFrame({ want: { id: 1, cids, first: false } }), encodeBlobFrame({ want: { id: 2, cids: cids.slice(0, 1), first: true } })],
      [encodeBlobFrame({ want: { id: 1, cids: cids.slice(0, 2), first: false } }), encodeBlobFrame({ want: { id: 1, cids: cids.slice(2, 3), first: false } })],
      [encodeBlobFrame({ stored: { ids: [1], window: 9 } })], [encodeBlobFrame({ absent: { id: 1, at: [0] } })], [Uint8Array.from([0x01, 0x00])], [Uint8Array.from([0xff, 0xff, 0xff, 0x7f])]
    ]
    for (const frames of cases) {
      const { stream, closed } = await raw()
      for (const frame of frames) stream.send(frame)
      assert.match(closingCode(await closed) ?? '', /^ERR_(BAD_INPUT|TOO_LARGE)$/)
    }
  })

  it('who begins a frame and does not end it is cut off', async () => {
    await serve({}, { times: { frameDeadlineMs: 30 } })
    const { stream, closed } = await raw()
    stream.send(encodeBlobFrame({ cancel: { id: 1 } }).subarray(0, 3))
    assert.equal(closingCode(await closed), 'ERR_DEADLINE')
  })

  it('who does not read what it asked for is not read ahead for, and is cut off in the end', async () => {
    let reads = 0
    const block = full()
    const server = await serve({ get: async () => { reads++; return await Promise.resolve(block.bytes) } }, { times: { writeStallMs: 200 } })
    const stream = await (await node.node.dial(relay.addresses().map(address => multiaddr(address)))).newStream(BLOB_PROTOCOL)
    stream.pause()
    stream.send(encodeBlobFrame({ want: { id: 1, cids: Array.from({ length: 1000 }, () => block.cid), first: false } }))
    await until(() => server.open === 1)
    await until(() => server.open === 0)
    // What the line holds (2 MiB at the most), and what stands ready behind it.
    assert.ok(reads > 0 && reads <= 16, `${reads} blocks were read`)
  })

  it('a block that is not what it is called ends the stream with a proof, and so does an answer to nothing', async () => {
    await liar((stream, frame) => {
      if (frame.kind === 'want') stream.send(Buffer.concat([blockHead(frame.id, 0, 3), Uint8Array.from([1, 2, 3])]))
      if (frame.kind === 'put') stream.send(encodeBlobFrame({ stored: { ids: [frame.id + 1], window: 5 } }))
    })
    const client = await dial()
    await assert.rejects(take(client, [small().cid]), code('ERR_PROOF'))
    assert.equal(client.isClosed, true)
    await assert.rejects((await dial()).put(upload, [small()]), code('ERR_BAD_INPUT'))
  })

  it('who answers nothing is given up, and who is asked nothing is left in peace until the stream is of no use', async () => {
    await liar(() => undefined)
    await assert.rejects(take(await dial({ blobAnswerMs: 40 }), [small().cid]), code('ERR_DEADLINE'))
    await assert.rejects((await dial({ blobAnswerMs: 40 })).put(upload, [small()]), code('ERR_DEADLINE'))
    const idle = await dial({ blobIdleMs: 40 })
    assert.equal(await idle.closed, undefined)
  })

  it('a put that is refused concerns itself alone', async () => {
    const kept: Cid[] = []
    await serve({
      put: async (to, blocks) => {
        if (to[0] === 0) throw new QuotaError('no room for these')
        kept.push(...blocks.map(({ cid }) => cid))
        await Promise.resolve()
      }
    })
    const client = await dial()
    const others = Array.from({ length: 30 }, full)
    const going = client.put(upload, others)
    await assert.rejects(client.put(new Uint8Array(16), Array.from({ length: 30 }, full)), code('ERR_QUOTA', /no room for these/))
    await going
    assert.equal(kept.length, 30)
    assert.equal(client.isClosed, false)
  })

  it('a get that is broken off or aborted takes back what had not left', async () => {
    let reads = 0
    const block = full()
    await serve({ get: async () => { reads++; return await Promise.resolve(block.bytes) } })
    const client = await dial()
    const many = Array.from({ length: 500 }, () => block.cid)
    assert.equal((await take(client, many, 1)).length, 1)
    const ending = new AbortController()
    await assert.rejects(async () => { for await (const _block of client.get(many, { signal: ending.signal })) ending.abort() }, code('ERR_ABORTED'))
    const before = reads
    assert.equal((await take(client, [block.cid])).length, 1)
    assert.ok(reads <= before + 1 + 16 && reads < 100, `${reads} blocks were read`)
  })

  it('a want that is taken back is not read', async () => {
    let reads = 0
    const gate = Promise.withResolvers<undefined>()
    const block = full()
    await serve({ get: async () => { reads++; await gate.promise; return block.bytes } })
    const { stream, frames } = await raw()
    stream.send(encodeBlobFrame({ want: { id: 1, cids: Array.from({ length: 100 }, () => block.cid), first: false } }))
    stream.send(encodeBlobFrame({ cancel: { id: 1 } }))
    stream.send(encodeBlobFrame({ want: { id: 2, cids: [block.cid], first: false } }))
    await until(() => reads > 0)
    gate.resolve(undefined)
    await until(() => frames.some(frame => frame.kind === 'block' && frame.id === 2))
    assert.ok(reads <= 6, `${reads} blocks were read`)
    assert.ok(!frames.some(frame => frame.kind === 'block' && frame.id === 1))
  })

  it('a put that is aborted ends, and the stream goes on', async () => {
    await serve({ put: async () => { await new Promise(resolve => { setImmediate(resolve) }) } })
    const client = await dial()
    const ending = new AbortController()
    let sent = 0
    await assert.rejects(client.put(upload, (function * () {
      for (;;) {
        if (++sent === 20) ending.abort()
        yield full()
      }
    })(), { signal: ending.signal }), code('ERR_ABORTED'))
    assert.ok(sent <= 21)
    await client.put(upload, [small()])
  })

  it('a block that is on its way is waited for, and absent when it does not come', async () => {
    const [late, never] = [small(), small()]
    const isLate = (cid: Cid): boolean => Buffer.from(late.cid).equals(cid)
    const here = new Set<string>()
    const has = (cid: Cid): boolean => here.has(Buffer.from(cid).toString('hex'))
    const arrived = Promise.withResolvers<boolean>()
    await serve({
      get: async cid => await Promise.resolve(has(cid) ? late.bytes : undefined),
      coming: cid => async signal => isLate(cid) ? await arrived.promise : await new Promise<boolean>(resolve => { signal.addEventListener('abort', () => { resolve(false) }) })
    }, { times: { blobWaitMs: 60 } })
    const client = await dial()
    const both = take(client, [never.cid, late.cid])
    assert.equal((await take(client, [])).length, 0)
    here.add(Buffer.from(late.cid).toString('hex'))
    arrived.resolve(true)
    assert.deepEqual((await both).map(({ cid }) => cid), [late.cid])
  })

  it('a block that is said to have come, and is not here, is absent', async () => {
    let asked = 0
    await serve({
      get: async () => {
        // Would hold the whole process.
        if (++asked > 10) throw new Error('it is looked for again and again')
        await Promise.resolve()
        return undefined
      },
      coming: () => async () => await Promise.resolve(true)
    })
    const client = await dial()
    assert.deepEqual(await take(client, [small().cid]), [])
    assert.equal(asked, 2)
  })

  it('what is wanted first comes before what was wanted earlier', async () => {
    const order: string[] = []
    const gate = Promise.withResolvers<undefined>()
    await serve({
      get: async cid => {
        order.push(Buffer.from(cid).toString('hex'))
        await gate.promise
        return new Uint8Array(0)
      }
    })
    const client = await dial()
    const empty = blockOf(new Uint8Array(0)).cid
    const early = take(client, Array.from({ length: 12 }, () => small().cid)).catch((error: unknown) => error as PetrelError)
    await until(() => order.length > 0)
    const urgent = (async () => { for await (const _block of client.get([empty], { first: true })); })().catch(() => undefined)
    // Answered after what was asked before it on this stream.
    await client.put(upload, [small()])
    gate.resolve(undefined)
    await Promise.all([early, urgent])
    assert.ok(order.indexOf(Buffer.from(empty).toString('hex')) <= 4, 'it was read behind the others')
  })

  it('a peer has so many streams and no more, and a stream that ends makes room for another', async () => {
    const server = await serve({}, { most: { perPeer: 2 } })
    const first = await dial()
    await dial()
    const third = await dial()
    await assert.rejects(take(third, [small().cid]), code('ERR_RATE'))
    await until(() => server.open === 2)
    await first.close()
    await until(() => server.open === 1)
    assert.equal((await take(await dial(), [small().cid])).length, 0)
  })

  it('a side that closes ends what is on its way with an error that says to come back', async () => {
    const server = await serve({ put: async () => { await new Promise(() => undefined) } })
    const client = await dial()
    const going = client.put(upload, [small()])
    await until(() => server.open === 1)
    await server.close()
    await assert.rejects(going, code('ERR_UNAVAILABLE'))
  })

  it('messages on the same connection are answered while blocks flow both ways', async () => {
    const block = full()
    let ended = false
    await serve({ get: async () => await Promise.resolve(block.bytes) })
    const listener = await listenGateway(relay, { handler: echo, onChannel: () => undefined })
    open.push(async () => { await listener.close() })
    const channel = await dialGateway(node, relay.addresses(), relay.key)
    const client = await dial()
    const going = Promise.all([client.put(upload, Array.from({ length: 60 }, () => block)), take(client, Array.from({ length: 60 }, () => block.cid))]).then(() => { ended = true })
    let answered = 0
    while (!ended) {
      await channel.call(1, Uint8Array.of(1))
      answered++
    }
    await going
    assert.ok(answered > 2, `${answered} calls were answered`)
  })
})
