/** A relay that lies in what it signs: what is kept of that can be checked by anybody, and sending stops until the person goes on. */
import assert from 'node:assert/strict'
import type { NodeOptions } from '../../src/node/index.js'
import { decodeLeaf, keyFromPeerId, LIMITS, logIdOf, METHOD, pb, ProofError, verifyAttested, verifyEvidence, type KeyBytes, type LogId, type Proof } from '../../src/protocol/wire/index.js'
import { until, untilText, World, type Person } from '../node/world.js'
import { flip, isLog } from './liar-scene.js'
import { LyingRelay } from './lying-relay.js'

const EAGER = { headAskMs: 0, headTickMs: 40 }

describe('what a relay signed against itself', () => {
  let relay: LyingRelay
  let world: World
  let alice: Person
  let bob: Person
  let log: LogId
  let victim: KeyBytes
  let count = 0

  before(async () => {
    relay = await LyingRelay.start()
    world = await World.around(relay)
  })
  after(async () => { await world.close() })

  /** Two new people with a chat; bob's node asks for heads all the time, unless told otherwise. */
  async function chat (options: Partial<NodeOptions> = { heads: EAGER }): Promise<void> {
    relay.lies = {
      reply: (call, body) => {
        if (call.method === METHOD.createLog) log = logIdOf(pb.CreateLogRequest.decode(call.body).genesis)
        return body
      }
    }
    alice = await world.person(`alice${++count}`)
    bob = await world.person(`bob${count}`, options)
    victim = keyFromPeerId((await bob.node.identity()).device)
    await world.introduce(alice, bob)
    relay.lies = {}
    await alice.node.send(bob.name, 'before', { wait: 'delivered' })
    // What bob's node said of it is in the log, and it has seen it there.
    const end = async (): Promise<number> => (await relay.services.store.logs.head(log)).seq
    while ((await bob.node.showChat(alice.name)).chat.seq < await end()) await new Promise(resolve => { setImmediate(resolve) })
  }

  const isVictim = (key: KeyBytes): boolean => Buffer.compare(key, victim) === 0
  const headTo = (call: { method: number, body: Uint8Array, channel: { remotePeer: KeyBytes } }): boolean =>
    call.method === METHOD.head && isVictim(call.channel.remotePeer) && isLog(pb.LogRequest.decode(call.body).log, log)

  /** Bob is told, with evidence that holds for anybody, and for nobody once a bit of it is changed. */
  async function proved (kind: Proof['kind']): Promise<Proof> {
    for (let proofs = await bob.node.listProofs(alice.name); proofs.length === 0; proofs = await bob.node.listProofs(alice.name)) await alarmAfter()
    const [kept] = await bob.node.listProofs(alice.name)
    const bytes = new Uint8Array(Buffer.from(kept!.evidence, 'base64'))
    const proof = verifyEvidence(bytes)
    assert.equal(proof.kind, kind)
    assert.deepEqual([proof.home, proof.log].map(b => Buffer.from(b)), [relay.key, log].map(b => Buffer.from(b)))
    assert.throws(() => verifyEvidence(flip(bytes)))
    const { caught, alarm } = (await bob.node.showChat(alice.name)).chat
    assert.deepEqual([caught?.proof, caught?.claim, caught?.kind], [kept!.n, false, kept!.kind])
    await assert.rejects(bob.node.send(alice.name, 'x'), (e: Error & { code: string }) => e.code === 'ERR_PROOF' && e.message.includes(alarm!))
    return proof
  }

  let seen = 0
  async function alarmAfter (): Promise<void> { seen = (await until(bob.node, e => e.type === 'chat' && e.change === 'alarm', { after: seen })).n }
  beforeEach(() => { seen = 0 })

  /** The relay is honest again, and the person goes on: what was written meanwhile comes, and the evidence stays. */
  async function resumed (): Promise<void> {
    relay.lies = {}
    const sent = await alice.node.send(bob.name, 'are you back?', { wait: 'stored' })
    assert.equal((await bob.node.resumeChat(alice.name)).alarm, null)
    await untilText(bob.node, 'are you back?')
    await until(alice.node, e => e.type === 'messageState' && e.id === sent.id && e.state === 'delivered')
    assert.equal((await bob.node.send(alice.name, 'I am', { wait: 'delivered' })).state, 'delivered')
    assert.equal((await bob.node.listProofs(alice.name)).length, 1)
    await assert.rejects(bob.node.resumeChat(alice.name), { code: 'ERR_CONFLICT' })
  }

  it('is two heads for one number, and the chat goes on when the person says so', async () => {
    await chat()
    relay.lies = {
      reply: (call, body) => {
        if (!headTo(call)) return body
        const { statement } = verifyAttested(pb.HeadReply.decode(body).head)
        return pb.HeadReply.encode({ head: relay.attest({ type: 'head', log, term: 1, seq: statement.seq, hash: flip(statement.hash), time: statement.time }) })
      }
    }
    await proved('fork')
    await world.restart(bob, { heads: EAGER })
    await proved('fork')
    await resumed()
  })

  it('is a receipt that the log does not bear out', async () => {
    await chat({})
    relay.lies = {
      reply: (call, body) => {
        if (call.method !== METHOD.append || !isVictim(call.channel.remotePeer)) return body
        const { outcomes } = pb.AppendReply.decode(body)
        return pb.AppendReply.encode({
          outcomes: outcomes.map(outcome => {
            const { statement } = verifyAttested(outcome.receipt!)
            return { ...outcome, receipt: statement.type === 'receipt' ? relay.attest({ ...statement, hash: flip(statement.hash) }) : outcome.receipt! }
          })
        })
      }
    }
    await bob.node.send(alice.name, 'promised').catch(() => undefined)
    await proved('fork')
    await resumed()
  })

  it('is an end that it signed long after it had more, once the held back message comes', async () => {
    await chat()
    let held = true
    const known = await headNow()
    relay.lies = {
      entries: (to, push) => held && isVictim(to) && isLog(push.log, log) ? undefined : push,
      reply: (call, body) => {
        if (!headTo(call) || !held) return body
        const { statement } = verifyAttested(known)
        return pb.HeadReply.encode({ head: relay.attest({ type: 'head', log, term: 1, seq: statement.seq, hash: statement.hash, time: Date.now() + LIMITS.proofMarginMs + 60_000 }) })
      }
    }
    const info = async (): Promise<boolean> => (await bob.node.showChat(alice.name)).chat.current
    await alice.node.send(bob.name, 'held back', { wait: 'stored' })
    assert.equal(await info(), true, 'nobody can tell yet')
    await asked(3)
    held = false
    const proof = await proved('back')
    assert.deepEqual(proof.kind === 'back' && [proof.had > proof.seq, proof.endedAt - proof.hadAt >= LIMITS.proofMarginMs], [true, true])
    await untilText(bob.node, 'held back')
    await resumed()
  })

  it('is an older end than it had signed, once so much time has passed that no honest relay could have signed it', async () => {
    await chat()
    const backup = relay.backup()
    await alice.node.send(bob.name, 'lost at the relay', { wait: 'delivered' })
    await relay.restart(backup)
    await alarmAfter()
    const [before] = (await bob.node.listChats()).filter(c => c.title === alice.name)
    assert.match(before!.alarm!, /rolled back/)
    assert.deepEqual([before!.caught?.proof, await bob.node.listProofs(alice.name)], [null, []], 'within the margin nobody can prove it')
    relay.ahead = LIMITS.proofMarginMs
    try {
      await proved('back')
      await bob.node.resumeChat(alice.name)
      await alarmAfter()
      assert.match((await bob.node.listChats()).find(c => c.title === alice.name)!.alarm!, /rolled back/, 'it still contradicts what was verified here')
      assert.deepEqual((await bob.node.showChat(alice.name)).messages.map(m => m.text), ['before', 'lost at the relay'])
    } finally {
      relay.ahead = 0
    }
  })

  it('makes a chat that is kept quiet not current: what it says of the end is too old', async () => {
    let ahead = 0
    await chat({ heads: EAGER, now: () => Date.now() + ahead })
    const known = await headNow()
    relay.lies = {
      entries: (to, push) => isVictim(to) && isLog(push.log, log) && push.entries.some(e => decodeLeaf(e.leaf).kind === 0) ? undefined : push,
      reply: (call, body) => headTo(call) ? pb.HeadReply.encode({ head: known }) : body
    }
    await alice.node.send(bob.name, 'kept from you', { wait: 'stored' })
    await asked(2)
    const state = async (): Promise<boolean> => (await bob.node.listChats()).find(c => c.title === alice.name)!.current
    assert.equal(await state(), true, 'not yet')
    ahead = LIMITS.headStaleMs + 1
    assert.equal(await state(), false)
    relay.lies = {}
    relay.ahead = ahead
    try {
      await untilText(bob.node, 'kept from you')
      while (!await state()) await new Promise(resolve => { setImmediate(resolve) })
      assert.equal((await bob.node.listChats()).find(c => c.title === alice.name)!.alarm, null, 'to say nothing is no lie')
    } finally {
      relay.ahead = 0
    }
  })

  it('is nothing that it says of this node: that is a claim, in our words', async () => {
    await chat({})
    relay.lies = {
      request: call => {
        if (call.method === METHOD.follow && isVictim(call.channel.remotePeer) && isLog(pb.FollowRequest.decode(call.body).log, log)) throw new ProofError('this node is a liar')
        return call.body
      }
    }
    await world.restart(bob)
    await alarmAfter()
    const { alarm, caught } = (await bob.node.showChat(alice.name)).chat
    assert.match(alarm!, /^the relay says .* proves nothing by that: "this node is a liar"$/)
    assert.deepEqual([caught?.kind, caught?.claim, caught?.proof], ['refused', true, null])
    relay.lies = {}
    await bob.node.resumeChat(alice.name)
    assert.equal((await alice.node.send(bob.name, 'on we go', { wait: 'delivered' })).state, 'delivered')
  })

  /** The log's end as the relay signs it now. */
  async function headNow (): Promise<Uint8Array> {
    const { store } = relay.services
    const { seq, hash } = await store.logs.head(log)
    return relay.attest({ type: 'head', log, term: 1, seq, hash, time: Date.now() })
  }

  /** Bob's node has asked for the head that often since. */
  async function asked (times: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const { reply } = relay.lies
    relay.lies.reply = (call, body) => {
      if (headTo(call) && --times === 0) resolve(undefined)
      return reply?.(call, body) ?? body
    }
    await promise
  }
})
