/**
 * A node whose home is copied while it runs; prints, each as a line of JSON, that it is at its relay, why it has stopped,
 * and what it is refused for then. Ends with its stdin. `copied-child.ts DIR`
 */
import { once } from 'node:events'
import { createNode } from '../../../src/node/index.js'

const [dir = ''] = process.argv.slice(2)
const say = (line: string): void => { process.stdout.write(`${JSON.stringify(line)}\n`) }

const node = await createNode({ dir })
await node.createInvite()
say('is there')
// Its updates end when it stops.
await Array.fromAsync(node.receive({ follow: true })).catch(() => undefined)
say((await node.status()).warnings[0] ?? '')
await node.createInvite().catch((error: unknown) => { say((error as { code: string }).code) })
await once(process.stdin.resume(), 'end')
await node.close()
