import assert from 'node:assert/strict'
import {
  AbortedError, AdmissionError, entryHash, ForbiddenError, METHOD, ProofError, RIGHT, ROLE, SessionError, signerFromSeed, randomSeed, UnavailableError, PetrelError, verifyRun, chainStart, verifyHead
} from '../../../src/protocol/wire/index.js'
import { createRelayPool, hostDialer } from '../../../src/node/gateway/index.js'
import { quietHost } from '../../relay/net/support.js'
import { FakeRelay } from './fake-relay.js'
import { anId, inState, linked, Listener, reconnected, upTo } from './support.js'

describe('a link to a relay', () => {
  it('opens a session, calls, appends and reads', async () => {
    await linked(async ({ relay, link, pool }) => {
      assert.equal(link.state, 'connecting')
      await link.ready()
      assert.deepEqual([link.state, link.role, link.lastError], ['connected', ROLE.hosted, null])
      assert.deepEqual(await link.usage(), { role: ROLE.hosted, logs: 0, bytes: 7, quotaBytes: 9 })
      const log = relay.makeLog()
      const payload = Uint8Array.of(1, 2, 3)
      const id = anId()
      const [first] = await link.append(log, [{ id, kind: 0, payload }])
      assert.ok(!(first instanceof PetrelError) && first !== undefined)
      assert.deepEqual([first.duplicate, first.receipt.statement.seq, first.receipt.statement.entry, first.receipt.home], [false, 1, entryHash(payload), relay.key])
      const [again] = await link.append(log, [{ id, kind: 0, payload: Uint8Array.of(9) }])
      assert.ok(!(again instanceof PetrelError) && again !== undefined && again.duplicate)
      const page = await link.read(log, 0, 10)
      const { to } = verifyRun({ seq: 0, hash: chainStart(log, relay.key) }, page.entries)
      verifyHead(page.head, { log, home: relay.key, term: 1, at: to })
      assert.equal(to.seq, 1)
      assert.equal(pool.link(relay.key, relay.addrs), link)
      assert.deepEqual(pool.links(), [link])
    })
  })

  it('gives each refused item its own error, and passes the relay\'s errors on by class', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      const results = await link.append(log, [{ id: anId(), kind: 0, payload: Uint8Array.of(1) }, { id: anId(), kind: 99, payload: Uint8Array.of(2) }])
      assert.ok(!(results[0] instanceof PetrelError))
      assert.ok(results[1] instanceof ForbiddenError)
      await assert.rejects(link.read(new Uint8Array(34), 0, 1), { code: 'ERR_NOT_FOUND' })
    })
  })

  it('takes no receipt for another payload', async () => {
    await linked(async ({ relay, link }) => {
      relay.receiptFor = () => Uint8Array.of(0)
      const [result] = await link.append(relay.makeLog(), [{ id: anId(), kind: 0, payload: Uint8Array.of(1) }])
      assert.ok(result instanceof ProofError)
    })
  })

  it('comes back by itself after its connection is cut, and after the relay was away', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      relay.cut()
      await reconnected(link)
      await relay.stop()
      await inState(link, 'waiting')
      assert.ok(link.lastError instanceof UnavailableError)
      const waiting = link.usage()
      await relay.start()
      assert.equal((await waiting).bytes, 7)
    })
  })

  it('rejects calls in flight when the connection dies, and does not send them again', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      await link.ready()
      const gate = Promise.withResolvers<undefined>()
      relay.refuse = call => {
        if (call.method !== METHOD.append) return undefined
        setImmediate(() => { relay.cut(); gate.resolve(undefined) })
        return new UnavailableError('never heard')
      }
      const call = link.append(log, [{ id: anId(), kind: 0, payload: Uint8Array.of(1) }])
      await assert.rejects(call, UnavailableError)
      await gate.promise
      relay.refuse = undefined
      await link.usage()
      assert.equal(relay.count(METHOD.append), 1)
    })
  })

  it('says that nothing was sent when no session came in time, and why', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      await relay.stop()
      await inState(link, 'waiting')
      await assert.rejects(link.usage({ deadlineMs: 30 }), { code: UnavailableError.code, details: { sent: false }, message: /cannot be reached/ })
      await assert.rejects(link.usage({ signal: AbortSignal.timeout(10) }), AbortedError)
      await assert.rejects(link.ready({ signal: AbortSignal.abort() }), AbortedError)
      await relay.start()
    })
  })

  it('renews its session before it ends, without anybody noticing', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      const states: string[] = []
      link.onState(({ state }) => states.push(state))
      await relay.next(METHOD.renewSession)
      await relay.next(METHOD.renewSession)
      await link.usage()
      assert.deepEqual(states, [])
      assert.equal(relay.count(METHOD.openSession), 1)
    }, { prepare: relay => { relay.sessionMs = 3000 } })
  })

  it('opens a new session when the relay forgot it, and makes the call once more', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      relay.forgetSessions()
      const results = await Promise.all([link.usage(), link.usage(), link.usage()])
      assert.equal(results.length, 3)
      assert.equal(relay.count(METHOD.openSession), 2)
    })
  })

  it('gives a session error to the caller when a new session does not help', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      relay.refuse = call => call.method === METHOD.usage ? new SessionError('never good enough') : undefined
      await assert.rejects(link.usage(), SessionError)
      assert.equal(relay.count(METHOD.usage), 2)
    })
  })

  it('shows a new manifest at the next renewal, in a new session that knows its capabilities', async () => {
    await linked(async ({ relay, link }) => {
      const key = signerFromSeed(randomSeed())
      const log = relay.makeLog(key.key)
      link.setCapability(log, RIGHT.read, key)
      await link.read(log, 0, 1)
      link.setManifest(Uint8Array.of(2))
      await relay.next(METHOD.openSession)
      await link.read(log, 0, 1)
      assert.deepEqual(relay.manifests, [Uint8Array.of(1), Uint8Array.of(2)])
    }, { prepare: relay => { relay.sessionMs = 2000 } })
  })

  it('is refused by a relay that asks for a token, and let in with it', async () => {
    await linked(async ({ relay, link }) => {
      await inState(link, 'refused')
      assert.ok(link.lastError instanceof AdmissionError)
      await assert.rejects(link.ready(), AdmissionError)
      await assert.rejects(link.usage(), AdmissionError)
      const opened = relay.count(METHOD.openSession)
      link.setToken('wrong')
      await inState(link, 'refused')
      link.setToken('right')
      await link.ready()
      assert.equal((await link.usage()).bytes, 7)
      assert.equal(relay.count(METHOD.openSession), opened + 2)
    }, { prepare: relay => { relay.token = 'right' } })
  })

  it('is raised from guest to host by a token, in a new session', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      assert.equal(link.role, ROLE.guest)
      relay.role = 1
      link.setToken('a token')
      await relay.next(METHOD.openSession)
      await link.ready()
      assert.equal(link.role, ROLE.hosted)
    }, { prepare: relay => { relay.role = 0 } })
  })

  it('refuses a relay with another key, and says so', async () => {
    await linked(async ({ relay, pool }) => {
      const other = signerFromSeed(randomSeed()).key
      const link = pool.link(other, relay.addrs.map(address => address.replace(/\/p2p\/.*/, '')))
      await inState(link, 'refused')
      assert.ok(link.lastError instanceof ProofError)
      await assert.rejects(link.usage(), { code: ProofError.code, message: /another key/ })
    })
  })

  it('goes to a new address when it is given one', async () => {
    await linked(async ({ relay, pool }) => {
      const seed = randomSeed()
      const link = pool.link(signerFromSeed(seed).key, ['/ip4/127.0.0.1/tcp/1'])
      await inState(link, 'waiting')
      const other = await FakeRelay.start(seed)
      try {
        assert.equal(pool.link(other.key, other.addrs), link)
        await link.ready()
        assert.notDeepEqual(other.addrs, relay.addrs)
      } finally {
        await link.close()
        await other.stop()
      }
    })
  })

  it('comes back after the time a draining relay names, and finishes its calls meanwhile', async () => {
    const moved: unknown[] = []
    await linked(async ({ relay, link }) => {
      await link.ready()
      const [channel] = relay.listener.channels
      const inFlight = link.usage()
      channel!.moved(['/ip4/192.0.2.1/tcp/1'], 20)
      await inFlight
      await reconnected(link)
      assert.equal(relay.count(METHOD.openSession), 2)
      assert.deepEqual(moved, [{ relays: ['/ip4/192.0.2.1/tcp/1'], retryMs: 20 }])
    }, { onMoved: (_peer, notice) => moved.push(notice) })
  })

  it('goes to another address of the same relay at once when it is told to', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      const opened = relay.next(METHOD.openSession)
      const [channel] = relay.listener.channels
      channel!.moved(relay.addrs, 600_000)
      await opened
      await link.ready()
    })
  })

  it('notices a relay that is silent, and one that went silent when it is poked', async () => {
    await linked(async ({ relay, link, pool, pipe }) => {
      for (const [probeIdleMs, poke] of [[60, false], [60_000, true]] as const) {
        const host = await quietHost({ role: 'node', listen: [] })
        const account = signerFromSeed(randomSeed()).key
        const probing = createRelayPool({ dialer: hostDialer(host), account, manifest: () => Uint8Array.of(1), token: () => undefined, timing: { retryBaseMs: 10, retryCapMs: 40, probeIdleMs, probeAnswerMs: 100 } })
        const through = probing.link(relay.key, [pipe.address])
        await through.ready()
        const back = reconnected(through)
        pipe.stopUp()
        if (poke) probing.poke()
        await back
        await through.usage()
        await probing.close()
        await host.stop()
      }
      assert.equal(link.state, 'connected')
      assert.equal(pool.links().length, 1)
    })
  })

  it('closes its session and itself: later calls say so', async () => {
    await linked(async ({ relay, pool, link }) => {
      const log = relay.makeLog()
      const listener = new Listener(link, log)
      await link.ready()
      const waiting = link.ready()
      await waiting
      await link.close()
      assert.equal(relay.count(METHOD.closeSession), 1)
      assert.equal(link.state, 'closed')
      await assert.rejects(link.usage(), { code: UnavailableError.code, message: /closed/ })
      assert.equal(listener.ended, undefined)
      assert.deepEqual(pool.links(), [])
      const fresh = pool.link(relay.key, relay.addrs)
      assert.notEqual(fresh, link)
      await fresh.ready()
      await pool.close()
      assert.throws(() => pool.link(relay.key, relay.addrs), UnavailableError)
    })
  })
})

