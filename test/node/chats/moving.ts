/** A chat is moved, told again for each write at which one of the two crashes. */
import assert from 'node:assert/strict'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

type Kind = 'agreement' | 'takeover'

async function told (who: SmallPerson): Promise<string[]> {
  const texts: string[] = []
  for await (const { event } of who.node.receive()) if (event.type === 'message') texts.push(event.message.text)
  return texts
}

async function lines (who: SmallPerson, chat: string): Promise<string[]> { return (await who.node.showChat(chat, { limit: 100 })).messages.map(m => `${m.seq} ${m.text}`) }

/** What each does: again after a crash, harmless. */
async function act (alice: SmallPerson, bob: SmallPerson, who: 'alice' | 'bob', kind: Kind, to: string): Promise<void> {
  if (who === 'alice') {
    for (const text of ['a1', 'a2']) await alice.node.send('bob', text, { idempotencyKey: text, wait: 'queued' })
    return
  }
  await bob.node.send('alice', 'b1', { idempotencyKey: 'b1', wait: 'queued' })
  await bob.node.moveChat('alice', { to, lost: kind === 'takeover' })
  await bob.node.send('alice', 'b2', { idempotencyKey: 'b2', wait: 'queued' })
}

/** One story; false when it has fewer writes than n. */
export async function crashOfMove (kind: Kind, n: number, when: 'before' | 'after', who: 'alice' | 'bob'): Promise<boolean> {
  const world = await SmallWorld.make(3)
  const [first, second, third] = world.relays
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  try {
    const alice = await world.person('alice')
    const bob = await world.person('bob', {}, second)
    await alice.node.addRelay(third.address)
    await world.introduce(alice, bob)
    await alice.node.moveChat('bob', { to: third.address })
    await bob.node.send('alice', 'b0', { wait: 'delivered' })
    // Acknowledged; whether the other has seen it before the home is gone is left to chance.
    await alice.node.send('bob', 'a0', { wait: 'stored' })
    if (kind === 'takeover') third.cut(true)
    const victim = who === 'alice' ? alice : bob
    const crash = victim.at(n, when)
    const acts = { alice: act(alice, bob, 'alice', kind, second.address), bob: act(alice, bob, 'bob', kind, second.address) }
    const settled = { alice: acts.alice.then(() => true, () => true), bob: acts.bob.then(() => true, () => true) }
    const all = ['b0', 'a0', 'a1', 'a2', 'b1', 'b2']
    const atRest = async (): Promise<boolean> => {
      const [left, right] = [await lines(alice, 'bob'), await lines(bob, 'alice')]
      // Marks come back too, and a wish to move ends after the log has begun again.
      const isSettled = [alice, bob].every(({ core }) => core.chats.all().every(({ chat: { back, record } }) => back.size === 0 && record.move === undefined))
      return isSettled && left.length === all.length && left.join('|') === right.join('|') && left.every(line => !line.startsWith('null'))
    }
    const rest = (async (): Promise<true> => {
      await Promise.all([acts.alice, acts.bob])
      await eventually(atRest)
      return true
    })()
    rest.catch(() => undefined)
    const disk = await Promise.race([crash, rest])
    const hasCrashed = disk !== true
    if (hasCrashed) {
      await victim.crash(disk)
      const other = who === 'alice' ? settled.bob : settled.alice
      await Promise.all([act(alice, bob, who, kind, second.address), other])
    }
    await eventually(atRest)
    const name = `${kind}, ${who}, ${when} write ${n}`
    assert.deepEqual((await told(bob)).toSorted(), ['a0', 'a1', 'a2'], name)
    assert.deepEqual((await told(alice)).toSorted(), ['b0', 'b1', 'b2'], name)
    for (const { core } of [alice, bob]) {
      const { cursor, home, back, record } = core.chats.all()[0]!.chat
      assert.deepEqual([cursor.alarm, cursor.back, back.size, record.move], [null, undefined, 0, undefined], name)
      assert.equal(Buffer.compare(home.peer, second.signer.key), 0, name)
    }
    return hasCrashed
  } finally {
    // What is written while the world ends is no part of the story.
    for (const person of world.people) person.disk.beforeWrite = async () => { await Promise.resolve() }
    await world.close()
  }
}

/** Every `step`-th write from `first` on; the number of the first one that the story has no more. */
export async function everyCrashOfMove (kind: Kind, who: 'alice' | 'bob', when: 'before' | 'after', first: number, step: number): Promise<number> {
  let n = first
  while (await crashOfMove(kind, n, when, who)) n += step
  return n
}
