/** What is left of a message that was taken back, on the disks of those who had it, for who has their keys. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { HOME_FILES, openHome } from '../../../src/node/home/index.js'
import { storeSecrets } from '../../../src/node/store-secrets.js'
import { recordCipher } from '../../../src/protocol/crypto/index.js'
import { openLevelStore } from '../../../src/store/index.js'
import { eventually } from '../small-world.js'
import { until, untilText, World, type Person } from '../world.js'

/** How many records of a closed home's store have each of some words. */
async function recordsWith ({ dir }: Person, words: readonly string[]): Promise<number[]> {
  const { storeKey } = await openHome(dir, { kind: 'keyfile' })
  const store = await openLevelStore(join(dir, HOME_FILES.store), { cipher: recordCipher(storeSecrets(storeKey).records) })
  const values = (await Array.fromAsync(store.kv.iterate({}))).map(([, value]) => Buffer.from(value))
  await store.close()
  return words.map(word => values.filter(value => value.includes(word)).length)
}

describe('a message that was taken back', () => {
  const SAID = ['oystercatcher', 'avocet', 'dunlin', 'whimbrel.txt', 'godwit']
  let world: World
  let alice: Person
  let bob: Person

  before(async () => {
    world = await World.make()
    ;[alice, bob] = [await world.person('alice'), await world.person('bob')]
    await world.introduce(alice, bob)
  })
  after(async () => { await world.close() })

  it('is in no record of either disk, nor in what an app that comes later is told', async () => {
    const { file } = await alice.node.addMedia({ name: 'whimbrel.txt', size: 1 }, (async function * () { yield await Promise.resolve(Uint8Array.of(1)) })())
    const sent = [
      await alice.node.send('bob', 'an oystercatcher'),
      await alice.node.send('bob', 'an avocet'),
      await alice.node.send('bob', 'and a file', { media: [file.id] }),
      await alice.node.send('bob', 'a godwit', { wait: 'delivered' })
    ] as const
    await alice.node.editMessage('bob', sent[1].id, 'rather a dunlin')
    await until(bob.node, e => e.type === 'messageChanged' && e.message.text === 'rather a dunlin')
    await untilText(bob.node, 'a godwit')
    await bob.node.send('alice', 'where', { replyTo: sent[3].id, wait: 'delivered' })
    for (const { node } of [alice, bob]) await node.searchMessages({ query: 'dunlin' })
    for (const person of [alice, bob]) {
      await person.node.close()
      assert.ok((await recordsWith(person, SAID)).every(count => count > 0), 'they are found while they are there')
      await world.wake(person)
    }
    // Read to its end: it is in memory then.
    const before = await Array.fromAsync(bob.node.receive({ after: 0, follow: false }))
    assert.ok(SAID.every(word => word === 'dunlin' || JSON.stringify(before).includes(word)))
    await alice.node.deleteMessages('bob', sent.map(({ id }) => id))
    for (const { node } of [alice, bob]) await until(node, e => e.type === 'messageDeleted' && e.id === sent[3].id)
    for (const { node } of [alice, bob]) await node.searchMessages({ query: 'dunlin' })
    for (let round = 0; round < 2; round++) {
      const told = await Array.fromAsync(bob.node.receive({ after: 0, follow: false }))
      assert.deepEqual(SAID.filter(word => JSON.stringify(told).includes(word)), [])
      assert.ok(told.some(({ event: e }) => e.type === 'message' && e.message.id === sent[0].id && e.message.deleted))
      await world.restart(bob)
    }
    // Its relay is told first that nobody needs the file any more.
    await eventually(async () => (await alice.node.listMedia()).items.length === 0)
    for (const person of [alice, bob]) {
      await person.node.close()
      assert.deepEqual(await recordsWith(person, SAID), SAID.map(() => 0))
      await world.wake(person)
    }
  })
})
