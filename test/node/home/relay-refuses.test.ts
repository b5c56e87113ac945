import assert from 'node:assert/strict'
import { ReadOnlyError } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { nextTick, TestClock } from '../../store/support.js'
import { until, World } from '../world.js'

describe('a node whose relay has a full disk', () => {
  it('says why what was written waits, and whose disk it is, until it has gone', async () => {
    const [disk, clock] = [new MemoryDisk(), new TestClock()]
    const store = await openMemoryStore({ clock, disk, sweepMs: 0 })
    const world = await World.make({ store })
    try {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      await world.introduce(alice, bob)
      await alice.node.send('bob', 'before', { wait: 'delivered' })
      disk.beforeWrite = () => Promise.reject(new ReadOnlyError('the disk is full (/srv/relay/store): free some space'))
      const sent = await alice.node.send('bob', 'meanwhile', { wait: 'queued' })
      const said = async (): Promise<string | undefined> => (await alice.node.status()).warnings.find(text => text.startsWith('chat bob: '))
      while (await said() === undefined) await nextTick()
      assert.match(await said() ?? '', /what waits there is not taken: the disk is full where this is kept: whoever runs the relay/)
      assert.ok((await alice.node.doctor()).some(({ ok, message }) => !ok && message === 'chat bob: what waits there is not taken: the disk is full where this is kept: whoever runs the relay, or the node that is the home, has to see to it, and it goes on by itself then'))
      disk.beforeWrite = () => Promise.resolve()
      while (store.state !== 'open') {
        clock.advance(5000)
        await nextTick()
      }
      await until(alice.node, event => event.type === 'messageState' && event.id === sent.id && event.state === 'delivered')
      assert.equal(await said(), undefined)
    } finally {
      await world.close()
    }
  })
})
