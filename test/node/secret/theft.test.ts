/** Who copies a device's directory, with all that opens it, and has every frame that ever passed. */
import assert from 'node:assert/strict'
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
import { hears, openSecretChat, stands } from './meeting.js'

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
    const records = new SecretStore({ kv: store.kv, keys: new RecordKeys(secrets.keys), store })
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

describe('a device\'s directory that was copied', () => {
  let relay: LyingRelay
  let world: World
  let ann: Person
  let bob: Person
  const frames: Uint8Array[] = []

  before(async () => {
    relay = await LyingRelay.start()
    world = await World.around(relay)
    ;[ann, bob] = [await world.person('ann'), await world.person('bob')]
    await world.introduce(ann, bob)
    relay.lies.request = call => {
      if (call.method === METHOD.pipePost) frames.push(pb.PipeSendRequest.decode(call.body).frame.slice())
      return call.body
    }
  })
  after(async () => { await world.close() })

  let said = 0
  /** One says something, and the other answers: a full round trip. */
  const roundTrip = async (id: string, first: Person, second: Person): Promise<void> => {
    for (const [from, to] of [[first, second], [second, first]] as const) {
      await from.node.sendSecret(id, `words ${++said}`)
      await hears(to, id, `words ${said}`)
    }
  }

  const stolenFrom = async (owner: Person, other: Person): Promise<void> => {
    const { id } = await openSecretChat(ann, bob)
    for (let i = 0; i < 2; i++) await roundTrip(id, owner, other)
    await eventually(async () => (await other.node.showSecret(id)).waiting === 0)
    await owner.node.close()
    const dir = join(world.dir, `stolen from ${owner.name}`)
    await cp(owner.dir, dir, { recursive: true })
    const before = frames.splice(0)
    await world.wake(owner)
    await other.node.sendSecret(id, `soon ${said}`)
    await hears(owner, id, `soon ${said}`)
    const soon = frames.splice(0)
    await roundTrip(id, owner, other)
    await roundTrip(id, owner, other)
    const meanwhile = frames.splice(0)
    await roundTrip(id, other, owner)
    const later = frames.splice(0)
    const thief = await Thief.of(dir)
    assert.ok(before.length > 4 && later.length > 1)
    assert.deepEqual(await thief.reads(before), [])
    // So it is a thief that would read if it could.
    assert.ok((await thief.reads(soon)).includes('said'))
    await thief.reads(meanwhile)
    assert.deepEqual(await thief.reads(later), [])
    await ann.node.closeSecret(id)
    await stands(bob, id, ({ state }) => state === 'closed')
  }

  it('of who began the chat opens nothing that was sent before, and nothing behind the next round trip', async () => { await stolenFrom(ann, bob) })
  it('of who accepted it opens nothing that was sent before, and nothing behind the next round trip', async () => { await stolenFrom(bob, ann) })
})
