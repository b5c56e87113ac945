import assert from 'node:assert/strict'
import { judgeJoin, type JoinPlace } from '../../../src/node/links/judge-join.js'
import { LIMITS } from '../../../src/protocol/wire/index.js'

const place: JoinPlace = { link: { expiresAt: null, uses: null, used: 0, approve: false }, before: undefined, time: 5000, now: 5000, isMember: false, isKnown: true, isOpen: true, isBanned: false }

describe('a wish to join a group that keeps its author out', () => {
  const banned: JoinPlace = { ...place, isBanned: true }
  const after = (ms: number): JoinPlace => ({ ...banned, before: { step: 'barred', time: 5000, receivedAt: 5000 }, time: 5000 + ms, now: 5000 + ms })

  it('is refused before a commit is tried or a person is asked', () => {
    assert.deepEqual([judgeJoin(banned), judgeJoin({ ...banned, link: { ...place.link!, approve: true } }), judgeJoin(place)], [{ do: 'bar' }, { do: 'bar' }, { do: 'admit' }])
  })

  it('is answered once in a while, however often it comes', () => {
    assert.deepEqual([1, LIMITS.joinAgainMs - 1, LIMITS.joinAgainMs].map(ms => judgeJoin(after(ms)).do), ['ignore', 'ignore', 'bar'])
  })

  it('is carried out once it is kept out no more', () => {
    assert.deepEqual(judgeJoin({ ...after(1), isBanned: false }), { do: 'admit' })
  })
})
