/** Every decoder of crypto/: whatever the bytes, it returns or throws one of Petrel's own errors. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { newInboxKey, normalizePhrase, openHandshake, openInbox, openLink, openLinkFrame, openLinkWelcome, openMessage, openOwnerKey, openPipeFrame, openPq, openVaultEntry, openVaultKey, openVaultSecret, readCloudKeyPackage, readCloudKeyPackagePrivate, recordCipher, sealHandshake, sealInbox, sealLink, sealLinkFrame, sealLinkWelcome, sealMessage, sealOwnerKey, sealPipeFrame, sealPq, sealVaultEntry, sealVaultKey, sealVaultSecret, createCloudKeyPackage, chunkLength, firstChunk, newBackupHead, openBackupChunk, openBackupHead, readBackupHead, sealBackupChunk } from '../../../src/protocol/crypto/index.js'
import { inspectCommit } from '../../../src/protocol/crypto/mls/process.js'
import { decodeBackupContent, encodeBackupContent } from '../../../src/protocol/crypto/backup/content.js'
import { newXwingKey } from '../../../src/protocol/crypto/pq.js'
import { openSecretFrame, sealSecretFrame } from '../../../src/protocol/crypto/secret/pipe.js'
import { InternalError, PetrelError, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { unpad, pad } from '../../../src/protocol/crypto/padme.js'
import { accept, bytes, DAY, groupOf, NOW, trusting } from './mls/people.js'

interface Target { name: string, valid: Uint8Array, decode: (input: Uint8Array) => unknown, runs: number }

/** Small damages, which come further into a decoder than noise does. */
function mutated (valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: Math.max(0, valid.length - 1) })
  return fc.oneof(
    fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([i, x]) => valid.with(i, valid[i]! ^ x)),
    fc.tuple(at, fc.constantFrom(0, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff)).map(([i, x]) => valid.with(i, x)),
    at.map(i => valid.slice(0, i)),
    fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([i, extra]) => new Uint8Array([...valid.subarray(0, i), ...extra, ...valid.subarray(i)])),
    fc.tuple(at, at).map(([a, b]) => new Uint8Array([...valid.subarray(0, Math.min(a, b)), ...valid.subarray(Math.max(a, b))]))
  )
}

