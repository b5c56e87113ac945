import assert from 'node:assert/strict'
import { startCursor, withTenure, type Cursor } from '../../../src/node/chats/cursor.js'
import { isAgain, saidAt } from '../../../src/node/chats/left-behind.js'
import { takeEntry, type LogStep } from '../../../src/node/chats/log-machine.js'
import { sealMessage } from '../../../src/protocol/crypto/index.js'
import { DEFAULT_PERMISSIONS, encodeBody, signMessage, type GroupPolicy } from '../../../src/protocol/message/index.js'
import { encodeGenesis, ENTRY_KIND, entryHash, LIMITS, logIdOf, openManifest, signCertificate, signManifest, type Digest, type VerifiedEntry } from '../../../src/protocol/wire/index.js'
import { fill, key } from '../../protocol/wire/kit.js'

/** A log that was taken over at 1,000 s: entry 5, of 100 s, is the last one that is kept of term 1. */
const [KEPT, TAKEN] = [100_000, 1_000_000]
const place = { seq: 5, hash: fill(32, 5), term: 1, home: key(1).key, owner: key(2).key }

describe('what a takeover left behind', () => {
  const [owner, bob, device] = [key(2), key(3), key(4)]
  const log = logIdOf(encodeGenesis({ v: 1, kind: 'log', salt: fill(16), owner: owner.key, home: key(1).key }))
  const cert = signCertificate({ v: 1, account: bob.key, device: device.key, time: 1 }, bob)
  const manifest = openManifest(signManifest({ v: 1, account: bob.key, generation: 1, version: 1, prev: null, devices: [{ key: device.key, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 1 }, bob))
  const policy = (slowMode: number): GroupPolicy => ({ title: 'Birds', about: '', owner: owner.key, admins: [], permissions: DEFAULT_PERMISSIONS, slowMode, history: true, restricted: [], banned: [] })

  /** The log's reader in term 2, at its order; bob's device had said one thing that is kept. */
  const reader = (by: 'takeover' | 'agreement', at = 3): Cursor => {
    const start = startCursor(fill(32, 6))
    const runs = start.runs.with({ device: device.key, devSeq: 1, entry: fill(32, 1), at })
    return withTenure({ ...start, seq: 6, time: TAKEN, runs }, place, { ...place, seq: 6, term: 2 }, by === 'takeover' ? { from: KEPT, to: TAKEN } : undefined)
  }

  interface Said { devSeq: number, term: number, ts?: number, time?: number, prev?: Digest }

  /** Bob says something: sealed in a term. */
  const say = (cursor: Cursor, { devSeq, term, ts = TAKEN, time = TAKEN + 1, prev = fill(32, devSeq - 1) }: Said, slowMode = 0): LogStep => {
    const seq = cursor.seq + 1
    const id = fill(16, seq)
    const signed = signMessage({ v: 1, chat: log, epoch: 1, id, account: bob.key, devSeq, prevOwn: prev, seen: { term, seq: 0, hash: fill(32) }, ts, body: encodeBody({ kind: 'text', text: 'hello', entities: [] }) }, device)
    const payload = sealMessage(fill(32, 3), signed, { log, epoch: 1, id })
    const leaf = { seq, id, kind: ENTRY_KIND.data, base: null, caps: null, erasers: [], time, entry: entryHash(payload) }
    const entry: VerifiedEntry = { hash: fill(32, seq), payload, leaf }
    return takeEntry(cursor, entry, { log, epoch: 1, content: fill(32, 3), me: owner.key, members: [manifest], policy: policy(slowMode), hashAt: () => undefined, now: 1 })
  }
  const alarm = ({ cursor }: LogStep): string | undefined => cursor.alarm?.kind

  it('accuses nobody whose first message after it follows others that nobody may bring', () => {
    for (const term of [1, 2]) {
      const step = say(reader('takeover'), { devSeq: 4, term })
      assert.deepEqual([alarm(step), step.cursor.gaps?.map(({ from, to, left }) => [from, to, left]), step.effects.map(({ type }) => type).filter(type => type === 'gap')], [undefined, [[2, 3, true]], []])
      // They come after all: nothing is missing any more, and nobody has used a number twice.
      const [two, three] = [2, 3].map(devSeq => ({ devSeq, term: 1 })) as [Said, Said]
      const last = say(say(step.cursor, three).cursor, two)
      assert.deepEqual([alarm(last), last.cursor.gaps, last.row.kind], [undefined, [], 'message'])
    }
  })

  it('is told from what is left out later, of one who has spoken in the new term', () => {
    const again = say(reader('takeover'), { devSeq: 2, term: 1, prev: fill(32, 1) })
    assert.equal(alarm(again), undefined)
    const onNow = say(again.cursor, { devSeq: 4, term: 2 })
    assert.equal(alarm(onNow), undefined)
    assert.equal(alarm(say(onNow.cursor, { devSeq: 6, term: 2 })), 'missing')
    assert.equal(alarm(say(reader('takeover', 7), { devSeq: 4, term: 2 })), 'missing')
    assert.equal(alarm(say(reader('agreement'), { devSeq: 4, term: 1 })), 'missing')
  })

  it('is said in slow mode when its author says, and counts as fast as it is brought', () => {
    let { cursor } = say(reader('takeover'), { devSeq: 2, term: 1, ts: 200_000, prev: fill(32, 1) }, 60)
    for (const devSeq of [3, 4]) {
      const step = say(cursor, { devSeq, term: 1, ts: 60_000 * devSeq + 100_000, prev: cursor.runs.get(device.key)!.entry }, 60)
      assert.equal(step.row.kind, 'message')
      ;({ cursor } = step)
    }
    assert.equal(say(cursor, { devSeq: 5, term: 1, ts: 345_000, prev: cursor.runs.get(device.key)!.entry }, 60).row.kind, 'held')
    const now = say(cursor, { devSeq: 5, term: 2, prev: cursor.runs.get(device.key)!.entry }, 60)
    assert.equal(now.row.kind, 'message')
    assert.equal(say(now.cursor, { devSeq: 6, term: 2, prev: now.cursor.runs.get(device.key)!.entry }, 60).row.kind, 'held')
  })

  it('lets nobody say more in slow mode than could have been said meanwhile, whatever it calls the time', () => {
    let cursor = reader('takeover')
    let counted = 0
    for (let n = 0; n < 100; n++) {
      const step = say(cursor, { devSeq: cursor.runs.get(device.key)!.devSeq + 1, term: 1, ts: n * 60_000, prev: cursor.runs.get(device.key)!.entry }, 60)
      if (step.row.kind === 'message') counted++
      ;({ cursor } = step)
    }
    assert.ok(counted <= (TAKEN - KEPT + 2 * LIMITS.clockSkewMs) / 60_000 + 1, String(counted))
    const past = { seen: { term: 1, seq: 0, hash: fill(32) } }
    assert.deepEqual([0, 500_000, 9e12].map(ts => saidAt(cursor, { ...past, ts }, { time: 7 })), [0, 500_000, TAKEN + LIMITS.clockSkewMs])
    assert.deepEqual([isAgain(cursor, past), isAgain(reader('agreement'), past)], [true, false])
  })
})
