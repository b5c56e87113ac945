/** Groups that only a hostile member would make and ts-mls takes: one member must not stop the others, nor change what no policy sees. */
import assert from 'node:assert/strict'
import { createCommit, createGroup, decodeMlsMessage, encodeMlsMessage, type Capabilities, type ClientState, type Extension, type KeyPackage, type Proposal } from 'ts-mls'
import { signKeyPackage } from 'ts-mls/keyPackage.js'
import { signLeafNodeKeyPackage } from 'ts-mls/leafNode.js'
import { encodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { newPqSecret } from '../../../../src/protocol/crypto/index.js'
import { BadInputError, ConflictError, LIMITS, NotFoundError, ProofError, TooLargeError } from '../../../../src/protocol/wire/index.js'
import { clientConfig } from '../../../../src/protocol/crypto/mls/config.js'
import { readPrivate } from '../../../../src/protocol/crypto/mls/key-package.js'
import { suiteOf } from '../../../../src/protocol/crypto/mls/library.js'
import { clientOf, type MlsState } from '../../../../src/protocol/crypto/mls/state.js'
import { writeKeyPackage } from '../../../../src/protocol/crypto/mls/codec.js'
import { unhex } from '../vectors.js'
import { accept, bytes, groupOf, keyPackage, NOW, trusting } from './people.js'

const engine = trusting()
const config = clientConfig({ suite: 'cloud', validateCredential: () => true, now: () => NOW })
const raw = (state: MlsState): ClientState => clientOf(state, config)

async function commitOf (state: ClientState, proposals: Proposal[] = []): Promise<{ commit: Uint8Array, welcome: Uint8Array }> {
  const made = await createCommit({ state, cipherSuite: await suiteOf('cloud') }, { wireAsPublicMessage: true, extraProposals: proposals, ratchetTreeExtension: true })
  const welcome = made.welcome === undefined ? new Uint8Array() : encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: made.welcome })
  return { commit: encodeMlsMessage(made.commit), welcome }
}

const extensions = (...list: Extension[]): Proposal => ({ proposalType: 'group_context_extensions', groupContextExtensions: { extensions: list } })

/** The member's next path carries these capabilities. */
function withCapabilities (state: MlsState, change: Partial<Capabilities>): ClientState {
  const client = raw(state)
  const ratchetTree = client.ratchetTree.slice()
  const own = ratchetTree[client.privatePath.leafIndex * 2]
  assert.equal(own?.nodeType, 'leaf')
  ratchetTree[client.privatePath.leafIndex * 2] = { nodeType: 'leaf', leaf: { ...own.leaf, capabilities: { ...own.leaf.capabilities, ...change } } }
  return { ...client, ratchetTree }
}

async function hostileKeyPackage (change: (fresh: KeyPackage) => object): Promise<KeyPackage> {
  const impl = await suiteOf('cloud')
  const { keyPackage: fresh, secrets } = readPrivate('cloud', (await keyPackage(engine, 'eve')).private)
  const leafNode = await signLeafNodeKeyPackage({ ...fresh.leafNode, leafNodeSource: 'key_package', ...change(fresh) } as never, secrets.signaturePrivateKey, impl.signature)
  return await signKeyPackage({ ...fresh, leafNode }, secrets.signaturePrivateKey, impl.signature)
}

