/** What a log's home is handed and must not take: each is refused with its own code, and the log is what it was. */
import assert from 'node:assert/strict'
import {
  chainStart, encodeGenesis, LIMITS, METHOD, pb, proveCapability, RIGHT, verifyAttested, verifyHead, verifyRun, type StoredEntry
} from '../../src/protocol/wire/index.js'
import { appendResults } from '../../src/node/gateway/append.js'
import { Attester } from '../../src/relay/logs/attester.js'
import type { TestLog } from './kit/people.js'
import { commit, provesEpoch, start } from './kit/start.js'
import { data, newKey, Person, TestLog as Log, type Client, type World } from './kit/world.js'

interface Scene { readonly world: World, readonly ann: Person, readonly phone: Client, readonly log: TestLog, readonly eve: Client }
type Act = (scene: Scene) => Promise<unknown>

const DAYS_3 = 3 * 24 * 3_600_000
const unknown = new Log(newKey().key)
const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 3)
const item = { id: new Uint8Array(16), kind: 0, payload: new Uint8Array(9), erasers: [] }

/** What is handed over, and the code that answers it. Ann's log has three entries, of which the second is a commit. */
const TABLE: ReadonlyArray<[what: string, act: Act, code: string, details?: object]> = [
  ['an entry of somebody who has proved nothing', async ({ eve, log }) => await eve.appendOne(log.id, data('foreign')), 'ERR_FORBIDDEN'],
  ['a read of somebody who has proved nothing', async ({ eve, log }) => await eve.read(log.id), 'ERR_FORBIDDEN'],
  ['a proof by a key that is not the log\'s', async ({ eve, log }) => { await eve.prove(eve.proof(log.id, RIGHT.append, newKey())) }, 'ERR_FORBIDDEN'],
  ['a proof by another log\'s key', async ({ eve, log }) => { await eve.prove(eve.proof(log.id, RIGHT.append, unknown.epoch.append)) }, 'ERR_FORBIDDEN'],
  ['a proof made on another connection', async ({ eve, phone, log }) => { await eve.prove(phone.proof(log.id, RIGHT.append, log.epoch.append)) }, 'ERR_PROOF'],
  ['a proof made for another right', async ({ eve, log }) => { await eve.prove({ ...eve.proof(log.id, RIGHT.read, log.epoch.append), right: RIGHT.append }) }, 'ERR_PROOF'],
  ['a proof made for another relay', async ({ eve, log }) => {
    const { localPeer: prover, remoteHello: { nonce } } = eve.channel
    await eve.prove({ log: log.id, right: RIGHT.append, key: log.epoch.append.key, signature: proveCapability({ log: log.id, right: RIGHT.append, verifier: newKey().key, prover, nonce }, log.epoch.append) })
  }, 'ERR_PROOF'],
  ['an order of another log\'s owner', async ({ phone, log }) => await phone.order(log.id, log.order({ op: 'trim', log: log.id, seq: 1, hash: new Uint8Array(32) }, newKey())), 'ERR_PROOF'],
  ['a genesis of another home', async ({ phone }) => await phone.createLog(unknown), 'ERR_BAD_INPUT'],
  ['a truncated append', async ({ phone, log }) => await phone.channel.call(METHOD.append, cut(pb.AppendRequest.encode({ log: log.id, items: [item] }))), 'ERR_BAD_INPUT'],
  ['a truncated genesis', async ({ phone, world }) => {
    const genesis = cut(encodeGenesis({ v: 1, kind: 'log', salt: new Uint8Array(16), owner: newKey().key, home: world.home.key }))
    await phone.channel.call(METHOD.createLog, pb.CreateLogRequest.encode({ genesis, open: new Uint8Array(9) }))
  }, 'ERR_BAD_INPUT'],
  ['a truncated id', async ({ phone, log }) => await phone.appendOne(log.id, data('x', { id: new Uint8Array(15) })), 'ERR_BAD_INPUT'],
  ['a truncated log id', async ({ phone, log }) => await phone.appendOne(cut(log.id), data()), 'ERR_BAD_INPUT'],
  ['an oversized entry', async ({ phone, log }) => await phone.appendOne(log.id, data('', { payload: new Uint8Array(LIMITS.entryBytes + 1) })), 'ERR_TOO_LARGE'],
  ['too many entries in a call', async ({ phone, log }) => await phone.appendRaw(log.id, Array.from({ length: LIMITS.appendItems + 1 }, () => data())), 'ERR_BAD_INPUT'],
  ['an entry of an epoch that is over', async ({ world, ann, log }) => {
    const old = await world.client(ann, ann.laptop)
    await old.prove(old.proof(log.id, RIGHT.append, log.epochs[0]!.append))
    await old.appendOne(log.id, data('late'))
  }, 'ERR_FORBIDDEN'],
  ['a commit on a commit that is not the last', async ({ phone, log }) => await phone.appendOne(log.id, commit(log, 0, log.epoch)), 'ERR_CONFLICT', { head: 3, lastCommit: 2 }],
  ['a commit without keys', async ({ phone, log }) => await phone.appendOne(log.id, { ...data('x', { kind: 1 }), base: 2 }), 'ERR_BAD_INPUT'],
  ['the append key of an epoch that is over', async ({ eve, log }) => { await eve.prove(eve.proof(log.id, RIGHT.append, log.epochs[0]!.append)) }, 'ERR_FORBIDDEN'],
  ['a read of a log that is not here', async ({ phone }) => await phone.read(unknown.id), 'ERR_NOT_FOUND'],
  ['an append to a log that is not here', async ({ phone }) => await phone.appendOne(unknown.id, data()), 'ERR_NOT_FOUND'],
  ['a proof for a log that is not here', async ({ phone }) => { await phone.prove(phone.proof(unknown.id, RIGHT.read, unknown.epoch.read)) }, 'ERR_NOT_FOUND'],
  ['an entry that wants a number beyond the end', async ({ phone, log }) => await phone.appendOne(log.id, data('x', { expectHead: 7 })), 'ERR_CONFLICT', { head: 3, lastCommit: 2 }],
  ['an entry that wants a number before the end', async ({ phone, log }) => await phone.appendOne(log.id, data('x', { expectHead: 1 })), 'ERR_CONFLICT', { head: 3, lastCommit: 2 }],
  ['an order to trim beyond the end', async ({ phone, log }) => await phone.order(log.id, log.order({ op: 'trim', log: log.id, seq: 9, hash: new Uint8Array(32) })), 'ERR_CONFLICT'],
  ['an erasure of a number beyond the end', async ({ phone, log }) => { await phone.erase(log.id, 9, new Uint8Array(32)) }, 'ERR_NOT_FOUND'],
  ['a call after the relay\'s clock has jumped three days ahead', async ({ world, phone, log }) => {
    world.clock.advance(DAYS_3)
    await phone.appendOne(log.id, data('from before'))
  }, 'ERR_SESSION']
]

