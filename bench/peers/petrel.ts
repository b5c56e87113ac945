/** Our own relay, as `relay` measures it. */
import { Side } from '../kit/side.js'
import { IN_FLIGHT, SECONDS, SENDERS, type Candidate } from './peer.js'

/** A relay with all that it does. */
export const petrel: Candidate = {
  name: 'relay',
  make: async dir => {
    const [server, client] = [new Side('relay/server.ts', dir), new Side('relay/client.ts')]
    await client.ready
    await client.do('come', { ...await server.ready as object, count: SENDERS })
    return {
      says: 'on the disk (fsync)', settings: 'all services on',
      run: async () => {
        const { us: before = 0 } = await server.do('cpu')
        const { entries = 1, secondsToDelivery = 1, ackP50 = 0, ackP99 = 0, shownP50 = 0, shownP99 = 0 } = await client.do('run', { seconds: SECONDS, inFlight: IN_FLIGHT })
        const { us: after = 0 } = await server.do('cpu')
        return { perSecond: entries / secondsToDelivery, us: (after - before) / entries, ack: ackP50, ack99: ackP99, shown: shownP50, shown99: shownP99 }
      },
      end: () => {
        client.end()
        server.end()
      }
    }
  }
}
