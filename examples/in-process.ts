/** A relay and two people inside one process, for apps that embed Petrel: `npx tsx examples/in-process.ts`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHome, createNode, createRelay, type PetrelNode } from 'petrel'

const directory = await mkdtemp(join(tmpdir(), 'petrel-'))
const relay = await createRelay({ directory: join(directory, 'relay'), listen: ['/ip4/127.0.0.1/tcp/0'], http: false })

async function person (name: string): Promise<PetrelNode> {
  const dir = join(directory, name)
  // The 24 words in its result are the account: show them once, to be written down.
  await createHome({ dir, name, unlock: { kind: 'keyfile' } })
  const node = await createNode({ dir })
  await node.addRelay(relay.addresses()[0] ?? '')
  return node
}

const [alice, bob] = [await person('alice'), await person('bob')]
await alice.addContact((await bob.createInvite()).link)
const { state } = await alice.send('bob', 'hello from the same process', { wait: 'delivered' })
for await (const { event } of bob.receive()) {
  if (event.type === 'message') console.log(`${event.message.fromName}: ${event.message.text} (${state})`)
}

await Promise.all([alice.close(), bob.close()])
await relay.stop()
await rm(directory, { recursive: true })
