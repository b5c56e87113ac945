/** Who copies a device's directory, with all that opens it, and has every frame that ever passed: for tests. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { HOME_FILES, openHome } from '../../../src/node/home/index.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { secretMls } from '../../../src/node/secret/secret-book.js'
import { SecretStore } from '../../../src/node/secret/store.js'
import { storeSecrets } from '../../../src/node/store-secrets.js'
import { openSecret, recordCipher, type SecretMls, type SecretSession } from '../../../src/protocol/crypto/index.js'
import { decodeSecret } from '../../../src/protocol/message/index.js'
import { METHOD, openManifest, pb, PetrelError } from '../../../src/protocol/wire/index.js'
import { openLevelStore } from '../../../src/store/index.js'
import { LyingRelay } from '../../adversary/lying-relay.js'
import { eventually } from '../small-world.js'
import { World, type Person } from '../world.js'
import { hears, openSecretChat } from './meeting.js'

/** What was in a copied directory, and what comes of it. */
class Thief {
  readonly #mls: SecretMls
  #session: SecretSession
  private constructor (mls: SecretMls, session: SecretSession) {
    this.#mls = mls
    this.#session = session
  }

  static async of (dir: string): Promise<Thief> {
    const home = await openHome(dir, { kind: 'keyfile' })
    const secrets = storeSecrets(home.storeKey)
    const store = await openLevelStore(join(dir, HOME_FILES.store), { cipher: recordCipher(secrets.records) })
    const records = new SecretStore({ kv: store.kv, keys: new RecordKeys(secrets.keys), store, files: { dropped: () => [] } })
    const record = (await records.all()).find(({ stage }) => stage === 'open')!
    const mls = secretMls([openManifest(record.manifest), openManifest(home.manifest)], Date.now)
    const session = await records.load(record.chat, mls, record.session!)
    await store.close()
    return new Thief(mls, session)
  }

  /** The kinds of what it can read of frames, one after the other, following all that it can follow. */
  async reads (frames: readonly Uint8Array[]): Promise<string[]> {
    const read: string[] = []
    for (const frame of frames) {
      for (const { epoch } of [...this.#session.epochs].reverse()) {
        try {
          const { session, plaintext } = await openSecret({ mls: this.#mls, now: Date.now }, this.#session, epoch, frame)
          this.#session = session
          read.push(decodeSecret(plaintext).kind)
          break
        } catch (error) {
          if (!(error instanceof PetrelError)) throw error
        }
      }
    }
    return read
  }
}

/** Two people at a relay whose operator keeps every frame. */
export class WatchedWorld {
  readonly frames: Uint8Array[] = []
  world!: World
  ann!: Person
  bob!: Person
  #said = 0

  static async make (): Promise<WatchedWorld> {
    const watched = new WatchedWorld()
    const relay = await LyingRelay.start()
    watched.world = await World.around(relay)
    ;[watched.ann, watched.bob] = [await watched.world.person('ann'), await watched.world.person('bob')]
    await watched.world.introduce(watched.ann, watched.bob)
    relay.lies.request = call => {
      if (call.method === METHOD.pipePost) watched.frames.push(pb.PipeSendRequest.decode(call.body).frame.slice())
      return call.body
    }
    return watched
  }

  async close (): Promise<void> { await this.world.close() }

  /** What a thief reads who has copied the directory of one of the two in the middle of their chat. */
  async stolenFrom (owner: Person, other: Person): Promise<Record<'before' | 'soon' | 'later', { frames: number, read: string[] }>> {
    const { id } = await openSecretChat(this.ann, this.bob)
    for (let i = 0; i < 2; i++) await this.#roundTrip(id, owner, other)
    await eventually(async () => (await other.node.showSecret(id)).waiting === 0)
    await owner.node.close()
    const dir = join(this.world.dir, `stolen from ${owner.name}`)
    await cp(owner.dir, dir, { recursive: true })
    const before = this.frames.splice(0)
    await this.world.wake(owner)
    await this.#say(id, other, owner)
    const soon = this.frames.splice(0)
    for (let i = 0; i < 2; i++) await this.#roundTrip(id, owner, other)
    const meanwhile = this.frames.splice(0)
    await this.#roundTrip(id, other, owner)
    const later = this.frames.splice(0)
    const thief = await Thief.of(dir)
    const of = async (frames: readonly Uint8Array[]): Promise<{ frames: number, read: string[] }> => ({ frames: frames.length, read: await thief.reads(frames) })
    const first = [await of(before), await of(soon)] as const
    await thief.reads(meanwhile)
    return { before: first[0], soon: first[1], later: await of(later) }
  }

  async #say (id: string, from: Person, to: Person): Promise<void> {
    const words = `words ${++this.#said}`
    await from.node.sendSecret(id, words)
    await hears(to, id, words)
  }

  /** One says something, and the other answers. */
  async #roundTrip (id: string, first: Person, second: Person): Promise<void> {
    await this.#say(id, first, second)
    await this.#say(id, second, first)
  }
}
