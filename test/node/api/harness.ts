/** A served fake, and clients that know nothing of Petrel. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveApi, type ApiServer, type ServeApiOptions } from '../../../src/node/api/index.js'
import { fakePair, type FakePetrel } from './fake-petrel.js'

/** A line from the server as a test expects it: which of these are there is for the test to find out. */
export interface Line {
  jsonrpc: string
  id: string | number | null
  method: string
  result: { account: string, name: string, text: string, subscription: string, scope: string }
  error: { code: number, message: string, data: { code: string, details: Record<string, string[]> } }
  params: { subscription: string, update: { n: number, event: { message?: { text: string } } }, error: Line['error'] }
}

/** A pair of fakes of which Alice is served. */
export interface Served { directory: string, socketPath: string, server: ApiServer, alice: FakePetrel, bob: FakePetrel, chat: string, logged: string[], stop (): Promise<void> }

/** Serves Alice on a unix socket in a fresh directory (unless told otherwise). */
export async function serveFake (options: Partial<ServeApiOptions> = {}): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), 'petrel-api-'))
  const { alice, bob } = await fakePair()
  const socketPath = join(directory, 'api.sock')
  const logged: string[] = []
  const server = await serveApi(alice, { socketPath, log: (level, event, fields) => { logged.push(`${level} ${event} ${JSON.stringify(fields)}`) }, ...options })
  const [chat] = await alice.listChats()
  return {
    directory, socketPath, server, alice, bob, chat: chat!.id, logged,
    stop: async () => {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    }
  }
}

/** A bare socket that reads lines, as `socat` would. */
export class LineClient {
  readonly socket: Socket
  readonly #lines: AsyncGenerator<string>

  constructor (where: string | number) {
    this.socket = typeof where === 'string' ? connect({ path: where, allowHalfOpen: true }) : connect({ host: '127.0.0.1', port: where, allowHalfOpen: true })
    this.socket.on('error', () => undefined)
    this.#lines = lines(this.socket)
  }

  send (...messages: unknown[]): void { this.write(messages.map(message => `${JSON.stringify(message)}\n`).join('')) }
  write (data: string | Uint8Array): void { this.socket.write(data) }

  /** The next line, parsed; undefined at the end. */
  async next (): Promise<Line | undefined> {
    const { value, done } = await this.#lines.next()
    return done === true ? undefined : JSON.parse(value) as Line
  }

  async call (method: string, params: unknown = {}, id: unknown = 1): Promise<Line> {
    this.send({ jsonrpc: '2.0', id, method, params })
    const line = await this.next()
    if (line === undefined) throw new Error('the connection ended before the answer')
    return line
  }

  end (): void { this.socket.destroy() }
}

async function * lines (socket: Socket): AsyncGenerator<string> {
  let rest = ''
  socket.setEncoding('utf8')
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const parts = (rest + (chunk as string)).split('\n')
    rest = parts.pop() ?? ''
    yield * parts
  }
}

/** Runs a program; gives what it printed. */
export async function run (program: string, args: string[], input = ''): Promise<{ stdout: string, status: number | null }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input, 'latin1')
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [status] = await once(child, 'close') as [number | null]
  return { stdout: Buffer.concat(chunks).toString('latin1'), status }
}

/** Skips the test, with a word, when a program is not on this machine. */
export async function requireProgram (context: Mocha.Context, program: string): Promise<void> {
  const { status } = await run('sh', ['-c', 'command -v "$0" > /dev/null', program]).catch(() => ({ status: 1 }))
  if (status === 0) return
  console.log(`        (skipped: ${program} is not installed)`)
  context.skip()
}
