/** A simulated world: its time, its chance, its network, its machines, and the bug that a test may have planted in it. */
import type { NodeLog } from '../../src/node/log.js'
import type { Logger } from '../../src/relay/logger.js'
import type { ServiceSet } from '../../src/relay/services.js'
import type { Store } from '../../src/store/index.js'
import { Network } from './network.js'
import type { Random } from './random.js'
import { Scheduler } from './scheduler.js'

/** What a test breaks, to see that a run finds it. */
export interface Bugs {
  /** False: the relays' disks say that they have synced, and have not. */
  readonly syncs?: boolean
  /** Puts something before a relay's store. */
  readonly store?: (store: Store) => Store
  /** Changes a relay's services. */
  readonly services?: (services: ServiceSet) => void
}

/** See the file's head. */
export class World extends Scheduler {
  readonly random: Random
  readonly network: Network
  readonly bugs: Bugs
  /** Takes what nodes log, to look into a run. */
  onLog: ((line: string) => void) | undefined

  constructor (random: Random, bugs: Bugs) {
    super()
    this.random = random
    this.bugs = bugs
    this.network = new Network(this, random)
  }

  /** The log of a node. */
  log (place: string): NodeLog {
    return (level, event, facts) => { this.onLog?.(`${this.now.toFixed(0)} ${place} ${level} ${event} ${JSON.stringify(facts)}`) }
  }

  /** The log of a relay. */
  relayLog (place: string): Logger { return this.log(place) }
}
