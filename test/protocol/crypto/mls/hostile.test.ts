/** Commits that only a hostile member, or no member, would make: built with the library itself, past the engine. */
import assert from 'node:assert/strict'
import { createCommit, createGroupInfoWithExternalPubAndRatchetTree, createProposal, encodeMlsMessage, joinGroupExternal, type ClientState, type Proposal } from 'ts-mls'
import { signKeyPackage } from 'ts-mls/keyPackage.js'
import { signLeafNodeKeyPackage } from 'ts-mls/leafNode.js'
import { newPqSecret } from '../../../../src/protocol/crypto/index.js'
import { BadInputError, ForbiddenError, ProofError } from '../../../../src/protocol/wire/index.js'
import { clientConfig } from '../../../../src/protocol/crypto/mls/config.js'
import { readPrivate } from '../../../../src/protocol/crypto/mls/key-package.js'
import { suiteOf } from '../../../../src/protocol/crypto/mls/library.js'
import { clientOf, type MlsState } from '../../../../src/protocol/crypto/mls/state.js'
import { accept, groupOf, keyPackage, NOW, trusting } from './people.js'

const engine = trusting()
const config = clientConfig({ suite: 'cloud', validateCredential: () => true, now: () => NOW })
const raw = (state: MlsState): ClientState => clientOf(state, config)

async function hostileCommit (state: MlsState, proposals: Proposal[]): Promise<Uint8Array> {
  const made = await createCommit({ state: raw(state), cipherSuite: await suiteOf('cloud') }, { wireAsPublicMessage: true, extraProposals: proposals })
  return encodeMlsMessage(made.commit)
}

describe('the MLS engine against hostile members and strangers', () => {
  it('refuses an external join', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const impl = await suiteOf('cloud')
    const info = await createGroupInfoWithExternalPubAndRatchetTree(raw(ann!.state), [], impl)
    const { keyPackage: own, secrets } = readPrivate('cloud', (await keyPackage(engine, 'eve')).private)
    const { publicMessage } = await joinGroupExternal(info, own, secrets, false, impl, undefined, config)
    const commit = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage })
    await assert.rejects(engine.process(bob!.state, commit, accept), /external joins are refused/u)
  })

  it('refuses proposals on their own, and private messages', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const impl = await suiteOf('cloud')
    const { message } = await createProposal(raw(ann!.state), true, { proposalType: 'remove', remove: { removed: 1 } }, impl)
    await assert.rejects(engine.process(bob!.state, encodeMlsMessage(message), accept), BadInputError)
    const [own] = [await keyPackage(engine, 'ann')]
    const welcome = (await engine.commit(ann!.state, { add: [own.public] })).welcome!
    await assert.rejects(engine.process(bob!.state, welcome, accept), BadInputError)
  })

  it('refuses proposals of kinds that Petrel does not use', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const reinit: Proposal = { proposalType: 'reinit', reinit: { groupId: new Uint8Array(4), version: 'mls10', cipherSuite: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519', extensions: [] } }
    await assert.rejects(engine.process(bob!.state, await hostileCommit(ann!.state, [reinit]), accept), BadInputError)
    const custom: Proposal = { proposalType: 0xf000, proposalData: new Uint8Array(3) }
    await assert.rejects(engine.process(bob!.state, await hostileCommit(ann!.state, [custom]), accept), BadInputError)
  })

  it('refuses a change of the hash of G_pq', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'], { gpq: newPqSecret() })
    const change: Proposal = { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [{ extensionType: 0xf5a0, extensionData: new Uint8Array(32) }] } }
    await assert.rejects(engine.process(bob!.state, await hostileCommit(ann!.state, [change]), accept), ForbiddenError)
  })

  it('refuses an add whose keys stand in the tree already: later joiners would be locked out', async () => {
    const [ann, bob] = await groupOf(engine, ['ann', 'bob'])
    const impl = await suiteOf('cloud')
    const { keyPackage: fresh, secrets } = readPrivate('cloud', (await keyPackage(engine, 'eve')).private)
    const annsLeaf = raw(ann!.state).ratchetTree[0]
    assert.equal(annsLeaf?.nodeType, 'leaf')
    const leafNode = await signLeafNodeKeyPackage({ ...fresh.leafNode, leafNodeSource: 'key_package', hpkePublicKey: annsLeaf.leaf.hpkePublicKey } as never, secrets.signaturePrivateKey, impl.signature)
    const stolen = await signKeyPackage({ ...fresh, leafNode }, secrets.signaturePrivateKey, impl.signature)
    const commit = await hostileCommit(ann!.state, [{ proposalType: 'add', add: { keyPackage: stolen } }])
    await assert.rejects(engine.process(bob!.state, commit, accept), ProofError)
  })

  // The tree of four leaves: nodes 1 and 5 over two leaves each, node 3 over all.
  const lies: Array<{ what: string, names?: string[], remove?: number[], at: number, unmerged: number[], words: RegExp }> = [
    { what: 'that is not there, without hanging', at: 3, unmerged: [0x7fffffff], words: /non-blank descendant leaf/u },
    { what: 'of an empty place', names: ['ann', 'bob', 'cem', 'eve'], remove: [1, 2], at: 3, unmerged: [2], words: /non-blank descendant leaf/u },
    { what: 'of another branch', at: 1, unmerged: [2], words: /non-blank descendant leaf/u },
    { what: 'that a filled node between the two does not list', at: 3, unmerged: [1], words: /must list leaf node/u }
  ]
  for (const { what, names = ['ann', 'bob', 'cem'], remove = [], at, unmerged, words } of lies) {
    it(`refuses a Welcome whose tree lists an unmerged leaf ${what}`, async () => {
      const people = await groupOf(engine, names)
      // Ann's path fills node 3, and node 1 while Bob is there. Dan takes the first empty place.
      const pending = await engine.commit(people[0]!.state, { remove })
      const dan = await keyPackage(engine, 'dan')
      const forged = raw(pending.state)
      const node = forged.ratchetTree[at]
      assert.equal(node?.nodeType, 'parent')
      const ratchetTree = forged.ratchetTree.slice()
      ratchetTree[at] = { nodeType: 'parent', parent: { ...node.parent, unmergedLeaves: unmerged } }
      const { keyPackage: dansPackage } = readPrivate('cloud', dan.private)
      const impl = await suiteOf('cloud')
      const made = await createCommit({ state: { ...forged, ratchetTree }, cipherSuite: impl }, { wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals: [{ proposalType: 'add', add: { keyPackage: dansPackage } }] })
      const welcome = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: made.welcome! })
      await assert.rejects(engine.join({ welcome, keyPackage: dan.private }), (e: Error) => e instanceof ProofError && words.test(e.message))
    })
  }
})
