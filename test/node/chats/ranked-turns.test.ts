import assert from 'node:assert/strict'
import { RankedTurns } from '../../../src/node/chats/ranked-turns.js'

describe('pieces of work in the background', () => {
  it('take turns a few at a time: a lower level first, then what is later, then what waits longest', async () => {
    const turns = new RankedTurns(2)
    const begun: string[] = []
    const ends = new Map<string, () => void>()
    const piece = async (name: string, level: number, at: number): Promise<string> => await turns.run({ level, at }, async () => {
      begun.push(name)
      await new Promise<void>(resolve => { ends.set(name, resolve) })
      return name
    })
    const end = async (name: string): Promise<void> => {
      ends.get(name)?.()
      await new Promise(resolve => { setImmediate(resolve) })
    }
    const all = [piece('first', 5, 0), piece('second', 5, 0), piece('old page', 2, 9), piece('page', 1, 1), piece('later page', 1, 3), piece('same', 1, 1), piece('begin', 0, 0)]
    await end('')
    assert.deepEqual(begun, ['first', 'second'])
    for (const name of ['second', 'first', 'begin', 'later page', 'page', 'same', 'old page']) await end(name)
    assert.deepEqual(begun.slice(2), ['begin', 'later page', 'page', 'same', 'old page'])
    assert.deepEqual(await Promise.all(all), ['first', 'second', 'old page', 'page', 'later page', 'same', 'begin'])
  })

  it('all get their turn, whatever becomes of the others, and leave none behind', async () => {
    const turns = new RankedTurns(3)
    const ended = await Promise.allSettled(Array.from({ length: 100 }, async (_, i) => await turns.run({ level: i % 7, at: i % 3 }, async () => {
      await new Promise(resolve => { setImmediate(resolve) })
      if (i % 2 === 0) throw new Error('no')
      return i
    })))
    assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 50)
    // As many places as before.
    let most = 0
    let running = 0
    await Promise.all(Array.from({ length: 12 }, async () => {
      await turns.run({ level: 0, at: 0 }, async () => {
        most = Math.max(most, ++running)
        await new Promise(resolve => { setImmediate(resolve) })
        running--
      })
    }))
    assert.equal(most, 3)
  })
})
