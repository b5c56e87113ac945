/** A lying relay, three people, and what each lie must end with. */
import assert from 'node:assert/strict'
import { keyFromPeerId, logIdOf, METHOD, pb, type KeyBytes, type LogId } from '../../src/protocol/wire/index.js'
import { until, World, type Person } from '../node/world.js'
import { LyingRelay } from './lying-relay.js'

/** Three people at one relay: bob is lied to, or alice is; carol's chat with bob is none of it. */
export class LiarScene {
  readonly relay: LyingRelay
  readonly world: World
  alice!: Person
  bob!: Person
  carol!: Person
  log!: LogId
  devices = new Map<string, KeyBytes>()

  private constructor (relay: LyingRelay, world: World) {
    this.relay = relay
    this.world = world
  }

  static async make (): Promise<LiarScene> {
    const relay = await LyingRelay.start()
    const scene = new LiarScene(relay, await World.around(relay))
    for (const name of ['alice', 'bob', 'carol'] as const) {
      scene[name] = await scene.world.person(name)
      scene.devices.set(name, keyFromPeerId((await scene[name].node.identity()).device))
    }
    await scene.world.introduce(scene.carol, scene.bob)
    return scene
  }

  /** A fresh chat between alice and bob, whose log is known before its first push. */
  async chat (lies: (log: LogId) => LyingRelay['lies']): Promise<void> {
    const { link } = await this.bob.node.createInvite()
    this.relay.lies = {
      reply: (call, body) => {
        // The first log that alice makes after this is the chat's.
        if (call.method === METHOD.createLog && this.isFrom('alice', call.channel.remotePeer)) {
          this.log = logOf(call.body)
          this.relay.lies = lies(this.log)
        }
        return body
      }
    }
    await this.alice.node.addContact(link)
    await until(this.bob.node, e => e.type === 'chat' && e.change === 'joined' && e.title === 'alice')
    await until(this.alice.node, e => e.type === 'contact' && e.change === 'changed')
  }

  isFrom (name: string, device: KeyBytes): boolean { return Buffer.compare(this.devices.get(name)!, device) === 0 }

  /** The victim is told, sending stops with the reason, and the honest chat goes on. */
  async caught (who: Person, chat: string, why: RegExp): Promise<void> {
    await until(who.node, e => e.type === 'chat' && e.change === 'alarm')
    const info = (await who.node.listChats()).find(c => c.title === chat)
    assert.match(info?.alarm ?? '', why)
    assert.ok((await who.node.status()).warnings.some(w => why.test(w)), 'the status warns')
    await assert.rejects(who.node.send(chat, 'x'), (e: Error & { code: string }) => e.code === 'ERR_PROOF' && why.test(e.message))
    this.relay.lies = {}
    assert.equal((await this.carol.node.send('bob', 'untouched', { wait: 'delivered' })).state, 'delivered')
    assert.equal((await this.bob.node.listChats()).find(c => c.title === 'carol')?.alarm, null)
  }

  /** Sends, and waits until the author has seen it in the log. */
  async say (text: string): Promise<string> {
    const { id } = await this.alice.node.send('bob', text)
    await until(this.alice.node, e => e.type === 'messageState' && e.id === id)
    return id
  }

  async texts (who: Person, chat: string): Promise<string[]> {
    return (await who.node.showChat(chat)).messages.map(m => m.kind === 'held' ? 'HELD' : m.text)
  }

  async close (): Promise<void> { await this.world.close() }
}

function logOf (createLog: Uint8Array): LogId {
  const { genesis } = pb.CreateLogRequest.decode(createLog)
  return logIdOf(genesis)
}

/** Whether the bytes name this log. */
export const isLog = (a: Uint8Array, b: Uint8Array | undefined): boolean => b !== undefined && Buffer.compare(a, b) === 0
/** The bytes with their last bit flipped. */
export const flip = <T extends Uint8Array>(bytes: T): T => bytes.map((byte, i) => i === bytes.length - 1 ? byte ^ 1 : byte) as T
