/** Pipes to devices that may be away: at a relay, and over a node's link to it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRelayPool, hostDialer, type RelayLink, type RelayPool } from '../../src/node/gateway/index.js'
import { KeptPipes } from '../../src/relay/pipes/kept-pipes.js'
import { ForbiddenError, LIMITS, NotFoundError, pb, QuotaError, RateLimitError, RIGHT, signAccountDeletion, signerFromSeed, x25519Key } from '../../src/protocol/wire/index.js'
import { eventually } from '../node/small-world.js'
import { ManualClock } from './kit/clock.js'
import { Scene } from './kit/real.js'
import { Person, Pushes, World, type Client } from './kit/world.js'
import { holdsBytes } from '../store/holds-bytes.js'

const address = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const frame = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const often = { perSecond: 1e6, burst: 1e6 }

interface Party { readonly client: Client, readonly pushes: Pushes, readonly person: Person }

async function party (world: World, person = new Person(), device = person.phone): Promise<Party> {
  const pushes = new Pushes()
  return { pushes, person, client: await world.client(person, device, pushes) }
}

const textsOf = ({ pushes }: Party): string[] => pushes.kept.map(push => Buffer.from(push.frame).toString())
const heard = async (party: Party, count: number): Promise<void> => { await party.pushes.until(() => party.pushes.kept.length >= count) }

describe('frames kept for a device', () => {
  it('wait while it is away, over a restart of the relay, and come in their order', async () => {
    const world = await World.create()
    let [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    await ann.client.close()
    for (const text of ['one', 'two', 'three']) await bob.client.postPipe(address(1), frame(text))
    const { person } = ann
    await world.restart()
    ;[ann, bob] = [await party(world, person), await party(world)]
    await bob.client.postPipe(address(1), frame('four'))
    await ann.client.keepPipe(address(1))
    await heard(ann, 4)
    assert.deepEqual(textsOf(ann), ['one', 'two', 'three', 'four'])
  })

  it('come at once while it is here, and again in each session until it says that it has them', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    await bob.client.postPipe(address(1), frame('one'))
    await heard(ann, 1)
    await bob.client.postPipe(address(1), frame('two'))
    await heard(ann, 2)
    await ann.client.takenPipe(address(1), ann.pushes.kept[0]!.number)
    const again = await party(world, ann.person)
    await again.client.keepPipe(address(1))
    await heard(again, 1)
    assert.deepEqual(textsOf(again), ['two'])
    await again.client.takenPipe(address(1), again.pushes.kept[0]!.number)
    const last = await party(world, ann.person)
    await last.client.keepPipe(address(1))
    await bob.client.postPipe(address(1), frame('three'))
    await heard(last, 1)
    assert.deepEqual(textsOf(last), ['three'])
  })

  it('come again to a session that asks for them, but for those that it has taken', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    for (const text of ['one', 'two', 'three']) await bob.client.postPipe(address(1), frame(text))
    await heard(ann, 3)
    await ann.client.takenPipe(address(1), ann.pushes.kept[0]!.number)
    await ann.client.keepPipe(address(1))
    await ann.client.keepAgain(1, address(1))
    await heard(ann, 5)
    assert.deepEqual(textsOf(ann).slice(3), ['two', 'three'])
    assert.deepEqual(ann.pushes.kept.map(({ again }) => again), [0, 0, 0, 1, 1], 'and they say so')
    await ann.client.keepAgain(1, address(1))
    await ann.client.takenPipe(address(1), ann.pushes.kept.at(-1)!.number)
    assert.equal(ann.pushes.kept.length, 5, 'once')
  })

  it('come all, though far more wait than go over at once', async () => {
    const world = await World.create({ rates: { pipes: often, calls: often } })
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    const count = LIMITS.keptFramesAhead * 3 + 5
    for (let i = 0; i < count; i++) await bob.client.postPipe(address(1), frame(String(i)))
    for (let taken = 0; taken < count;) {
      await heard(ann, taken + 1)
      taken = ann.pushes.kept.length
      assert.ok(taken <= count)
      await ann.client.takenPipe(address(1), ann.pushes.kept.at(-1)!.number)
    }
    assert.deepEqual(textsOf(ann), Array.from({ length: count }, (_, i) => String(i)))
  })

  it('are refused where none are kept, and at an address that was forgotten, with what waited there', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    await assert.rejects(bob.client.postPipe(address(1), frame('x')), NotFoundError)
    await ann.client.listen(address(1))
    await assert.rejects(bob.client.postPipe(address(1), frame('x')), NotFoundError)
    await ann.client.keepPipe(address(1))
    await ann.client.close()
    await bob.client.postPipe(address(1), frame('x'))
    const again = await party(world, ann.person)
    await again.client.forgetPipe(address(1))
    await assert.rejects(bob.client.postPipe(address(1), frame('x')), NotFoundError)
    await again.client.keepPipe(address(1))
    await bob.client.postPipe(address(1), frame('y'))
    await heard(again, 1)
    assert.deepEqual(textsOf(again), ['y'])
  })

  it('are nobody else\'s: neither to keep, nor to take, nor to forget', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    await assert.rejects(bob.client.keepPipe(address(1)), ForbiddenError)
    await bob.client.postPipe(address(1), frame('one'))
    await heard(ann, 1)
    await bob.client.takenPipe(address(1), ann.pushes.kept[0]!.number)
    await bob.client.forgetPipe(address(1))
    const again = await party(world, ann.person)
    await again.client.keepPipe(address(1))
    await heard(again, 1)
    assert.deepEqual(textsOf(again), ['one'])
  })

  it('end with their time, and their address with its own', async () => {
    const world = await World.create({ rates: { sessions: often } })
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    await bob.client.postPipe(address(1), frame('old'))
    world.clock.advance(LIMITS.keptFrameMs)
    await bob.client.open(bob.person)
    await bob.client.postPipe(address(1), frame('new'))
    const again = await party(world, ann.person)
    await again.client.keepPipe(address(1))
    await heard(again, 1)
    assert.deepEqual(textsOf(again), ['new'])
    world.clock.advance(LIMITS.keptAddressMs)
    await bob.client.open(bob.person)
    await assert.rejects(bob.client.postPipe(address(1), frame('x')), NotFoundError)
  })

  it('are bounded: addresses and bytes of an account, frames at an address, frames of a sender', async () => {
    const world = await World.create({ rates: { pipes: often, calls: often, sessions: often } })
    const [ann, bob] = [await party(world), await party(world)]
    const many = Array.from({ length: LIMITS.keptAddresses + 1 }, (_, i) => { const at = address(7); new DataView(at.buffer).setUint32(0, i); return at })
    for (let from = 0; from < LIMITS.keptAddresses; from += 1024) await ann.client.keepPipe(...many.slice(from, Math.min(from + 1024, LIMITS.keptAddresses)))
    await assert.rejects(ann.client.keepPipe(many.at(-1)!), QuotaError)
    await ann.client.keepPipe(many[0]!)
    await ann.client.close()
    for (let i = 0; i < LIMITS.keptFramesPerAddress; i++) await bob.client.postPipe(many[0]!, frame('x'))
    await assert.rejects(bob.client.postPipe(many[0]!, frame('x')), QuotaError)
    const big = new Uint8Array(LIMITS.pipeFrameBytes)
    const fits = Math.floor((LIMITS.keptFrameBytes - LIMITS.keptFramesPerAddress) / big.length)
    for (let i = 0; i < fits; i++) await bob.client.postPipe(many[1 + i % 100]!, big)
    await assert.rejects(bob.client.postPipe(many[1]!, big), QuotaError)
    await assert.rejects(bob.client.postPipe(many[1]!, new Uint8Array(LIMITS.pipeFrameBytes + 1)), { code: 'ERR_TOO_LARGE' })
    const slow = await World.create({ rates: { pipes: { perSecond: 1, burst: 2 } } })
    const [carl, dora] = [await party(slow), await party(slow)]
    await carl.client.keepPipe(address(1))
    for (let i = 0; i < 2; i++) await dora.client.postPipe(address(1), frame('x'))
    await assert.rejects(dora.client.postPipe(address(1), frame('x')), RateLimitError)
  })

  it('are no more at an address than its device has said, over a restart too', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepFew(2, address(1))
    await ann.client.keepPipe(address(2))
    await ann.client.close()
    for (let i = 0; i < 3; i++) await bob.client.postPipe(address(2), frame('x'))
    for (let i = 0; i < 2; i++) await bob.client.postPipe(address(1), frame('x'))
    await assert.rejects(bob.client.postPipe(address(1), frame('x')), QuotaError)
    await world.restart()
    const later = await party(world)
    await assert.rejects(later.client.postPipe(address(1), frame('x')), QuotaError)
    const again = await party(world, ann.person)
    await again.client.keepFew(2, address(1))
    await heard(again, 2)
    await again.client.takenPipe(address(1), again.pushes.kept.at(-1)!.number)
    await later.client.postPipe(address(1), frame('y'))
  })

  it('go with the account, and stop for a device that was revoked', async () => {
    const world = await World.create()
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    const laptop = await party(world, ann.person, ann.person.laptop)
    await laptop.client.putManifest(ann.person.revoke(ann.person.phone, ann.person.laptop))
    await bob.client.postPipe(address(1), frame('not for the thief'))
    await assert.rejects(ann.client.keepPipe(address(1)), { code: 'ERR_SESSION' })
    assert.deepEqual(textsOf(ann), [])
    await laptop.client.deleteAccount(signAccountDeletion({ account: ann.person.account.key, relay: world.home.key, time: 1 }, ann.person.laptop))
    await assert.rejects(bob.client.postPipe(address(1), frame('x')), NotFoundError)
    assert.equal(world.set.keptPipes.size, 0)
  })
})

describe('frames for a device that is here', () => {
  const handMs = 1000
  const isOnDisk = (world: World, bytes: Uint8Array): boolean => [...world.disk.map.slice({})].some(([, value]) => Buffer.from(value).includes(Buffer.from(bytes)))
  const keeping = async (): Promise<{ world: World, ann: Party, bob: Party }> => {
    const world = await World.create({ handMs })
    const [ann, bob] = [await party(world), await party(world)]
    await ann.client.keepPipe(address(1))
    return { world, ann, bob }
  }

  it('go to it at once, and no disk sees them when it takes them', async () => {
    const { world, ann, bob } = await keeping()
    const bytes = new Uint8Array(randomBytes(64))
    const [one, two] = [bob.client.postPipe(address(1), bytes), bob.client.postPipe(address(1), frame('two'))]
    await heard(ann, 2)
    assert.ok(!isOnDisk(world, bytes))
    await ann.client.takenPipe(address(1), ann.pushes.kept[1]!.number)
    await Promise.all([one, two])
    assert.ok(!isOnDisk(world, bytes))
    const again = await party(world, ann.person)
    await again.client.keepPipe(address(1))
    const three = bob.client.postPipe(address(1), frame('three'))
    await heard(again, 1)
    assert.deepEqual(textsOf(again), ['three'])
    await again.client.takenPipe(address(1), again.pushes.kept[0]!.number)
    await three
  })

  it('are on the disk before who posted them is answered when it does not take them in time, and come again', async () => {
    const { world, ann, bob } = await keeping()
    const bytes = new Uint8Array(randomBytes(64))
    let isAnswered = false
    const posted = bob.client.postPipe(address(1), bytes).then(() => { isAnswered = isOnDisk(world, bytes) })
    await heard(ann, 1)
    assert.ok(!isOnDisk(world, bytes))
    world.clock.advance(handMs)
    await posted
    assert.ok(isAnswered)
    const again = await party(world, ann.person)
    await again.client.keepPipe(address(1))
    await heard(again, 1)
    assert.deepEqual(again.pushes.kept[0]!.frame, bytes)
    await again.client.takenPipe(address(1), again.pushes.kept[0]!.number)
    assert.ok(!isOnDisk(world, bytes))
  })

  it('are written when it goes before it has taken them, or the relay stops', async () => {
    for (const end of ['device', 'relay'] as const) {
      const { world, ann, bob } = await keeping()
      const posted = bob.client.postPipe(address(1), frame('one'))
      await heard(ann, 1)
      if (end === 'device') await ann.client.close()
      else await world.restart()
      await posted
      const again = await party(world, ann.person)
      await again.client.keepPipe(address(1))
      await heard(again, 1)
      assert.deepEqual(textsOf(again), ['one'])
    }
  })

  it('go past none that waits', async () => {
    const { world, ann, bob } = await keeping()
    await ann.client.close()
    const again = await party(world, ann.person)
    await bob.client.postPipe(address(1), frame('one'))
    const [kept, two] = [again.client.keepPipe(address(1)), bob.client.postPipe(address(1), frame('two'))]
    await kept
    await heard(again, 2)
    assert.deepEqual(textsOf(again), ['one', 'two'])
    await again.client.takenPipe(address(1), again.pushes.kept[1]!.number)
    await two
    assert.ok(!isOnDisk(world, frame('two')))
  })

  it('go past none that is on its way to the disk, or from it', async () => {
    for (const way of ['to', 'from'] as const) {
      const [pushed, disk]: [string[], Array<{ number: number, frame: Uint8Array }>] = [[], way === 'from' ? [{ number: 1, frame: frame('one') }] : []]
      let open: () => void = () => undefined
      const gate = new Promise<void>(resolve => { open = resolve })
      const pipes = new KeptPipes({
        handMs, clock: new ManualClock(), scrubber: { expect: async () => undefined },
        frames: {
          keep: async () => undefined, waitAt: async () => disk.length > 0, numberBehind: (last: number) => Math.max(last, 1) + 1, drop: async () => 0,
          after: async (_account: unknown, _address: unknown, number: number) => { await gate; return disk.filter(one => one.number > number) },
          put: async (_address: unknown, bytes: Uint8Array) => { await gate; disk.push({ number: disk.length + 1, frame: bytes }) }
        } as never
      })
      const peer = { isLive: () => true, channel: { isClosed: false, remoteHello: { creditBytes: 1e6 }, tryPush: (_kind: number, body: Uint8Array) => { pushed.push(Buffer.from(pb.KeptPush.decode(body).frame).toString()); return true } } } as never
      const at = { bytes: address(1), name: 'at' }
      const first = way === 'to' ? pipes.post(at, frame('one')) : Promise.resolve()
      await pipes.keep(peer, new Person().account.key, [at])
      const second = pipes.post(at, frame('two'))
      open()
      await Promise.all([first, second])
      while (pushed.length < 2) await new Promise(setImmediate)
      assert.deepEqual(pushed, ['one', 'two'])
    }
  })

  it('go past none that was handed over, not taken, and is asked for again', async () => {
    const { world, ann, bob } = await keeping()
    const one = bob.client.postPipe(address(1), frame('one'))
    await heard(ann, 1)
    await ann.client.keepAgain(1, address(1))
    const two = bob.client.postPipe(address(1), frame('two'))
    await heard(ann, 3)
    assert.deepEqual(textsOf(ann), ['one', 'one', 'two'])
    await ann.client.takenPipe(address(1), ann.pushes.kept[2]!.number)
    await Promise.all([one, two])
    assert.ok(!isOnDisk(world, frame('one')))
  })

  it('that were on their way from the disk when all was asked for again go past none of it', async () => {
    const pushed: number[] = []
    const disk = Array.from({ length: LIMITS.keptFramesAhead + 2 }, (_, i) => ({ number: i + 1, frame: frame('x') }))
    let gate = Promise.resolve()
    const pipes = new KeptPipes({
      handMs, clock: new ManualClock(), scrubber: { expect: async () => undefined },
      frames: {
        keep: async () => undefined, waitAt: async () => true, drop: async (_account: unknown, _address: unknown, through: number) => through,
        after: async (_account: unknown, _address: unknown, number: number, limit: number) => { const found = disk.filter(one => one.number > number).slice(0, limit); await gate; return found }
      } as never
    })
    const peer = { isLive: () => true, channel: { isClosed: false, remoteHello: { creditBytes: 1e6 }, tryPush: (_kind: number, body: Uint8Array) => { pushed.push(pb.KeptPush.decode(body).number); return true } } } as never
    const at = { bytes: address(1), name: 'at' }
    const account = new Person().account.key
    await pipes.keep(peer, account, [at])
    await eventually(async () => pushed.length === LIMITS.keptFramesAhead)
    let open: () => void = () => undefined
    gate = new Promise<void>(resolve => { open = resolve })
    // It reads on behind what was handed over.
    await pipes.taken(account, at, 10)
    await pipes.keep(peer, account, [at], { again: 1 })
    open()
    await eventually(async () => pushed.includes(disk.length))
    assert.deepEqual(pushed.slice(LIMITS.keptFramesAhead), disk.slice(10).map(({ number }) => number))
  })

  it('do not count as taken by the word of another account', async () => {
    const { world, ann, bob } = await keeping()
    let isAnswered = false
    const posted = bob.client.postPipe(address(1), frame('one')).then(() => { isAnswered = true })
    await heard(ann, 1)
    await bob.client.takenPipe(address(1), ann.pushes.kept[0]!.number)
    assert.ok(!isAnswered)
    world.clock.advance(handMs)
    await posted
    assert.ok(isOnDisk(world, frame('one')))
  })
})

describe('frames at open addresses', () => {
  const many = Array.from({ length: 400 }, (_, i) => { const at = address(7); new DataView(at.buffer).setUint32(0, i); return at })
  const large = new Uint8Array(LIMITS.keptOpenFrameBytes)

  /** Ann is away, with frames kept at open addresses, few at each, and at another one; a contact has a key to her inbox. */
  async function away (few = 2): Promise<{ world: World, ann: Party, contact: () => Promise<Party> }> {
    const world = await World.create({ rates: { pipes: often, calls: often } })
    const ann = await party(world)
    const inbox = await world.log(ann.client, 'inbox')
    await ann.client.putManifest(ann.person.publish({ inbox: { log: inbox.id, requests: null, key: x25519Key(new Uint8Array(32).fill(9)) } }))
    const grant = signerFromSeed(randomBytes(32))
    await ann.client.grant(inbox.id, { key: grant.key, expiresAt: 0 })
    await ann.client.keepFew(few, ...many)
    await ann.client.keepPipe(address(1))
    await ann.client.close()
    const contact = async (): Promise<Party> => {
      const known = await party(world)
      await known.client.prove(known.client.proof(inbox.id, RIGHT.append, grant))
      return known
    }
    return { world, ann, contact }
  }

  it('have room of their own: who fills it takes none from others, over a restart too', async () => {
    const { world, ann, contact } = await away()
    const bob = await contact()
    await assert.rejects(bob.client.postPipe(many[0]!, new Uint8Array(LIMITS.keptOpenFrameBytes + 1)), { code: 'ERR_TOO_LARGE' })
    const fits = Math.floor(LIMITS.keptOpenBytes / large.length)
    for (let i = 0; i < fits; i++) await bob.client.postPipe(many[i]!, large)
    await assert.rejects(bob.client.postPipe(many[fits]!, large), QuotaError)
    await world.restart()
    const later = await contact()
    await assert.rejects(later.client.postPipe(many[fits]!, large), QuotaError)
    await later.client.postPipe(address(1), new Uint8Array(LIMITS.pipeFrameBytes))
    const again = await party(world, ann.person)
    await again.client.keepFew(2, many[0]!)
    await heard(again, 1)
    await again.client.takenPipe(many[0]!, again.pushes.kept[0]!.number)
    await later.client.postPipe(many[fits]!, large)
  })

  it('leave room for contacts, however many strangers fill theirs, over a restart too', async () => {
    const { world, ann, contact } = await away()
    const strangers = [await party(world), await party(world)]
    const fits = Math.floor(LIMITS.keptStrangersBytes / large.length)
    for (let i = 0; i < fits; i++) await strangers[i % 2]!.client.postPipe(many[i]!, large)
    for (const { client } of strangers) await assert.rejects(client.postPipe(many[fits]!, large), QuotaError)
    await (await contact()).client.postPipe(many[fits]!, large)
    await world.restart()
    await assert.rejects((await party(world)).client.postPipe(many[fits + 1]!, large), QuotaError)
    await (await contact()).client.postPipe(many[fits + 1]!, large)
    const again = await party(world, ann.person)
    await again.client.keepFew(2, many[0]!)
    await heard(again, 1)
    await again.client.takenPipe(many[0]!, again.pushes.kept[0]!.number)
    await (await party(world)).client.postPipe(many[fits + 2]!, large)
  })

  it('leave a contact room at one address too, where several people may post', async () => {
    const { world, contact } = await away(16)
    const stranger = await party(world)
    for (let i = 0; i < LIMITS.keptStrangersPerAddress; i++) await stranger.client.postPipe(many[0]!, frame('x'))
    await assert.rejects(stranger.client.postPipe(many[0]!, frame('x')), QuotaError)
    const known = await contact()
    for (let i = LIMITS.keptStrangersPerAddress; i < 16; i++) await known.client.postPipe(many[0]!, frame('x'))
    await assert.rejects(known.client.postPipe(many[0]!, frame('x')), QuotaError)
  })
})

