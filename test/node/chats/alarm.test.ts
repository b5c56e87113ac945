import assert from 'node:assert/strict'
import { CaughtError, findingOf, stops } from '../../../src/node/chats/alarm.js'
import { cursorFromValue, decodeCursor, encodeCursor, startCursor, withAlarm } from '../../../src/node/chats/cursor.js'
import { Runs } from '../../../src/node/chats/runs.js'
import { encodeCbor, LIMITS, ProofError } from '../../../src/protocol/wire/index.js'
import { errorFromFailure } from '../../../src/relay/net/index.js'

describe('an alarm', () => {
  const cursor = startCursor(new Uint8Array(32))

  it('is kept whole, and however long its words are can be read again', () => {
    const alarmed = withAlarm(cursor, { kind: 'fork', seq: 7, message: '€'.repeat(5000), proof: 3 }, 42)
    const { alarm } = decodeCursor(encodeCursor(alarmed), Runs.none)
    assert.deepEqual({ ...alarm, message: '' }, { kind: 'fork', message: '', seq: 7, at: 42, proof: 3, claim: false })
    assert.ok(Buffer.byteLength(alarm!.message) <= LIMITS.alarmBytes)
  })

  it('of an earlier version, which was words alone, is read', () => {
    const { runs: _runs, ...rest } = cursor
    const old = { v: 1, ...rest, runs: [], alarm: 'the relay lied' }
    assert.deepEqual(cursorFromValue(old).alarm, { kind: 'broken', message: 'the relay lied', seq: null, at: 0, proof: null, claim: false })
  })

  it('that only the relay speaks of is a claim, told in our words', () => {
    const finding = findingOf(errorFromFailure({ code: 'ERR_PROOF', message: 'you are a liar', details: encodeCbor({ seq: 4 }) }))
    assert.equal(finding.kind, 'refused')
    assert.equal(finding.claim, true)
    assert.match(finding.message, /^the relay says .* proves nothing .*"you are a liar"$/)
    assert.equal(finding.seq, undefined)
  })

  it('that is one member\'s word gives way to all others, and what its device does to what it says of the relay; a second member makes it nobody\'s alone', () => {
    const [bob, cat] = [Uint8Array.of(0xed, 0x01, ...new Uint8Array(32).fill(1)), Uint8Array.of(0xed, 0x01, ...new Uint8Array(32).fill(2))] as [Uint8Array, Uint8Array]
    const device = withAlarm(cursor, { kind: 'device', message: 'd', by: bob }, 1)
    assert.equal(stops(device.alarm), false)
    const missing = withAlarm(device, { kind: 'missing', message: 'm', claim: true, by: bob }, 2)
    assert.deepEqual([missing.alarm?.kind, missing.alarm?.by, stops(missing.alarm)], ['missing', bob, false])
    assert.deepEqual(decodeCursor(encodeCursor(missing), Runs.none).alarm, missing.alarm)
    assert.equal(withAlarm(missing, { kind: 'view', message: 'v', claim: true, by: bob }, 3), missing)
    assert.equal(withAlarm(missing, { kind: 'device', message: 'd', by: cat }, 3), missing)
    const both = withAlarm(missing, { kind: 'view', message: 'v', claim: true, by: cat }, 3)
    assert.deepEqual([both.alarm?.kind, both.alarm?.by, stops(both.alarm)], ['view', undefined, true])
    for (const kind of ['commit', 'fork', 'broken'] as const) assert.equal(withAlarm(missing, { kind, message: 'x' }, 3).alarm?.kind, kind)
  })

  it('that this node found says what and where', () => {
    assert.deepEqual(findingOf(new CaughtError({ kind: 'rollback', seq: 3, message: 'back' })), { kind: 'rollback', seq: 3, message: 'back' })
    assert.deepEqual(findingOf(new ProofError('x', { details: { seq: 3 } })), { kind: 'broken', seq: 3, message: 'x' })
    assert.deepEqual(findingOf(new ProofError('x', { details: { seq: 'three' } })), { kind: 'broken', seq: null, message: 'x' })
  })
})
