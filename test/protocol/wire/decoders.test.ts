/** Every decoder of wire/: whatever the bytes, it returns or throws an error that a caller can act on. Run longer by `npm run fuzz`. */
import assert from 'node:assert/strict'
import * as wire from '../../../src/protocol/wire/index.js'
import {
  accountOfManifestRecord, attest, BadInputError, base32Text, blobRoot, checkCapability, cidFromDigest, cidFromText, cidOf, cidText, CODEC, decodeAppendRequest, decodeCaps, decodeCbor, decodeCid, decodeEntriesPush, decodeEvidence, decodeGenesis, decodeIndex, decodeLeaf, ed25519Key, encodeCaps, encodeCbor, encodeEvidence, encodeGenesis, encodeIndex, encodeLeaf, errorFromCode, fromBase32Text, handOver,
  keyFromPeerId, LABELS, leafFor, LIMITS, manifestRecordKey, openAccountDeletion, openCertificate, openDelegation, openGeneration, openIndex, openKeyPackage, openManifest, openOwnerAction, openRecord, ownerAfter, peerIdText, ProofError, proveCapability, rawEd25519,
  rawSha256, rawX25519, requireLeaf, requireSuccession, RIGHT, sameBytes, sha256Multihash, signAccountDeletion, signCertificate, signDelegation, signerFromSeed, signGeneration, signKeyPackage, signManifest, signOwnerAction, signUnlabelled, verifyAttested,
  verifyEvidence, verifyHead, verifyRun, verifyUnlabelled, x25519Key, type CapabilityClaim, type CheckedManifest, type Signer, type StoredEntry
} from '../../../src/protocol/wire/index.js'
import { untried, vectorsOf, withstands, type Target } from '../damage.js'
import { read } from '../reference/cbor.js'
import type { Context } from '../reference/format.js'
import { openRecord as openSecond } from '../reference/proof.js'
import { wireFormats } from '../reference/wire.js'
import { readJson } from '../vectors.js'
import { Chain, Family, fill, key, utf8 } from './kit.js'

const ann = new Family(10)
const chain = Chain.of(3)
const caps = { append: key(3).key, read: key(4).key, mirrors: [key(5).key], owner: key(6).key }
const position = { seq: 0, hash: chain.hashes[0]! }
const manifest = ann.first({
  relays: [{ peer: key(1).key, addrs: ['/ip4/127.0.0.1/tcp/1'] }], inbox: { log: chain.log, requests: null, key: x25519Key(fill(32)) }, keyPackages: [fill(32)], revoked: [{ key: key(60).key, version: 1 }]
})
const raised = signGeneration({ v: 1, account: ann.account.key, generation: 2, devices: [ann.phone.key], time: 1 }, ann.account)
const statements = attest([
  { type: 'head', log: chain.log, term: 1, seq: 3, hash: chain.hash, time: 5 },
  { type: 'receipt', log: chain.log, term: 1, seq: 3, prev: chain.hashes[2]!, hash: chain.hash, entry: fill(32), time: 5 },
  { type: 'head', log: chain.log, term: 1, seq: 1, hash: chain.hashes[1]!, time: 5 }
], chain.home)
const { messages } = readJson('frames') as unknown as { messages: Array<{ message: string, bytes: Uint8Array }> }
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** What the second implementation says of a format's bytes. */
const second = (format: keyof typeof wireFormats, context: Context = {}) => (bytes: Uint8Array): unknown => wireFormats[format].take(bytes, context)

const claim: CapabilityClaim = { log: chain.log, right: RIGHT.read, verifier: key(1).key, prover: key(2).key, nonce: fill(32) }
const proof = proveCapability(claim, key(3))
const cert = signCertificate({ v: 1, account: ann.account.key, device: ann.phone.key, time: 1 }, ann.account)
const held = ann.sign(ann.first())

/** That a check of a signature holds. */
function must (holds: boolean): void { if (!holds) throw new ProofError('it does not hold') }

