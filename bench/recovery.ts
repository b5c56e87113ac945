/**
 * An account of many chats on an empty machine: let in by another device, and from its 24 words. How soon the newest chat
 * stands on the screen, and when all messages of all chats can be read. The relay and the account's other device are a
 * process of their own, on loopback. Beside the time stands what the new device's process had used of a processor by then:
 * on a busy machine that says more. The device runs with the daemon's flags, without which it takes twice the memory. Making the chats takes minutes: BENCH_WORLD names a directory where they are kept and
 * found again. BENCH_CHATS and BENCH_MESSAGES (a chat) change the counts. Run: npm run bench -- recovery
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, linkHome, recoverHome, type PetrelNode } from '../src/node/index.js'
import { TEST_PASSWORD_COST } from '../src/protocol/crypto/password.js'
import { cpuSeconds } from './kit/bare.js'
import { round, say, sized } from './kit/figures.js'
import { asDaemon } from './kit/lean.js'
import { Side } from './kit/side.js'

await asDaemon(import.meta.url)

const CHATS = Number(process.env['BENCH_CHATS'] ?? sized(200, 3))
const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? sized(500, 20))
const LINES = 20
const LOOK_MS = 500

/** Looks now and then, so that the looking is not what takes the time. */
const soon = async (isSo: () => boolean | Promise<boolean>): Promise<void> => { while (!await isSo()) await new Promise(resolve => { setTimeout(resolve, LOOK_MS) }) }

interface Made { readonly address: string, readonly words: string, readonly groups: readonly string[], readonly messages: number }

/** Says how long it took since then. */
class Watch {
  readonly #name: string
  readonly #begun = performance.now()
  readonly #used = cpuSeconds()

  constructor (name: string) { this.#name = name }

  say (what: string, rest: Record<string, unknown> = {}): void {
    say({ name: `recovery/${this.#name}/${what}`, value: round(performance.now() - this.#begun), unit: 'ms', processor: round((cpuSeconds() - this.#used) * 1000), ...rest })
  }
}

/** The newest chat with a screen of lines, then all chats with their last line, then all lines of all chats. */
async function watch (clock: Watch, node: PetrelNode, { groups, messages }: Made): Promise<void> {
  const newest = groups.at(-1) ?? ''
  const last = `message ${messages - 1} `
  const isThere = async (): Promise<boolean> => {
    const lines = (await node.showChat(newest, { limit: LINES })).messages.filter(m => m.kind === 'text')
    return lines.length === Math.min(LINES, messages) && lines.at(-1)?.text.startsWith(last) === true
  }
  // Told of it, not asking for it: whoever names a chat gets it first.
  for await (const { event } of node.receive({ follow: true })) if ((event.type === 'chat' ? event.change === 'history' && event.chat === newest : event.type === 'message' && event.message.chat === newest && event.message.text.startsWith(last)) && await isThere()) break
  clock.say('newest chat')
  await soon(async () => (await node.listChats()).filter(chat => chat.last?.text.startsWith(last) === true).length >= groups.length)
  clock.say('every chat with its newest line')
  for (const chat of groups) await soon(async () => (await node.showChat(chat, { limit: 12, before: 13 })).messages.some(({ text }) => text.startsWith('message 0 ')))
  clock.say('all messages', { messages: groups.length * messages, memory: Math.round(process.memoryUsage().rss / 2 ** 20) })
}

const home = { unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST } as const

async function linked (dir: string, made: Made, world: Side): Promise<void> {
  const { promise: link, resolve: onLink } = Promise.withResolvers<string>()
  const linking = linkHome({ ...home, dir, name: 'phone', relays: [made.address], onLink, confirm: async () => await Promise.resolve(true) })
  const { id } = await world.do<{ id: string }>('approve', await link)
  const clock = new Watch('linked')
  await world.do('confirm', id)
  await linking
  clock.say('let in')
  const node = await createNode({ dir, secretKeyPackages: 4 })
  clock.say('started')
  await watch(clock, node, made)
  await node.close()
}

async function byWords (dir: string, made: Made): Promise<void> {
  const clock = new Watch('words')
  await recoverHome({ ...home, dir, words: made.words, relays: [made.address], revokeOthers: () => false })
  clock.say('let in')
  const node = await createNode({ dir, secretKeyPackages: 4 })
  clock.say('started')
  await watch(clock, node, made)
  await node.close()
}

const dir = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-recovery-'))
const kept = process.env['BENCH_WORLD']
let world = new Side('recovery/world.ts', kept ?? join(dir, 'world'))
try {
  await world.ready
  const made = await world.do<Made>('make', { chats: CHATS, messages: MESSAGES })
  const { bytes, log } = await world.do<{ bytes: number, log: number }>('vault')
  say({ name: 'recovery/vault', value: round(bytes / (made.groups.length + 1)), unit: 'bytes/chat', chats: made.groups.length + 1, entries: log })
  if (kept !== undefined) {
    // What is measured changes it.
    await world.do('stop')
    world.end()
    await cp(kept, join(dir, 'world'), { recursive: true })
    world = new Side('recovery/world.ts', join(dir, 'world'))
    await world.ready
  }
  const [wanted = 'both'] = [process.env['BENCH_WAY']]
  if (wanted !== 'words') await linked(join(dir, 'linked'), made, world)
  await world.do('away')
  if (wanted !== 'linked') await byWords(join(dir, 'words'), made)
  await world.do('stop')
} finally {
  world.end()
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
}
process.exit(0)
