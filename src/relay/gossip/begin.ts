/** Gossip of a whole relay: its host's options, and its start when the host is there. */
import type { Clock } from '../../store/index.js'
import type { GossipOptions, Host } from '../net/index.js'
import type { ServiceSet } from '../services.js'
import { RelayGossip } from './relay-gossip.js'
import { Strikes } from './strikes.js'

/** Strikes for a host that is yet to be made, and the options of its gossip with them. */
export function gossipOptions (given: GossipOptions | false | undefined, clock: Clock): { readonly strikes: Strikes, readonly gossip: GossipOptions | false } {
  const strikes = new Strikes(() => clock.now())
  return { strikes, gossip: given === false ? false : { scoreOf: strikes.scoreOf, ...given } }
}

/** Publishes the services' logs by the host's gossip, and hears what others publish. Nothing when the host has none. */
export function beginGossip ({ clock, log, context, gossip, metrics }: ServiceSet, host: Host, strikes: Strikes): void {
  const running = RelayGossip.over({
    host, clock, log, strikes, logs: context,
    metrics: {
      published: (entries, bytes) => { metrics.gossipEntries.add(entries); metrics.gossipBytes.add(bytes) },
      heard: outcome => { metrics.gossipHeard.add(1, { outcome }) },
      cutOff: why => { metrics.gossipCutOff.add(1, { why }) }
    }
  })
  if (running !== undefined) gossip.take(running)
}
