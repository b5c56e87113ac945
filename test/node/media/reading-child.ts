/** Reads a file of a message and prints how much came; its parent kills it. `reading-child.ts HOME CHAT MESSAGE` */
import { createHash } from 'node:crypto'
import { createNode } from '../../../src/node/index.js'

const [dir = '', chat = '', message = ''] = process.argv.slice(2)
const node = await createNode({ dir })
const hash = createHash('sha256')
let bytes = 0
for await (const piece of node.readMedia(chat, message)) {
  hash.update(piece)
  bytes += piece.length
  process.stdout.write(`${JSON.stringify({ bytes, rss: process.memoryUsage.rss() })}\n`)
}
process.stdout.write(`${JSON.stringify({ sha256: hash.digest('hex') })}\n`)
await node.close()
