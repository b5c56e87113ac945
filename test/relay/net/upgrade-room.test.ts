import assert from 'node:assert/strict'
import { PendingConnections } from '../../../src/relay/net/pending-connections.js'
import { UpgradeRoom } from '../../../src/relay/net/upgrade-room.js'

const BOUNDS = { total: 512, perAddress: 512, deadlineMs: 5000 }
/** A handshake is some turns of the host, with an answer of the other side between two. */
const TURNS = 6
const ANSWER_MS = 20
/** What a connection costs that is refused, as a part of a handshake. */
const REFUSAL = 1 / 30

interface Outcome { readonly seconds: number, readonly begun: number, readonly wasted: number }

/**
 * Devices that all come at once to a host that needs so long for each, and come again when they were refused or late, with
 * the pauses of nodes. All are served one turn at a time, in the order in which they have something for the host.
 */
function rush (devices: number, eachMs: number, bounds = BOUNDS): Outcome {
  let [at, idle, begun, wasted, served] = [0, 0, 0, 0, 0]
  const pending = new PendingConnections<object>(bounds, () => ({ at, idle }))
  const events: Array<{ readonly at: number, readonly run: () => number }> = []
  /** What the host does then, which takes as long as it says. */
  const later = (ms: number, run: () => number): void => {
    const place = events.findIndex(other => other.at > at + ms)
    events.splice(place < 0 ? events.length : place, 0, { at: at + ms, run })
  }
  const come = (device: number, tries: number): void => {
    const again = (): void => { later(Math.min(8000, 250 * 2 ** tries) * (0.5 + (device * 7919 + tries * 104_729) % 1000 / 2000), () => { come(device, tries + 1); return eachMs * REFUSAL }) }
    const key = {}
    let over = false
    const end = (): void => { over = true; wasted++; again() }
    if (!pending.add(key, `address ${device}`, end)) {
      again()
      return
    }
    begun++
    const turn = (left: number): void => {
      later(ANSWER_MS, () => {
        if (over) return 0
        if (left > 1) turn(left - 1)
        else {
          over = true
          served++
          pending.upgraded(key)
        }
        return eachMs / TURNS
      })
    }
    turn(TURNS)
    later(bounds.deadlineMs, () => {
      if (!over) {
        pending.ended(key)
        end()
      }
      return 0
    })
  }
  for (let device = 0; device < devices; device++) later(0, () => { come(device, 0); return eachMs * REFUSAL })
  while (served < devices && at < 600_000) {
    const event = events.shift()
    if (event === undefined) break
    if (event.at > at) {
      idle += event.at - at
      at = event.at
    }
    at += event.run()
  }
  assert.equal(served, devices, `${served} of ${devices} were served`)
  return { seconds: at / 1000, begun, wasted }
}

describe('a host to which more come at once than it can serve in time', () => {
  it('takes on what it gets through: hardly one waits in vain after the first, and all are served in twice the time of the work', () => {
    for (const eachMs of [50, 100, 200]) {
      const { seconds, wasted } = rush(300, eachMs)
      assert.ok(seconds < 2 * 300 * eachMs / 1000, `${eachMs} ms: ${seconds} s`)
      assert.ok(wasted < 1.2 * 300, `${eachMs} ms: ${wasted} in vain`)
    }
  })

  it('takes on all of them when it is fast', () => {
    const { begun, wasted } = rush(300, 5)
    assert.deepEqual([begun, wasted], [300, 0])
  })
})

describe('the room for handshakes', () => {
  const bounds = { total: 100, deadlineMs: 1000 }
  const began = { at: 0, idle: 0, among: 100 }

  it('is less while a host without rest misses the time, and all of it again after a rest', () => {
    const room = new UpgradeRoom(bounds)
    room.ended(began, { at: 1000, idle: 10 })
    assert.equal(room.room({ at: 5000, idle: 10 }), 50)
    for (let i = 0; i < 9; i++) room.ended(began, { at: 1000, idle: 10 })
    assert.equal(room.room({ at: 5000, idle: 10 }), 8)
    assert.equal(room.room({ at: 5300, idle: 310 }), 100)
  })

  it('nears what comes through in half of the time, and grows while all do soon', () => {
    const room = new UpgradeRoom(bounds)
    for (let i = 0; i < 40; i++) room.upgraded({ at: 0, idle: 0, among: 40 }, { at: 800, idle: 0 })
    assert.equal(Math.round(room.room({ at: 800, idle: 0 })), 25)
    for (let i = 0; i < 10; i++) room.upgraded({ at: 800, idle: 0, among: 20 }, { at: 900, idle: 0 })
    assert.equal(Math.round(room.room({ at: 900, idle: 0 })), 35)
  })

  it('does not shrink by those who are slow or silent themselves', () => {
    const room = new UpgradeRoom(bounds)
    for (let i = 0; i < 100; i++) {
      room.ended(began, { at: 1000, idle: 900 })
      room.upgraded(began, { at: 900, idle: 800 })
    }
    assert.equal(room.room({ at: 1000, idle: 900 }), 100)
  })

  it('is taken from the oldest of the address that has most, never from one\'s own', () => {
    const pending = new PendingConnections<number>({ total: 2, perAddress: 9, deadlineMs: 1000 })
    const cut: number[] = []
    const add = (key: number, address: string): boolean => pending.add(key, address, () => { cut.push(key) })
    assert.deepEqual([add(1, 'a'), add(2, 'a'), add(3, 'a'), add(4, 'b'), add(5, 'b')], [true, true, false, true, false])
    assert.deepEqual(cut, [1])
  })

  it('is not taken from who is half done while the host is slow, but from who will not be in time', () => {
    let at = 0
    const pending = new PendingConnections<number>({ total: 20, perAddress: 20, deadlineMs: 1000 }, () => ({ at, idle: 0 }))
    const cut: number[] = []
    const add = (key: number): boolean => pending.add(key, `address ${key}`, () => { cut.push(key) })
    for (let key = 0; key < 20; key++) add(key)
    at = 700
    for (let key = 0; key < 12; key++) pending.ended(key)
    assert.equal(add(20), false)
    assert.deepEqual(cut, [])
    at = 800
    assert.equal(add(21), true)
    assert.deepEqual(cut, [12, 13, 14, 15, 16, 17, 18, 19])
  })
})
