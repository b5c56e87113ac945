/**
 * Puts a simulated world in the place of the process's own time and chance while a run lasts: timers, clocks,
 * randomness. So the real node and relay run in it as they are, and what a later version adds cannot escape it.
 */
import crypto, { createPrivateKey, createPublicKey } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { performance } from 'node:perf_hooks'
import { systemRandom } from '../../src/protocol/crypto/random.js'
import type { Random } from './random.js'
import type { Scheduler } from './scheduler.js'
import { remembering } from './signatures.js'

/** When every run begins, in milliseconds since 1970. */
const RUN_BEGINS = Date.UTC(2030, 0, 1)

/** The size of protocol/crypto/random.ts's pool: the only piece of that size that anybody asks for. */
const POOL_BYTES = 8192

type Target = Record<string, unknown>

/** Replaces properties; returns the way to put everything back. */
class Replaced {
  readonly #undo: Array<() => void> = []

  set (target: object, name: string, value: unknown): void {
    const own = Object.getOwnPropertyDescriptor(target, name)
    this.#undo.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, own)
    })
    Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: own?.enumerable ?? false })
  }

  undo (): void { for (const back of this.#undo.reverse()) back() }
}

type Call = (...args: never[]) => unknown

/** A call of the run's own, which is the real one for whoever does not belong to the run: what an earlier test left behind in this process. */
function inside (world: Scheduler, real: unknown, own: Call): Call {
  return (...args) => world.isInside ? own(...args) : (real as Call)(...args)
}

/** Installs the world. Returns the way to take it away again. */
export function replaceTimeAndChance (world: Scheduler, random: Random): () => void {
  const replaced = new Replaced()
  replaceTimers(replaced, world)
  const now = (): number => Math.floor(RUN_BEGINS + world.now + world.machine.skewMs)
  replaced.set(Date, 'now', inside(world, Date.now, now))
  replaced.set(performance, 'now', inside(world, performance.now.bind(performance), () => world.now))
  const pool = replaceRandomness(replaced, world, random)
  syncBuiltinESMExports()
  // What an earlier run left in the pool of random bytes must not reach this one.
  world.as(world.director, () => { while (!pool.filled) systemRandom(24) })
  return () => {
    replaced.undo()
    syncBuiltinESMExports()
  }
}

/** What setTimeout and its like return under Node. */
class Timer {
  cancel: () => void = () => undefined
  unref (): this { return this }
  ref (): this { return this }
  hasRef (): boolean { return false }
  [Symbol.dispose] (): void { this.cancel() }
}

function replaceTimers (replaced: Replaced, world: Scheduler): void {
  type Run = (...args: unknown[]) => void
  const once = (what: string) => (run: Run, ms = 0, ...args: unknown[]): Timer => {
    const timer = new Timer()
    // What is asked for in one order comes in that order, and a timer never comes early.
    timer.cancel = world.after(Math.max(1, ms), world.machine, what, () => { run(...args) })
    return timer
  }
  const repeat = (run: Run, ms = 0, ...args: unknown[]): Timer => {
    const timer = new Timer()
    const { machine } = world
    const again = (): void => { timer.cancel = world.after(Math.max(1, ms), machine, 'interval', () => { again(); run(...args) }) }
    again()
    return timer
  }
  const soon = (run: Run, ...args: unknown[]): Timer => {
    const timer = new Timer()
    timer.cancel = world.after(0, world.machine, 'immediate', () => { run(...args) })
    return timer
  }
  replaced.set(globalThis, 'setTimeout', inside(world, setTimeout, once('timer')))
  replaced.set(globalThis, 'setInterval', inside(world, setInterval, repeat))
  replaced.set(globalThis, 'setImmediate', inside(world, setImmediate, soon))
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'] as const) {
    const real = globalThis[name] as (timer: unknown) => void
    replaced.set(globalThis, name, (timer: unknown) => { if (timer instanceof Timer) timer.cancel(); else real(timer) })
  }
  const timeout = (ms: number): AbortSignal => {
    const controller = new AbortController()
    world.after(ms, world.machine, 'timeout', () => { controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')) })
    return controller.signal
  }
  replaced.set(AbortSignal, 'timeout', inside(world, AbortSignal.timeout.bind(AbortSignal), timeout))
}

function replaceRandomness (replaced: Replaced, world: Scheduler, random: Random): { filled: boolean } {
  const pool = { filled: false }
  const bytes = (length: number): Buffer => random.fill(Buffer.alloc(length))
  const fill = <T extends ArrayBufferView>(view: T): T => {
    pool.filled ||= view.byteLength === POOL_BYTES
    random.fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    return view
  }
  const target = crypto as unknown as Target
  const own = (from: object, name: string, call: Call): void => {
    const real = (from as Target)[name] as Call
    replaced.set(from, name, inside(world, real.bind(from), call))
  }
  own(target, 'randomBytes', bytes)
  own(target, 'randomFillSync', fill)
  own(target, 'randomUUID', () => bytes(16).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
  own(target, 'generateKeyPairSync', () => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes(32)])
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    return { privateKey, publicKey: createPublicKey(privateKey) }
  })
  for (const [name, remember] of Object.entries(remembering())) replaced.set(target, name, remember)
  own(globalThis.crypto, 'getRandomValues', fill)
  own(Math, 'random', () => random.next())
  // It works on threads, so its answers would come when they like.
  for (const name of ['digest', 'sign', 'verify', 'encrypt', 'decrypt', 'importKey', 'deriveBits', 'generateKey']) {
    own(globalThis.crypto.subtle, name, () => { throw new Error(`crypto.subtle.${name} in a simulation: give it a stand-in`) })
  }
  return pool
}
