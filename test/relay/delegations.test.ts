import assert from 'node:assert/strict'
import { ENTRY_KIND, eraserHash, LIMITS, METHOD, pb, RIGHT, type Signer } from '../../src/protocol/wire/index.js'
import { decodeMeta } from '../../src/relay/logs/meta.js'
import { data, newKey, Person, Pushes, World, type Client, type TestLog } from './kit/world.js'

const DAY = 86_400_000

/** A home with one log, and a relay that comes to it. */
async function scene (): Promise<{ world: World, ann: Client, relay: Client, pushes: Pushes, log: TestLog, lent: (right: 1 | 2 | 3, key: Signer, ms?: number) => pb.CapabilityProof }> {
  const world = await World.create({ sessionMs: LIMITS.sessionMs })
  const ann = await world.client(new Person())
  const log = await world.log(ann)
  const pushes = new Pushes()
  const relay = await world.client(new Person(), undefined, pushes)
  return { world, ann, relay, pushes, log, lent: (right, key, ms = DAY) => relay.lent(log.id, right, key, world.clock.now() + ms) }
}

/** A commit that installs the next epoch's keys. */
function commit (log: TestLog, base: number, mirrors?: Signer[]): ReturnType<typeof data> {
  const { append, read } = log.nextEpoch()
  return data('commit', { kind: ENTRY_KIND.commit, base, caps: { append: append.key, read: read.key, ...mirrors === undefined ? {} : { mirrors: mirrors.map(key => key.key) } } })
}

describe('relay: delegations', () => {
  it('let a relay follow as a mirror and append, each as long as it was lent', async () => {
    const { world, relay, ann, log, lent } = await scene()
    await relay.prove(lent(RIGHT.mirror, log.mirror, 300_000), lent(RIGHT.append, log.epoch.append, 100_000))
    await relay.appendOne(log.id, data('one'))
    assert.equal((await relay.read(log.id)).entries.length, 1)
    world.clock.advance(100_000)
    const [refused] = await relay.append(log.id, [data('two')])
    assert.equal((refused as Error & { code: string }).code, 'ERR_FORBIDDEN')
    assert.equal((await relay.read(log.id)).entries.length, 1)
    world.clock.advance(200_000)
    await assert.rejects(relay.read(log.id), { code: 'ERR_FORBIDDEN' })
    assert.equal((await ann.read(log.id)).entries.length, 1)
  })

  it('end a follow at their end, and a newer one lengthens them', async () => {
    const { world, ann, relay, pushes, log, lent } = await scene()
    await relay.prove(lent(RIGHT.mirror, log.mirror, 200_000))
    await relay.follow(log.id)
    await relay.prove(lent(RIGHT.mirror, log.mirror, 400_000))
    world.clock.advance(300_000)
    await ann.appendOne(log.id, data('one'))
    await pushes.until(() => pushes.texts.length === 1)
    world.clock.advance(100_000)
    await ann.appendOne(log.id, data('two'))
    await pushes.until(() => pushes.ended.length === 1)
    assert.equal(pushes.ended[0]!.error.code, 'ERR_FORBIDDEN')
    assert.deepEqual(pushes.texts, ['one'])
  })

  it('are refused for another relay, log, right or key, expired, and for longer than any may last', async () => {
    const { world, relay, log, lent } = await scene()
    const now = world.clock.now()
    const other = newKey()
    const wrong: Array<[pb.CapabilityProof, string]> = [
      [relay.lent(log.id, RIGHT.mirror, log.mirror, now + DAY, { relay: other.key }), 'ERR_PROOF'],
      [relay.lent(log.id, RIGHT.mirror, log.mirror, now + DAY, { log: log.id.with(5, log.id[5]! ^ 1) }), 'ERR_PROOF'],
      [relay.lent(log.id, RIGHT.mirror, log.mirror, now + DAY, { right: RIGHT.read }), 'ERR_PROOF'],
      [{ ...lent(RIGHT.mirror, other), key: log.mirror.key }, 'ERR_PROOF'],
      [lent(RIGHT.mirror, other), 'ERR_FORBIDDEN'],
      [lent(RIGHT.append, log.mirror), 'ERR_FORBIDDEN'],
      [lent(RIGHT.mirror, log.mirror, 0), 'ERR_FORBIDDEN'],
      [lent(RIGHT.mirror, log.mirror, 31 * DAY), 'ERR_BAD_INPUT'],
      [{ ...lent(RIGHT.mirror, log.mirror), delegation: new Uint8Array(40) }, 'ERR_BAD_INPUT'],
      [{ ...lent(RIGHT.append, log.owner), right: RIGHT.owner }, 'ERR_PROOF']
    ]
    const outcomes = await relay.tryProve(...wrong.map(([proof]) => proof))
    assert.deepEqual(outcomes.map(error => error?.code), wrong.map(([, code]) => code))
    await assert.rejects(relay.read(log.id), { code: 'ERR_FORBIDDEN' })
  })

  it('end with the key: a commit that replaces the mirror key is the last entry its relay gets', async () => {
    const { ann, relay, pushes, log, lent } = await scene()
    await relay.prove(lent(RIGHT.mirror, log.mirror))
    await relay.follow(log.id)
    await ann.appendOne(log.id, commit(log, 0, [newKey()]))
    await ann.proveAll(log)
    await ann.appendOne(log.id, data('after'))
    await pushes.until(() => pushes.texts.length > 0)
    const { entries, head } = await relay.read(log.id)
    assert.equal(entries.length, 1)
    assert.equal(head.seq, 1)
    assert.deepEqual(pushes.texts, ['commit'])
  })

  it('survive commits that leave the mirror key as it is', async () => {
    const { ann, relay, log, lent } = await scene()
    await relay.prove(lent(RIGHT.mirror, log.mirror))
    await ann.appendOne(log.id, commit(log, 0))
    await ann.proveAll(log)
    await ann.appendOne(log.id, data('after'))
    assert.equal((await relay.read(log.id)).entries.length, 2)
  })
})