describe('the MLS engine against groups that lock somebody out', () => {
  it('refuses extensions that no policy would see, doubled ones, and none at all', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'], { gpq: newPqSecret() })
    const kept = raw(ann!.state).groupContext.extensions
    const lists: Extension[][] = [
      [...kept, { extensionType: 'required_capabilities', extensionData: new Uint8Array(3) }],
      [...kept, { extensionType: 0xf5a7, extensionData: new Uint8Array(3) }],
      [...kept, { extensionType: 0xf5a2, extensionData: bytes('one') }, { extensionType: 0xf5a2, extensionData: bytes('two') }],
      []
    ]
    for (const list of lists) {
      const { commit } = await commitOf(raw(ann!.state), [extensions(...list)])
      await assert.rejects(engine.process(bob!.state, commit, accept), ProofError, JSON.stringify(list))
    }
  })

  it('joins no group that has such extensions', async () => {
    const impl = await suiteOf('cloud')
    const own = readPrivate('cloud', (await keyPackage(engine, 'ann')).private)
    const group = await createGroup(bytes('odd group'), own.keyPackage, own.secrets, [{ extensionType: 'required_capabilities', extensionData: new Uint8Array(3) }], impl, config)
    const bob = await keyPackage(engine, 'bob')
    const { welcome } = await commitOf(group, [{ proposalType: 'add', add: { keyPackage: readPrivate('cloud', bob.private).keyPackage } }])
    await assert.rejects(engine.join({ welcome, keyPackage: bob.private }), /does not use/u)
  })

  it('refuses a leaf that does not understand what the group uses: later commits and newcomers would be refused', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'], { gpq: newPqSecret() })
    for (const change of [{ credentials: [] }, { extensions: [] }]) {
      const { commit } = await commitOf(withCapabilities(ann!.state, change))
      await assert.rejects(engine.process(bob!.state, commit, accept), /does not understand/u)
    }
    const blind = await hostileKeyPackage(({ leafNode }) => ({ capabilities: { ...leafNode.capabilities, credentials: [] } }))
    const { commit } = await commitOf(raw(ann!.state), [{ proposalType: 'add', add: { keyPackage: blind } }])
    await assert.rejects(engine.process(bob!.state, commit, accept), /does not understand/u)
    await assert.rejects(engine.commit(ann!.state, { add: [writeKeyPackage(blind)] }), ProofError)
  })

  it('refuses a leaf so large that no Welcome would hold the tree', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const { commit } = await commitOf(withCapabilities(ann!.state, { extensions: Array.from({ length: 3000 }, (_, i) => 0x1000 + i) }))
    await assert.rejects(engine.process(bob!.state, commit, accept), /capabilities and extensions/u)
  })

  it('refuses a key to which nothing can be encrypted: no later commit could reach past it', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const orderEight = unhex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800')
    for (const hpkePublicKey of [new Uint8Array(32), new Uint8Array(31).fill(7), new Uint8Array(33).fill(7), Uint8Array.of(1, ...new Uint8Array(31)), orderEight]) {
      const dead = await hostileKeyPackage(() => ({ hpkePublicKey }))
      const { commit } = await commitOf(raw(ann!.state), [{ proposalType: 'add', add: { keyPackage: dead } }])
      await assert.rejects(engine.process(bob!.state, commit, accept), /nothing can be encrypted/u)
      await assert.rejects(engine.readKeyPackage(writeKeyPackage(dead)), /nothing can be encrypted/u)
    }
  })

  it('takes a commit for the own leaf\'s only when that leaf signed it', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const client = raw(bob!.state)
    const impostor = { ...client, privatePath: { ...client.privatePath, leafIndex: ann!.state.ownLeaf as never } }
    const { commit } = await commitOf(impostor)
    await assert.rejects(engine.process(ann!.state, commit, accept), (e: Error) => e instanceof ProofError && /Signature invalid/u.test(e.message))
    await assert.rejects(engine.process(ann!.state, (await engine.commit(ann!.state)).commit, accept), NotFoundError)
  })

  it('refuses more proposals than a group has places, and a tree of more nodes, before it works through them', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const [message] = decodeMlsMessage((await engine.commit(ann!.state)).commit, 0)!
    assert.ok(message.wireformat === 'mls_public_message' && message.publicMessage.content.contentType === 'commit')
    message.publicMessage.content.commit.proposals = Array.from({ length: 2 * LIMITS.mlsMembers + 1 }, () => ({ proposalOrRefType: 'proposal', proposal: { proposalType: 'remove', remove: { removed: 1 } } }))
    await assert.rejects(engine.process(bob!.state, encodeMlsMessage(message), accept), (e: Error) => e instanceof BadInputError && /proposals/u.test(e.message) && !(e instanceof ConflictError))
    const cem = await keyPackage(engine, 'cem')
    const { welcome } = await engine.commit(ann!.state, { add: [cem.public], treeInWelcome: false })
    const [leaf] = raw(ann!.state).ratchetTree
    const tree = encodeRatchetTree([leaf, ...Array.from({ length: 2 * LIMITS.mlsMembers - 1 }, () => undefined), leaf])
    await assert.rejects(engine.join({ welcome: welcome!, keyPackage: cem.private, tree }), TooLargeError)
  })
})
