import assert from 'node:assert/strict'
import { LIMITS, METHOD, pb, RIGHT, SessionError, signAccountDeletion, UnavailableError, type KeyBytes } from '../../src/protocol/wire/index.js'
import { hostDial, type DialHome } from '../../src/relay/mirrors/dial.js'
import { stepLink, type LinkState } from '../../src/relay/mirrors/link-machine.js'
import { Wishes } from '../../src/relay/mirrors/wishes.js'
import { openLocalChannel } from '../../src/relay/local-channel.js'
import type { GatewayChannel } from '../../src/relay/net/index.js'
import { GatewayService } from '../../src/relay/gateway-handler.js'
import { wireServices } from '../../src/relay/services.js'
import type { PartialServiceOptions } from '../../src/relay/options.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { askMirror, lend, mirrorRequest } from './kit/mirrors.js'
import { Client, data, newKey, Person, Pushes, TestLog, World } from './kit/world.js'

const DAY = 86_400_000

/** A relay that mirrors, over channels within this process, by the home's clock. */
async function mirrorOf (home: World, options: PartialServiceOptions = {}): Promise<{ key: KeyBytes, device: (person: Person, pushes?: Pushes) => Promise<Client>, set: Awaited<ReturnType<typeof wireServices>>, away: { now: boolean }, links: GatewayChannel[] }> {
  const signer = newKey()
  const away = { now: false }
  const links: GatewayChannel[] = []
  const dial: DialHome = async (_addrs, _home, { onPush }) => {
    if (away.now) throw new UnavailableError('nobody is there')
    const link = home.services.connect(signer.key, onPush)
    links.push(link)
    return link
  }
  const store = await openMemoryStore({ clock: home.clock, sweepMs: 0 })
  const set = await wireServices({ store, signer, clock: home.clock, dial }, { admission: 'open', ...options })
  const { handler, onChannel } = new GatewayService(set)
  const device = async (person: Person, pushes?: Pushes): Promise<Client> => {
    const client = new Client(openLocalChannel({ device: person.phone.key, home: signer.key, handler, onChannel, ...pushes === undefined ? {} : { onPush: pushes.handler } }))
    await client.open(person)
    return client
  }
  return { key: signer.key, device, set, away, links }
}

const request = (home: World, log: TestLog, relay: KeyBytes, ms = DAY, change: Partial<pb.MirrorRequest> = {}): pb.MirrorRequest => mirrorRequest(log, { key: home.home.key, addresses: () => ['/memory/home'] }, relay, {
  delegations: lend(log, home.home.key, relay, [[RIGHT.mirror, log.mirror], [RIGHT.append, log.epoch.append]], home.clock.now() + ms), ...change
})

