/** Somebody comes into a group by a link while its owner's node is killed. */
import assert from 'node:assert/strict'
import { eventually, type SmallPerson } from '../small-world.js'

/** A crash of the group's owner at one of its writes, while somebody comes in by a link: it comes in, and is counted once. */
export async function letInThrough (ann: SmallPerson, bob: SmallPerson, chat: string, { n, when }: { n: number, when: 'before' | 'after' }): Promise<void> {
  const { link } = await ann.node.createGroupLink(chat, { uses: 1 })
  const crash = ann.at(n, when)
  const joining = bob.node.joinGroup(link, { waitMs: 50_000 })
  await ann.crash(await crash)
  assert.equal((await joining).state, 'joined')
  await eventually(async () => (await ann.node.showGroup(chat)).members.length === 2 && ann.core.links.joins().every(({ step }) => step === 'admitted'))
  assert.deepEqual((await ann.node.listGroupLinks(chat)).map(l => l.used), [1])
}
