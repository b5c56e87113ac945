/** Every decoder of wire/: whatever the bytes, it returns or throws an error that a caller can act on. Run longer by `npm run fuzz` (from 'fast-check'). */
import {
  attest, decodeCaps, decodeCbor, decodeGenesis, decodeLeaf, encodeCaps, encodeCbor, encodeGenesis, encodeLeaf, fromBase32Text, keyFromPeerId, LABELS, leafFor, openAccountDeletion, openCertificate,
  openGeneration, openKeyPackage, openManifest, openOwnerAction, openRecord, peerIdText, base32Text, signAccountDeletion, signCertificate, signGeneration, signKeyPackage, signManifest, signOwnerAction,
  verifyAttested, verifyHead, verifyRun, x25519Key, type StoredEntry
} from '../../../src/protocol/wire/index.js'
import { withstands, type Target } from '../damage.js'
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
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const targets: Target[] = [
  { name: 'dag-cbor', valid: [encodeCbor({ a: [1, null, 'x', fill(3)], b: { c: -1.5 } })], decode: b => decodeCbor(b, 1000), encode: (v: never) => encodeCbor(v) },
  { name: 'a PeerId', valid: [utf8(peerIdText(key(1).key))], decode: b => keyFromPeerId(text(b)), encode: (v: never) => utf8(peerIdText(v)) },
  { name: 'base32 text', valid: [utf8(base32Text(fill(16)))], decode: b => fromBase32Text(text(b), 16), encode: (v: never) => utf8(base32Text(v)) },
  { name: 'a genesis', valid: [encodeGenesis(chain.genesis)], decode: decodeGenesis, encode: encodeGenesis },
  { name: 'capability keys', valid: [encodeCaps(caps)], decode: decodeCaps, encode: encodeCaps },
  { name: 'a leaf', valid: [chain.entries[0]!.leaf, encodeLeaf(leafFor({ id: fill(16), kind: 1, payload: fill(9), base: 0, caps, erasers: [fill(32)] }, 9, 5))], decode: decodeLeaf, encode: encodeLeaf },
  { name: 'a signed record', valid: [signCertificate({ v: 1, account: ann.account.key, device: ann.phone.key, time: 1 }, ann.account)], decode: b => openRecord(LABELS.certificate, b, 2000, 'it') },
  { name: 'an attested statement', valid: statements, decode: verifyAttested },
  { name: 'a head', valid: [statements[0]!], decode: b => verifyHead(b, { log: chain.log, home: chain.home.key, term: 1, at: { seq: 3, hash: chain.hash } }) },
  {
    name: 'a run', valid: [encodeCbor(chain.entries.map(e => [e.leaf, e.payload]))], decode: b => {
      const pairs = decodeCbor(b, 10_000)
      const entries = (Array.isArray(pairs) ? pairs : []).filter((p): p is [Uint8Array, Uint8Array] => Array.isArray(p) && p[0] instanceof Uint8Array && p[1] instanceof Uint8Array)
      return verifyRun(position, entries.map(([leaf, payload]): StoredEntry => ({ leaf, payload })))
    }
  },
  {
    name: 'an owner\'s order', signed: { label: LABELS.ownerAction, by: key(2) }, decode: openOwnerAction,
    valid: [signOwnerAction({ op: 'open', log: chain.log, caps }, key(2)), signOwnerAction({ op: 'trim', log: chain.log, seq: 1, hash: fill(32) }, key(2)), signOwnerAction({ op: 'term', log: chain.log, term: 2, home: key(9).key, seq: 1, hash: fill(32), by: 'takeover' }, key(2))]
  },
  {
    name: 'a certificate', signed: { label: LABELS.certificate, by: ann.account }, decode: b => openCertificate(b, ann.account.key, ann.phone.key),
    valid: [signCertificate({ v: 1, account: ann.account.key, device: ann.phone.key, time: 1 }, ann.account)]
  },
  { name: 'a generation', signed: { label: LABELS.generation, by: ann.account }, valid: [raised], decode: b => openGeneration(b, ann.account.key, 2) },
  {
    name: 'a manifest', signed: { label: LABELS.manifest, by: ann.phone }, decode: openManifest, encode: (v: never) => signManifest((v as ReturnType<typeof openManifest>).manifest, ann.phone), runs: 500,
    valid: [signManifest(manifest, ann.phone), signManifest({ ...manifest, generation: 2, devices: [ann.certify(ann.phone)], raised }, ann.phone)]
  },
  {
    name: 'a key package', signed: { label: LABELS.keyPackage, by: ann.phone }, decode: openKeyPackage, encode: (v: never) => signKeyPackage((v as ReturnType<typeof openKeyPackage>).record, ann.phone),
    valid: [signKeyPackage({ v: 1, use: 'cloud', account: ann.account.key, manifest: fill(32), bundle: fill(60), notBefore: 1, notAfter: 2, lastResort: false }, ann.phone)]
  },
  { name: 'an account\'s last word', signed: { label: LABELS.accountDelete, by: ann.phone }, valid: [signAccountDeletion({ account: ann.account.key, relay: key(1).key, time: 1 }, ann.phone)], decode: openAccountDeletion }
]

describe('the decoders of wire/', () => {
  for (const target of targets) {
    it(`of ${target.name} take what is valid and meet everything else with an error that says what to do`, () => { withstands(target) })
  }
})
