import assert from 'node:assert/strict'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'
import { SHARINGS } from '../../vault-logs.js'
import { page, seen, sessionOf, texts, transcript } from './kit.js'

for (const [how, share] of SHARINGS) describe(`a group that the account is out of, their records shared ${how}`, () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let group: string
  afterEach(async () => { await world.close() })

  /** Bob's group, with `said` messages of both, at a relay of his. */
  async function make (relays: number, said: number): Promise<void> {
    world = await SmallWorld.make(relays)
    ann = await world.person('ann', { spareDevices: 1, shared: share() })
    bob = await world.person('bob', {}, world.relays.at(-1))
    await world.introduce(ann, bob)
    group = (await bob.node.createGroup('Birds', { members: ['ann'] })).chat.id
    await eventually(() => ann.core.chats.all().some(s => s.chat.id === group))
    for (let n = 0; n < said; n++) await (n % 2 === 0 ? ann : bob).node.send(group, `message ${n}`, { wait: n < said - 2 ? 'queued' : 'stored' })
    await eventually(async () => (await texts(ann, group)).length === said)
  }

  /** What was said afterwards stays with those who are in. */
  async function goOn (): Promise<void> {
    await eventually(() => sessionOf(ann, group).chat.record.stage === 'out')
    await bob.node.send(group, 'now that she is gone')
  }

  async function same (second: SmallPerson, said: number): Promise<void> {
    await eventually(async () => (await texts(second, group)).length === said && await transcript(second, group) === await transcript(ann, group))
    assert.deepEqual(await seen(second, group), await seen(ann, group))
    await assert.rejects(second.node.send(group, 'still here?'), { code: 'ERR_FORBIDDEN' })
  }

  it('is all there on a device that comes later: what was said while it was in, and that it was removed', async () => {
    await make(1, 150)
    await bob.node.removeMembers(group, ['ann'])
    await goOn()
    const second = await world.second(ann)
    await same(second, 150)
    assert.equal((await page(second, group)).at(-1)?.text, 'removed you')
  })

  it('is all there where its relay is another one, and the account left by itself', async () => {
    await make(2, 20)
    await ann.node.leaveGroup(group)
    await goOn()
    const second = await world.second(ann)
    await same(second, 20)
  })
})
