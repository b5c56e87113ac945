import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { keyFromPeerId, METHOD, pb, UnavailableError, type KeyBytes } from '../../src/protocol/wire/index.js'
import { flip, LiarScene as Scene } from './liar-scene.js'

const noise = (): Uint8Array => new Uint8Array(randomBytes(300))

describe('a relay that lies about people', () => {
  let scene: Scene
  let carol: KeyBytes

  before(async () => {
    scene = await Scene.make()
    carol = keyFromPeerId((await scene.carol.node.identity()).account)
  })
  after(async () => { await scene.close() })

  /** Alice asks for one thing and is answered with another. */
  const answering = (method: number, answer: (honest: Uint8Array) => Uint8Array | Promise<Uint8Array>) => {
    scene.relay.lies = {
      reply: async (call, body) => {
        if (!scene.isFrom('alice', call.channel.remotePeer)) return body
        if (call.method === method) return await answer(body)
        // Who lies about a manifest lies at every door.
        return method === METHOD.getManifest && call.method === METHOD.findManifest ? await atOtherDoor(body, answer) : body
      }
    }
  }
  const atOtherDoor = async (body: Uint8Array, answer: (honest: Uint8Array) => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> => {
    const lie = await answer(pb.ManifestReply.encode({ manifest: pb.FindManifestReply.decode(body).manifests[0]! }))
    try {
      return pb.FindManifestReply.encode({ manifests: [pb.ManifestReply.decode(lie).manifest] })
    } catch {
      return lie
    }
  }
  const keyPackage = (change: (honest: pb.KeyPackageReply) => Partial<pb.KeyPackageReply> | Promise<Partial<pb.KeyPackageReply>>) => async (body: Uint8Array): Promise<Uint8Array> => {
    const honest = pb.KeyPackageReply.decode(body)
    return pb.KeyPackageReply.encode({ ...honest, ...await change(honest) })
  }
  const packageOf = async (account: KeyBytes): Promise<Uint8Array> => {
    const { manifests, keyPackages } = scene.relay.services
    return (await keyPackages.cloud(await manifests.get(account), Date.now())).record
  }

  const lies: Array<[string, RegExp, RegExp, () => void]> = [
    ['another person\'s key package', /ERR_FORBIDDEN/, /a key package that is not the contact's/, () => { answering(METHOD.getKeyPackage, keyPackage(async () => ({ record: await packageOf(carol) }))) }],
    ['an altered key package', /ERR_PROOF/, /./, () => { answering(METHOD.getKeyPackage, keyPackage(({ record }) => ({ record: flip(record) }))) }],
    ['noise for a key package', /ERR_BAD_INPUT|ERR_PROOF/, /./, () => { answering(METHOD.getKeyPackage, noise) }],
    ['another person\'s manifest', /ERR_PROOF|ERR_NOT_FOUND/, /another account's manifest/, () => { answering(METHOD.getManifest, async () => pb.ManifestReply.encode({ manifest: (await scene.relay.services.manifests.get(carol)).bytes })) }],
    ['an altered manifest', /ERR_PROOF/, /./, () => { answering(METHOD.getManifest, body => pb.ManifestReply.encode({ manifest: flip(pb.ManifestReply.decode(body).manifest) })) }],
    ['noise for a manifest', /ERR_BAD_INPUT|ERR_PROOF/, /./, () => { answering(METHOD.getManifest, noise) }],
    ['a fault of its own', /ERR_UNAVAILABLE/, /later/, () => { answering(METHOD.getManifest, () => { throw new UnavailableError('later') }) }]
  ]
  for (const [what, code, words, lie] of lies) {
    it(`makes no chat by ${what}, and says why`, async () => {
      const { link } = await scene.bob.node.createInvite()
      lie()
      await assert.rejects(scene.alice.node.addContact(link), (e: Error & { code: string }) => code.test(e.code) && words.test(e.message))
      scene.relay.lies = {}
      assert.deepEqual(await scene.alice.node.listChats(), [])
    })
  }

  it('does not keep the status from being shown by an answer that makes no sense', async () => {
    answering(METHOD.usage, noise)
    assert.equal((await scene.alice.node.status()).relays.length, 1)
    answering(METHOD.head, noise)
    assert.equal((await scene.alice.node.doctor()).find(f => f.check.startsWith('clock'))?.ok, false)
    scene.relay.lies = {}
  })

  it('is forgiven: the contact can be added once it is honest', async () => {
    await scene.alice.node.addContact((await scene.bob.node.createInvite()).link)
    assert.equal((await scene.alice.node.send('bob', 'at last', { wait: 'delivered' })).state, 'delivered')
  })
})
