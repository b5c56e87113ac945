import assert from 'node:assert/strict'
import { engineFor, type ChatKeys } from '../../src/node/chats/chat-keys.js'
import type { Chat, ChatRecord } from '../../src/node/chats/index.js'
import { openHandshake, openLink, openMessage, sealMessage, systemRandom } from '../../src/protocol/crypto/index.js'
import { decodeCommitPayload, decodeHandshake, encodeBody, signMessage } from '../../src/protocol/message/index.js'
import { decodeLeaf, DecryptError, ENTRY_KIND, ForbiddenError, openManifest, peerIdText, PetrelError, sameBytes, type Leaf } from '../../src/protocol/wire/index.js'
import { decodeMeta } from '../../src/relay/logs/meta.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'

interface Entry { readonly leaf: Leaf, readonly payload: Uint8Array }

/** Three people in a group, until one was removed; what that one kept, and what the relay has. */
class Scene {
  readonly world: SmallWorld
  readonly ann: SmallPerson
  readonly bob: SmallPerson
  readonly cat: SmallPerson
  /** Cat's keys of each epoch it was in, and its last state. */
  readonly kept: ChatKeys[] = []
  record!: ChatRecord

  private constructor (world: SmallWorld, [ann, bob, cat]: readonly [SmallPerson, SmallPerson, SmallPerson]) {
    this.world = world
    this.ann = ann
    this.bob = bob
    this.cat = cat
  }

  static async make (): Promise<Scene> {
    const world = await SmallWorld.make()
    const people = [await world.person('ann'), await world.person('bob'), await world.person('cat')] as const
    const scene = new Scene(world, people)
    const { ann, bob, cat } = scene
    for (const one of [bob, cat]) await world.introduce(ann, one)
    await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    for (const one of [bob, cat]) await eventually(() => one.core.chats.get(scene.chatOf(ann).log) !== undefined)
    await ann.node.send('Birds', 'for all three', { wait: 'stored' })
    await eventually(async () => (await scene.texts(cat)).includes('for all three'))
    scene.keep()
    await ann.node.editGroup('Birds', { title: 'Rare birds' })
    await eventually(() => scene.chatOf(cat).keys.epoch === scene.chatOf(ann).keys.epoch)
    scene.keep()
    await ann.node.removeMembers(scene.id, ['cat'])
    await ann.node.send(scene.id, 'without her', { wait: 'stored' })
    await ann.node.editGroup(scene.id, { title: 'Secret birds' })
    await bob.node.send(scene.id, 'still without her', { wait: 'stored' })
    await eventually(() => scene.chatOf(cat).record.stage === 'out')
    return scene
  }

  get id (): string { return this.chatOf(this.ann).id }
  keep (): void {
    this.kept.push(this.chatOf(this.cat).keys)
    this.record = this.chatOf(this.cat).record
  }

  chatOf (who: SmallPerson): Chat { return who.core.chats.all().find(({ chat }) => !chat.record.direct)!.chat }
  async texts (who: SmallPerson): Promise<string[]> { return (await who.node.showChat(this.id, { limit: 100 })).messages.filter(m => m.kind === 'text').map(m => m.text) }

  /** Everything that the relay holds. */
  async entries (): Promise<Entry[]> {
    const { entries } = await this.world.relay.services.store.logs.read(this.chatOf(this.ann).log, 0, 1000, 1 << 24)
    return entries.map(({ leaf, payload }) => ({ leaf: decodeLeaf(leaf), payload }))
  }

  /** The entries from the one that removed cat on. */
  async after (): Promise<{ removal: Entry, later: Entry[] }> {
    const entries = await this.entries()
    const at = entries.findIndex(({ leaf }) => leaf.seq === this.chatOf(this.cat).cursor.lastCommit)
    return { removal: entries[at]!, later: entries.slice(at + 1) }
  }

  /** What opens with any of cat's keys, tried as of any epoch. */
  opens (open: (keys: ChatKeys, epoch: number) => unknown): boolean {
    return this.kept.some(keys => [0, 1, 2, 3, 4, 5, 6].some(epoch => {
      try {
        open(keys, epoch)
        return true
      } catch (error) {
        if (error instanceof DecryptError) return false
        throw error
      }
    }))
  }
}

