/** A relay as a process of its own, to be killed. Arguments: directory, port. Prints its addresses as one line of JSON. */
import { createRelay } from '../../../src/relay/index.js'

const [directory = '', port = '0'] = process.argv.slice(2)
const plenty = { perSecond: 1e6, burst: 1e6 }
const relay = await createRelay({
  directory, listen: [`/ip4/127.0.0.1/tcp/${port}`], http: false, admission: 'open',
  rates: { calls: plenty, appends: plenty, sessions: plenty }, host: { dht: false, gossip: false, circuitServer: false, autonat: false }
})
process.stdout.write(`${JSON.stringify({ addresses: relay.addresses(), key: Buffer.from(relay.key).toString('hex') })}\n`)