async function scene (): Promise<Scene> {
  const { world, ann, phone, log } = await start()
  await phone.appendOne(log.id, data('one'))
  const epoch = log.nextEpoch()
  await phone.appendOne(log.id, commit(log, 0, epoch))
  await provesEpoch(phone, log)
  await phone.appendOne(log.id, data('three'))
  return { world, ann, phone, log, eve: await world.client(new Person()) }
}

describe('a home of logs refuses, and loses nothing by it,', () => {
  for (const [what, act, code, details] of TABLE) {
    it(what, async () => {
      const there = await scene()
      await assert.rejects(act(there), details === undefined ? { code } : { code, details })
      const { world, ann, log } = there
      const back = await world.client(ann)
      await provesEpoch(back, log)
      const { receipt } = await back.appendOne(log.id, data('four'))
      assert.equal(receipt.seq, 4)
      const { entries } = await back.read(log.id)
      const run = verifyRun({ seq: 0, hash: chainStart(log.id, world.home.key) }, entries.map(({ leaf, payload }): StoredEntry => ({ leaf, payload: payload ?? null })))
      assert.deepEqual(run.entries.map(({ payload }) => Buffer.from(payload!).toString()), ['one', 'commit', 'three', 'four'])
    })
  }

  it('nothing of a clock that comes back by three days: times and numbers go on', async () => {
    const { world, ann, log } = await scene()
    world.clock.advance(DAYS_3)
    const later = await world.client(ann)
    await provesEpoch(later, log)
    const { receipt: ahead } = await later.appendOne(log.id, data('ahead'))
    world.clock.advance(-DAYS_3)
    const { receipt: behind } = await later.appendOne(log.id, data('behind'))
    assert.equal(behind.seq, ahead.seq + 1)
    assert.ok(behind.time >= ahead.time, 'no two statements contradict each other')
  })
})

describe('whoever reads a log refuses', () => {
  it('a receipt by another key, and one that was changed', async () => {
    const { world, phone, log } = await scene()
    const five = data('five')
    const [outcome] = await phone.appendRaw(log.id, [five])
    // As a node's link looks at what it was answered.
    const look = (receipt: Uint8Array, of = log.id): void => {
      const [result] = appendResults(of, [five], pb.AppendReply.encode({ outcomes: [{ ...outcome!, receipt }] }))
      if (result instanceof Error) throw result
    }
    look(outcome!.receipt!)
    const { statement, home } = verifyAttested(outcome!.receipt!)
    assert.deepEqual(home, world.home.key)
    const changed = outcome!.receipt!.slice()
    changed[changed.length - 1]! ^= 1
    const other = { ...statement, entry: new Uint8Array(32) } as typeof statement
    const [another] = await new Attester(world.home).attest([other])
    for (const [receipt, of] of [[changed, log.id], [another!, log.id], [outcome!.receipt!, unknown.id]] as const) {
      assert.throws(() => { look(receipt, of) }, { code: 'ERR_PROOF' })
    }
    // One by a key that is not the home's holds by itself, and is no head of this log.
    const [forged] = await new Attester(newKey()).attest([{ ...statement }])
    assert.throws(() => verifyHead(forged!, { log: log.id, home: world.home.key, term: statement.term }), { code: 'ERR_PROOF' })
  })

  it('entries with a jump in their numbers, in another order, or twice', async () => {
    const { world, phone, log } = await scene()
    const page = pb.ReadReply.decode(await phone.channel.call(METHOD.read, pb.ReadRequest.encode({ log: log.id, after: 0, limit: 0, maxBytes: 0 })))
    const [one, two, three] = page.entries.map(({ leaf, payload }): StoredEntry => ({ leaf, payload: payload ?? null }))
    const begin = { seq: 0, hash: chainStart(log.id, world.home.key) }
    const whole = verifyRun(begin, [one!, two!, three!])
    verifyHead(page.head, { log: log.id, home: world.home.key, term: 1, at: whole.to })
    for (const run of [[one, three], [two, one], [one, one], [one, two, two]]) assert.throws(() => { verifyRun(begin, run.map(entry => entry!)) }, { code: 'ERR_PROOF' })
  })
})