describe('a member who was removed from a group, and whose relay gives it everything', () => {
  let scene: Scene
  before(async () => { scene = await Scene.make() })
  after(async () => { await scene.world.close() })

  it('reads no message that was written after, with any key it had', async () => {
    const { later } = await scene.after()
    const { log } = scene.chatOf(scene.ann)
    const messages = later.filter(({ leaf }) => leaf.kind === ENTRY_KIND.data)
    assert.equal(messages.length >= 2, true)
    for (const { leaf: { id }, payload } of messages) assert.equal(scene.opens((keys, epoch) => openMessage(keys.content, payload, { log, epoch, id })), false)
    // The same looks do open what was written while it was in.
    const before = (await scene.entries()).filter(({ leaf }) => leaf.kind === ENTRY_KIND.data && leaf.seq < scene.chatOf(scene.cat).cursor.lastCommit)
    assert.equal(before.some(({ leaf: { id }, payload }) => scene.opens((keys, epoch) => openMessage(keys.content, payload, { log, epoch, id }))), true)
  })

  it('opens the commit that removed it, and comes by it to no next state', async () => {
    const { removal } = await scene.after()
    const { log } = scene.record
    const keys = scene.kept.at(-1)!
    const { mls, manifests } = decodeHandshake(openHandshake(keys.handshake, decodeCommitPayload(removal.payload).handshake, { log, epoch: keys.epoch, id: removal.leaf.id }))
    const engine = engineFor([...scene.record.members.map(m => m.manifest), ...manifests].map(m => openManifest(m)), Date.now)
    const taken = await engine.process(engine.decodeState(scene.record.mls), mls, () => undefined)
    assert.deepEqual([taken.removedSelf, taken.state], [true, undefined])
  })

  it('opens no later commit, and finds by none the way back to a key of a later epoch', async () => {
    const { removal, later } = await scene.after()
    const { log } = scene.record
    const commits = later.filter(({ leaf }) => leaf.kind === ENTRY_KIND.commit)
    assert.equal(commits.length, 1)
    for (const { leaf: { id }, payload } of commits) assert.equal(scene.opens((keys, epoch) => openHandshake(keys.handshake, decodeCommitPayload(payload).handshake, { log, epoch, id })), false)
    for (const { payload } of [removal, ...commits]) {
      const { link } = decodeCommitPayload(payload)
      assert.equal(scene.opens((keys, epoch) => openLink(keys.link, link!, log, epoch)), false)
    }
  })

  it('holds no key that the home still takes, to read, to append or to mirror', async () => {
    const { meta: bytes } = await scene.world.relay.services.store.logs.head(scene.record.log)
    const meta = decodeMeta(bytes)
    const mirror = scene.kept.map(keys => keys.mirror)
    for (const { append, read } of scene.kept) assert.deepEqual([sameBytes(append.key, meta.append), sameBytes(read.key, meta.read)], [false, false])
    assert.equal(mirror.some(seed => sameBytes(seed, scene.chatOf(scene.ann).record.mirror!)), false)
    // An honest home gives it what there was up to its removal, and takes nothing.
    const { link, log, cursor } = scene.chatOf(scene.cat)
    await assert.rejects(scene.cat.node.send(scene.id, 'hello?'), ForbiddenError)
    const { entries } = await link.read(log, 0, 1000)
    assert.equal(entries.length, cursor.lastCommit)
    const [refused] = await link.append(log, [{ id: systemRandom(16), kind: ENTRY_KIND.data, payload: systemRandom(64) }]).catch((error: unknown) => [error])
    assert.ok(refused instanceof PetrelError, 'the home took an entry of somebody who was removed')
  })

  it('listens at no topic of a later epoch', () => {
    const { topic } = scene.chatOf(scene.ann).keys
    for (const keys of scene.kept) assert.equal(sameBytes(keys.topic, topic), false)
  })

  it('writes nothing that the others show, though the relay puts it into the log', async () => {
    const { ann, bob, cat, world } = scene
    const { appender, store } = world.relay.services
    const append = appender.appendFor.bind(appender)
    appender.appendFor = (peer, log, request, sink) => {
      store.logs.head(log.log).then(({ meta }) => {
        peer.prove(log.name, 'append', { key: decodeMeta(meta).append })
        append(peer, log, request, sink)
      }).catch((error: unknown) => { sink.failed(error) })
    }
    const { log, link, deps } = scene.chatOf(cat)
    const id = systemRandom(16)
    const { epoch, content } = scene.kept.at(-1)!
    const { term, seq, hash } = scene.chatOf(cat).cursor
    const body = encodeBody({ kind: 'text', text: 'I am still here' })
    const signed = signMessage({ v: 1, chat: log, epoch, id, account: deps.me, devSeq: 1, prevOwn: null, seen: { term, seq, hash }, ts: Date.now(), body }, cat.device)
    await link.append(log, [{ id, kind: ENTRY_KIND.data, payload: sealMessage(content, signed, { log, epoch, id }) }])
    await ann.node.send(scene.id, 'after that', { wait: 'stored' })
    for (const one of [ann, bob]) await eventually(async () => (await scene.texts(one)).includes('after that') && scene.chatOf(one).cursor.seq === scene.chatOf(ann).cursor.seq)
    for (const one of [ann, bob]) {
      const { messages } = await one.node.showChat(scene.id, { limit: 100 })
      assert.equal(messages.some(m => m.text === 'I am still here' || m.from === peerIdText(deps.me)), false)
      assert.deepEqual(messages.filter(m => m.kind === 'held').map(m => m.from), [''], 'it is seen that something stands there that does not hold')
    }
  })
})
