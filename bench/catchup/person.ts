/** A person's node in a process of its own: it writes much while the other is away, or is the other, and comes back. */
import type * as Core from '../../src/node/core.js'
import type * as Home from '../../src/node/index.js'
import type * as Node from '../../src/node/node.js'
import type * as Crypto from '../../src/protocol/crypto/index.js'
import type * as Password from '../../src/protocol/crypto/password.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Bare from '../kit/bare.js'
import type { BenchChat } from '../kit/bare.js'
import type * as Child from '../kit/child.js'

const { cpuUs, load, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { bareHistory } = await import(new URL('../kit/bare.ts', import.meta.url).href) as typeof Bare
const { openCore } = await load<typeof Core>('node/core.js')
const { createHome } = await load<typeof Home>('node/index.js')
const { runNode } = await load<typeof Node>('node/node.js')
const { TEST_PASSWORD_COST } = await load<typeof Password>('protocol/crypto/password.js')
const bareParts = { ...await load<typeof Crypto>('protocol/crypto/index.js'), ...await load<typeof Wire>('protocol/wire/index.js') }

// Messages that share a write.
const AT_ONCE = 250

let node: Node.PetrelNode
let core: Core.NodeCore

/** Waits without using the processor, which is what is measured. */
async function until (holds: () => boolean | Promise<boolean>, everyMs = 5): Promise<void> {
  while (!await holds()) await new Promise(resolve => { setTimeout(resolve, everyMs) })
}

function theChat (): BenchChat {
  const chat = core.chats.all()[0]?.chat
  if (chat === undefined) throw new Error('they have no chat')
  return chat
}

async function write (count: number): Promise<{ seq: number }> {
  const chat = theChat()
  const send = async (n: number): Promise<unknown> => await node.send(chat.id, `message ${n}: so long as people write to each other`, { wait: 'queued' })
  for (let n = 0; n < count - 1; n += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - 1 - n) }, async (_, i) => await send(n + i + 1)))
    await until(() => chat.outbox.size < AT_ONCE)
  }
  await send(count)
  await until(() => chat.outbox.size === 0 && chat.cursor.seq > count)
  return { seq: chat.cursor.seq }
}

/** Comes back, takes all that came meanwhile, and has it in its search. */
async function catchUp ({ count, seq }: { count: number, seq: number }): Promise<Record<string, number>> {
  const [begun, used] = [performance.now(), cpuUs()]
  node = runNode(core)
  const session = core.chats.all()[0]
  const chat = theChat()
  // Each look is work of the process's own, so not too many.
  await until(async () => (await node.showChat(chat.id, { limit: 1 })).messages.at(-1)?.text.startsWith(`message ${count}:`) === true, 20)
  const newestMs = performance.now() - begun
  await until(() => chat.cursor.seq >= seq)
  await until(async () => await session?.past.mayHaveMore() !== true)
  const [allMs, us] = [performance.now() - begun, cpuUs() - used]
  await core.search.index.ready({ mostMs: 60_000 })
  return { newestMs, allMs, us, foundUs: cpuUs() - used }
}

serve({}, {
  init: async given => {
    const { dir, name, relay } = given as { dir: string, name: string, relay: string }
    await createHome({ dir, name, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST })
    core = await openCore({ dir, secretKeyPackages: 4 })
    node = runNode(core)
    await node.addRelay(relay)
    return {}
  },
  invite: async () => await node.createInvite(),
  meet: async given => {
    const { link } = given as { link: string }
    await node.addContact(link)
    await node.send((await node.listContacts())[0]?.name ?? '', 'hello', { wait: 'delivered' })
    return {}
  },
  write: async given => await write((given as { count: number }).count),
  open: async given => {
    core = await openCore({ dir: (given as { dir: string }).dir, secretKeyPackages: 4 })
    return {}
  },
  catchUp: async given => await catchUp(given as { count: number, seq: number }),
  bare: async given => ({ us: await bareHistory(bareParts, theChat(), (given as { from: number }).from) * 1e6 }),
  seq: () => ({ seq: theChat().cursor.seq }),
  close: async () => { await node.close(); return {} }
})
