import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { pb } from '../../../src/protocol/wire/index.js'
import type { PetrelError } from '../../../src/protocol/wire/index.js'
import { dialGateway, listenGateway } from '../../../src/relay/net/index.js'
import type { ChannelLimits, GatewayChannel, GatewayListener, Host } from '../../../src/relay/net/index.js'
import { betweenHosts, frame, framed, hello, rawStream, until } from './support.js'

const NO_SUCH_FRAME = Uint8Array.of(0xa2, 0x06, 1, 7) // field 100, one byte

function got (received: Uint8Array[], expected: Uint8Array): boolean { return Buffer.concat(received).includes(Buffer.from(expected)) }

describe('a gateway against a hostile or broken peer', () => {
  let relay: Host
  let node: Host
  let listener: GatewayListener | undefined
  let refused: PromiseWithResolvers<PetrelError>
  let accepted: PromiseWithResolvers<GatewayChannel>

  async function serve (limits: Partial<ChannelLimits> = {}): Promise<void> {
    refused = Promise.withResolvers()
    accepted = Promise.withResolvers()
    listener = await listenGateway(relay, {
      limits,
      handler: async call => await Promise.resolve(call.body),
      onPush: () => undefined,
      onChannel: channel => { accepted.resolve(channel) },
      onRefused: error => { refused.resolve(error) }
    })
  }

  /** A hand-made stream whose Hello was taken. */
  async function greeted (): Promise<{ stream: Stream, received: Uint8Array[], channel: GatewayChannel }> {
    const raw = await rawStream(relay, node)
    raw.stream.send(frame({ hello: hello() }))
    return { ...raw, channel: await accepted.promise }
  }

  async function refusal (send: Uint8Array): Promise<PetrelError> {
    const { stream } = await rawStream(relay, node)
    stream.send(send)
    return await refused.promise
  }

  /** Why the channel ends when a greeted peer sends these bytes. */
  async function verdict (send: Uint8Array): Promise<PetrelError> {
    const { stream, channel } = await greeted()
    stream.send(send)
    const reason = await channel.closed
    assert.ok(reason !== undefined)
    return reason
  }

  betweenHosts((one, other) => { [relay, node] = [one, other] })

  afterEach(async () => {
    await listener?.close()
    listener = undefined
  })

  it('refuses a frame of 2^53 bytes from its length alone', async () => {
    await serve()
    const error = await verdict(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10))
    assert.equal(error.code, 'ERR_TOO_LARGE')
    assert.match(error.message, /frame over the limit of 2097152 bytes/)
  })

  it('refuses a length that never ends', async () => {
    await serve()
    assert.equal((await verdict(new Uint8Array(1000).fill(0x80))).code, 'ERR_TOO_LARGE')
  })

  it('takes no large frame before the Hello', async () => {
    await serve()
    assert.equal((await refusal(framed(new Uint8Array(9000)))).code, 'ERR_TOO_LARGE')
  })

  it('cuts off one byte a second, in the Hello', async () => {
    await serve({ helloDeadlineMs: 100 })
    const { stream } = await rawStream(relay, node)
    const bytes = frame({ hello: hello() })
    let at = 0
    const drip = setInterval(() => { if (stream.status === 'open') stream.send(bytes.subarray(at, ++at)) }, 20)
    const error = await refused.promise
    clearInterval(drip)
    assert.equal(error.code, 'ERR_DEADLINE')
    assert.match(error.message, /no Hello within 100 ms/)
  })

  it('cuts off one byte a second, in a later frame, and says so to the peer', async () => {
    await serve({ frameDeadlineMs: 100 })
    const { stream, received, channel } = await greeted()
    const bytes = framed(new Uint8Array(1000))
    let at = 0
    const drip = setInterval(() => { if (stream.status === 'open') stream.send(bytes.subarray(at, ++at)) }, 20)
    const error = await channel.closed
    clearInterval(drip)
    assert.equal(error?.code, 'ERR_DEADLINE')
    assert.match(error.message, /began a frame and did not end it/)
    await until(() => Buffer.concat(received).includes('ERR_DEADLINE'))
  })

  it('lets a slow frame pass that ends in time, again and again', async () => {
    // One takes a tenth of a second or so, all of them longer than one may.
    await serve({ frameDeadlineMs: 2000 })
    const { stream, received, channel } = await greeted()
    for (let id = 1; id <= 25; id++) {
      const bytes = frame({ call: { id, method: 1, body: Uint8Array.of(id), deadlineMs: 0 } })
      for (let at = 0; at < bytes.length; at++) {
        stream.send(bytes.subarray(at, at + 1))
        await new Promise(resolve => { setTimeout(resolve, 8) })
      }
    }
    await until(() => got(received, frame({ reply: { id: 25, body: Uint8Array.of(25) } })))
    assert.equal(channel.isClosed, false)
  })

  it('skips frames of a later version', async () => {
    await serve()
    const { stream, received, channel } = await greeted()
    stream.send(framed(NO_SUCH_FRAME))
    stream.send(frame({ call: { id: 1, method: 1, body: Uint8Array.of(9), deadlineMs: 0 } }))
    await until(() => got(received, frame({ reply: { id: 1, body: Uint8Array.of(9) } })))
    assert.equal(channel.isClosed, false)
  })

  const call = { id: 1, method: 1, body: new Uint8Array(1), deadlineMs: 0 }
  const broken: Record<string, Uint8Array> = {
    'an empty frame': Uint8Array.of(0),
    'a length that is not in its shortest form': Uint8Array.of(0x85, 0x00),
    'two frames in one': framed(Buffer.concat([pb.Frame.encode({ call }), pb.Frame.encode({ cancel: { id: 1 } })])),
    'a frame that is cut short': framed(Uint8Array.of(0x12, 100, 1)),
    'a field that is cut short': framed(Uint8Array.of(0x12, 3, 0x1a, 100, 1)),
    'a call without an id': frame({ call: { ...call, id: 0 } }),
    'a call without a method': frame({ call: { ...call, method: 0 } }),
    'a reply with neither body nor failure': frame({ reply: { id: 1 } }),
    'a reply with both body and failure': frame({ reply: { id: 1, body: new Uint8Array(0), failure: { code: 'ERR_X', message: '', details: new Uint8Array(0) } } }),
    'a reply to no call': frame({ reply: { id: 7, body: new Uint8Array(0) } }),
    'credit that was never given': frame({ credit: { bytes: 1 } }),
    'a push of kind zero': frame({ push: { kind: 0, body: new Uint8Array(0) } }),
    'a second Hello': frame({ hello: hello() }),
    'moving to too many relays': frame({ moved: { relays: new Array<string>(33).fill('/ip4/192.0.2.1'), retryMs: 0 } })
  }
  for (const [what, bytes] of Object.entries(broken)) {
    it(`cuts off a peer that sends ${what}`, async () => {
      await serve()
      assert.equal((await verdict(bytes)).code, 'ERR_BAD_INPUT')
    })
  }

  const badHellos: Record<string, Partial<pb.Hello>> = {
    'a short nonce': { nonce: new Uint8Array(31) },
    'no version': { min: 0 },
    'versions upside down': { min: 3, max: 2 },
    'too many features': { features: new Array<string>(65).fill('x') },
    'a feature of strange characters': { features: ['\u0000'] },
    'tiny frames': { maxFrameBytes: 10 }
  }
  for (const [what, overrides] of Object.entries(badHellos)) {
    it(`refuses a Hello with ${what}`, async () => {
      await serve()
      assert.equal((await refusal(frame({ hello: hello(overrides) }))).code, 'ERR_BAD_INPUT')
    })
  }

  it('refuses a first frame that is no Hello', async () => {
    await serve()
    const error = await refusal(frame({ call }))
    assert.equal(error.code, 'ERR_BAD_INPUT')
    assert.match(error.message, /not a Hello/)
  })

  it('names both versions when they do not meet, on both sides', async () => {
    await serve()
    await assert.rejects(dialGateway(node, relay.addresses(), relay.key, { versions: { min: 3, max: 4 } }), (error: PetrelError) => {
      assert.equal(error.code, 'ERR_UNSUPPORTED')
      assert.match(error.message, /this side speaks gateway versions 3 to 4, the peer 1 to 1: update the peer/)
      return true
    })
    assert.match((await refused.promise).message, /1 to 1.*3 to 4: update this side/)
  })

  it('refuses calls beyond what it takes, and goes on', async () => {
    refused = Promise.withResolvers()
    accepted = Promise.withResolvers()
    const release = Promise.withResolvers<undefined>()
    listener = await listenGateway(relay, {
      limits: { callsInFlight: 2 },
      handler: async incoming => {
        await release.promise
        return incoming.body
      },
      onChannel: channel => { accepted.resolve(channel) }
    })
    const { stream, received, channel } = await greeted()
    for (const id of [1, 2, 3]) stream.send(frame({ call: { ...call, id } }))
    await until(() => Buffer.concat(received).includes('ERR_RATE'))
    assert.equal(channel.isClosed, false)
    release.resolve(undefined)
    await until(() => got(received, frame({ reply: { id: 2, body: new Uint8Array(1) } })))
  })

  it('stops working on a call at the caller\'s deadline, without being told', async () => {
    accepted = Promise.withResolvers()
    listener = await listenGateway(relay, {
      handler: async incoming => await new Promise((_resolve, reject) => {
        incoming.signal.addEventListener('abort', () => { reject(incoming.signal.reason as Error) })
      }),
      onChannel: channel => { accepted.resolve(channel) }
    })
    const { stream, received } = await greeted()
    stream.send(frame({ call: { ...call, deadlineMs: 40 } }))
    await until(() => Buffer.concat(received).includes('ERR_DEADLINE'))
  })

  it('cuts off a peer that uses a call id twice', async () => {
    accepted = Promise.withResolvers()
    listener = await listenGateway(relay, { handler: async () => await new Promise(() => undefined), onChannel: channel => { accepted.resolve(channel) } })
    assert.match((await verdict(Buffer.concat([frame({ call }), frame({ call })]))).message, /call id 1 twice/)
  })

  it('cuts it off also when other calls came in between', async () => {
    accepted = Promise.withResolvers()
    listener = await listenGateway(relay, { handler: async () => await new Promise(() => undefined), onChannel: channel => { accepted.resolve(channel) } })
    assert.match((await verdict(Buffer.concat([1, 3, 2, 1].map(id => frame({ call: { ...call, id } }))))).message, /call id 1 twice/)
  })

  it('cuts off a peer that floods pushes beyond its credit', async () => {
    accepted = Promise.withResolvers()
    listener = await listenGateway(relay, {
      limits: { creditBytes: 3 * 164 },
      onPush: async () => { await new Promise(() => undefined) },
      onChannel: channel => { accepted.resolve(channel) }
    })
    const { stream, received, channel } = await greeted()
    const push = frame({ push: { kind: 1, body: new Uint8Array(100) } })
    stream.send(Buffer.concat([push, push, push]))
    stream.send(frame({ probe: { answer: false } }))
    await until(() => got(received, frame({ probe: { answer: true } })))
    assert.equal(channel.isClosed, false)
    stream.send(push)
    assert.match((await channel.closed)?.message ?? '', /beyond its credit/)
  })

  it('cuts off a peer that does not read', async () => {
    await serve({ writeBufferBytes: 512 * 1024 })
    const { stream, channel } = await greeted()
    stream.pause()
    // Each call is answered with its body; the answers pile up at the relay.
    for (let id = 1; id <= 60 && stream.status === 'open'; id++) stream.send(frame({ call: { ...call, id, body: new Uint8Array(60_000) } }))
    const error = await channel.closed
    assert.equal(error?.code, 'ERR_UNAVAILABLE')
    assert.match(error.message, /reads too slowly/)
  })

  it('cuts off a peer that has stopped reading, though little waits', async () => {
    await serve({ writeStallMs: 100 })
    const { stream, channel } = await greeted()
    stream.pause()
    for (let id = 1; id <= 50 && stream.status === 'open'; id++) stream.send(frame({ call: { ...call, id, body: new Uint8Array(60_000) } }))
    assert.match((await channel.closed)?.message ?? '', /read nothing for 100 ms/)
  })

  it('shows a peer that ends in the middle of a frame', async () => {
    await serve()
    const { stream, channel } = await greeted()
    stream.send(Uint8Array.of(100, 1, 2, 3))
    await stream.close()
    assert.match((await channel.closed)?.message ?? '', /middle of a frame/)
  })

  it('does not keep a stream whose peer never ends its own half', async () => {
    await serve()
    const { stream, channel } = await greeted()
    const ended = new Promise(resolve => { stream.addEventListener('close', resolve) })
    await channel.close()
    await ended
  })
})
