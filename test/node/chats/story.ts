/** A story of two people, told again for each write at which one of them crashes. */
import assert from 'node:assert/strict'
import { SmallWorld, type SmallPerson } from '../small-world.js'
import { until } from '../world.js'

/** Everybody's messages in the order they were told. */
async function texts (who: SmallPerson): Promise<string[]> {
  const told: string[] = []
  for await (const { event } of who.node.receive()) if (event.type === 'message') told.push(event.message.text)
  return told
}

/** The lines of all chats, as they are shown. */
async function shown (who: SmallPerson): Promise<string[]> {
  const chats = await who.node.listChats()
  const pages = await Promise.all(chats.map(async c => (await who.node.showChat(c.id)).messages.map(m => m.text)))
  return pages.flat()
}

/** Somebody adds somebody and writes twice; one of them crashes at the n-th write. False when the story has fewer writes. */
async function tell (n: number, when: 'before' | 'after', who: 'alice' | 'bob'): Promise<boolean> {
  const world = await SmallWorld.make()
  try {
    const alice = await world.person('alice')
    const bob = await world.person('bob')
    const { link } = await bob.node.createInvite()
    const victim = who === 'alice' ? alice : bob
    const crash = victim.at(n, when)
    const story = async (): Promise<true> => {
      await alice.node.addContact(link)
      await alice.node.send('bob', 'one', { idempotencyKey: 'k1', wait: 'queued' })
      await alice.node.send('bob', 'two', { idempotencyKey: 'k2', wait: 'delivered' })
      return true
    }
    const told = story()
    const disk = await Promise.race([crash, told])
    if (disk === true) return false
    await victim.crash(disk)
    await (who === 'alice' ? story() : told)
    await until(bob.node, e => e.type === 'message' && e.message.text === 'two')
    assert.deepEqual(await texts(bob), ['one', 'two'], `${who}, ${when} write ${n}`)
    assert.deepEqual(await shown(alice), ['one', 'two'], `${who}, ${when} write ${n}`)
    return true
  } finally {
    await world.close()
  }
}

/** Every `step`-th write from `first` on; the number of the first one that the story has no more. */
export async function everyCrash (who: 'alice' | 'bob', when: 'before' | 'after', first: number, step: number): Promise<number> {
  let n = first
  while (await tell(n, when, who)) n += step
  return n
}

