/** A whole relay for benchmarks, with room and rates for anything; all come from one address, which may do what many may. */
import type * as Child from '../kit/child.js'
import type * as Relays from '../../src/relay/index.js'

const { cpuUs, load, memory, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { createRelay } = await load<typeof Relays>('relay/index.js')

const [directory = '', port = '0'] = process.argv.slice(2)
const much = { perSecond: 1e7, burst: 1e7 }
const MANY = 100_000
const relay = await createRelay({
  directory, listen: [`/ip4/127.0.0.1/tcp/${port}`], http: false, admission: 'open',
  quota: { accountBytes: 2 ** 45, accountLogs: 1e7, totalBytes: 2 ** 50 }, rates: { calls: much, appends: much, sessions: much },
  host: { connections: { maxConnections: MANY, connectionsPerAddress: MANY, pendingUpgradesPerAddress: MANY, inboundPerSecondPerAddress: MANY } }
})

serve({ address: relay.addresses()[0] ?? '', key: Buffer.from(relay.key).toString('hex') }, {
  cpu: () => ({ us: cpuUs() }),
  memory,
  stop: async () => { await relay.stop(); return {} }
})