describe('relay: what mirrors are given, and for how long', () => {
  it('is what was lent: a mirror stops when it ends, and goes on when a device lends again', async () => {
    const home = await World.create()
    const ann = await home.client(new Person())
    const log = await home.log(ann)
    const { device, key } = await mirrorOf(home)
    const pushes = new Pushes()
    const bobs = new Person()
    const bob = await device(bobs, pushes)
    assert.equal((await askMirror(bob, request(home, log, key, 300_000))).current, true)
    await bob.prove(bob.proof(log.id, RIGHT.read, log.epoch.read), bob.proof(log.id, RIGHT.append, log.epoch.append))
    await bob.follow(log.id)
    await ann.appendOne(log.id, data('one'))
    await pushes.until(() => pushes.texts.length === 1)
    home.clock.advance(290_000)
    for (const client of [ann, bob]) await client.renew()
    home.clock.advance(20_000)
    await ann.appendOne(log.id, data('two'))
    await assert.rejects(bob.appendOne(log.id, data('mine')), { code: 'ERR_FORBIDDEN' })
    assert.equal((await askMirror(bob, request(home, log, key, 300_000))).current, true)
    await pushes.until(() => pushes.texts.length === 2)
    await bob.appendOne(log.id, data('mine'), 2)
  })

  it('is paid for by an account that wants it: another takes over when it is deleted, and with the last one it is gone', async () => {
    const home = await World.create()
    const log = await home.log(await home.client(new Person()))
    const { device, key, set } = await mirrorOf(home)
    const [bob, carol] = [new Person(), new Person()]
    const [atBob, atCarol] = [await device(bob), await device(carol)]
    for (const client of [atBob, atCarol]) await askMirror(client, request(home, log, key))
    assert.deepEqual([(await atBob.usage()).logs, (await atCarol.usage()).logs], [1, 0])
    await atBob.deleteAccount(signAccountDeletion({ account: bob.account.key, relay: key, time: home.clock.now() }, bob.phone))
    assert.equal((await atCarol.usage()).logs, 1)
    assert.equal(set.mirrors.counts.logs, 1)
    await atCarol.channel.call(METHOD.unmirror, pb.LogRequest.encode({ log: log.id }))
    assert.deepEqual(set.mirrors.counts, { logs: 0, broken: 0, homes: 0, connected: 0 })
    await assert.rejects(set.store.logs.head(log.id), { code: 'ERR_NOT_FOUND' })
  })

  it('is bounded by the quota of who pays: the copy stays as it was, and goes on when there is room', async () => {
    const home = await World.create()
    const ann = await home.client(new Person())
    const log = await home.log(ann)
    const { device, key, set } = await mirrorOf(home, { quota: { accountBytes: 1000 } })
    const bob = await device(new Person())
    await ann.appendOne(log.id, data('small'))
    const first = await askMirror(bob, request(home, log, key))
    assert.equal(first.current, true)
    await ann.appendOne(log.id, data('x'.repeat(2000)))
    const mirrored = set.mirrors.find(Buffer.from(log.id).toString('latin1'))!
    while (mirrored.trouble === undefined) await mirrored.change()
    const { seq, trouble } = await set.mirrors.stateOf(mirrored)
    assert.deepEqual([seq, trouble?.code], [1, 'ERR_QUOTA'])
    assert.equal(mirrored.failures, 1)
  })

  it('is at most so many logs of an account, and so many homes', async () => {
    const store = await openMemoryStore()
    const wishes = new Wishes(store.records)
    const account = new Person().account.key
    const name = Buffer.from(account).toString('latin1')
    const logOf = (n: number): Uint8Array => Uint8Array.from(Buffer.concat([Buffer.from([0x12, 0x20]), Buffer.alloc(28), Buffer.from(Uint32Array.of(n).buffer)]))
    await Promise.all(Array.from({ length: LIMITS.mirrorsPerAccount }, (_, n) => wishes.add(account, logOf(n))))
    const nameOf = (n: number): string => Buffer.from(logOf(n)).toString('latin1')
    assert.throws(() => { wishes.requireRoom(name, nameOf(LIMITS.mirrorsPerAccount)) }, { code: 'ERR_QUOTA' })
    wishes.requireRoom(name, nameOf(5))
    await store.close()
    const home = await World.create()
    const ann = await home.client(new Person())
    const { device, key, away } = await mirrorOf(home)
    away.now = true
    const bob = await device(new Person())
    const log = await home.log(ann)
    const other = async (): Promise<pb.MirrorReply> => {
      const elsewhere = newKey().key
      return await askMirror(bob, { ...request(home, new TestLog(elsewhere), key), home: elsewhere })
    }
    for (let n = 0; n < LIMITS.mirrorHomesPerAccount; n++) await other()
    await assert.rejects(other(), { code: 'ERR_QUOTA', details: { quotaHomes: LIMITS.mirrorHomesPerAccount } })
    await assert.rejects(askMirror(bob, request(home, log, key)), { code: 'ERR_QUOTA' })
  })

  it('keeps each device\'s order, and a refusal of one refuses nothing of another', async () => {
    const home = await World.create()
    const atHome = await home.client(new Person())
    const log = await home.log(atHome)
    const { device, key } = await mirrorOf(home)
    const [atMirror, other] = [await device(new Person()), await device(new Person())]
    await askMirror(atMirror, request(home, log, key))
    for (const client of [atMirror, other]) await client.prove(client.proof(log.id, RIGHT.read, log.epoch.read), client.proof(log.id, RIGHT.append, log.epoch.append))
    const sent: Array<Promise<unknown>> = []
    const refused: Array<Promise<string>> = []
    const code = async (append: Promise<unknown>): Promise<string> => await append.then(() => 'taken', (error: unknown) => (error as { code: string }).code)
    for (let i = 0; i < 30; i++) {
      sent.push(other.appendOne(log.id, data(`carol ${i}`), 1))
      refused.push(code(i === 10 ? atMirror.appendOne(log.id, data('bob: a wrong expectation', { expectHead: 0 }), 1) : atMirror.appendOne(log.id, data(`bob ${i}`), 1)))
    }
    await Promise.all(sent)
    assert.deepEqual(await Promise.all(refused), Array.from({ length: 30 }, (_, i) => i < 10 ? 'taken' : 'ERR_CONFLICT'))
    await atMirror.appendOne(log.id, data('bob again'), 2)
    const order = (await atHome.read(log.id)).entries.map(({ payload }) => Buffer.from(payload!).toString())
    assert.deepEqual(order.filter(text => text.startsWith('carol')), Array.from({ length: 30 }, (_, i) => `carol ${i}`))
    assert.deepEqual(order.filter(text => text.startsWith('bob')), [...Array.from({ length: 10 }, (_, i) => `bob ${i}`), 'bob again'])
  })

  it('may be shown just when the home is lost: the device hears that it is away, and not that its own session is over', async () => {
    const home = await World.create()
    const atHome = await home.client(new Person())
    const log = await home.log(atHome)
    const { device: come, key, links } = await mirrorOf(home)
    const device = await come(new Person())
    await askMirror(device, request(home, log, key))
    const [link] = links
    await device.prove(device.proof(log.id, RIGHT.read, log.epoch.read), device.proof(log.id, RIGHT.append, log.epoch.append))
    const call = link!.call.bind(link)
    for (const [i, why] of [new UnavailableError('the channel is closed'), new SessionError('no session')].entries()) {
      link!.call = async (method, ...rest) => {
        if (method === METHOD.prove) throw why
        return await call(method, ...rest)
      }
      await assert.rejects(device.appendOne(log.id, data('lost'), i + 1), { code: 'ERR_UNAVAILABLE', details: { home: 'away' } })
    }
    link!.call = call
    await device.appendOne(log.id, data('taken'), 3)
    assert.equal((await atHome.head(log.id)).seq, 1)
  })

  it('leads no relay into its own network', async () => {
    const signal = new AbortController().signal
    const nobody = new Proxy({}, { get: () => { throw new Error('the host was used') } })
    for (const address of ['/ip4/127.0.0.1/tcp/1', '/ip4/10.0.0.1/tcp/1', '/ip6/::1/tcp/1', '/dns4/localhost/tcp/1', '/unix/tmp', '/ip4/1.2.3.4/udp/1']) {
      await assert.rejects(hostDial(nobody as never, false)([address], newKey().key, { signal }), { code: 'ERR_UNAVAILABLE', message: /may be dialed/ }, address)
    }
  })

  it('is not for guests, nor at relays that mirror nothing', async () => {
    const home = await World.create()
    const log = await home.log(await home.client(new Person()))
    const plain = await World.create()
    const bob = await plain.client(new Person())
    await assert.rejects(askMirror(bob, request(home, log, plain.home.key)), { code: 'ERR_UNSUPPORTED' })
    const closed = await mirrorOf(home, { admission: 'closed' })
    const guest = await closed.device(new Person())
    await assert.rejects(askMirror(guest, request(home, log, closed.key)), { code: 'ERR_ADMISSION' })
  })
})

