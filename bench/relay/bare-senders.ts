/** Who loads the bare programs beside a relay: senders with a connection each, and one that follows them all. */
import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type * as Child from '../kit/child.js'
import type * as Frames from '../reference/frames.js'
import type * as Net from '../../src/relay/net/index.js'

const { load } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { FrameSplitter, Writes } = await import(new URL('../reference/frames.ts', import.meta.url).href) as typeof Frames
const { createHost } = await load<typeof Net>('relay/net/index.js')

const QUIET = { dht: false, gossip: false, circuitServer: false, autonat: false } as const
const ID_BYTES = 16

/** Where something is brought to. */
export interface Sender { readonly append: (entry: Uint8Array) => Promise<void>, readonly end: () => Promise<void> }

/** Ids as an entry has them; random bytes for each are the ends' work, and the bare loop has none. */
const idPrefix = randomBytes(8)
let ids = 0

/** A new one, 16 bytes. */
export function newId (): Uint8Array {
  const id = new Uint8Array(ID_BYTES)
  id.set(idPrefix)
  new DataView(id.buffer).setFloat64(8, ++ids)
  return id
}

/** Brings entries as a node does: what comes up in one tick goes in one call, as it goes in one write to the bare loop. */
export function inOneCall (call: (entries: readonly Uint8Array[]) => Promise<void>): Sender['append'] {
  let waiting: Array<{ readonly entry: Uint8Array, readonly settle: PromiseWithResolvers<undefined> }> = []
  const send = (): void => {
    const group = waiting
    waiting = []
    call(group.map(({ entry }) => entry)).then(
      () => { for (const { settle } of group) settle.resolve(undefined) },
      (error: unknown) => { for (const { settle } of group) settle.reject(error) }
    )
  }
  return async entry => {
    const settle = Promise.withResolvers<undefined>()
    if (waiting.push({ entry, settle }) === 1) process.nextTick(send)
    await settle.promise
  }
}

async function open (address: string, protocol: string): Promise<{ stream: Stream, end: () => Promise<void> }> {
  const host = await createHost({ role: 'node', seed: randomBytes(32), ...QUIET })
  return { stream: await (await host.node.dial(multiaddr(address))).newStream(protocol), end: async () => { await host.stop() } }
}

function onBytes (stream: Stream, take: (bytes: Uint8Array) => void): void {
  stream.addEventListener('message', ({ data }) => { take(data instanceof Uint8Array ? data : data.subarray()) })
}

function onFrames (stream: Stream, take: (frame: Uint8Array) => void): void {
  const splitter = new FrameSplitter('lent')
  onBytes(stream, bytes => { for (const frame of splitter.take(bytes)) take(frame) })
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** Who waits for an answer, by its number. */
class Waiting {
  readonly #open = new Map<number, () => void>()
  #next = 0

  /** Resolves once the number that `send` is given was answered. */
  async add (send: (number: number) => void): Promise<void> {
    await new Promise<void>(resolve => {
      this.#open.set(++this.#next, resolve)
      send(this.#next)
    })
  }

  answered (number: number): void {
    this.#open.get(number)?.()
    this.#open.delete(number)
  }
}

async function loopSender (address: string): Promise<Sender> {
  const { stream, end } = await open(address, '/bench/loop/1')
  const [writes, waiting] = [new Writes(stream), new Waiting()]
  let rest = new Uint8Array(0)
  onBytes(stream, bytes => {
    const all = new Uint8Array(Buffer.concat([rest, bytes]))
    const view = viewOf(all)
    let at = 0
    for (; at + 8 <= all.length; at += 8) waiting.answered(view.getFloat64(at))
    rest = all.slice(at)
  })
  return {
    end,
    append: async entry => {
      await waiting.add(number => {
        const frame = new Uint8Array(12 + entry.length)
        const view = viewOf(frame)
        view.setUint32(0, 8 + entry.length)
        view.setFloat64(4, number)
        frame.set(entry, 12)
        writes.add(frame)
      })
    }
  }
}

/** A call as bench/reference/promises.ts takes it. */
function callOf (number: number, entries: readonly Uint8Array[]): Uint8Array {
  const frame = new Uint8Array(12 + entries.reduce((sum, { length }) => sum + ID_BYTES + 4 + length, 0))
  const view = viewOf(frame)
  view.setUint32(0, frame.length - 4)
  view.setFloat64(4, number)
  let at = 12
  for (const entry of entries) {
    frame.set(newId(), at)
    view.setUint32(at + ID_BYTES, entry.length)
    frame.set(entry, at + ID_BYTES + 4)
    at += ID_BYTES + 4 + entry.length
  }
  return frame
}

async function promisesSender (address: string): Promise<Sender> {
  const { stream, end } = await open(address, '/bench/promises/1')
  const [writes, waiting] = [new Writes(stream), new Waiting()]
  onFrames(stream, frame => { waiting.answered(viewOf(frame).getFloat64(4)) })
  return { end, append: inOneCall(async entries => { await waiting.add(number => { writes.add(callOf(number, entries)) }) }) }
}

/** Each payload of what bench/reference/promises.ts hands on. */
function payloadsOf (frame: Uint8Array, seen: (entry: Uint8Array) => void): void {
  const view = viewOf(frame)
  for (let at = 8 + view.getUint32(4); at < frame.length;) {
    const from = at + 60 + view.getUint32(at + 52)
    at = from + view.getUint32(at + 56)
    seen(frame.subarray(from, at))
  }
}

/** What a bare program is called, and how it is used. */
const PROGRAMS: Readonly<Record<string, { readonly sender: (address: string) => Promise<Sender>, readonly follow: typeof payloadsOf }>> = {
  loop: { sender: loopSender, follow: (frame, seen) => { seen(frame.subarray(12)) } },
  promises: { sender: promisesSender, follow: payloadsOf }
}

/** Follows a bare program, and opens senders to it. `seen` is told each entry that comes. */
export async function bareSenders (program: string, address: string, count: number, seen: (entry: Uint8Array) => void): Promise<{ senders: Sender[], endFollower: () => Promise<void> }> {
  const { sender, follow } = PROGRAMS[program] ?? PROGRAMS['loop']!
  const { stream, end } = await open(address, '/bench/follow/1')
  onFrames(stream, frame => { follow(frame, seen) })
  const senders: Sender[] = []
  for (let i = 0; i < count; i++) senders.push(await sender(address))
  return { senders, endFollower: end }
}
