import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const PETREL = fileURLToPath(new URL('../../../bin/petrel.js', import.meta.url))
const MB = 1_000_000
/** What no process may take for itself, whatever the file's size. */
const CEILING = 150 * MB
const SIZE = Number(process.env['MEMORY_TEST_BYTES'] ?? 1024 ** 3)

type Printed = Readonly<Record<string, unknown>>

/** A process's own memory, without what is mapped from files, as Linux tells it. */
function own (pid: number): number { return Number(/^RssAnon:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024 }

class Processes {
  readonly dir: string
  readonly #running = new Map<string, ChildProcess>()
  readonly most = new Map<string, number>()
  readonly #watch = setInterval(() => { for (const [name, { pid, exitCode }] of this.#running) if (pid !== undefined && exitCode === null) this.most.set(name, Math.max(this.most.get(name) ?? 0, own(pid))) }, 20)

  constructor (dir: string) { this.dir = dir }

  #spawn (args: readonly string[], errors: 'ignore' | 'inherit'): ChildProcess {
    const kept = Object.entries(process.env).filter(([name]) => !/^(PETREL|XDG)_/.test(name))
    return spawn(process.execPath, [PETREL, ...args, '--json'], { env: { ...Object.fromEntries(kept), HOME: this.dir }, stdio: ['ignore', 'pipe', errors] })
  }

  /** Starts one that stays; gives what it printed first. */
  async start (name: string, ...args: string[]): Promise<Printed> {
    const child = this.#spawn(args, 'ignore')
    this.#running.set(name, child)
    const [line] = await once(createInterface({ input: child.stdout! }), 'line') as [string]
    return JSON.parse(line) as Printed
  }

  async run (...args: string[]): Promise<Printed> {
    const child = this.#spawn(args, 'inherit')
    const [out, [code]] = await Promise.all([text(child.stdout!), once(child, 'close')])
    assert.equal(code, 0, args.join(' '))
    return JSON.parse(out.split('\n', 1)[0] ?? '') as Printed
  }

  async end (): Promise<void> {
    clearInterval(this.#watch)
    await Promise.all([...this.#running.values()].map(async child => {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    }))
  }
}

async function hashOf (path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

describe('the memory of a relay and two nodes', function () {
  this.timeout(3_600_000)
  let dir: string
  let all: Processes

  before(async function () {
    if (process.platform !== 'linux') { this.skip(); return }
    dir = await mkdtemp(join(tmpdir(), 'petrel-memory-'))
    all = new Processes(dir)
  })
  after(async () => {
    if (dir === undefined) return
    await all.end()
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  })

  it(`stays under ${CEILING / MB} MB each while a file of ${Math.round(SIZE / 1024 ** 2)} MiB goes from one to the other`, async () => {
    const { relay } = await all.start('relay', 'relay', 'run', '--dir', join(dir, 'relay'), '--listen', '/ip4/127.0.0.1/tcp/0') as { relay: { addresses: string[] } }
    for (const name of ['alice', 'bob']) {
      await all.run('--profile', name, 'init', '--name', name, '--no-input')
      await all.start(name, '--profile', name, 'daemon', 'run')
      await all.run('--profile', name, 'relays', 'add', relay.addresses[0]!)
    }
    const { invite } = await all.run('--profile', 'bob', 'invite') as { invite: { link: string } }
    await all.run('--profile', 'alice', 'contacts', 'add', invite.link, 'bob')
    const [from, to] = [join(dir, 'file'), join(dir, 'saved')]
    const file = await open(from, 'w')
    for (let at = 0; at < SIZE; at += MB) await file.write(randomBytes(Math.min(MB, SIZE - at)))
    await file.close()
    const sent = await all.run('--profile', 'alice', 'send', 'bob', '--attach', from, '--wait', 'delivered') as { message: { id: string } }
    await all.run('--profile', 'bob', 'media', 'get', 'alice', sent.message.id, '--output', to)
    assert.equal(await hashOf(to), await hashOf(from))
    console.log(`        ${[...all.most].map(([name, bytes]) => `${name} ${Math.round(bytes / MB)} MB`).join(', ')}`)
    assert.deepEqual([...all.most].filter(([, bytes]) => bytes > CEILING), [])
  })
})