/** Who signed a manifest: one of the few keys of these tests. */
function signerOf ({ signer }: CheckedManifest): Signer { return [ann.phone, ann.account, key(13)].find(one => sameBytes(one.key, signer)) ?? ann.phone }

const leaves = [fill(9), fill(10), fill(11)].map(bytes => cidOf(CODEC.raw, bytes))
const index = encodeIndex({ v: 1, size: 2 * LIMITS.blobBytes + 11, links: leaves })
const rows = encodeIndex({ v: 1, size: LIMITS.blobBytes * LIMITS.blobFanOut + 1, links: [cidOf(CODEC.dagCbor, index), cidOf(CODEC.dagCbor, fill(3))] })

const formats: Target[] = [
  { name: 'dag-cbor', of: ['decodeCbor'], valid: [encodeCbor({ a: [1, null, 'x', fill(3)], b: { c: -1.5 } })], decode: b => decodeCbor(b, 1000), encode: (v: never) => encodeCbor(v), reference: b => read(b, 1000), runs: 500 },
  { name: 'a CID', of: ['decodeCid'], valid: [...leaves, cidOf(CODEC.dagCbor, index)], decode: decodeCid, encode: (v: never) => v },
  { name: 'an index node', of: ['decodeIndex'], valid: [index, rows, ...vectorsOf('wire', 'index node')], decode: decodeIndex, encode: encodeIndex, reference: second('index node') },
  { name: 'a genesis', of: ['decodeGenesis'], valid: [encodeGenesis(chain.genesis), ...vectorsOf('wire', 'genesis')], decode: decodeGenesis, encode: encodeGenesis, reference: second('genesis') },
  { name: 'capability keys', of: ['decodeCaps'], valid: [encodeCaps(caps), ...vectorsOf('wire', 'caps')], decode: decodeCaps, encode: encodeCaps, reference: second('caps') },
  {
    name: 'a leaf', of: ['decodeLeaf'], decode: decodeLeaf, encode: encodeLeaf, reference: second('leaf'),
    valid: [chain.entries[0]!.leaf, encodeLeaf(leafFor({ id: fill(16), kind: 1, payload: fill(9), base: 0, caps, erasers: [fill(32)] }, 9, 5)), ...vectorsOf('wire', 'leaf')]
  },
  { name: 'a signed record', of: ['openRecord'], valid: [cert], decode: b => openRecord(LABELS.certificate, b, 2000, 'it'), reference: b => openSecond(LABELS.certificate, b, 2000) },
  { name: 'an attested statement', of: ['verifyAttested'], valid: [...statements, ...vectorsOf('wire', 'attested')], decode: verifyAttested, reference: second('attested') },
  {
    name: 'an owner\'s order', of: ['openOwnerAction'], signed: { label: LABELS.ownerAction, by: key(2) }, decode: openOwnerAction, reference: second('owner action'),
    valid: [
      signOwnerAction({ op: 'erase', log: chain.log, id: fill(16) }, key(2)), signOwnerAction({ op: 'open', log: chain.log, caps }, key(2)), signOwnerAction({ op: 'void', log: chain.log, seq: 1, caps }, key(2)), signOwnerAction({ op: 'trim', log: chain.log, seq: 1, hash: fill(32) }, key(2)),
      signOwnerAction({ op: 'term', log: chain.log, term: 2, home: key(9).key, addrs: ['/ip4/127.0.0.1/tcp/1'], seq: 1, hash: fill(32), by: 'takeover' }, key(2)), ...vectorsOf('wire', 'owner action')
    ]
  },
  {
    name: 'a certificate', of: ['openCertificate'], signed: { label: LABELS.certificate, by: ann.account }, decode: b => openCertificate(b, ann.account.key, ann.phone.key), valid: [cert],
    reference: second('certificate', { account: ann.account.key, device: ann.phone.key })
  },
  {
    name: 'a generation', of: ['openGeneration'], signed: { label: LABELS.generation, by: ann.account }, valid: [raised], decode: b => openGeneration(b, ann.account.key, 2),
    reference: second('generation', { account: ann.account.key, generation: 2 })
  },
  {
    name: 'a manifest', of: ['openManifest'], signed: { label: LABELS.manifest, by: ann.phone }, decode: openManifest, encode: (v: never) => signManifest((v as CheckedManifest).manifest, signerOf(v)), runs: 300,
    valid: [signManifest(manifest, ann.phone), signManifest({ ...manifest, generation: 2, devices: [ann.certify(ann.phone)], raised }, ann.phone), ...vectorsOf('wire', 'manifest')], reference: second('manifest')
  },
  {
    name: 'a key package', of: ['openKeyPackage'], signed: { label: LABELS.keyPackage, by: ann.phone }, decode: openKeyPackage, encode: (v: never) => signKeyPackage((v as ReturnType<typeof openKeyPackage>).record, ann.phone),
    valid: [signKeyPackage({ v: 1, use: 'cloud', account: ann.account.key, manifest: fill(32), bundle: fill(60), notBefore: 1, notAfter: 2, lastResort: false }, ann.phone), ...vectorsOf('wire', 'key package', ann.phone)], reference: second('key package')
  },
  {
    name: 'an account\'s last word', of: ['openAccountDeletion'], signed: { label: LABELS.accountDelete, by: ann.phone }, valid: [signAccountDeletion({ account: ann.account.key, relay: key(1).key, time: 1 }, ann.phone)],
    decode: openAccountDeletion, reference: second('account deletion')
  },
  {
    name: 'a proof of capability', of: ['checkCapability', 'verifySignature', 'requireSignature'], valid: [proof], decode: b => { must(checkCapability(claim, key(3).key, b)) },
    reference: second('capability', { claim: [claim.log, claim.right, claim.verifier, claim.prover, claim.nonce], key: key(3).key })
  },
  { name: 'a signature of MLS', of: ['verifyUnlabelled'], valid: [signUnlabelled(fill(32, 9), utf8('said'))], decode: b => { must(verifyUnlabelled(rawEd25519(signerFromSeed(fill(32, 9)).key), utf8('said'), b)) } },
  {
    name: 'keys with a handover', of: ['isHandedOver', 'ownerAfter', 'ownerBy'], valid: [encodeCaps(handOver(chain.log, caps, key(2)))], decode: b => { const next = decodeCaps(b); must(next.owner !== undefined && sameBytes(ownerAfter(chain.log, next, key(2).key), next.owner)) },
    reference: second('handover', { log: chain.log, key: key(2).key })
  },
  {
    name: 'a delegation', of: ['openDelegation'], signed: { label: LABELS.delegation, by: key(3) }, decode: openDelegation, encode: (v: never) => signDelegation((v as ReturnType<typeof openDelegation>).delegation, key(3)),
    valid: [signDelegation({ v: 1, log: chain.log, right: RIGHT.mirror, home: key(1).key, relay: key(8).key, expires: 5 }, key(3)), ...vectorsOf('wire', 'delegation', key(3))], reference: second('delegation')
  }
]

