/** A contact who attacks: a real node's insides, so that all its keys are right, and hands that write what no node would. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Petrel } from '../../src/protocol/api/index.js'
import { createHome } from '../../src/node/index.js'
import { openCore, type NodeCore } from '../../src/node/core.js'
import type { Chat } from '../../src/node/chats/index.js'
import { EngineRoom } from '../../src/node/engine-room.js'
import { addContact } from '../../src/node/verbs/contacts.js'
import { receive } from '../../src/node/verbs/receive.js'
import { addRelay } from '../../src/node/verbs/relays.js'
import { sealInbox, sealMessage, systemRandom } from '../../src/protocol/crypto/index.js'
import { TEST_PASSWORD_COST } from '../../src/protocol/crypto/password.js'
import { encodeBody, invitationToMap, signMessage, type ChatInvitation, type Letter, type Message } from '../../src/protocol/message/index.js'
import {
  encodeCbor, ENTRY_KIND, entryHash, LABELS, PetrelError, shape, signRecord, signerFromSeed, RIGHT, type Append, type Digest, type ManifestInbox, type Receipt, type Signer
} from '../../src/protocol/wire/index.js'
import { manifestOf } from '../../src/node/contacts/index.js'
import { until, type Person, type World } from '../node/world.js'

/** What a forged message may differ in from an honest one. */
export interface Forgery {
  message?: Partial<Message>
  device?: Signer
  /** The key it is sealed under. */
  content?: Uint8Array
  /** The id it is sealed for. */
  sealedFor?: Uint8Array
  /** Changes the signed bytes before they are sealed. */
  alter?: (signed: Uint8Array) => Uint8Array
}

/** See the file's head. */
export class Mallory {
  readonly core: NodeCore
  readonly #room: EngineRoom
  /** Its own run in the chat, as honest messages continue it. */
  #run: { devSeq: number, entry: Digest | null } = { devSeq: 0, entry: null }
  #chat: Chat | undefined

  private constructor (core: NodeCore) {
    this.core = core
    this.#room = new EngineRoom(core)
  }

