import assert from 'node:assert/strict'
import { forgetSecret, secretListening, type SecretFrame } from '../../../../src/protocol/crypto/index.js'
import { DecryptError, LIMITS, NotFoundError, PetrelError } from '../../../../src/protocol/wire/index.js'
import { pair, Side } from './pair.js'

const copyOf = (side: Side): Side => new Side(side.session)

describe('secret chats\' keys', () => {
  it('carry messages both ways, each opened once', async () => {
    const { ann, bob } = await pair()
    const first = await ann.say('hello')
    assert.equal(await bob.hear(first), 'hello')
    await assert.rejects(bob.hear(first), NotFoundError)
    assert.equal(await ann.hear(await bob.say('hi')), 'hi')
    assert.equal(await bob.hear(await ann.say('how are you?')), 'how are you?')
  })

  it('change with every turn, and not within one', async () => {
    const { ann, bob } = await pair()
    const epochs: number[] = []
    for (const [from, to] of [[ann, bob], [ann, bob], [bob, ann], [bob, ann], [ann, bob], [bob, ann]] as const) {
      await to.hear(await from.say('x'))
      epochs.push(from.session.mls.epoch)
    }
    assert.deepEqual(epochs, [1, 1, 2, 2, 3, 4])
  })

  it('bear loss, disorder and repetition, also over turns', async () => {
    const { ann, bob } = await pair()
    const early = [await ann.say('1'), await ann.say('2')]
    const answer = await bob.say('3')
    assert.equal(await ann.hear(answer), '3')
    const late = [await ann.say('4'), await ann.say('5')]
    assert.equal(await bob.hear(late[1]!), '5')
    assert.equal(await bob.hear(early[1]!), '2')
    assert.equal(await bob.hear(late[0]!), '4')
    assert.equal(await bob.hear(early[0]!), '1')
    for (const frame of [...early, ...late]) await assert.rejects(bob.hear(frame), NotFoundError)
  })

  it('go on when every message of a turn but the last is lost', async () => {
    const { ann, bob } = await pair()
    for (let turn = 0; turn < 6; turn++) {
      const [from, to] = turn % 2 === 0 ? [ann, bob] as const : [bob, ann] as const
      await from.say('lost')
      await from.say('lost too')
      assert.equal(await to.hear(await from.say(`turn ${turn}`)), `turn ${turn}`)
    }
  })

  it('go on when both speak at once', async () => {
    const { ann, bob } = await pair()
    for (let round = 0; round < 5; round++) {
      const frames: Array<[Side, SecretFrame, string]> = [[bob, await ann.say('from ann'), 'from ann'], [ann, await bob.say('from bob'), 'from bob']]
      for (const [to, frame, words] of frames) assert.equal(await to.hear(frame), words)
    }
  })

  it('open nothing from before to a thief of the state', async () => {
    const { ann, bob } = await pair()
    const heard: SecretFrame[] = []
    for (let turn = 0; turn < 4; turn++) {
      const [from, to] = turn % 2 === 0 ? [ann, bob] as const : [bob, ann] as const
      const frame = await from.say(`before ${turn}`)
      await to.hear(frame)
      heard.push(frame)
    }
    for (const thief of [copyOf(ann), copyOf(bob)]) for (const frame of heard) assert.equal(await thief.hear(frame).catch((error: unknown) => error instanceof PetrelError ? undefined : error), undefined)
  })

  it('open nothing to a thief of the state after the next round trip', async () => {
    const { ann, bob } = await pair()
    await bob.hear(await ann.say('before'))
    await ann.hear(await bob.say('before'))
    const thief = copyOf(bob)
    // Until then the thief reads on: it has all that Bob has.
    const there = await ann.say('read by the thief')
    assert.equal(await copyOf(bob).hear(there), 'read by the thief')
    await bob.hear(there)
    await thief.hear(there)
    await ann.hear(await bob.say('and back'))
    const after = await ann.say('not read by the thief')
    assert.equal(await thief.hear(after), undefined, 'the thief does not even know the address')
    assert.equal(await bob.hear(after), 'not read by the thief')
  })

  it('keep late messages of as many epochs as is said, and no more', async () => {
    const { ann, bob } = await pair()
    const late = await ann.say('late')
    for (let turn = 0; turn < LIMITS.secretEpochs; turn++) {
      const [from, to] = turn % 2 === 0 ? [bob, ann] as const : [ann, bob] as const
      await to.hear(await from.say('x'))
    }
    const kept = copyOf(bob)
    assert.equal(await kept.hear(late), 'late')
    assert.equal(bob.session.epochs.length, LIMITS.secretEpochs + 1)
    assert.equal(secretListening(bob.session).length, LIMITS.secretEpochs / 2 + 1, 'where the other sends')
    const [from, to] = LIMITS.secretEpochs % 2 === 0 ? [bob, ann] as const : [ann, bob] as const
    await to.hear(await from.say('x'))
    assert.equal(await bob.hear(late), undefined)
  })

  it('forget epochs that ended long ago when they are told to', async () => {
    const { ann, bob } = await pair()
    const late = await ann.say('late')
    await ann.hear(await bob.say('x'))
    await bob.hear(await ann.say('y'))
    assert.equal(forgetSecret(bob.options, bob.session, bob.now - 1).epochs.length, 3)
    bob.session = forgetSecret(bob.options, bob.session, bob.now)
    assert.equal(bob.session.epochs.length, 1)
    assert.equal(await bob.hear(late), undefined)
    assert.equal(await ann.hear(await bob.say('and it goes on')), 'and it goes on')
  })

  it('refuse altered frames, frames handed back, and frames of another chat', async () => {
    const { ann, bob } = await pair()
    const other = await pair()
    const frame = await ann.say('x')
    for (const at of [1, 30, frame.frame.length - 1]) {
      await assert.rejects(bob.hear({ ...frame, frame: frame.frame.with(at, (frame.frame[at] ?? 0) ^ 1) }), DecryptError)
    }
    assert.equal(await ann.hear(frame), undefined, 'a frame handed back is at no address of its author\'s')
    const foreign = await other.ann.say('x')
    await assert.rejects(bob.hear({ address: frame.address, frame: foreign.frame }), DecryptError)
    assert.equal(await bob.hear(frame), 'x')
  })
})
