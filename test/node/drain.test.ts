import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { operator } from '../../src/relay/index.js'
import { untilText, World, type Person } from './world.js'

/** A port that was free a moment ago. */
async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('a relay that is emptied, while its next process comes up at another port', () => {
  let world: World
  let people: Person[]

  before(async () => {
    world = await World.make()
    people = [await world.person('alice'), await world.person('bob')]
    await world.introduce(people[0]!, people[1]!)
  })
  after(async () => { await world.close() })

  it('loses and doubles nothing of two people who write all the time', async () => {
    let over = false
    const sent: string[] = []
    let goal = { at: Infinity, reached: (): void => undefined }
    /** Writes, one after the other; each is acknowledged as stored before the next. */
    const write = async ({ name, node }: Person, other: string): Promise<void> => {
      for (let i = 0; !over; i++) {
        const text = `${name} ${i}`
        const { state, seq } = await node.send(other, text, { wait: 'stored', signal: AbortSignal.timeout(50_000) })
        assert.ok(state !== 'queued' && seq !== null)
        if (sent.push(text) === goal.at) goal.reached()
      }
    }
    const [alice, bob] = people as [Person, Person]
    const writing = Promise.all([write(alice, 'bob'), write(bob, 'alice')])
    const sentSome = async (more: number): Promise<void> => {
      goal = { at: sent.length + more, reached: () => undefined }
      await new Promise<void>(resolve => { goal.reached = resolve })
    }
    await sentSome(20)
    const [former, port] = [world.relay, await freePort()]
    const { drain } = await operator.drain(world.relayDir, { to: [`/ip4/127.0.0.1/tcp/${port}/p2p/${former.peerId}`], stop: true })
    assert.equal(drain!.total, 2)
    await former.stopped
    const before = sent.length
    await world.startRelay(`/ip4/127.0.0.1/tcp/${port}`)
    await sentSome(20)
    over = true
    await writing
    assert.ok(before < sent.length)
    const lastOf = (name: string): string => sent.findLast(text => text.startsWith(name))!
    await Promise.all([untilText(bob.node, lastOf('alice')), untilText(alice.node, lastOf('bob'))])
    for (const { node } of people) {
      const texts: string[] = []
      for (let before: number | undefined; ;) {
        const { messages } = await node.showChat(node === alice.node ? 'bob' : 'alice', { limit: 200, ...before === undefined ? {} : { before } })
        texts.unshift(...messages.map(message => message.text))
        if (messages.length < 200) break
        before = messages[0]!.seq!
      }
      const written = texts.filter(text => /^(alice|bob) \d+$/.test(text))
      assert.deepEqual(written.toSorted(), sent.toSorted())
    }
  })
})
