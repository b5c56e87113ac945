/** Many chats' frames, side by side. */
import assert from 'node:assert/strict'
import { Errands, type Outcome } from '../../../src/node/secret/errands.js'

interface Run { readonly id: string, readonly end: (outcome: Outcome) => void }

describe('errands', () => {
  let errands: Errands
  let runs: Run[]
  let came: () => void
  const failed: unknown[] = []

  beforeEach(() => {
    runs = []
    came = () => undefined
    errands = new Errands({ run: async id => await new Promise<Outcome>(resolve => { runs.push({ id, end: resolve }); came() }), failed: error => { failed.push(error) }, most: 4, retryMs: { first: 1, most: 2 } })
    errands.start()
  })

  const ids = (): string[] => runs.map(({ id }) => id)
  const end = async (id: string, outcome: Outcome): Promise<void> => {
    const i = runs.findIndex(run => run.id === id)
    runs.splice(i, 1)[0]!.end(outcome)
    await new Promise(resolve => setImmediate(resolve))
  }

  it('run side by side, but no more at once than is said', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) errands.kick(id)
    assert.deepEqual(ids(), ['a', 'b', 'c', 'd'])
    await end('b', 'done')
    assert.deepEqual(ids(), ['a', 'c', 'd', 'e'])
  })

  it('never run twice at once on one, and once more when they were asked meanwhile', async () => {
    errands.kick('a')
    errands.kick('a')
    errands.kick('a')
    assert.deepEqual(ids(), ['a'])
    await end('a', 'done')
    assert.deepEqual(ids(), ['a'])
    await end('a', 'done')
    assert.deepEqual(ids(), [])
  })

  it('that failed take half of the places, and are behind those that did not', async () => {
    for (const id of ['w', 'x', 'y', 'z']) errands.kick(id)
    for (const id of ['w', 'x', 'y', 'z']) await end(id, 'failed')
    for (const id of ['w', 'x', 'y', 'z']) errands.kick(id)
    assert.deepEqual(ids(), ['w', 'x'])
    for (const id of ['a', 'b', 'c']) errands.kick(id)
    assert.deepEqual(ids(), ['w', 'x', 'a', 'b'])
    await end('w', 'failed')
    assert.deepEqual(ids().sort(), ['a', 'b', 'c', 'x'])
  })

  it('are tried again by themselves while something is left', async () => {
    errands.kick('a')
    const again = new Promise<void>(resolve => { came = resolve })
    await end('a', 'later')
    await again
    assert.deepEqual(ids(), ['a'])
  })

  it('end when they are told to, once what runs has ended', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) errands.kick(id)
    const stopped = errands.stop()
    for (const id of ['a', 'b', 'c', 'd']) await end(id, 'later')
    await stopped
    errands.kick('f')
    assert.deepEqual(ids(), [])
  })
})
