/** What strangers can say of a relay's addresses, and what the pool makes of it. */
import assert from 'node:assert/strict'
import { LIMITS, openManifest, peerIdText, randomSeed, signerFromSeed, UnavailableError, type PetrelError } from '../../../src/protocol/wire/index.js'
import { createRelayPool, Visitor, type Dialer, type RelayPool } from '../../../src/node/gateway/index.js'
import { RelayAddresses } from '../../../src/node/gateway/addresses.js'
import { inState, linked, reconnected } from './support.js'

const RELAY = signerFromSeed(new Uint8Array(32).fill(3)).key
const GOOD = '/ip4/192.0.2.1/tcp/4001'
const made = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `/ip4/198.51.100.${(from + i) % 250}/tcp/${1000 + from + i}`)

/** A dialer that never arrives, and notes what it was to dial and what was given up. */
class NoWay implements Dialer {
  readonly dials: Array<readonly string[]> = []
  async dial (addrs: readonly string[], _peer: Uint8Array, { signal }: { readonly signal: AbortSignal }): Promise<never> {
    this.dials.push(addrs)
    return await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(new UnavailableError('given up')) }) })
  }

  hangUp (): void { /* There is nothing to drop. */ }
}

async function pooled (run: (pool: RelayPool, dialer: NoWay) => void | Promise<void>, options: { homeAddrs?: () => string[] | undefined } = {}): Promise<void> {
  const dialer = new NoWay()
  const pool = createRelayPool({ dialer, account: RELAY, manifest: () => new Uint8Array(1), token: () => undefined, ...options })
  try {
    await run(pool, dialer)
  } finally {
    await pool.close()
  }
}

describe('a relay\'s addresses', () => {
  it('that work stay first, whatever is made up afterwards', () => {
    const addrs = new RelayAddresses([...made(0, 3), GOOD])
    addrs.worked(`${GOOD}/p2p/${peerIdText(RELAY)}`)
    for (let from = 100; from < 1000; from += 20) {
      addrs.learn(made(from, 20))
      assert.equal(addrs.list[0], GOOD)
      assert.ok(addrs.list.length <= LIMITS.addressesPerRelay)
    }
  })

  it('that are true get in, however many were made up before', () => {
    const addrs = new RelayAddresses(made(0, 40))
    addrs.learn(made(100, 40))
    addrs.learn([GOOD])
    assert.ok(addrs.list.includes(GOOD))
  })

  it('are news once: those who contradict each other do not keep a link busy', () => {
    const addrs = new RelayAddresses([GOOD])
    let news = 0
    for (let round = 0; round < 500; round++) for (const from of [0, 100, 200]) if (addrs.learn(made(from, 8))) news++
    assert.equal(news, 3)
    for (let from = 0; from < 100_000; from += 8) if (addrs.learn(made(from, 8))) news++
    assert.ok(news < 60, `${news} times`)
  })

  it('are replaced by the person\'s own word', () => {
    const addrs = new RelayAddresses(made(0, 5))
    assert.equal(addrs.replace([GOOD]), true)
    assert.equal(addrs.replace([GOOD]), false)
    assert.deepEqual(addrs.list, [GOOD])
  })
})

describe('the pool of links', () => {
  it('dials no more addresses than a visit can carry, and lets a dial go on while others repeat what they say', async () => {
    await pooled((pool, dialer) => {
      for (let round = 0; round < 50; round++) {
        pool.link(RELAY, made(0, 32))
        pool.link(RELAY, made(100, 32))
      }
      assert.ok(dialer.dials.length <= 2, `${dialer.dials.length} dials`)
      for (const addrs of dialer.dials) assert.ok(addrs.length <= LIMITS.addressesPerRelay)
    })
  })

  it('dials a home where this account says it is, whatever others say', async () => {
    await pooled((pool, dialer) => {
      for (const from of [0, 100, 200]) assert.deepEqual(pool.link(RELAY, made(from, 8)).addrs, [GOOD])
      assert.deepEqual(dialer.dials, [[GOOD]])
    }, { homeAddrs: () => [GOOD] })
  })

  it('learns by connecting which address works', async () => {
    await linked(async ({ relay, pool }) => {
      const link = pool.link(relay.key, relay.addrs)
      await inState(link, 'connected')
      const [works] = relay.addrs
      link.setAddrs([...Array.from({ length: 12 }, (_, i) => `/ip4/127.0.0.1/tcp/${i + 1}/p2p/${peerIdText(relay.key)}`), works!])
      relay.cut()
      await reconnected(link)
      for (const from of [0, 100, 200, 300]) pool.link(relay.key, made(from, 16))
      assert.equal(link.addrs[0], works)
      assert.equal(link.state, 'connected')
    })
  })
})

describe('visits', () => {
  const noHome = async (): Promise<never> => { throw new UnavailableError('no home') }
  const dialing = { signal: new AbortController().signal }

  it('show each relay the same pseudonym every time, and no two relays the same one', () => {
    const secret = randomSeed()
    const [visitor, again, other] = [secret, secret, randomSeed()].map(one => new Visitor({ secret: one, through: noHome })) as [Visitor, Visitor, Visitor]
    const elsewhere = signerFromSeed(new Uint8Array(32).fill(4)).key
    const here = visitor.identityFor(RELAY)
    assert.deepEqual(again.identityFor(RELAY).manifest, here.manifest)
    const [device] = openManifest(here.manifest).manifest.devices
    assert.notDeepEqual(device!.key, here.account)
    for (const one of [visitor.identityFor(elsewhere), other.identityFor(RELAY)]) {
      assert.notDeepEqual(one.account, here.account)
      assert.notDeepEqual(one.manifest, here.manifest)
    }
  })

  it('end with the node: closing waits for none that cannot begin, and none begins afterwards', async () => {
    const visitor = new Visitor({ secret: randomSeed(), through: noHome })
    const { dialer } = visitor.identityFor(RELAY)
    await assert.rejects(dialer.dial([GOOD], RELAY, dialing), (e: PetrelError) => e instanceof UnavailableError)
    dialer.hangUp(RELAY, new UnavailableError('gone'))
    await visitor.close()
    await assert.rejects(dialer.dial([GOOD], RELAY, dialing), /closing/u)
  })
})