async function targets (): Promise<Target[]> {
  const engine = trusting()
  const key = new Uint8Array(32).fill(1)
  const chat = new Uint8Array(34).fill(2)
  const place = { log: chat, epoch: 1, id: new Uint8Array(16) }
  const inbox = await newInboxKey()
  const to = { account: inbox.public, log: chat }
  const somebody = signerFromSeed(key).key
  const xwing = await newXwingKey()
  const cipher = recordCipher(key)
  const [ann, bob] = await groupOf(engine, ['ann', 'bob', 'cem'])
  const dan = await createCloudKeyPackage(engine, { identity: bytes('dan'), notBefore: NOW, notAfter: NOW + DAY })
  const danPrivate = readCloudKeyPackagePrivate(dan.private)
  const danMls = (await readCloudKeyPackage(engine, dan.public)).mls
  const pending = await engine.commit(ann!.state, { add: [danMls], remove: [2], aad: bytes('aad') })
  const beside = await engine.commit(ann!.state, { add: [danMls], treeInWelcome: false })
  const backup = await newBackupHead({ time: 1, locks: [{ kind: 'passphrase', passphrase: 'x' }], cost: { memoryKiB: 8, passes: 1, lanes: 1 } })
  const first = firstChunk(backup.head.hash)
  const content = { kind: 'blocks' as const, records: 1, before: 0, last: null, blocks: [[Uint8Array.from([1, 0x55, 0x12, 0x20, ...key]), chat] as const] }
  return [
    { name: 'backup head', valid: backup.bytes, decode: async b => await openBackupHead(readBackupHead(b), { kind: 'passphrase', passphrase: 'x' }), runs: 200 },
    { name: 'backup chunk', valid: sealBackupChunk(key, first, content).bytes, decode: b => { chunkLength(b); return openBackupChunk(key, first, b.subarray(4)) }, runs: 200 },
    { name: 'backup content', valid: encodeBackupContent(content), decode: decodeBackupContent, runs: 500 },
    { name: 'message', valid: sealMessage(key, chat, place), decode: b => openMessage(key, b, place), runs: 300 },
    { name: 'handshake', valid: sealHandshake(key, chat, place), decode: b => openHandshake(key, b, place), runs: 100 },
    { name: 'pipe frame', valid: sealPipeFrame(key, chat, { log: chat, epoch: 1, to: somebody }), decode: b => openPipeFrame(key, b, { log: chat, epoch: 1, to: somebody }), runs: 300 },
    { name: 'frame of a secret chat', valid: sealSecretFrame(key, chat, { chat: key, epoch: 1, to: 1 }), decode: b => openSecretFrame(key, b, { chat: key, epoch: 1, to: 1 }), runs: 300 },
    { name: 'link frame', valid: sealLinkFrame(new Uint8Array(16), chat, 'old'), decode: b => openLinkFrame(new Uint8Array(16), b, 'old'), runs: 300 },
    { name: 'link welcome', valid: await sealLinkWelcome(xwing.public, chat, key), decode: async b => await openLinkWelcome(xwing.private, b, key), runs: 60 },
    { name: 'history link', valid: sealLink(key, key, chat, 1), decode: b => openLink(key, b, chat, 1), runs: 300 },
    { name: 'record', valid: cipher.seal(chat, chat), decode: b => cipher.open(b, chat), runs: 300 },
    { name: 'padding', valid: pad(chat), decode: unpad, runs: 1000 },
    { name: 'inbox entry', valid: await sealInbox(inbox.public, chat, to), decode: async b => await openInbox(inbox.private, b, to), runs: 100 },
    { name: 'G_pq', valid: await sealPq(xwing.public, key, chat), decode: async b => await openPq(xwing.private, b, chat), runs: 60 },
    { name: 'owner key', valid: await sealOwnerKey(engine, ann!.state, 1, key, { log: chat, id: place.id, account: somebody }), decode: async b => await openOwnerKey(engine, bob!.state, b, { log: chat, id: place.id, account: somebody }), runs: 60 },
    { name: 'vault entry', valid: sealVaultEntry(key, chat, { log: chat, generation: 1, id: new Uint8Array(16) }), decode: b => openVaultEntry(key, b, { log: chat, generation: 1, id: new Uint8Array(16) }), runs: 100 },
    { name: 'vault secret', valid: sealVaultSecret(key, key, 'owner', { log: chat, generation: 1 }), decode: b => openVaultSecret(key, b, 'owner', { log: chat, generation: 1 }), runs: 100 },
    { name: 'vault key', valid: await sealVaultKey(xwing.public, key, { log: chat, generation: 1 }), decode: async b => await openVaultKey(xwing.private, b, { log: chat, generation: 1 }), runs: 30 },
    { name: 'phrase', valid: bytes('abandon '.repeat(23) + 'art'), decode: b => normalizePhrase(new TextDecoder().decode(b)), runs: 300 },
    { name: 'cloud key package', valid: dan.public, decode: async b => await readCloudKeyPackage(engine, b), runs: 200 },
    { name: 'private cloud key package', valid: dan.private, decode: readCloudKeyPackagePrivate, runs: 200 },
    { name: 'MLS key package', valid: danMls, decode: async b => await engine.readKeyPackage(b), runs: 200 },
    { name: 'commit claim', valid: pending.commit, decode: inspectCommit, runs: 1000 },
    { name: 'commit', valid: pending.commit, decode: async b => await engine.process(bob!.state, b, accept), runs: 200 },
    { name: 'Welcome', valid: pending.welcome!, decode: async b => await engine.join({ welcome: b, keyPackage: danPrivate.mls }), runs: 200 },
    { name: 'ratchet tree', valid: beside.tree!, decode: async b => await engine.join({ welcome: beside.welcome!, keyPackage: danPrivate.mls, tree: b }), runs: 150 },
    { name: 'private key package in a join', valid: danPrivate.mls, decode: async b => await engine.join({ welcome: pending.welcome!, keyPackage: b }), runs: 100 },
    { name: 'MLS state', valid: engine.encodeState(bob!.state), decode: b => engine.decodeState(b), runs: 500 }
  ]
}

/** Puts one input into a decoder. */
async function survives (target: Target, input: Uint8Array): Promise<void> {
  try {
    await target.decode(input)
  } catch (error) {
    assert.ok(error instanceof PetrelError && !(error instanceof InternalError), `${target.name}: ${String(error)}`)
  }
}

describe('the decoders of crypto/', () => {
  it('read what was made, and meet noise and damage with errors of Petrel\'s own', async () => {
    for (const target of await targets()) {
      await target.decode(target.valid)
      await fc.assert(fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: mutated(target.valid) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) }), async input => { await survives(target, input) }), { numRuns: target.runs * Number(process.env.FUZZ_RUNS ?? 1) })
    }
  })
})
