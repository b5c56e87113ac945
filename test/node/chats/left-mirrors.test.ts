import assert from 'node:assert/strict'
import { LeftMirrors } from '../../../src/node/chats/left-mirrors.js'

describe('a mirror that was left', () => {
  const leave = async (left: LeftMirrors, name: string): Promise<void> => { await new Promise<void>(resolve => { left.add(name, resolve) }) }

  it('is tried again after a while, each time', async () => {
    const left = new LeftMirrors({ first: 1, most: 4 })
    for (let times = 0; times < 4; times++) {
      const again = leave(left, 'one')
      assert.deepEqual([left.has('one'), left.has('other'), left.size], [true, false, 1])
      await again
      assert.deepEqual([left.has('one'), left.size], [false, 0])
    }
  })

  it('is tried twice as late each time, up to the longest wait', async () => {
    const waits: number[] = []
    const { setTimeout } = globalThis
    globalThis.setTimeout = ((run: () => void, ms: number) => { waits.push(ms); return setTimeout(run, 0) }) as typeof globalThis.setTimeout
    try {
      const left = new LeftMirrors({ first: 10, most: 50 })
      for (let times = 0; times < 4; times++) await leave(left, 'one')
    } finally {
      globalThis.setTimeout = setTimeout
    }
    assert.deepEqual(waits, [10, 20, 40, 50])
  })
})
