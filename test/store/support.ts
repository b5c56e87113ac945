import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { DecryptError } from '../../src/protocol/wire/index.js'
import { openLevelStore, type AppendItem, type AppendResult, type BuiltEntry, type Cipher, type Clock, type LogHead, type Store } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  #now = 1_700_000_000_000
  #timers: Array<{ at: number, run: () => void }> = []
  now = (): number => this.#now
  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => { this.#timers = this.#timers.filter(t => t !== timer) }
  }

  /** Timers that wait. */
  get waiting (): number { return this.#timers.length }

  advance (ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(t => t.at <= this.#now).sort((a, b) => a.at - b.at)
    this.#timers = this.#timers.filter(t => t.at > this.#now)
    for (const { run } of due) run()
  }
}

export function testCipher (key: Uint8Array = new Uint8Array(32).fill(7)): Cipher {
  return {
    name: 'test xchacha20-poly1305',
    seal (plaintext, aad) {
      const nonce = randomBytes(24)
      return Uint8Array.from([...nonce, ...xchacha20poly1305(key, nonce, aad).encrypt(plaintext)])
    },
    open (sealed, aad) {
      try {
        return xchacha20poly1305(key, sealed.subarray(0, 24), aad).decrypt(sealed.subarray(24))
      } catch (cause) {
        throw new DecryptError('does not open', { cause })
      }
    }
  }
}

/** One store under test, that can be closed and opened again upon what it kept. */
export interface Driver {
  store: Store
  readonly clock: TestClock
  reopen: () => Promise<void>
  dispose: () => Promise<void>
}

async function driver (clock: TestClock, open: () => Promise<Store>, cleanUp: () => Promise<void>): Promise<Driver> {
  const own: Driver = {
    store: await open(),
    clock,
    reopen: async () => {
      await own.store.close()
      own.store = await open()
    },
    dispose: async () => {
      await own.store.close()
      await cleanUp()
    }
  }
  return own
}

/** A directory for one test. */
export async function temporaryDirectory (): Promise<string> { return await mkdtemp(join(tmpdir(), 'petrel-store-')) }

async function levelDriver (cipher?: Cipher): Promise<Driver> {
  const clock = new TestClock()
  const home = await temporaryDirectory()
  return await driver(clock, () => openLevelStore(join(home, 's'), cipher === undefined ? { clock } : { clock, cipher }), () => rm(home, { recursive: true }))
}

/** Every driver, by name. */
export const DRIVERS: Readonly<Record<string, () => Promise<Driver>>> = {
  memory: () => {
    const clock = new TestClock()
    const disk = new MemoryDisk()
    return driver(clock, () => openMemoryStore({ clock, disk }), () => Promise.resolve())
  },
  level: () => levelDriver(),
  'level with a cipher': () => levelDriver(testCipher())
}

export const ZERO_HASH = new Uint8Array(32)

/** The chain the tests use: SHA-256(previous ‖ leaf). */
export function chain (previous: Uint8Array, leaf: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(previous).update(leaf).digest())
}

/** A builder whose leaf and payload are the text. */
export function building (text: string, extra: Partial<BuiltEntry> = {}): AppendItem['build'] {
  const leaf = new TextEncoder().encode(`leaf ${text}`)
  return (head: LogHead) => ({ leaf, payload: new TextEncoder().encode(text), hash: chain(head.hash, leaf), isCommit: false, ...extra })
}

export function bytes (...values: number[]): Uint8Array { return Uint8Array.from(values) }
export function newId (length = 16): Uint8Array { return new Uint8Array(randomBytes(length)) }
export function item (log: Uint8Array, text: string, extra: Partial<AppendItem> = {}): AppendItem {
  return { log, id: newId(), build: building(text), ...extra }
}

/** Appends one item and returns its result. */
export async function appendOne (store: Store, one: AppendItem): Promise<AppendResult> {
  const [result] = await store.logs.append([one])
  return result!
}

/** A fresh empty log. */
export async function newLog (store: Store, meta: Uint8Array = bytes(1)): Promise<Uint8Array> {
  const log = newId(34)
  await store.logs.create(log, { meta, hash: ZERO_HASH })
  return log
}

export async function collect<T> (items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = []
  for await (const one of items) out.push(one)
  return out
}

export function textOf (value: Uint8Array): string { return new TextDecoder().decode(value) }

/** Lets timers, the disk and other work come to pass once. */
export async function nextTick (): Promise<void> { await new Promise(resolve => { setImmediate(resolve) }) }
