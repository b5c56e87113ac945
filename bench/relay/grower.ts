/** Makes a relay larger, and measures what its calls cost then: for bench/growth.ts. What it made it keeps in a file for the next run. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type * as Child from '../kit/child.js'
import type * as People from './people.js'
import type * as Wire from '../../src/protocol/wire/index.js'

const { load, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { comeTo, makeLog, newDevice, newRights, prove } = await import(new URL('people.ts', import.meta.url).href) as typeof People
const { METHOD, pb } = await load<typeof Wire>('protocol/wire/index.js')

const [path = ''] = process.argv.slice(2)
const ENTRY_BYTES = 200
const IN_FLIGHT = 512
/** Entries of one call while the log is made longer. */
const EACH = 128
const MEASURED = 300

interface Kept { readonly log: string, readonly rights: People.Rights, readonly device: { readonly seed: string, readonly account: string, readonly manifest: string } }

let guest: People.Guest
let device = newDevice()
let rights = newRights()
let log: Uint8Array
let perSecond: number | undefined

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

async function append (count = 1): Promise<void> {
  const items = Array.from({ length: count }, () => ({ id: new Uint8Array(randomBytes(16)), kind: 0, payload: new Uint8Array(ENTRY_BYTES), erasers: [] }))
  const { outcomes } = pb.AppendReply.decode(await guest.channel.call(METHOD.append, pb.AppendRequest.encode({ log, items })))
  const refused = outcomes.find(({ receipt }) => receipt === undefined)
  if (refused !== undefined) throw new Error(`an entry was refused: ${refused.failure?.message ?? ''}`)
}

/** Runs so many, some at a time. */
async function many (count: number, each: number, work: (some: number) => Promise<void>): Promise<void> {
  const begun = performance.now()
  let left = count
  await Promise.all(Array.from({ length: Math.ceil(Math.min(IN_FLIGHT, count) / each) }, async () => {
    while (left > 0) {
      const some = Math.min(each, left)
      left -= some
      await work(some)
    }
  }))
  perSecond = count / ((performance.now() - begun) / 1000)
}

/** The middle one of some times, ms. */
async function typical (work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < MEASURED; i++) {
    const begun = performance.now()
    await work()
    times.push(performance.now() - begun)
  }
  return times.sort((a, b) => a - b)[MEASURED >> 1] ?? 0
}

async function newest (): Promise<void> {
  const head = pb.HeadReply.decode(await guest.channel.call(METHOD.head, pb.LogRequest.encode({ log })))
  if (head.head.length === 0) throw new Error('no head')
  await guest.channel.call(METHOD.read, pb.ReadRequest.encode({ log, after: Math.max(0, length - 50), limit: 50, maxBytes: 0 }))
}

/** Entries of the log. */
let length = 0

serve({}, {
  come: async given => {
    const { address, key } = given as { readonly address: string, readonly key: string }
    try {
      const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept & { readonly length: number }
      device = { seed: bytesOf(kept.device.seed), account: bytesOf(kept.device.account), manifest: bytesOf(kept.device.manifest) }
      rights = kept.rights
      log = bytesOf(kept.log)
      length = kept.length
      guest = await comeTo(address, bytesOf(key), { device })
      await prove(guest.channel, log, rights, ['append', 'read'])
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      guest = await comeTo(address, bytesOf(key), { device })
      log = (await makeLog(guest.channel, rights)).log
    }
    return {}
  },
  entries: async given => {
    const { count } = given as { readonly count: number }
    await many(count, EACH, append)
    length += count
    return {}
  },
  logs: async given => {
    await many((given as { readonly count: number }).count, 1, async () => { await makeLog(guest.channel, rights, false) })
    return {}
  },
  measure: async () => {
    const appended = await typical(async () => { await append() })
    length += MEASURED
    return { append: appended, newest: await typical(newest), calls: 3 * MEASURED, ...perSecond === undefined ? {} : { growthPerSecond: perSecond } }
  },
  go: async () => {
    writeFileSync(path, JSON.stringify({ log: hex(log), rights, length, device: { seed: hex(device.seed), account: hex(device.account), manifest: hex(device.manifest) } }))
    await guest.end()
    return {}
  }
})
