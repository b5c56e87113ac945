/**
 * Reads very many updates in this process and over the local API, slowly at first, and prints the most memory that was in
 * use above what it began with, as JSON. Run with --expose-gc. `many-child.ts DIRECTORY COUNT`
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createHome, createNode, serveApi } from '../../../src/node/index.js'
import { connect } from '../../../src/node/client/index.js'
import { openCore } from '../../../src/node/core.js'
import type { Petrel, UpdateEvent } from '../../../src/protocol/api/index.js'
import { BLANK_MESSAGE } from '../../blank.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'

const [directory = '', words = ''] = process.argv.slice(2)
const count = Number(words)
const dir = join(directory, 'home')
/** Updates written in one batch. */
const AT_ONCE = 500

function message (n: number): UpdateEvent {
  return {
    type: 'message',
    message: {
      id: randomBytes(16).toString('hex'), chat: 'chat', seq: n, preview: false, from: 'bob', fromName: 'bob', own: false, at: new Date(n), kind: 'text',
      text: `message ${n} ${'x'.repeat(200)}`, entities: [], media: [], replyTo: null, forwardedFrom: null, edited: false, deleted: false, state: null, error: null, ...BLANK_MESSAGE
    }
  }
}

async function fill (): Promise<void> {
  const core = await openCore({ dir })
  for (let n = 0; n < count; n += AT_ONCE) await core.updates.write([], Array.from({ length: AT_ONCE }, (_, i) => message(n + i + 1)))
  await core.store.close()
  await core.host.stop()
  await core.claim.release()
  core.home.close()
}

function inUse (): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed + process.memoryUsage().external
}

/** Reads all updates after a number; the most memory above `base` meanwhile, and how many came in order. */
async function measure (petrel: Pick<Petrel, 'receive'>, base: number): Promise<{ most: number, read: number }> {
  let most = 0
  let read = 0
  for await (const { n } of petrel.receive({ consumer: 'one who was away' })) {
    if (n !== ++read) throw new Error(`update ${n} came in place of ${read}`)
    // Whoever is slow must not make the other side gather what it does not take.
    if (read === 1) await new Promise(resolve => setTimeout(resolve, 500))
    if (read % 5000 === 1) most = Math.max(most, inUse() - base)
  }
  return { most, read }
}

await createHome({ dir, name: 'alice', unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST })
await fill()
const node = await createNode({ dir })
const socketPath = join(directory, 's')
const server = await serveApi(node, { socketPath })
const remote = await connect({ socketPath })
const base = inUse()
const inProcess = await measure(node, base)
const overApi = await measure(remote, base)
process.stdout.write(`${JSON.stringify({ inProcess, overApi })}\n`)
await remote.close()
await server.close()
await node.close()
process.exit(0)