describe('the capabilities of a link', () => {
  it('are proved many in one call, before the first call that needs them, and again in each session', async () => {
    await linked(async ({ relay, link }) => {
      const keys = upTo(30).map(() => signerFromSeed(randomSeed()))
      const logs = keys.map(key => relay.makeLog(key.key))
      logs.forEach((log, i) => { link.setCapability(log, RIGHT.read, keys[i]!) })
      await Promise.all(logs.map(async log => await link.read(log, 0, 1)))
      assert.deepEqual(relay.proofs, [30])
      relay.cut()
      await reconnected(link)
      await link.read(logs[7]!, 0, 1)
      assert.deepEqual(relay.proofs, [30, 30])
      relay.forgetSessions()
      await link.read(logs[8]!, 0, 1)
      assert.deepEqual(relay.proofs, [30, 30, 30])
      const late = upTo(5).map(() => signerFromSeed(randomSeed()))
      const lateLogs = late.map(key => relay.makeLog(key.key))
      lateLogs.forEach((log, i) => { link.setCapability(log, RIGHT.read, late[i]!) })
      await link.read(lateLogs[4]!, 0, 1)
      assert.deepEqual(relay.proofs, [30, 30, 30, 5])
    })
  })

  it('are proved at once while connected, without a call that needs them', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      for (const round of [1, 2, 3]) {
        const key = signerFromSeed(randomSeed())
        const proved = relay.next(METHOD.prove)
        link.setCapability(relay.makeLog(key.key), RIGHT.read, key)
        await proved
        await link.usage()
        assert.equal(relay.proofs.length, round)
      }
    })
  })

  it('are tried again before the next call when the log did not know them yet', async () => {
    await linked(async ({ relay, link }) => {
      const now = signerFromSeed(randomSeed())
      const next = signerFromSeed(randomSeed())
      const log = relay.makeLog(now.key)
      link.setCapability(log, RIGHT.read, next)
      await assert.rejects(link.read(log, 0, 1), ForbiddenError)
      relay.setRead(log, next.key)
      await link.read(log, 0, 1)
    })
  })

  it('are gone once dropped, in the next session', async () => {
    await linked(async ({ relay, link }) => {
      const key = signerFromSeed(randomSeed())
      const log = relay.makeLog(key.key)
      link.setCapability(log, RIGHT.read, key)
      await link.read(log, 0, 1)
      link.dropCapability(log, RIGHT.read)
      relay.cut()
      await reconnected(link)
      await assert.rejects(link.read(log, 0, 1), ForbiddenError)
    })
  })
})
