import { METHOD, pb, RIGHT, signDelegation, type KeyBytes, type Signer } from '../../../src/protocol/wire/index.js'
import type { Relay } from '../../../src/relay/index.js'
import { Pushes, type Client } from './client.js'
import { TestLog } from './people.js'
import { Scene, type RealPerson } from './real.js'

const DAY = 86_400_000

/** What a device lends its relay. */
export function lend (log: TestLog, home: KeyBytes, relay: KeyBytes, rights: Array<[1 | 2 | 3, Signer]>, expires = Date.now() + DAY): Uint8Array[] {
  return rights.map(([right, key]) => signDelegation({ v: 1, log: log.id, right, home, relay, expires }, key))
}

/** A request for a mirror, with what belongs in it unless told otherwise. */
export function mirrorRequest (log: TestLog, home: Pick<Relay, 'key' | 'addresses'>, relay: KeyBytes, change: Partial<pb.MirrorRequest> = {}): pb.MirrorRequest {
  return {
    log: log.id, genesis: log.genesisBytes, home: home.key, term: 1, addrs: home.addresses(), open: log.open(),
    delegations: lend(log, home.key, relay, [[RIGHT.mirror, log.mirror], [RIGHT.append, log.epoch.append]]), ...change
  }
}

/** Asks for a mirror, until it follows or says why it does not: one call waits only a little for the home's first word. */
export async function askMirror (client: Client, request: pb.MirrorRequest): Promise<pb.MirrorReply> {
  for (;;) {
    const reply = pb.MirrorReply.decode(await client.channel.call(METHOD.mirror, pb.MirrorRequest.encode(request)))
    if (reply.current || reply.trouble !== undefined) return reply
  }
}

/** Ann lives at the log's home, Bob at the relay that mirrors it. */
export class MirrorScene extends Scene {
  home!: Relay
  mirror!: Relay
  ann!: RealPerson
  bob!: RealPerson
  /** Ann's device at the home. */
  atHome!: Client
  /** Bob's device at the mirror. */
  atMirror!: Client
  pushes!: Pushes
  log!: TestLog

  static async create (): Promise<MirrorScene> {
    const scene = new MirrorScene()
    // One after the other: their directories are known by their order.
    scene.home = await scene.relay()
    scene.mirror = await scene.relay()
    ;[scene.ann, scene.bob] = await Promise.all([scene.person(), scene.person()])
    await scene.anew()
    return scene
  }

  /** Another log, and fresh channels: what earlier tests did is out of sight. */
  async anew (): Promise<void> {
    this.pushes = new Pushes()
    this.atHome = await this.come(this.ann, this.home)
    this.atMirror = await this.come(this.bob, this.mirror, this.pushes)
    this.log = new TestLog(this.home.key)
    await this.atHome.createLog(this.log)
    await this.atHome.proveAll(this.log)
  }

  /** A device with a session. */
  async come (person: RealPerson, relay: Relay, pushes?: Pushes): Promise<Client> {
    const client = await person.dial(relay, pushes === undefined ? {} : { onPush: pushes.handler })
    await client.open(person)
    return client
  }

  /** Bob has the log mirrored, and proves his keys there. */
  async begin (change: Partial<pb.MirrorRequest> = {}): Promise<pb.MirrorReply> {
    const reply = await askMirror(this.atMirror, mirrorRequest(this.log, this.home, this.mirror.key, change))
    await this.prove()
    return reply
  }

  async prove (client = this.atMirror): Promise<void> {
    await client.prove(client.proof(this.log.id, RIGHT.read, this.log.epoch.read), client.proof(this.log.id, RIGHT.append, this.log.epoch.append))
  }
}
