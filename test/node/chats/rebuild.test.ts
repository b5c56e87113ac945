import assert from 'node:assert/strict'
import type { ChatRecord } from '../../../src/node/chats/chat-record.js'
import { withLogState } from '../../../src/node/chats/rebuild.js'
import { fill } from '../../protocol/wire/kit.js'

describe('a chat whose log is taken over from below its place', () => {
  const then = { stage: 'ready', epoch: 3, history: fill(32, 3), policy: fill(10, 3), began: fill(16, 3), mls: fill(5, 3), members: [], mirror: fill(32, 3), title: null, ownerSeed: fill(32, 3), holders: [fill(34, 3)] } as unknown as ChatRecord
  const now = {
    ...then, epoch: 5, history: fill(32, 5), policy: fill(10, 5), began: fill(16, 5), leaving: [fill(34)], segments: [{ epoch: 4, history: fill(32, 4) }], mls: fill(5, 5), intents: [{ id: fill(16) }], ownerSeed: fill(32), holders: [fill(34, 5)]
  } as unknown as ChatRecord

  it('has everything that the log says as it was at the place that it goes back to, and what the person wished', () => {
    assert.deepEqual(withLogState(now, then), { ...then, intents: now.intents, commit: null })
    assert.deepEqual(withLogState(then, now), { ...then, epoch: now.epoch, history: now.history, policy: now.policy, began: now.began, leaving: now.leaving, segments: now.segments, mls: now.mls, ownerSeed: now.ownerSeed, holders: now.holders, commit: null })
  })
})