  static async make (world: World, name = 'mallory'): Promise<Mallory> {
    const dir = join(world.dir, name)
    await createHome({ dir, name, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST })
    const mallory = new Mallory(await openCore({ dir }))
    // It shares no owner key, so that nobody voids what it does.
    const { post } = mallory.core
    const op = post.op.bind(post)
    post.op = (to, invitation) => {
      const { owner: _owner, ...rest } = invitation ?? {}
      return op(to, invitation === null ? null : rest as ChatInvitation)
    }
    mallory.#room.start()
    await addRelay(mallory.core, mallory.#room, world.address, {})
    return mallory
  }

  /** Its updates, for `until`. */
  get node (): Pick<Petrel, 'receive'> { return { receive: (o = {}) => receive(this.core, o) } }

  /** Becomes a contact by an invite, and waits until the direct chat is ready on both sides. */
  async befriend (victim: Person): Promise<void> {
    await addContact(this.core, (await victim.node.createInvite()).link, {})
    await until(victim.node, e => e.type === 'chat' && e.change === 'joined' && e.title === this.core.account.name)
    const session = this.core.chats.all()[0] ?? assert.fail('no chat')
    // From now on only these hands write.
    session.pump.halt()
    this.#chat = session.chat
    // Nor does its node void what they do.
    session.chat.record = { ...session.chat.record, ownerSeed: null }
    await until(this.node, e => e.type === 'contact' && e.change === 'changed')
  }

  get chat (): Chat { return this.#chat ?? assert.fail('befriend somebody first') }
  get device (): Signer { return this.core.account.device }

  /** Appends an entry of any content to the chat. @throws what the relay refuses with */
  async append (payload: Uint8Array, change: Partial<Append> = {}): Promise<{ receipt: Receipt, duplicate: boolean }> {
    const [result] = await this.chat.link.append(this.chat.log, [{ id: systemRandom(16), kind: ENTRY_KIND.data, payload, ...change }])
    if (result === undefined || result instanceof PetrelError) throw result ?? assert.fail('no result')
    return { receipt: result.receipt.statement, duplicate: result.duplicate }
  }

  /** A sealed message, forged where told. It continues the own run unless told. */
  seal (body: Uint8Array, id: Uint8Array, forgery: Forgery = {}): Uint8Array {
    const { log, epoch, content, account, seen } = this.chat.sealing
    const message: Message = {
      v: 1, chat: log, epoch, id, account, devSeq: this.#run.devSeq + 1, prevOwn: this.#run.entry, seen, ts: Date.now(), body, ...forgery.message
    }
    const signed = signMessage(message, forgery.device ?? this.device)
    return sealMessage(forgery.content ?? content, forgery.alter?.(signed) ?? signed, { log, epoch, id: forgery.sealedFor ?? id })
  }

  /** Appends a forged message, which does not continue the own run. */
  async forge (body: Uint8Array, forgery: Forgery = {}): Promise<Receipt> {
    const id = systemRandom(16)
    return (await this.append(this.seal(body, id, forgery), { id })).receipt
  }

  /** Appends a message whose envelope is right, whatever its body is. */
  async say (body: Uint8Array | string): Promise<Receipt> {
    const id = systemRandom(16)
    const payload = this.seal(typeof body === 'string' ? encodeBody({ kind: 'text', text: body }) : body, id)
    const { receipt } = await this.append(payload, { id })
    this.#run = { devSeq: this.#run.devSeq + 1, entry: entryHash(payload) }
    return receipt
  }

  /** The victim's inbox as its manifest says. */
  async inboxOf (victim: Person): Promise<{ account: Uint8Array, inbox: ManifestInbox }> {
    const contact = this.core.contacts.all().find(c => c.selfName === victim.name) ?? assert.fail('no such contact')
    return { account: contact.account, inbox: manifestOf(contact).manifest.inbox ?? assert.fail('no inbox') }
  }

  /** A letter's signed bytes, forged where told. */
  async letter (victim: Person, change: Partial<Omit<Letter, 'chat'>> & { chat?: unknown } = {}, device: Signer = this.device): Promise<Uint8Array> {
    const { account, inbox } = await this.inboxOf(victim)
    const { name, key, manifest } = this.core.account
    const letter = { v: 1, account: key, to: account, inbox: inbox.log, manifest: manifest.bytes, introduction: { name, grantSeed: null }, time: Date.now(), ...change }
    return signRecord(LABELS.inboxEntry, encodeCbor(shape.open(letter)), device)
  }

  /** An invitation into the chat there is, changed where told. */
  invitation (change: Partial<ChatInvitation> = {}): Record<string, unknown> {
    const { record } = this.chat
    return invitationToMap({
      genesis: record.genesis, addrs: record.addrs, direct: true, title: null, welcome: Uint8Array.of(1), pq: Uint8Array.of(1), keyPackage: new Uint8Array(32),
      at: { term: 1, seq: 1, hash: new Uint8Array(32) }, manifests: record.members.map(m => m.manifest), ...change
    })
  }

  /** Puts bytes into the victim's inbox: sealed to it, or as they are. */
  async post (victim: Person, bytes: Uint8Array, sealed = true): Promise<void> {
    const { account, inbox } = await this.inboxOf(victim)
    const contact = this.core.contacts.get(account)
    const link = this.core.publisher.home ?? assert.fail('no home')
    link.setCapability(inbox.log, RIGHT.append, signerFromSeed(contact?.theirGrant ?? assert.fail('no grant')))
    const payload = sealed ? await sealInbox(inbox.key, bytes, { account, log: inbox.log }) : bytes
    const [result] = await link.append(inbox.log, [{ id: systemRandom(16), kind: ENTRY_KIND.data, payload }])
    if (result === undefined || result instanceof PetrelError) throw result ?? assert.fail('no result')
  }

  async close (): Promise<void> { await this.#room.stop() }
}
