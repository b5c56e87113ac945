/**
 * A second device of an account: how soon it shows the newest lines of a long chat, and how fast it opens the rest of it,
 * beside hashing and decrypting the same bytes alone. In one process with the relay and the others, on stores in memory. Run: npm run bench -- devices
 */
import * as crypto from '../src/protocol/crypto/index.js'
import * as wire from '../src/protocol/wire/index.js'
import { chatKeyName } from '../src/node/chats/devices/chat-key.js'
import { SharedVaults } from '../test/node/shared-vaults.js'
import { eventually, SmallWorld } from '../test/node/small-world.js'
import { bareHistory, cpuSeconds } from './kit/bare.js'
import { compare, median, round, say, sized, spread } from './kit/figures.js'

const MESSAGES = sized(20_000, 300)
const ROUNDS = sized(3, 1)

const world = await SmallWorld.make()
try {
  const ann = await world.person('ann', { spareDevices: ROUNDS, shared: new SharedVaults() })
  const bob = await world.person('bob')
  await world.introduce(ann, bob)
  const { chat } = ann.core.chats.all()[0]!
  for (let n = 0; n < MESSAGES; n++) {
    await ann.node.send('bob', `message ${n}: so long as people write to each other`, { wait: 'queued' })
    if (n % 500 === 0) await eventually(() => chat.outbox.size < 5)
  }
  await eventually(() => chat.cursor.seq > MESSAGES)
  const [ours, alone, first, whole]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let n = 0; n < ROUNDS; n++) {
    const [begun, used] = [performance.now(), cpuSeconds()]
    const second = await world.second(ann, n)
    await eventually(async () => (await second.node.showChat(chat.id, { limit: 20 })).messages.length === 20)
    first.push(performance.now() - begun)
    const session = second.core.chats.all()[0]!
    while (await session.past.mayHaveMore()) await new Promise(resolve => { setTimeout(resolve, 5) })
    whole.push(performance.now() - begun)
    ours.push(MESSAGES / (cpuSeconds() - used))
    alone.push(MESSAGES / await bareHistory({ ...crypto, ...wire }, session.chat))
    await second.close()
    world.people.splice(world.people.indexOf(second), 1)
  }
  say({ name: 'devices/first lines', value: round(median(first)), unit: 'ms', spread: spread(first) })
  say({ name: 'devices/all lines', value: round(median(whole)), unit: 'ms', spread: spread(whole) })
  compare('devices/catching up', 'messages/processor s', ours, alone, 'more')
  say({ name: 'devices/vault of a direct chat', value: wire.encodeCbor(ann.core.vault.get(chatKeyName(chat.log))).length, unit: 'bytes' })
} finally {
  await world.close()
}