const others: Target[] = [
  { name: 'a CID\'s text', of: ['cidFromText'], valid: leaves.map(cid => utf8(cidText(cid))), decode: b => cidFromText(text(b)), encode: (v: never) => utf8(cidText(v)) },
  { name: 'a digest for a CID', of: ['cidFromDigest'], valid: [fill(32)], decode: b => cidFromDigest(CODEC.raw, b), encode: (v: never) => (v as Uint8Array).subarray(4) },
  { name: 'what an index node leads to', of: ['openIndex', 'requireBlock'], valid: [index], decode: b => openIndex(blobRoot(cidOf(CODEC.dagCbor, index), 2 * LIMITS.blobBytes + 11), b) },
  { name: 'a leaf of a blob', of: ['requireLeaf'], valid: [fill(9)], decode: b => { requireLeaf(blobRoot(leaves[0]!, 9), b) } },
  { name: 'evidence', of: ['decodeEvidence', 'verifyEvidence'], valid: vectorsOf('wire', 'evidence'), decode: b => { verifyEvidence(b); return decodeEvidence(b) }, encode: encodeEvidence, reference: second('evidence') },
  { name: 'a PeerId', of: ['keyFromPeerId'], valid: [utf8(peerIdText(key(1).key))], decode: b => keyFromPeerId(text(b)), encode: (v: never) => utf8(peerIdText(v)) },
  { name: 'base32 text', of: ['fromBase32Text'], valid: [utf8(base32Text(fill(16)))], decode: b => fromBase32Text(text(b), 16), encode: (v: never) => utf8(base32Text(v)) },
  { name: 'an Ed25519 key', of: ['rawEd25519'], valid: [key(1).key], decode: rawEd25519, encode: ed25519Key },
  { name: 'an X25519 key', of: ['rawX25519'], valid: [x25519Key(fill(32))], decode: rawX25519, encode: x25519Key },
  { name: 'a multihash', of: ['rawSha256'], valid: [chain.log], decode: rawSha256, encode: sha256Multihash },
  { name: 'the DHT\'s key of a manifest', of: [], valid: [manifestRecordKey(key(1).key)], decode: accountOfManifestRecord, encode: manifestRecordKey },
  { name: 'an append', of: ['decodeAppendRequest'], valid: messages.filter(m => m.message === 'AppendRequest').map(m => m.bytes), decode: decodeAppendRequest },
  { name: 'pushed entries', of: ['decodeEntriesPush'], valid: messages.filter(m => m.message === 'EntriesPush').map(m => m.bytes), decode: decodeEntriesPush },
  { name: 'a seed', of: ['signerFromSeed'], valid: [fill(32)], decode: signerFromSeed },
  { name: 'a code', of: ['errorFromCode'], valid: [utf8('ERR_RATE'), utf8('ERR_NEW'), utf8('__proto__')], decode: b => { assert.equal(errorFromCode(text(b), 'x').code, text(b)) } },
  { name: 'a head', of: ['verifyHead'], valid: [statements[0]!], decode: b => verifyHead(b, { log: chain.log, home: chain.home.key, term: 1, at: { seq: 3, hash: chain.hash } }) },
  {
    name: 'the next manifest', of: ['requireSuccession'], signed: { label: LABELS.manifest, by: ann.phone }, valid: [ann.next(held).bytes, ann.next(ann.next(held)).bytes], decode: b => { requireSuccession(held, openManifest(b)) }
  },
  {
    name: 'a run', of: ['verifyRun'], valid: [encodeCbor(chain.entries.map(e => [e.leaf, e.payload]))], decode: b => {
      const pairs = decodeCbor(b, 10_000)
      const entries = (Array.isArray(pairs) ? pairs : []).filter((p): p is [Uint8Array, Uint8Array] => Array.isArray(p) && p[0] instanceof Uint8Array && p[1] instanceof Uint8Array)
      return verifyRun(position, entries.map(([leaf, payload]): StoredEntry => ({ leaf, payload })))
    }
  }
]

/** The generated decoders throw what they like; who calls them makes it an error of the peer's. Frames are tried where they are read, in relay/net. */
const generated = Object.entries(wire.pb as unknown as Record<string, { decode: (bytes: Uint8Array) => unknown }>).filter(([name, codec]) => !/^(Blob)?Frame$/.test(name) && 'decode' in codec).map(([name, { decode }]): Target => ({
  name, of: [], runs: 40, valid: messages.filter(m => m.message === name).map(m => m.bytes), decode: b => {
    try {
      return decode(b)
    } catch (cause) {
      throw new BadInputError('malformed', { cause })
    }
  }
}))

describe('the decoders of wire/', () => {
  for (const target of [...formats, ...others]) {
    it(`of ${target.name} take what is valid and meet everything else with an error that says what to do`, () => { withstands(target) })
  }

  it('of the gateway\'s messages end with a message or an error', () => { for (const target of generated) withstands(target) })

  it('are all tried here', () => { assert.deepEqual(untried(wire, [...formats, ...others]), []) })
})
