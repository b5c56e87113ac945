/** An account of many chats with its relay and one other person, as a process of its own: for the benchmark of recovery. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as Child from '../kit/child.js'
import type * as Cores from '../../src/node/core.js'
import type * as Nodes from '../../src/node/index.js'
import type * as Running from '../../src/node/node.js'
import type * as Shared from '../../src/node/records/shared-names.js'
import type * as Passwords from '../../src/protocol/crypto/password.js'
import type * as Relays from '../../src/relay/index.js'

const { cpuUs, load, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { createRelay } = await load<typeof Relays>('relay/index.js')
const { createHome } = await load<typeof Nodes>('node/index.js')
const { openCore } = await load<typeof Cores>('node/core.js')
const { runNode } = await load<typeof Running>('node/node.js')
const { isSharedName } = await load<typeof Shared>('node/records/shared-names.js')
const { TEST_PASSWORD_COST } = await load<typeof Passwords>('protocol/crypto/password.js')

/** What was made: kept beside it, so that it can be used again. */
interface Made { readonly address: string, readonly words: string, readonly groups: readonly string[], readonly messages: number }
interface Person { readonly core: Cores.NodeCore, readonly node: Nodes.PetrelNode }

/** Chats that are written in at the same time, and messages of each before it is the next one's turn. */
const AT_ONCE = 8
const IN_A_ROW = 10
const [dir = ''] = process.argv.slice(2)
const kept = join(dir, 'made.json')
const much = { perSecond: 1e7, burst: 1e7 }

await mkdir(dir, { recursive: true })
const before = await readFile(kept, 'utf8').then(text => JSON.parse(text) as Made, () => undefined)
const relay = await createRelay({
  directory: join(dir, 'relay'), listen: [before?.address.replace(/\/p2p\/.*$/, '') ?? '/ip4/127.0.0.1/tcp/0'], http: false, admission: 'open',
  quota: { accountBytes: 2 ** 40, accountLogs: 1e6, totalBytes: 2 ** 45 }, rates: { calls: much, appends: much, sessions: much }
})
const address = relay.addresses()[0] ?? ''

const soon = async (isSo: () => boolean): Promise<void> => { while (!isSo()) await new Promise(resolve => { setTimeout(resolve, 20) }) }

async function wake (name: string): Promise<Person> {
  const core = await openCore({ dir: join(dir, name), secretKeyPackages: 4 })
  return { core, node: runNode(core) }
}

async function person (name: string): Promise<Person & { words: string }> {
  const { words } = await createHome({ dir: join(dir, name), name, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST })
  const made = await wake(name)
  await made.node.addRelay(address)
  return { ...made, words }
}

function sessionOf ({ core }: Person, id: string): ReturnType<Cores.NodeCore['chats']['all']>[number] | undefined { return core.chats.all().find(({ chat }) => chat.id === id) }

let ann: Person | undefined

async function make (chats: number, messages: number): Promise<Made> {
  const [a, b] = [await person('ann'), await person('bob')]
  ann = a
  await a.node.addContact((await b.node.createInvite()).link)
  await soon(() => b.core.chats.all().length === 1)
  const groups: string[] = []
  for (let n = 0; n < chats; n++) groups.push((await a.node.createGroup(`Group ${n}`, { members: ['bob'] })).chat.id)
  await soon(() => b.core.chats.all().length === chats + 1 && a.core.chats.all().every(({ chat }) => chat.outbox.size === 0))
  // Whoever takes what is written here has no part in what is measured.
  await b.node.close()
  const write = async (group: number, from: number, to: number): Promise<void> => {
    const id = groups[group] ?? ''
    await Promise.all(Array.from({ length: to - from }, async (_, i) => await a.node.send(id, `message ${from + i} of chat ${group}: so long as people write to each other`, { wait: 'queued' })))
    await soon(() => sessionOf(a, id)?.chat.outbox.size === 0)
  }
  for (let n = 0; n < messages; n += IN_A_ROW) {
    let next = 0
    await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (next < chats - 1) await write(next++, n, Math.min(n + IN_A_ROW, messages)) }))
    // The newest one is the last.
    await write(chats - 1, n, Math.min(n + IN_A_ROW, messages))
    if (process.env['BENCH_SHOW'] === '1') console.error(n, Math.round(cpuUs() / 1e6))
  }
  await a.core.vault.published(a.core.vault.waiting())
  const made = { address, words: a.words, groups, messages }
  await writeFile(kept, JSON.stringify(made))
  return made
}

function vault ({ core }: Person): { bytes: number, log: number } {
  let bytes = 0
  for (const [name, { data }] of core.vault.shared()) if (isSharedName(name)) bytes += data.length
  return { bytes, log: core.shared.status().seq }
}

if (before !== undefined) ann = await wake('ann')

serve({}, {
  make: async given => {
    const { chats, messages } = given as { chats: number, messages: number }
    return before ?? await make(chats, messages)
  },
  vault: () => ann === undefined ? {} : vault(ann),
  approve: async given => ({ id: (await ann?.node.approveDevice(String(given)))?.id }),
  confirm: async given => { await ann?.node.confirmDevice(String(given), true) },
  away: async () => { await ann?.node.close(); ann = undefined },
  cpu: () => ({ us: cpuUs() }),
  stop: async () => { await ann?.node.close(); await relay.stop() }
})
