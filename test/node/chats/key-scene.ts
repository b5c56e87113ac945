/** A group in which who holds the log's owner key is looked at. */
import { sameBytes, signerFromSeed, type KeyBytes } from '../../../src/protocol/wire/index.js'
import type { Chat } from '../../../src/node/chats/index.js'
import { decodeMeta } from '../../../src/relay/logs/meta.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

/** Ann's group with Bob and Cat. */
export class KeyScene {
  readonly world: SmallWorld
  readonly people: readonly SmallPerson[]
  readonly id: string
  readonly #log: Uint8Array

  private constructor (world: SmallWorld, people: readonly SmallPerson[], id: string, log: Uint8Array) {
    this.world = world
    this.people = people
    this.id = id
    this.#log = log
  }

  static async make (relays = 1): Promise<KeyScene> {
    const world = await SmallWorld.make(relays)
    const [, others] = world.relays
    const people = [await world.person('ann'), await world.person('bob', {}, others), await world.person('cat', {}, others)] as const
    const [ann, bob, cat] = people
    for (const [one, other] of [[ann, bob], [ann, cat], [bob, cat]] as const) await world.introduce(one, other)
    const { chat } = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    const { log } = ann.core.chats.all().find(s => s.chat.id === chat.id)!.chat
    const scene = new KeyScene(world, people, chat.id, log)
    for (const one of [bob, cat]) await eventually(() => one.core.chats.get(log) !== undefined)
    return scene
  }

  get all (): [SmallPerson, SmallPerson, SmallPerson] { return [...this.people] as [SmallPerson, SmallPerson, SmallPerson] }
  chat (who: SmallPerson): Chat { return who.core.chats.get(this.#log)!.chat }
  /** The owner key that somebody holds. */
  keyOf (who: SmallPerson): KeyBytes | null { return this.chat(who).record.ownerSeed === null ? null : signerFromSeed(this.chat(who).record.ownerSeed!).key }
  async inForce (relay = this.world.relay): Promise<KeyBytes> { return decodeMeta((await relay.services.store.logs.head(this.#log)).meta).owner }
  /** Waits until exactly these hold the key in force, and all know that it is. */
  async heldBy (...holders: readonly SmallPerson[]): Promise<void> {
    await eventually(async () => {
      const key = await this.inForce()
      const isRight = (who: SmallPerson): boolean => holders.includes(who) ? this.keyOf(who) !== null && sameBytes(this.keyOf(who)!, key) : this.keyOf(who) === null
      return this.people.every(who => isRight(who) && sameBytes(this.chat(who).place.owner, key) && this.chat(who).cursor.alarm === null)
    })
  }

  async texts (who: SmallPerson): Promise<string[]> { return (await who.node.showChat(this.id, { limit: 100 })).messages.filter(m => m.kind === 'text').map(m => m.text) }
  async says (who: SmallPerson, text: string, to: readonly SmallPerson[] = this.people): Promise<void> {
    await who.node.send(this.id, text, { wait: 'stored' })
    for (const one of to) await eventually(async () => (await this.texts(one)).includes(text))
  }
}