describe('relay: erasures', () => {
  const secret = new Uint8Array(32).fill(7)
  const erasable = (log: TestLog, text: string): ReturnType<typeof data> => data(text, { erasers: [eraserHash(log.id, secret)] })

  it('are told to a mirror that follows, with the secret, and to one that was away as soon as it is back', async () => {
    const { world, ann, relay, pushes, log, lent } = await scene()
    await relay.prove(lent(RIGHT.mirror, log.mirror))
    for (const text of ['one', 'two', 'three']) await ann.appendOne(log.id, erasable(log, text))
    await ann.erase(log.id, 3, secret)
    await relay.follow(log.id, 3, 0)
    await pushes.until(() => pushes.erased.length === 1)
    await ann.erase(log.id, 1, secret)
    await pushes.until(() => pushes.erased.length === 2)
    assert.deepEqual(pushes.erased.map(push => [push.revision, push.erasures.map(({ seq }) => seq)]), [[1, [3]], [2, [1]]])
    assert.deepEqual(pushes.erased[0]!.erasures[0]!.secret, secret)
    await relay.unfollow(log.id)
    await ann.erase(log.id, 2, secret)
    await relay.follow(log.id, 3, 2)
    await pushes.until(() => pushes.erased.length === 3)
    assert.deepEqual(pushes.erased[2]!.erasures.map(({ seq }) => seq), [2])
    assert.equal(decodeMeta((await world.store.logs.head(log.id)).meta).erasures, 3)
  })

  it('are told page by page, and the number counts when all are told', async () => {
    const { ann, relay, pushes, log, lent } = await scene()
    await relay.prove(lent(RIGHT.mirror, log.mirror))
    const many = LIMITS.erasuresPerPush + 3
    for (let from = 0; from < many; from += LIMITS.appendItems) await ann.append(log.id, Array.from({ length: Math.min(LIMITS.appendItems, many - from) }, () => erasable(log, 'x')))
    for (let seq = 1; seq <= many; seq++) await ann.erase(log.id, seq, secret)
    await relay.follow(log.id, many, 0)
    await pushes.until(() => pushes.erased.length === 2)
    assert.deepEqual(pushes.erased.map(push => [push.revision, push.erasures.length]), [[0, LIMITS.erasuresPerPush], [many, 3]])
  })

  it('count once, however often they are asked for, and not without the secret', async () => {
    const { world, ann, log } = await scene()
    await ann.appendOne(log.id, erasable(log, 'one'))
    await assert.rejects(ann.erase(log.id, 1, new Uint8Array(32)), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(ann.erase(log.id, 2, secret), { code: 'ERR_NOT_FOUND' })
    await Promise.all([ann.erase(log.id, 1, secret), ann.erase(log.id, 1, secret)])
    await ann.erase(log.id, 1, secret)
    assert.equal(decodeMeta((await world.store.logs.head(log.id)).meta).erasures, 1)
  })

  it('are not told to who did not ask for them', async () => {
    const { ann, relay, pushes, log, lent } = await scene()
    await relay.prove(lent(RIGHT.mirror, log.mirror))
    await relay.channel.call(METHOD.follow, pb.FollowRequest.encode({ log: log.id, after: 0 }))
    await ann.appendOne(log.id, erasable(log, 'one'))
    await ann.erase(log.id, 1, secret)
    await ann.appendOne(log.id, data('two'))
    await pushes.until(() => pushes.entries.flatMap(push => push.entries).length === 2)
    assert.equal(pushes.erased.length, 0)
  })
})
