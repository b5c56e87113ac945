/** Somebody who has a session at a relay like everybody, knows the names of others' logs, and holds none of their keys. */
import { ENTRY_KIND, PetrelError, RIGHT, sameBytes, signerFromSeed } from '../../src/protocol/wire/index.js'
import { systemRandom } from '../../src/protocol/crypto/index.js'
import { Crashed, type SimPerson } from './person.js'
import type { Scene } from './story.js'

/** Tries to write into and read from every chat that there is; what works is noted in the scene. */
export async function intrude (scene: Scene, mallory: SimPerson): Promise<void> {
  const { world, people, relays } = scene
  for (let tries = world.random.between(1, 4); tries > 0; tries--) {
    await world.pause(world.random.next() * 3000)
    const members = people.filter(person => person.isUp && person.core.chats.all().length > 0)
    if (members.length === 0) continue
    const { chat } = world.random.pick(world.random.pick(members).core.chats.all())
    const home = relays.find(relay => sameBytes(relay.signer.key, chat.home.peer))
    if (home === undefined) continue
    const withKey = world.random.chance(0.5)
    const works = async (what: string, act: (options: { deadlineMs: number }) => Promise<unknown>): Promise<void> => {
      try {
        const result = await act({ deadlineMs: 5000 })
        if (!(Array.isArray(result) && result[0] instanceof PetrelError)) scene.intrusions.push(`somebody without a key could ${what} a log`)
      } catch (error) {
        if (!(error instanceof PetrelError || error instanceof Crashed)) throw error
      }
    }
    await mallory.ask(async (_node, core) => {
      const link = core.pool.link(home.signer.key, [home.address])
      const key = signerFromSeed(systemRandom(32))
      if (withKey) for (const right of [RIGHT.append, RIGHT.read]) link.setCapability(chat.log, right, key)
      await works('append to', async options => await link.append(chat.log, [{ id: systemRandom(16), kind: ENTRY_KIND.data, payload: systemRandom(200) }], options))
      await works('read', async options => await link.read(chat.log, 0, 10, options))
    })
  }
}