describe('relay: the link to another home', () => {
  it('waits longer after each failure, up to half a minute, and begins anew after it has held', () => {
    let state: LinkState = { at: 'idle' }
    const waits: number[] = []
    state = stepLink(state, { type: 'needed' }).state
    for (let i = 0; i < 12; i++) {
      const lost = stepLink(state, { type: 'lost', now: 0, random: 0.999 })
      waits.push(...lost.effects.flatMap(effect => effect.type === 'wait' ? [effect.ms] : []))
      state = stepLink(lost.state, { type: 'due' }).state
      assert.equal(state.at, 'dialing')
    }
    assert.ok(waits.every((ms, i) => i === 0 || ms >= waits[i - 1]!))
    assert.ok(waits[0]! <= LIMITS.linkRetryBaseMs && waits.at(-1)! <= LIMITS.linkRetryCapMs)
    state = stepLink(state, { type: 'opened', now: 1000 }).state
    const [effect] = stepLink(state, { type: 'lost', now: 1000 + LIMITS.linkStableMs, random: 0.999 }).effects
    assert.ok(effect?.type === 'wait' && effect.ms <= LIMITS.linkRetryBaseMs)
  })

  it('stays away as long as a home asks, dials at once when it is needed, and rests when it is not', () => {
    const dialing = stepLink({ at: 'idle' }, { type: 'needed' })
    assert.deepEqual(dialing.effects, [{ type: 'dial' }])
    const lost = stepLink(dialing.state, { type: 'lost', now: 0, random: 0, retryMs: 5000 })
    assert.deepEqual(lost.effects, [{ type: 'wait', ms: 5000 }])
    assert.deepEqual(stepLink(lost.state, { type: 'needed' }).effects, [{ type: 'dial' }])
    assert.deepEqual(stepLink(lost.state, { type: 'unneeded' }), { state: { at: 'idle' }, effects: [{ type: 'close' }] })
    assert.deepEqual(stepLink({ at: 'idle' }, { type: 'lost', now: 0, random: 0 }).effects, [])
  })
})
