import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { World, type Person } from '../world.js'
import { arrived, sendFiles } from './files-in-chats.js'

const CHILD = fileURLToPath(new URL('reading-child.ts', import.meta.url))
const MiB = 1024 * 1024
const SIZE = 96 * MiB

/** Passes connections on, and counts what comes back. */
class CountingProxy {
  bytes = 0
  readonly #server: Server

  constructor (port: number) {
    this.#server = createServer(socket => {
      const onward = connect(port, '127.0.0.1')
      socket.pipe(onward)
      onward.on('data', (data: Buffer) => { this.bytes += data.length })
      onward.pipe(socket)
      for (const one of [socket, onward]) one.on('error', () => { socket.destroy(); onward.destroy() })
    })
  }

  async listen (): Promise<number> {
    await new Promise<void>(resolve => { this.#server.listen(0, '127.0.0.1', resolve) })
    return (this.#server.address() as AddressInfo).port
  }

  close (): void { this.#server.close() }
}

interface Line { bytes?: number, rss?: number, sha256?: string }

/** Reads in a process of its own, which is killed once so much has come. Gives its last words. */
async function readApart (dir: string, chat: string, message: string, killAt: number): Promise<Line & { most: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dir, chat, message], { stdio: ['ignore', 'pipe', 'inherit'] })
  let last: Line = {}
  let most = 0
  for await (const text of createInterface({ input: child.stdout })) {
    last = JSON.parse(text) as Line
    most = Math.max(most, last.rss ?? 0)
    if ((last.bytes ?? 0) >= killAt) child.kill('SIGKILL')
  }
  return { ...last, most }
}

describe('a file that comes to a node which is killed again and again', () => {
  let world: World
  let alice: Person
  let bob: Person
  let proxy: CountingProxy

  before(async () => {
    world = await World.make()
    const [, port = '', peer = ''] = /\/tcp\/(\d+)\/p2p\/(.+)$/.exec(world.address) ?? []
    proxy = new CountingProxy(Number(port))
    alice = await world.person('alice')
    bob = await world.person('bob', { relay: false })
    await bob.node.addRelay(`/ip4/127.0.0.1/tcp/${await proxy.listen()}/p2p/${peer}`)
    await world.introduce(alice, bob)
  })
  after(async () => {
    await world.close()
    proxy.close()
  })

  it('is whole in the end, and little of it came twice, in bounded memory', async () => {
    const bytes = randomBytes(SIZE)
    const { chat, id } = await arrived(bob, await sendFiles(alice, [{ bytes, name: 'x', as: 'file' }]))
    await bob.node.close()
    const before = proxy.bytes
    const kills = [10, 30, 55, 80]
    for (const at of kills) assert.equal((await readApart(bob.dir, chat, id, at * MiB)).sha256, undefined)
    const { sha256, most } = await readApart(bob.dir, chat, id, Infinity)
    const came = proxy.bytes - before
    console.log(`        ${(came / MiB).toFixed(1)} MiB came for ${SIZE / MiB} MiB, with ${kills.length} kills; at most ${(most / MiB).toFixed(0)} MiB of memory`)
    await world.wake(bob)
    assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
    // What was on its way at a kill: the chunks ahead of the reader and those that were not on the disk yet.
    assert.ok(came < SIZE * 1.05 + kills.length * 20 * MiB, `${came} bytes came`)
  })
})
