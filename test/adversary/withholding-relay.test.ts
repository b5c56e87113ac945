import assert from 'node:assert/strict'
import { decodeLeaf, keyFromPeerId, METHOD, openManifest, pb, type LogId } from '../../src/protocol/wire/index.js'
import { until, untilText } from '../node/world.js'
import { flip, isLog, LiarScene as Scene } from './liar-scene.js'

describe('a relay that keeps to itself what it should hand over', () => {
  let scene: Scene
  beforeEach(async () => { scene = await Scene.make() })
  afterEach(async () => { await scene.close() })

  it('and tells where the log ends shows a chat that is not current; what it held back comes when it gives in', async () => {
    await scene.chat(log => ({ entries: (to, push) => scene.isFrom('bob', to) && isLog(push.log, log) ? undefined : push }))
    await scene.say('held back')
    await scene.world.restart(scene.bob)
    const isCurrent = async (): Promise<boolean> => (await scene.bob.node.listChats()).find(c => c.title === 'alice')!.current
    // Once this is answered, so is the follow of the other chat.
    await scene.carol.node.send('bob', 'are you back?', { wait: 'delivered' })
    assert.equal(await isCurrent(), false)
    const { id } = await scene.alice.node.send('bob', 'no mark comes back for it', { wait: 'stored' })
    assert.equal((await scene.alice.node.getMessage('bob', id)).state, 'stored', 'the sender never sees it delivered')
    scene.relay.lies = {}
    await scene.world.restart(scene.bob)
    await untilText(scene.bob.node, 'no mark comes back for it')
    assert.deepEqual(await scene.texts(scene.bob, 'alice'), ['held back', 'no mark comes back for it'])
    await until(scene.alice.node, e => e.type === 'messageState' && e.id === id && e.state === 'delivered')
    // As soon as the mark that he has given has come back to him too.
    while (!await isCurrent()) await new Promise(resolve => { setImmediate(resolve) })
  })

  it('and answers no append leaves the message queued; it goes out once when the relay gives in', async () => {
    const held = Promise.withResolvers<undefined>()
    const asked = Promise.withResolvers<undefined>()
    await scene.chat(log => ({
      reply: async (call, body) => {
        if (call.method !== METHOD.append || !scene.isFrom('alice', call.channel.remotePeer)) return body
        const request = pb.AppendRequest.decode(call.body)
        if (!isLog(request.log, log) || request.items.some(i => i.kind !== 0)) return body
        asked.resolve(undefined)
        await held.promise
        return body
      },
      entries: (to, push) => scene.isFrom('alice', to) && isLog(push.log, log) && push.entries.some(e => decodeLeaf(e.leaf).kind === 0) ? undefined : push
    }))
    const { id } = await scene.alice.node.send('bob', 'stored or not?', { wait: 'queued' })
    await asked.promise
    assert.equal((await scene.alice.node.getMessage('bob', id)).state, 'queued')
    await scene.world.restart(scene.alice)
    held.resolve(undefined)
    scene.relay.lies = {}
    await until(scene.alice.node, e => e.type === 'messageState' && e.id === id && e.state === 'delivered')
    assert.deepEqual(await scene.texts(scene.bob, 'alice'), ['stored or not?'])
  })
})

describe('a relay that lies about a letter box', () => {
  let scene: Scene
  let inbox: LogId
  beforeEach(async () => {
    scene = await Scene.make()
    const account = keyFromPeerId((await scene.bob.node.identity()).account)
    inbox = openManifest((await scene.relay.services.manifests.get(account)).bytes).manifest.inbox!.log
  })
  afterEach(async () => { await scene.close() })

  /** Bob's status says so; once the relay is honest the letter is taken, and the chat is there. */
  async function caught (why: RegExp): Promise<void> {
    const end = AbortSignal.timeout(50_000)
    while (!(await scene.bob.node.status()).warnings.some(w => why.test(w))) {
      if (end.aborted) assert.fail(`bob is told ${JSON.stringify((await scene.bob.node.status()).warnings)}`)
      await new Promise(resolve => { setImmediate(resolve) })
    }
    assert.equal((await scene.carol.node.send('bob', 'untouched', { wait: 'delivered' })).state, 'delivered')
    scene.relay.lies = {}
    await until(scene.bob.node, e => e.type === 'chat' && e.change === 'joined' && e.title === 'alice')
    assert.equal((await scene.alice.node.send('bob', 'at last', { wait: 'delivered' })).state, 'delivered')
    assert.deepEqual((await scene.bob.node.status()).warnings, [])
  }

  async function lie (change: (push: pb.EntriesPush) => pb.EntriesPush): Promise<void> {
    scene.relay.lies = { entries: (to, push) => scene.isFrom('bob', to) && isLog(push.log, inbox) ? change(push) : push }
    await scene.alice.node.addContact((await scene.bob.node.createInvite()).link)
  }

  it('is caught when it alters a letter', async () => {
    await lie(push => ({ ...push, entries: push.entries.map(e => ({ ...e, payload: flip(e.payload!) })) }))
    await caught(/letters of new contacts do not come in: entry \d+ is not what its leaf says/)
  })

  it('is caught when it alters what is signed of it', async () => {
    await lie(push => ({ ...push, entries: push.entries.map(e => ({ ...e, leaf: flip(e.leaf) })) }))
    await caught(/letters of new contacts do not come in: .*(is not what its leaf says|verified here|leaf)/)
  })
})
