/** A story of somebody who adds a file and sends it, told again for each write at which the node or the relay crashes. */
import assert from 'node:assert/strict'
import { base32Text, LIMITS } from '../../../src/protocol/wire/index.js'
import { SmallWorld, type SmallPerson } from '../small-world.js'
import { until } from '../world.js'
import { hexOf, inPieces, someBytes } from './files.js'

// Large enough for a row of chunks and its index node, small enough to be sent for each write.
const CHUNKS = 3

/** How a story ended: how many blocks it took, and how many of them went more than once. */
interface Told { readonly writes: number, readonly again: number }

function sentAgain (who: SmallPerson): number { return who.sent.length - new Set(who.sent.map(base32Text)).size }

/** Somebody adds a file and sends it; the node or the relay crashes at the n-th write. Undefined when the story has fewer writes. */
async function tell (n: number, when: 'before' | 'after', victim: 'node' | 'relay'): Promise<Told | undefined> {
  const world = await SmallWorld.make()
  try {
    const alice = await world.person('alice')
    const bob = await world.person('bob')
    await world.introduce(alice, bob)
    const bytes = someBytes(CHUNKS * LIMITS.chunkBytes - 100)
    const story = async (): Promise<true> => {
      const { file } = await alice.node.addMedia({ name: 'a.bin', size: bytes.length, sha256: hexOf(bytes) }, inPieces(bytes))
      await alice.node.send('bob', 'here', { media: [file.id], idempotencyKey: 'k', wait: 'delivered' })
      return true
    }
    const crash = victim === 'node' ? alice.at(n, when) : world.relay.at(n, when)
    const told = story()
    told.catch(() => undefined)
    const disk = await Promise.race([crash, told])
    if (disk === true) return undefined
    if (victim === 'node') {
      await alice.crash(disk)
      await story()
    } else {
      await world.relay.crash(disk)
      await told
    }
    await until(bob.node, e => e.type === 'message' && e.message.text === 'here')
    const { messages } = await bob.node.showChat('alice')
    assert.deepEqual(messages.map(m => m.text), ['here'])
    const { leases } = await world.relay.services.blobs.leases(alice.account.key, { limit: 10 })
    assert.deepEqual(leases.map(({ state }) => state), ['held'])
    assert.equal(world.relay.services.blobs.totals.uploads, 0)
    await world.relay.services.blobs.quiet()
    assert.equal(world.relay.services.blobs.totals.blocks, CHUNKS + 1)
    return { writes: n, again: sentAgain(alice) }
  } finally {
    await world.close()
  }
}

/** Every `step`-th write from `first` on; the number of stories, and the most blocks that one of them sent again. */
export async function everyCrash (victim: 'node' | 'relay', when: 'before' | 'after', first: number, step: number): Promise<{ stories: number, again: number }> {
  let stories = 0
  let again = 0
  for (let n = first; ; n += step) {
    const told = await tell(n, when, victim)
    if (told === undefined) return { stories, again }
    stories++
    again = Math.max(again, told.again)
  }
}
