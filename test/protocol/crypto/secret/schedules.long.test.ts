/** Random schedules of two devices: loss, repetition and disorder up to what is promised. */
import assert from 'node:assert/strict'
import { LIMITS, NotFoundError, type PetrelError } from '../../../../src/protocol/wire/index.js'
import type { SecretFrame } from '../../../../src/protocol/crypto/index.js'
import { pair, type Side } from './pair.js'

const SCHEDULES = Number(process.env.PETREL_SECRET_SCHEDULES ?? 500)

/** A small generator of numbers from a seed (mulberry32). */
function numbers (seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

interface Sent { readonly frame: SecretFrame, readonly words: string, readonly to: Side }

describe('secret chats\' keys, over random schedules', function () {
  this.timeout(0)

  it(`open every message that comes within the promised number of epochs exactly once, whatever was lost, repeated or overtaken (${SCHEDULES} schedules)`, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const below = numbers(seed)
      const { ann, bob } = await pair()
      const under: Sent[] = []
      const heard = new Set<string>()
      const epochOf = new Map<string, number>()
      for (let step = 0; step < 40; step++) {
        const what = below(10)
        if (what < 5) {
          const [from, to] = below(2) === 0 ? [ann, bob] as const : [bob, ann] as const
          const words = `${seed}/${step}`
          const frame = await from.say(words)
          epochOf.set(words, from.session.mls.epoch)
          if (below(5) > 0) under.push({ frame, words, to })
        } else if (under.length > 0) {
          const at = below(under.length)
          const { frame, words, to } = under[at]!
          // Some come twice.
          if (below(4) > 0) under.splice(at, 1)
          const isLate = to.session.mls.epoch - epochOf.get(words)! > LIMITS.secretEpochs
          const got = await to.hear(frame).catch((error: unknown) => { if (error instanceof NotFoundError) return undefined; throw new Error(`seed ${seed}, step ${step}: ${(error as PetrelError).message}`) })
          if (heard.has(words)) assert.equal(got, undefined, `seed ${seed}, step ${step}: opened twice`)
          else if (!isLate) assert.equal(got, words, `seed ${seed}, step ${step}`)
          if (got !== undefined) heard.add(words)
        }
      }
      // And it goes on.
      for (const [from, to] of [[ann, bob], [bob, ann]] as const) assert.equal(await to.hear(await from.say('on')), 'on')
    }
  })
})
