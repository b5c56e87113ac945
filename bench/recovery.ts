/**
 * An account of many chats on an empty machine: from its 24 words, and let in by another device. How soon the newest chat
 * stands on the screen, and when all messages of all chats can be read. Real nodes, a real relay, loopback, one process;
 * making the chats takes some minutes. Run: npm run bench -- recovery
 */
import { join } from 'node:path'
import { openCore } from '../src/node/core.js'
import { createNode, linkHome, recoverHome, type PetrelNode } from '../src/node/index.js'
import { runNode } from '../src/node/node.js'
import { TEST_PASSWORD_COST } from '../src/protocol/crypto/password.js'
import { isSharedName } from '../src/node/records/shared-names.js'
import { World } from '../test/node/world.js'
import { cpuSeconds } from './kit/bare.js'
import { round, say, sized } from './kit/figures.js'

const CHATS = Number(process.env['BENCH_CHATS'] ?? sized(200, 3))
const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? sized(500, 20))
const AT_ONCE = 64
const SCREEN = 20

const soon = async (isSo: () => boolean | Promise<boolean>): Promise<void> => { while (!await isSo()) await new Promise(resolve => { setTimeout(resolve, 5) }) }
const textOf = (chat: number, n: number): string => `message ${n} of chat ${chat}: so long as people write to each other`

const world = await World.make({ rates: { calls: { perSecond: 1e6, burst: 1e6 } } })
try {
  const home = { unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST } as const
  const ann = await world.person('ann')
  const bob = await world.person('bob')
  await world.introduce(ann, bob)
  await ann.node.close()
  const core = await openCore({ dir: ann.dir, secretKeyPackages: 4 })
  ann.node = runNode(core)
  const groups: string[] = []
  for (let n = 0; n < CHATS; n++) groups.push((await ann.node.createGroup(`Group ${n}`, { members: ['bob'] })).chat.id)
  for (let n = 0; n < MESSAGES; n++) {
    for (const [i, chat] of groups.entries()) {
      await ann.node.send(chat, textOf(i, n), { wait: 'queued' })
      if (i % AT_ONCE === 0) await soon(() => core.chats.get(core.chats.all().find(s => s.chat.id === chat)!.chat.log)!.chat.outbox.size < 3)
    }
  }
  const newest = groups.at(-1)!
  await soon(() => core.chats.all().every(s => s.chat.outbox.size === 0))
  await core.vault.published(core.vault.waiting())
  let bytes = 0
  for (const [name, { data }] of core.vault.shared()) if (isSharedName(name)) bytes += data.length
  say({ name: 'recovery/vault', value: round(bytes / (CHATS + 1)), unit: 'bytes/chat', chats: CHATS + 1 })

  /** The newest chat with a screen of lines, then all lines of all chats. */
  const watch = async (name: string, node: PetrelNode, begun: number, used: number): Promise<void> => {
    await soon(async () => (await node.showChat(newest, { limit: SCREEN }).catch(() => undefined))?.messages.filter(m => m.kind === 'text').length === Math.min(SCREEN, MESSAGES))
    say({ name: `recovery/${name}: newest chat`, value: round(performance.now() - begun), unit: 'ms' })
    const listed = await node.listChats()
    await soon(async () => (await node.listChats()).filter(chat => chat.last !== null).length >= CHATS)
    say({ name: `recovery/${name}: all chats listed with their last line`, value: round(performance.now() - begun), unit: 'ms', first: listed.length })
    for (const chat of groups) await soon(async () => (await node.showChat(chat, { limit: 1, before: 3 })).messages.length > 0 && !(await node.showChat(chat, { limit: 1, before: 3 })).hasMore)
    say({ name: `recovery/${name}: all messages`, value: round(performance.now() - begun), unit: 'ms', messages: CHATS * MESSAGES, processor: round(cpuSeconds() - used), rss: Math.round(process.memoryUsage().rss / 2 ** 20) })
  }

  const linked = join(world.dir, 'linked')
  const { promise: link, resolve: onLink } = Promise.withResolvers<string>()
  const linking = linkHome({ ...home, dir: linked, name: 'phone', relays: [world.address], onLink, confirm: async () => await Promise.resolve(true) })
  const meeting = await ann.node.approveDevice(await link)
  let [begun, used] = [performance.now(), cpuSeconds()]
  await ann.node.confirmDevice(meeting.id, true)
  await linking
  say({ name: 'recovery/linked: let in', value: round(performance.now() - begun), unit: 'ms' })
  const phone = await createNode({ dir: linked, secretKeyPackages: 4 })
  await watch('linked', phone, begun, used)
  await phone.close()
  await ann.node.close()
  await bob.node.close()

  const dir = join(world.dir, 'again')
  ;[begun, used] = [performance.now(), cpuSeconds()]
  await recoverHome({ ...home, dir, words: ann.words, relays: [world.address], revokeOthers: () => false })
  say({ name: 'recovery/words: let in', value: round(performance.now() - begun), unit: 'ms' })
  const again = await createNode({ dir, secretKeyPackages: 4 })
  await watch('words', again, begun, used)
  await again.close()
} finally {
  await world.close().catch(() => undefined)
}
process.exit(0)
