/** What does the work beside the relay, and how a server of others is begun and driven: from here, over loopback. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { quantile, sized } from '../kit/figures.js'

export const SENDERS = 16
export const IN_FLIGHT = sized(32, 4)
export const SECONDS = sized(2, 0.3)
export const ENTRY_BYTES = 1024
const TICK_US = 10_000
/** How long a server may take until it answers, ms. */
const START_MS = 30_000
/** How long the last entries may take to the follower, ms: where a follower falls behind, it is many. */
const PATIENCE_MS = 30_000

/** What one round found. */
export type Figures = Record<string, number>

/** One that does the work. */
export interface Peer {
  /** What its acknowledgement says. */
  readonly says: string
  readonly settings: string
  run (): Promise<Figures>
  end (): Promise<void> | void
}

/** One that may be here. */
export interface Candidate {
  readonly name: string
  /** The program that it needs, and the Debian package that has it; nothing for our own. */
  readonly program?: string
  readonly package?: string
  /** Begins it, with its files in a directory of its own. Throws {@link LeftOut} when something else is missing. */
  make (dir: string): Promise<Peer>
}

/** Something can't be measured here; the message says what it takes. */
export class LeftOut extends Error {}

/** What sends the entry with that number, and resolves when it is acknowledged. */
export type Sender = (number: number) => Promise<void>

/** Where servers are, whoever runs this. */
const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` }

/** Runs a program to its end, and gives what it printed. Throws when it is not there or fails. */
export function output (program: string, ...args: string[]): string { return execFileSync(program, args, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) }

/** Whether a program is installed. */
export function hasProgram (name: string): boolean {
  try {
    output('sh', '-c', `command -v ${name}`)
    return true
  } catch {
    return false
  }
}

/** A port that nobody listens at. */
export async function freePort (): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return port
}

/** Begins a server, and waits until it answers at its port. */
export async function serve (port: number, program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: 'ignore', env: { ...environment, ...more } })
  // Also where the benchmark fails.
  process.once('exit', () => { child.kill('SIGKILL') })
  const patience = performance.now() + START_MS
  while (!await listens(port)) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
    if (performance.now() > patience) {
      child.kill()
      throw new Error(`${program} does not answer`)
    }
    await new Promise(resolve => { setTimeout(resolve, 50) })
  }
  return child
}

async function listens (port: number): Promise<boolean> {
  return await new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
    socket.on('error', () => { resolve(false) })
  })
}

/** What a server, and those who talk to it, are together. */
export function peerOf ({ child, course, senders, clients, ...words }: {
  readonly child: ChildProcess, readonly course: Course, readonly senders: readonly Sender[], readonly clients: ReadonlyArray<{ readonly end: () => void }>
} & Pick<Peer, 'says' | 'settings'>): Peer {
  return {
    ...words,
    run: async () => await course.drive(child, senders),
    end: async () => {
      for (const client of clients) client.end()
      const gone = once(child, 'exit')
      if (child.kill('SIGKILL')) await gone
    }
  }
}

/** What sends an entry that begins with its number. */
export function numbered (send: (entry: Buffer) => Promise<unknown>): Sender {
  const body = randomBytes(ENTRY_BYTES)
  return async number => {
    const entry = Buffer.from(body)
    entry.writeDoubleBE(number, 0)
    await send(entry)
  }
}

function cpuUs (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

/** What is on its way through one peer, and how long each took. */
export class Course {
  /** When each was sent that did not come yet, by its number. */
  readonly #sent = new Map<number, number>()
  #deliveries: number[] = []
  #number = 0

  /** The follower has an entry of {@link numbered}. */
  seenEntry (entry: Buffer): void { this.seen(entry.readDoubleBE(0)) }

  /** The follower has the entry with that number; a second time counts for nothing. */
  seen (number: number): void {
    const at = this.#sent.get(number)
    if (at === undefined) return
    this.#sent.delete(number)
    this.#deliveries.push(performance.now() - at)
  }

  /** Sends for a while through the server with that process. Throws when something does not come to the follower. */
  async drive ({ pid = 0 }: ChildProcess, senders: readonly Sender[]): Promise<Figures> {
    this.#deliveries = []
    const acks: number[] = []
    const before = cpuUs(pid)
    const begun = performance.now()
    await Promise.all(senders.flatMap(send => Array.from({ length: IN_FLIGHT }, async () => {
      while (performance.now() < begun + SECONDS * 1000) {
        const from = performance.now()
        const number = ++this.#number
        this.#sent.set(number, from)
        await send(number)
        acks.push(performance.now() - from)
      }
    })))
    const patience = performance.now() + PATIENCE_MS
    while (this.#sent.size > 0 && performance.now() < patience) await new Promise(resolve => { setTimeout(resolve, 1) })
    if (this.#sent.size > 0) throw new Error(`${this.#sent.size} entries did not come`)
    // Until the last was delivered: one that acknowledges faster than it delivers is no faster for it.
    const seconds = (performance.now() - begun) / 1000
    const at = (all: readonly number[]): [number, number] => [quantile(all, 0.5), quantile(all, 0.99)]
    const [[ack, ack99], [shown, shown99]] = [at(acks), at(this.#deliveries)]
    return { perSecond: acks.length / seconds, us: (cpuUs(pid) - before) / acks.length, ack, ack99, shown, shown99 }
  }
}
