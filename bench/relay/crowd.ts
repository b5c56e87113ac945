/** Many idle devices in one process, for bench/connections.ts: each with its host and its session, and back again by itself when it was cut off. */
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import type * as Child from '../kit/child.js'
import type * as People from './people.js'
import type * as Net from '../../src/relay/net/index.js'

const { cpuUs, load, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { comeTo, newDevice } = await import(new URL('people.ts', import.meta.url).href) as typeof People
const { createHost } = await load<typeof Net>('relay/net/index.js')

/** Devices that connect at the same time. */
const AT_ONCE = 16
/** Pauses after a refusal: as nodes have them, from one to the other. */
const PAUSE = { first: 250, most: 8000 } as const

interface Given { readonly address: string, readonly key?: string, readonly count: number }

const devices: Array<{ back: () => Promise<number>, end: () => Promise<void>, isHere: () => boolean }> = []
const wait = async (ms: number): Promise<void> => { await new Promise(resolve => { setTimeout(resolve, ms) }) }

/** Comes again and again until it is let in, as a node does. @returns what it has then, and how often it came */
async function insist<T> (come: () => Promise<T>): Promise<{ readonly there: T, readonly tries: number }> {
  for (let tries = 1, pause: number = PAUSE.first; ; tries++, pause = Math.min(2 * pause, PAUSE.most)) {
    try {
      return { there: await come(), tries }
    } catch {
      await wait(pause * (0.5 + Math.random() / 2))
    }
  }
}

/** A device with a session. @returns how often it came */
async function session (address: string, key: Uint8Array): Promise<number> {
  const device = newDevice()
  const come = async (): Promise<People.Guest> => await comeTo(address, key, { device })
  let { there, tries } = await insist(come)
  devices.push({
    isHere: () => !there.channel.isClosed,
    end: async () => { await there.end() },
    back: async () => {
      await there.end()
      ;({ there, tries } = await insist(come))
      return tries
    }
  })
  return tries
}

/** A connection with one stream on it, and nothing else. @returns how often it came */
async function bare (address: string): Promise<number> {
  const { there, tries } = await insist(async () => {
    const host = await createHost({ role: 'node', seed: randomBytes(32), dht: false, gossip: false, circuitServer: false, autonat: false })
    try {
      await (await host.node.dial(multiaddr(address))).newStream('/bench/loop/1')
      return host
    } catch (error) {
      await host.stop()
      throw error
    }
  })
  devices.push({ isHere: () => true, end: async () => { await there.stop() }, back: async () => await Promise.resolve(0) })
  return tries
}

serve({}, {
  come: async given => {
    const { address, key, count } = given as Given
    const begun = performance.now()
    let [left, tries] = [count, 0]
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) {
        const came = await (key === undefined ? bare(address) : session(address, Buffer.from(key, 'hex')))
        tries += came
      }
    }))
    return { seconds: (performance.now() - begun) / 1000, tries }
  },
  back: async () => {
    const begun = performance.now()
    const times: number[] = []
    let tries = 0
    await Promise.all(devices.map(async ({ back }) => {
      const came = await back()
      tries += came
      times.push((performance.now() - begun) / 1000)
    }))
    return { seconds: Math.max(...times), half: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0, tries }
  },
  here: () => ({ here: devices.filter(({ isHere }) => isHere()).length }),
  cpu: () => ({ us: cpuUs() }),
  go: async () => {
    await Promise.all(devices.splice(0).map(async ({ end }) => { await end() }))
    return {}
  }
})