describe('frames kept for a node', () => {
  let scene: Scene
  let pool: RelayPool | undefined
  beforeEach(() => { scene = new Scene() })
  afterEach(async () => {
    await pool?.close()
    await scene.end()
  })

  it('are taken once each is dealt with, and then in no file of the relay', async () => {
    let wake: () => void = () => undefined
    const relay = await scene.relay({ scrubMs: 1, handMs: 0 })
    const person = await scene.person()
    pool = createRelayPool({ dialer: hostDialer(person.host), account: person.account.key, manifest: () => person.bytes, token: () => undefined, timing: { retryBaseMs: 10, retryCapMs: 40 } })
    const link: RelayLink = pool.link(relay.key, relay.addresses())
    const [first, second] = [new Uint8Array(randomBytes(512)), new Uint8Array(randomBytes(512))]
    const got: Uint8Array[] = []
    let failing = true
    link.onKept(async (_at, bytes) => {
      if (failing) throw new Error('the disk is full')
      got.push(bytes.slice())
      wake()
    })
    await link.keepPipes([address(1)])
    await link.postPipe(address(1), first)
    const filesWith = async (bytes: Uint8Array): Promise<number> => {
      let count = 0
      for (const entry of await readdir(scene.directories[0]!, { recursive: true, withFileTypes: true })) {
        // Files come and go while the store tidies up.
        const file = entry.isFile() ? await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0)) : Buffer.alloc(0)
        if (holdsBytes(file, bytes)) count++
      }
      return count
    }
    assert.equal(await filesWith(first), 1, 'it waits on the disk')
    failing = false
    await pool.close()
    pool = createRelayPool({ dialer: hostDialer(person.host), account: person.account.key, manifest: () => person.bytes, token: () => undefined, timing: { retryBaseMs: 10, retryCapMs: 40 } })
    const again = pool.link(relay.key, relay.addresses())
    again.onKept(async (_at, bytes) => { got.push(bytes.slice()); wake() })
    await again.keepPipes([address(1)])
    await again.postPipe(address(1), second)
    while (got.length < 2) await new Promise<void>(resolve => { wake = resolve })
    assert.deepEqual(got, [first, second])
    // The store lets go of its old files a while after it has rewritten them.
    await eventually(async () => await filesWith(first) + await filesWith(second) === 0)
  })
})
