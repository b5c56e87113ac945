import assert from 'node:assert/strict'
import { Lane } from '../../../src/node/media/lane.js'

/** A lane's tasks, ended by name, and what was begun and told. */
function scene (most: number): { lane: Lane, add: (name: string) => { remove: () => void }, end: (name: string, isDone?: boolean) => Promise<void>, begun: string[], told: string[] } {
  const lane = new Lane(most)
  const begun: string[] = []
  const told: string[] = []
  const ends = new Map<string, (isDone: boolean) => void>()
  lane.open = true
  return {
    lane, begun, told,
    add: name => {
      const task = {
        run: async () => {
          begun.push(name)
          return await new Promise<boolean>(resolve => { ends.set(name, resolve) })
        },
        tell: () => { told.push(name) }
      }
      lane.add(task)
      return { remove: () => { lane.remove(task) } }
    },
    end: async (name, isDone = true) => {
      ends.get(name)!(isDone)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

describe('a lane', () => {
  it('runs so many tasks at a time, and the next ones as those end', async () => {
    const { add, end, begun } = scene(2)
    for (const name of ['a', 'b', 'c', 'd']) add(name)
    assert.deepEqual(begun, ['a', 'b'])
    await end('b')
    assert.deepEqual(begun, ['a', 'b', 'c'])
    await end('a')
    assert.deepEqual(begun, ['a', 'b', 'c', 'd'])
  })

  it('tells of them in the order in which they were begun, whichever ends first', async () => {
    const { add, end, told } = scene(3)
    for (const name of ['a', 'b', 'c']) add(name)
    await end('c')
    await end('b')
    assert.deepEqual(told, [])
    await end('a')
    assert.deepEqual(told, ['a', 'b', 'c'])
  })

  it('lets nobody wait for one that failed, and never tells of it', async () => {
    const { add, end, told } = scene(3)
    for (const name of ['a', 'b', 'c']) add(name)
    await end('b')
    await end('a', false)
    assert.deepEqual(told, ['b'])
    await end('c')
    assert.deepEqual(told, ['b', 'c'])
  })

  it('begins nothing while it is closed, nor what was taken out', () => {
    const { lane, add, begun } = scene(2)
    lane.open = false
    const { remove } = add('a')
    add('b')
    assert.deepEqual(begun, [])
    remove()
    lane.open = true
    assert.deepEqual(begun, ['b'])
  })
})
