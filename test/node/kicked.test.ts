import assert from 'node:assert/strict'
import { Kicked } from '../../src/node/kicked.js'

/** Lets so many microtasks pass, and no more. */
async function turns (n: number): Promise<void> { for (let i = 0; i < n; i++) await Promise.resolve() }

describe('work that is kicked', () => {
  let passes: number
  let fails: boolean
  let work: Kicked

  beforeEach(() => {
    passes = 0
    fails = false
    work = new Kicked({
      retryMs: { first: 2 ** 30, most: 2 ** 30 }, failed: () => undefined,
      pass: async () => {
        passes++
        if (fails) throw new Error('not now')
        return await Promise.resolve(false)
      }
    })
  })
  afterEach(async () => { await work.stop() })

  it('is done once more whenever that comes: also in the very moment in which it ends', async () => {
    work.start()
    await turns(50)
    for (let n = 0; n < 20; n++) {
      work.kick()
      await turns(n)
      const before = passes
      work.kick()
      await turns(50)
      assert.ok(passes > before, `a kick ${n} turns after the one before was lost`)
    }
  })

  it('is not done again and again because it was kicked while it failed', async () => {
    work.start()
    await turns(50)
    fails = true
    const before = passes
    work.kick()
    work.kick()
    await turns(50)
    assert.equal(passes, before + 1)
  })
})
