import assert from 'node:assert/strict'
import { encodeLeaf, decodeLeaf, ExistsError, ForbiddenError, InternalError, METHOD, ProofError, LIMITS, RIGHT, randomSeed, SessionError, signerFromSeed, verifyAttested } from '../../../src/protocol/wire/index.js'
import { inState, linked, Listener, reconnected, upTo } from './support.js'

describe('following a log over a link', () => {
  it('delivers what is there and what comes, in order', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      relay.add(log, 20)
      const listener = new Listener(link, log, 5)
      await listener.until(15)
      relay.add(log, 3)
      await listener.until(18)
      assert.deepEqual(listener.seqs, upTo(23).slice(5))
    })
  })

  it('goes on after cuts, restarts and lost sessions, without a gap or a double', async () => {
    await linked(async ({ relay, link }) => {
      const logs = [relay.makeLog(), relay.makeLog(), relay.makeLog()]
      const listeners = logs.map(log => new Listener(link, log))
      await link.ready()
      for (let round = 0; round < 12; round++) {
        for (const log of logs) relay.add(log, 11)
        if (round % 4 === 0) relay.cut()
        else if (round % 4 === 1) relay.endFollows(new SessionError('expired'))
        else if (round % 4 === 2) {
          await relay.stop()
          await relay.start()
        } else relay.endFollows(new InternalError('a fault'))
        for (const log of logs) relay.add(log, 5)
        if (round % 3 === 0) await Promise.all(listeners.map(async listener => { await listener.until((round + 1) * 16) }))
      }
      await Promise.all(listeners.map(async listener => { await listener.until(12 * 16) }))
      for (const listener of listeners) {
        assert.deepEqual(listener.seqs, upTo(12 * 16))
        assert.equal(listener.ended, undefined)
      }
    })
  })

  it('proves its key again in each session before it asks', async () => {
    await linked(async ({ relay, link }) => {
      const key = signerFromSeed(randomSeed())
      const log = relay.makeLog(key.key)
      link.setCapability(log, RIGHT.read, key)
      const listener = new Listener(link, log)
      relay.add(log, 1)
      await listener.until(1)
      relay.cut()
      relay.add(log, 1)
      await listener.until(2)
      assert.deepEqual([listener.seqs, listener.ended, relay.proofs], [[1, 2], undefined, [1, 1]])
    })
  })

  it('waits for its handler, and holds the relay back meanwhile', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      const gate = Promise.withResolvers<undefined>()
      let running = 0
      const listener = new Listener(link, log, 0, async () => {
        assert.equal(++running, 1, 'two runs at once')
        await gate.promise
        running--
      })
      relay.add(log, 100, 60_000)
      await listener.until(1)
      // Other calls go on, and one credit's worth at most has arrived: pushes are not read without bound.
      await link.usage()
      assert.equal(listener.seqs.length, 7)
      // A cut while the handler is at work: what arrived before is not delivered twice.
      relay.cut()
      await reconnected(link)
      await link.usage()
      assert.equal(relay.count(METHOD.follow), 1, 'the relay is asked for more before what came was taken')
      gate.resolve(undefined)
      await listener.until(100)
      assert.deepEqual(listener.seqs, upTo(100))
    })
  })

  it('hands over together what came while its handler was at work, with the word that came last, and no more than a run', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      const gate = Promise.withResolvers<undefined>()
      const runs: Array<readonly [count: number, head: number]> = []
      const listener = new Listener(link, log, 0, async (entries, head) => {
        if (entries.length > 0) runs.push([entries.length, verifyAttested(head).statement.seq])
        if (entries.length > 0) await gate.promise
      })
      await link.ready()
      relay.add(log, 1)
      await listener.until(1)
      for (let n = 0; n < LIMITS.runEntries / 100 + 1; n++) {
        relay.add(log, 100)
        await link.usage()
      }
      gate.resolve(undefined)
      const all = 1 + Math.ceil(LIMITS.runEntries / 100 + 1) * 100
      await listener.until(all)
      assert.deepEqual(listener.seqs, upTo(all))
      assert.equal(runs.length, 3)
      for (const [i, [count, head]] of runs.entries()) assert.ok(count <= LIMITS.runEntries && head >= runs.slice(0, i + 1).reduce((sum, [more]) => sum + more, 0), `${count} entries with a word about ${head}`)
    })
  })

  it('ends with the reason when the relay ends it for good, after what came before', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      relay.add(log, 7)
      const gate = Promise.withResolvers<undefined>()
      const listener = new Listener(link, log, 0, async () => { await gate.promise })
      await listener.until(7)
      relay.refuse = call => call.method === METHOD.follow ? new ForbiddenError('the key was replaced') : undefined
      relay.endFollows(new ForbiddenError('the key was replaced'))
      await link.usage()
      assert.equal(listener.ended, undefined)
      gate.resolve(undefined)
      assert.ok(await listener.end.promise instanceof ForbiddenError)
      relay.refuse = undefined
      const again = new Listener(link, log, 7)
      relay.add(log, 1)
      await again.until(1)
      assert.deepEqual(again.seqs, [8])
    })
  })

  it('goes on with the new key when the relay ends it because the key was replaced', async () => {
    await linked(async ({ relay, link }) => {
      const [old, next] = [signerFromSeed(randomSeed()), signerFromSeed(randomSeed())]
      const log = relay.makeLog(old.key)
      link.setCapability(log, RIGHT.read, old)
      const listener = new Listener(link, log)
      relay.add(log, 2)
      await listener.until(2)
      relay.setRead(log, next.key)
      link.setCapability(log, RIGHT.read, next)
      relay.endFollows(new ForbiddenError('the key was replaced'))
      relay.add(log, 2)
      await listener.until(4)
      assert.deepEqual([listener.seqs, listener.ended], [upTo(4), undefined])
    })
  })

  it('ends with the refusal when the relay will not let it follow', async () => {
    await linked(async ({ relay, link }) => {
      const listener = new Listener(link, relay.makeLog(signerFromSeed(randomSeed()).key))
      assert.ok(await listener.end.promise instanceof ForbiddenError)
      const nowhere = new Listener(link, new Uint8Array(34))
      assert.equal((await nowhere.end.promise).code, 'ERR_NOT_FOUND')
    })
  })

  it('ends when its handler fails, and delivers nothing more', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      relay.add(log, 50)
      const listener = new Listener(link, log, 0, async () => { throw new ProofError('not what was signed') })
      assert.ok(await listener.end.promise instanceof ProofError)
      await link.usage()
      assert.deepEqual(listener.seqs, upTo(7))
      const sync = new Listener(link, log, 0, () => { throw new ProofError('at once') })
      assert.equal((await sync.end.promise).message, 'at once')
      await link.usage()
      assert.equal(relay.follows(log), 0)
    })
  })

  it('delivers nothing once stopped, and can be followed anew at once', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      relay.add(log, 3)
      const first = new Listener(link, log)
      await first.until(3)
      assert.throws(() => link.follow(log, 0, () => undefined, () => {}), ExistsError)
      first.follow.stop()
      const second = new Listener(link, log, 1)
      relay.add(log, 2)
      await second.until(4)
      assert.deepEqual([first.seqs, second.seqs, first.ended], [[1, 2, 3], [2, 3, 4, 5], undefined])
      second.follow.stop()
      await relay.next(METHOD.unfollow)
      await link.usage()
      assert.equal(relay.follows(log), 0)
    })
  })

  it('asks again when the relay leaves entries out, and ends with a proof error when it goes on so', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      relay.add(log, 21)
      let lies = 2
      relay.mangle = entries => lies-- > 0 ? entries.slice(1) : entries
      const listener = new Listener(link, log)
      await listener.until(21)
      assert.deepEqual(listener.seqs, upTo(21))
      relay.mangle = entries => entries.slice(1)
      relay.add(log, 2)
      assert.ok(await listener.end.promise instanceof ProofError)
      assert.deepEqual(listener.seqs, upTo(21))
    })
  })

  it('ends with a proof error on entries that make no sense', async () => {
    await linked(async ({ relay, link }) => {
      const log = relay.makeLog()
      relay.add(log, 3)
      relay.mangle = entries => [entries[0]!, { ...entries[2]!, leaf: encodeLeaf({ ...decodeLeaf(entries[2]!.leaf), seq: 9 }) }]
      assert.ok(await new Listener(link, log).end.promise instanceof ProofError)
      relay.mangle = entries => entries.map(entry => ({ ...entry, leaf: Uint8Array.of(1) }))
      assert.ok(await new Listener(link, log).end.promise instanceof ProofError)
      assert.equal(link.state, 'connected')
      // What came before the nonsense is taken first.
      relay.mangle = entries => entries.length === 7 ? entries : entries.map(entry => ({ ...entry, leaf: Uint8Array.of(1) }))
      relay.add(log, 6)
      const gate = Promise.withResolvers<undefined>()
      const listener = new Listener(link, log, 0, async () => { await gate.promise })
      await listener.until(7)
      await link.usage()
      assert.equal(listener.ended, undefined)
      gate.resolve(undefined)
      assert.ok(await listener.end.promise instanceof ProofError)
    })
  })

  it('begins when the relay is met, however late', async () => {
    await linked(async ({ relay, link }) => {
      await link.ready()
      await relay.stop()
      await inState(link, 'waiting')
      const log = relay.makeLog()
      relay.add(log, 2)
      const listener = new Listener(link, log)
      await relay.start()
      await listener.until(2)
      assert.deepEqual(listener.seqs, [1, 2])
    })
  })
})
