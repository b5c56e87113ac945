/** Pipes: frames for who listens now, at a relay and over a node's link to it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { EventEmitter } from 'node:events'
import { LIMITS, NotFoundError, RateLimitError } from '../../src/protocol/wire/index.js'
import { createRelayPool, hostDialer, type RelayLink, type RelayPool } from '../../src/node/gateway/index.js'
import { Person, Pushes, World, type Client } from './kit/world.js'
import { Scene, type RealPerson } from './kit/real.js'

const address = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const frame = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const often = { perSecond: 1e6, burst: 1e6 }

interface Party { readonly client: Client, readonly pushes: Pushes, readonly person: Person }

async function party (world: World): Promise<Party> {
  const pushes = new Pushes()
  const person = new Person()
  return { pushes, person, client: await world.client(person, person.phone, pushes) }
}

const textsOf = ({ pushes }: Party): string[] => pushes.frames.map(push => Buffer.from(push.frame).toString())

describe('pipes at a relay', () => {
  it('hand a frame to who listens at its address, and to nobody else', async () => {
    const world = await World.create()
    const [ann, bob, carol] = [await party(world), await party(world), await party(world)]
    await ann.client.listen(address(1), address(2))
    await carol.client.listen(address(3))
    await bob.client.sendPipe(address(1), frame('one'))
    await bob.client.sendPipe(address(2), frame('two'))
    await ann.pushes.until(() => ann.pushes.frames.length === 2)
    assert.deepEqual(textsOf(ann), ['one', 'two'])
    assert.deepEqual(ann.pushes.frames.map(push => push.address[0]), [1, 2])
    assert.deepEqual(textsOf(carol), [])
  })

  it('keep nothing: where nobody listens, or does so no more, the sender is told', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    const lost = async (): Promise<void> => { await assert.rejects(bob.client.sendPipe(address(1), frame('lost')), NotFoundError) }
    await lost()
    await ann.client.listen(address(1))
    await ann.client.unlisten(address(1))
    await lost()
    await ann.client.listen(address(1))
    await ann.client.open(ann.person)
    await lost()
    await ann.client.listen(address(1))
    await ann.client.close()
    await lost()
    await ann.client.open(ann.person)
    await ann.client.listen(address(1))
    world.clock.advance(LIMITS.sessionMs)
    await bob.client.open(bob.person)
    await lost()
    await ann.client.open(ann.person)
    await ann.client.listen(address(1))
    await ann.client.channel.close()
    await Promise.resolve()
    await lost()
    assert.equal(world.set.pipes.size, 0)
    assert.deepEqual(textsOf(ann), [])
  })

  it('end with the session of a device that was revoked', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.listen(address(1))
    const laptop = await world.client(ann.person, ann.person.laptop)
    await laptop.putManifest(ann.person.revoke(ann.person.phone, ann.person.laptop))
    await assert.rejects(bob.client.sendPipe(address(1), frame('to the thief')), NotFoundError)
  })

  it('reach every device of an account, and a slow one takes nothing from the others', async () => {
    const world = await World.create({ rates: { pipes: often, pipeBytes: { perSecond: 1e9, burst: 1e9 } } })
    const ann = await party(world)
    const stuck = new Pushes()
    Object.defineProperty(stuck, 'handler', { value: () => new Promise(() => undefined) })
    const laptop = await world.client(ann.person, ann.person.laptop, stuck)
    await ann.client.listen(address(1))
    await laptop.listen(address(1))
    const bob = await party(world)
    const big = new Uint8Array(LIMITS.pipeFrameBytes)
    const many = Math.ceil(LIMITS.creditBytes / LIMITS.pipeFrameBytes) + 3
    for (let i = 0; i < many; i++) {
      await bob.client.sendPipe(address(1), big)
      await ann.pushes.until(() => ann.pushes.frames.length === i + 1)
    }
    await ann.client.unlisten(address(1))
    await assert.rejects(bob.client.sendPipe(address(1), big), (error: unknown) => error instanceof RateLimitError && error.details.retryMs === 1000)
  })

  it('are rated at both ends: what one sends, and what comes to one', async () => {
    const world = await World.create({ rates: { pipes: { perSecond: 1, burst: 3 }, pipeBytes: { perSecond: 10, burst: 1000 } } })
    const [ann, bob, carol] = [await party(world), await party(world), await party(world)]
    await ann.client.listen(address(1))
    for (let i = 0; i < 3; i++) await bob.client.sendPipe(address(1), frame('x'))
    await assert.rejects(bob.client.sendPipe(address(1), frame('x')), RateLimitError)
    await carol.client.sendPipe(address(1), new Uint8Array(400))
    await assert.rejects(carol.client.sendPipe(address(1), new Uint8Array(400)), RateLimitError)
    assert.equal(ann.pushes.frames.length, 4)
  })

  it('bound what one session listens at, what one call names, and who listens at one address', async () => {
    const world = await World.create({ rates: { sessions: often, calls: often } })
    const ann = await party(world)
    const some = (from: number, count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => {
      const bytes = new Uint8Array(32)
      new DataView(bytes.buffer).setUint32(0, from + i)
      return bytes
    })
    await assert.rejects(ann.client.listen(...some(0, LIMITS.pipeAddressesPerCall + 1)), { code: 'ERR_BAD_INPUT' })
    for (let from = 0; from < LIMITS.pipeAddresses; from += 1000) await ann.client.listen(...some(from, 1000))
    await ann.client.listen(...some(5, 3))
    await assert.rejects(ann.client.listen(...some(LIMITS.pipeAddresses, 2)), { code: 'ERR_QUOTA' })
    assert.equal(world.set.pipes.size, LIMITS.pipeAddresses)
    const bob = new Person()
    for (let i = 0; i < LIMITS.pipeListeners; i++) await (await world.client(bob)).listen(address(9))
    await assert.rejects((await party(world)).client.listen(address(8), address(9)), { code: 'ERR_QUOTA' })
    assert.equal(world.set.pipes.size, LIMITS.pipeAddresses + 1, 'all of one call or none')
  })

  it('carry frames between a guest and who is at home there, both ways', async () => {
    const world = await World.create({ admission: 'token' })
    const [host, guest] = [new Person(), new Person()]
    const pushes = { host: new Pushes(), guest: new Pushes() }
    const { token } = await world.set.tokens.create({})
    const home = world.channel(host.phone, pushes.host)
    await home.open(host, { token })
    const away = await world.client(guest, guest.phone, pushes.guest)
    await home.listen(address(1))
    await away.listen(address(2))
    await away.sendPipe(address(1), frame('to the host'))
    await home.sendPipe(address(2), frame('to the guest'))
    await pushes.host.until(() => pushes.host.frames.length === 1)
    await pushes.guest.until(() => pushes.guest.frames.length === 1)
    assert.deepEqual([pushes.host, pushes.guest].map(({ frames }) => Buffer.from(frames[0]!.frame).toString()), ['to the host', 'to the guest'])
  })

  it('need a session, an address of 32 bytes and a frame that is not too long; guests have two addresses and are not heard by guests', async () => {
    const world = await World.create()
    const ann = await party(world)
    await ann.client.listen(address(1))
    const stranger = world.channel(new Person().phone)
    await assert.rejects(stranger.sendPipe(address(1), frame('x')), { code: 'ERR_SESSION' })
    await assert.rejects(stranger.listen(address(1)), { code: 'ERR_SESSION' })
    await assert.rejects(ann.client.listen(new Uint8Array(31)), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(ann.client.sendPipe(new Uint8Array(33), frame('x')), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(ann.client.sendPipe(address(1), new Uint8Array(LIMITS.pipeFrameBytes + 1)), { code: 'ERR_TOO_LARGE' })
    await ann.client.sendPipe(address(1), new Uint8Array(LIMITS.pipeFrameBytes))
    const closed = await World.create({ admission: 'closed' })
    const guest = await closed.client(new Person())
    await guest.listen(address(1), address(2))
    await assert.rejects(guest.listen(address(3)), { code: 'ERR_QUOTA' })
    const other = await closed.client(new Person())
    await assert.rejects(other.sendPipe(address(1), frame('x')), NotFoundError)
  })
})

describe('pipes over a link', () => {
  const scene = new Scene()
  const pools: RelayPool[] = []
  afterEach(async () => {
    await Promise.all(pools.splice(0).map(async pool => { await pool.close() }))
    await scene.end()
  })

  function linkOf (person: RealPerson, relay: { key: Uint8Array, addresses: () => string[] }): RelayLink {
    const pool = createRelayPool({ dialer: hostDialer(person.host), account: person.account.key, manifest: () => person.bytes, token: () => undefined, timing: { retryBaseMs: 10, retryCapMs: 40 } })
    pools.push(pool)
    return pool.link(relay.key, relay.addresses())
  }

  it('carry frames between real nodes, again after a reconnect, and end when one stops listening', async () => {
    const relay = await scene.relay()
    const [ann, bob] = [await scene.person(), await scene.person()]
    const [to, from] = [linkOf(ann, relay), linkOf(bob, relay)]
    const came = new EventEmitter()
    const stop = to.listenPipe(address(1), bytes => { came.emit('frame', Buffer.from(bytes).toString()); return undefined })
    assert.throws(() => to.listenPipe(address(1), () => undefined), { code: 'ERR_EXISTS' })
    assert.throws(() => to.listenPipe(new Uint8Array(3), () => undefined), { code: 'ERR_BAD_INPUT' })
    await to.usage()
    const first = once(came, 'frame')
    await from.sendPipe(address(1), frame('first'))
    assert.deepEqual(await first, ['first'])
    for (const connection of ann.host.node.getConnections()) connection.abort(new Error('cut'))
    await new Promise<void>(resolve => { const off = to.onState(({ state }) => { if (state === 'connected') { off(); resolve() } }) })
    await to.usage()
    const second = once(came, 'frame')
    await from.sendPipe(address(1), frame('second'))
    assert.deepEqual(await second, ['second'])
    stop()
    await to.usage()
    await assert.rejects(from.sendPipe(address(1), frame('third')), NotFoundError)
  })
})
