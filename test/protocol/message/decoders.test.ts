/** Every decoder of message/: whatever the bytes, it returns or throws an error that a caller can act on. Run longer by `npm run fuzz`. */
import assert from 'node:assert/strict'
import * as message from '../../../src/protocol/message/index.js'
import {
  decodeBody, decodeSecret, encodeSecret, decodeCommitPayload, decodeHandshake, decodePipeFrame, decodePolicy, decodeRoster, decodeVaultBatch, decodeVaultPiece, encodeBody, encodeCommitPayload, encodeHandshake, encodePipeFrame, encodePolicy, encodeRoster, encodeVaultBatch, encodeVaultPiece, formatLink, invitationFromMap, invitationToMap, openCommitStatement, openDeviceCard, openLeafIdentity, openLetter, openMessage, openProfile,
  openRecoveryCard, openVaultKeyEntry, openVaultRecord, parseLink, signCommitStatement, signDeviceCard, signLeafIdentity, signLetter, signMessage, signRecoveryCard, signVaultKey, signVaultRecord, type ChatInvitation, type CommitStatement, type LeafIdentity,
  type Letter, type SignedMessage, type DeviceCard, type VaultKeyEntry, type VaultRecord,
  decodeLinkFrame, decodeLinkOffer, encodeLinkFrame, encodeLinkOffer, formatDeviceLink, linkCommitment, linkTranscript, openLinkAnswer, openLinkReveal, openLinkWelcome, openLinkWord, parseDeviceLink, signLinkAnswer, signLinkReveal, signLinkWelcome, signLinkWord
} from '../../../src/protocol/message/index.js'
import { decodeCbor, encodeCbor, LABELS, openManifest, type Signer } from '../../../src/protocol/wire/index.js'
import { untried, vectorsOf, withstands, type Target } from '../damage.js'
import type { Context } from '../reference/format.js'
import { messageFormats } from '../reference/message.js'
import { Chain, Family, fill, key, utf8 } from '../wire/kit.js'

const ann = new Family(10)
const bob = new Family(20)
const chain = Chain.of(1)
const by = ann.phone
const invitation: ChatInvitation = {
  genesis: fill(10), addrs: ['/ip4/127.0.0.1/tcp/1'], direct: true, title: 'x', welcome: fill(30), pq: fill(30), keyPackage: fill(32), at: { term: 1, seq: 1, hash: fill(32) }, manifests: [fill(5)]
}
const letter: Letter = {
  v: 1, account: ann.account.key, to: bob.account.key, inbox: chain.log, manifest: ann.sign(ann.first({ devices: [ann.certify(by)] })).bytes, introduction: { name: 'Ann', grantSeed: fill(32) }, chat: invitation, time: 9
}
const signed = signMessage({
  v: 1, chat: chain.log, epoch: 3, id: fill(16), account: ann.account.key, devSeq: 5, prevOwn: fill(32), seen: { term: 1, seq: 1, hash: chain.hash }, ts: 5, body: fill(9)
}, by)
const cardOf = (device: Signer): DeviceCard => ({ v: 1, device: device.key, kem: fill(1216), reader: key(41).key, time: 9 })
const signedPhrase = signRecoveryCard({ v: 1, account: ann.account.key, kem: fill(1216), reader: key(42).key, time: 9 }, ann.account)
const keyEntry: VaultKeyEntry = {
  v: 1, account: ann.account.key, log: chain.log, generation: 1, seq: 0, hash: fill(32), prev: null, manifest: ann.sign(ann.first({ devices: [ann.certify(by)] })).bytes,
  seals: [{ card: signDeviceCard(cardOf(by), by), sealed: fill(1169) }], recovery: null, owner: fill(73), back: null, time: 9
}
const named = signMessage({
  v: 1, chat: chain.log, epoch: 3, id: fill(16), account: ann.account.key, devSeq: 1, prevOwn: null, seen: { term: 1, seq: 1, hash: chain.hash }, ts: 5, body: encodeBody({ kind: 'profile', name: 'Ann' })
}, by)
const annAsMember = openManifest(letter.manifest)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** What the second implementation says of a format's bytes. */
const second = (format: keyof typeof messageFormats, context: Context = {}) => (bytes: Uint8Array): unknown => messageFormats[format].take(bytes, context)

const linkOffer = encodeLinkOffer({ v: 1, account: ann.account.key, device: by.key, accountName: 'Ann', deviceName: 'laptop', nonce: fill(32) })

const targets: Target[] = [
  {
    name: 'a body', of: ['decodeBody'], decode: decodeBody, encode: encodeBody, runs: 500, reference: second('body'),
    valid: [
      encodeBody({ kind: 'text', text: 'grüße', entities: [{ type: 'bold', offset: 0, length: 5, value: 'x' }], reply: { id: fill(16), quote: 'q' }, forward: { name: 'Bob', at: 1 }, silent: true, fallback: 'f' }),
      encodeBody({ kind: 'edit', target: fill(16), text: 'new' }), encodeBody({ kind: 'delete', targets: [fill(16)] }), encodeBody({ kind: 'reaction', target: fill(16), emoji: ['🦀'] }),
      encodeBody({ kind: 'mark', delivered: 3, read: 2 }), encodeBody({ kind: 'profile', name: 'Zoë' }), encodeBody({ kind: 'service', event: 'created', text: 'x' }), encodeCbor({ k: 'story', fallback: 'a story' }), ...vectorsOf('message', 'body')
    ]
  },
  { name: 'a handshake', of: ['decodeHandshake'], valid: [encodeHandshake({ v: 1, mls: fill(20), manifests: [fill(9)] }), ...vectorsOf('message', 'handshake')], decode: decodeHandshake, encode: encodeHandshake, reference: second('handshake') },
  {
    name: 'a commit\'s payload', of: ['decodeCommitPayload'], valid: [encodeCommitPayload({ v: 1, handshake: fill(30), link: fill(73) }), ...vectorsOf('message', 'commit payload')], decode: decodeCommitPayload, encode: encodeCommitPayload,
    reference: second('commit payload')
  },
  {
    name: 'a commit\'s statement', of: ['openCommitStatement'], signed: { label: LABELS.commit, by }, decode: openCommitStatement, reference: second('commit statement'),
    valid: [signCommitStatement({ v: 1, chat: chain.log, epoch: 3, id: fill(16), seen: { term: 1, seq: 1, hash: chain.hash }, manifest: fill(32), owner: { key: by.key, boxes: [{ account: by.key, sealed: fill(81) }] } }, by), ...vectorsOf('message', 'commit statement', by)],
    encode: (v: never) => signCommitStatement((v as { statement: CommitStatement }).statement, by)
  },
  {
    name: 'a message', of: ['openMessage'], signed: { label: LABELS.message, by }, valid: [signed, ...vectorsOf('message', 'message', by)], decode: openMessage, encode: (v: never) => signMessage((v as SignedMessage).message, by), reference: second('message')
  },
  { name: 'a member\'s name', of: ['openProfile'], signed: { label: LABELS.message, by }, valid: [named], decode: b => openProfile(b, chain.log, [annAsMember]) },
  { name: 'a group\'s policy', of: ['decodePolicy'], decode: decodePolicy, encode: encodePolicy, reference: second('group policy'), valid: vectorsOf('message', 'group policy') },
  {
    name: 'a letter', of: ['openLetter'], signed: { label: LABELS.inboxEntry, by }, valid: [signLetter(letter, by)], runs: 300, reference: second('letter', { to: bob.account.key, inbox: chain.log }),
    decode: b => openLetter(b, bob.account.key, chain.log), encode: (v: never) => signLetter((v as { letter: Letter }).letter, by)
  },
  {
    name: 'a frame of a pipe', of: ['decodePipeFrame'], decode: b => decodePipeFrame(b) ?? b, encode: (v: never) => (v as unknown) instanceof Uint8Array ? v : encodePipeFrame(v), reference: second('pipe frame'),
    valid: [
      encodePipeFrame({ kind: 'preview', from: ann.account.key, id: fill(16), payload: fill(30) }), encodePipeFrame({ kind: 'withdrawn', from: ann.account.key, id: fill(16) }),
      encodePipeFrame({ kind: 'head', from: ann.account.key, head: fill(30), answer: true }), encodePipeFrame({ kind: 'typing', from: ann.account.key, action: 'typing', at: 1000, ms: 8000 }),
      encodePipeFrame({ kind: 'presence', from: ann.account.key, online: true, at: 1000, ms: 90_000 })
    ]
  },
  {
    name: 'a message of a secret chat', of: ['decodeSecret'], decode: b => { const message = decodeSecret(b); return message.kind === 'unknown' ? b : message }, encode: (v: never) => (v as unknown) instanceof Uint8Array ? v : encodeSecret(v), reference: second('secret message'),
    valid: vectorsOf('message', 'secret message')
  },
  {
    name: 'an invitation', of: ['invitationFromMap'], valid: [encodeCbor(invitationToMap(invitation)), ...vectorsOf('message', 'invitation')], decode: b => invitationFromMap(decodeCbor(b, 65_536)), encode: (v: never) => encodeCbor(invitationToMap(v)),
    reference: second('invitation')
  },
  { name: 'a roster', of: ['decodeRoster'], valid: [encodeRoster({ v: 1, tree: fill(20), manifests: [fill(9)] }), ...vectorsOf('message', 'roster')], decode: decodeRoster, encode: encodeRoster, reference: second('roster') },
  {
    name: 'a leaf\'s identity', of: ['openLeafIdentity'], signed: { label: LABELS.leafBinding, by }, decode: b => openLeafIdentity(b, key(40).key), reference: second('leaf identity', { leafKey: key(40).key }),
    valid: [signLeafIdentity({ v: 1, account: ann.account.key, generation: 1, version: 1, manifest: fill(32), leafKey: key(40).key }, by)], encode: (v: never) => signLeafIdentity((v as { identity: LeafIdentity }).identity, by)
  },
  {
    name: 'a vault record', of: ['openVaultRecord'], signed: { label: LABELS.vaultRecord, by }, decode: b => openVaultRecord(b, ann.account.key), reference: second('vault record', { account: ann.account.key }),
    valid: [signVaultRecord({ v: 1, account: ann.account.key, name: 'x', version: 1, data: fill(9) }, by)], encode: (v: never) => signVaultRecord((v as { record: VaultRecord }).record, by)
  },
  {
    name: 'a device\'s card', of: ['openDeviceCard'], signed: { label: LABELS.deviceCard, by }, decode: openDeviceCard, reference: second('device card'),
    valid: [signDeviceCard(cardOf(by), by), ...vectorsOf('message', 'device card', by)], encode: (v: never) => signDeviceCard(v, by)
  },
  {
    name: 'the phrase\'s card', of: ['openRecoveryCard'], signed: { label: LABELS.recoveryCard, by: ann.account }, decode: b => openRecoveryCard(b, ann.account.key), reference: second('recovery card', { account: ann.account.key }),
    valid: [signedPhrase], encode: (v: never) => signRecoveryCard(v, ann.account)
  },
  {
    name: 'a key entry', of: ['openVaultKeyEntry'], signed: { label: LABELS.vaultKey, by }, decode: b => openVaultKeyEntry(b, ann.account.key, chain.log), reference: second('vault key', { account: ann.account.key, log: chain.log }), runs: 300,
    valid: [signVaultKey(keyEntry, by), signVaultKey({ ...keyEntry, generation: 2, prev: fill(32), recovery: { card: signedPhrase, sealed: fill(30) }, back: fill(73) }, by)],
    encode: (v: never) => signVaultKey((v as { entry: VaultKeyEntry }).entry, by)
  },
  { name: 'a piece of a vault\'s batch', of: ['decodeVaultPiece'], valid: [encodeVaultPiece({ after: fill(32), index: 0, count: 2, bytes: fill(9) }), ...vectorsOf('message', 'vault piece')], decode: decodeVaultPiece, encode: encodeVaultPiece, reference: second('vault piece') },
  { name: 'a vault\'s batch', of: ['decodeVaultBatch'], valid: [encodeVaultBatch({ v: 1, records: [fill(9)] }), ...vectorsOf('message', 'vault batch')], decode: decodeVaultBatch, encode: encodeVaultBatch, reference: second('vault batch') },
  {
    name: 'a device\'s link', of: ['parseDeviceLink'], decode: b => parseDeviceLink(formatDeviceLink(parseDeviceLink(text(b)))), reference: b => messageFormats['device link'].take(utf8(text(b)), {}),
    valid: [utf8(formatDeviceLink({ device: ann.phone.key, secret: fill(16), at: ['/ip4/127.0.0.1/tcp/1'] }))]
  },
  { name: 'a link frame', of: ['decodeLinkFrame'], decode: b => decodeLinkFrame(b) ?? b, encode: (v: never) => (v as unknown) instanceof Uint8Array ? v : encodeLinkFrame(v), reference: second('link frame'), valid: [encodeLinkFrame({ kind: 'offer', commitment: fill(32) }), encodeLinkFrame({ kind: 'word', record: fill(30) })] },
  { name: 'a link offer', of: ['decodeLinkOffer'], decode: decodeLinkOffer, encode: encodeLinkOffer, reference: second('link offer'), valid: vectorsOf('message', 'link offer') },
  { name: 'a link answer', of: ['openLinkAnswer'], signed: { label: LABELS.linkAnswer, by }, decode: b => openLinkAnswer(b, by.key), reference: second('link answer', { device: by.key }), valid: [signLinkAnswer({ v: 1, commitment: fill(32), name: 'phone', card: fill(9), nonce: fill(32) }, by)] },
  { name: 'a link reveal', of: ['openLinkReveal'], signed: { label: LABELS.linkReveal, by }, decode: b => openLinkReveal(b, linkCommitment(linkOffer), fill(40)), reference: second('link reveal', { commitment: linkCommitment(linkOffer), answer: fill(40) }), valid: [signLinkReveal(linkTranscript(linkCommitment(linkOffer), fill(40), linkOffer), linkOffer, by)] },
  { name: 'a link word', of: ['openLinkWord'], signed: { label: LABELS.linkWord, by }, decode: b => openLinkWord(b, fill(32), by.key), reference: second('link word', { transcript: fill(32), device: by.key }), valid: [signLinkWord(fill(32), 'done', by)] },
  { name: 'a link welcome', of: ['openLinkWelcome'], signed: { label: LABELS.linkWelcome, by }, decode: b => openLinkWelcome(b, fill(32), by.key), reference: second('link welcome', { transcript: fill(32), device: by.key }), valid: [signLinkWelcome({ v: 1, transcript: fill(32), manifest: fill(9), accountName: 'Ann', relays: [] }, by)] },
  {
    name: 'a link', of: ['parseLink'], decode: b => parseLink(formatLink(parseLink(text(b)))), reference: b => messageFormats.link.take(utf8(text(b)), {}),
    valid: [utf8(formatLink({ account: ann.account.key, relays: ['/ip4/127.0.0.1/tcp/1'], name: 'Ann', invite: fill(32) })), utf8(formatLink({ account: ann.account.key, relays: [] }))]
  }
]

describe('the decoders of message/', () => {
  for (const target of targets) {
    it(`of ${target.name} take what is valid and meet everything else with an error that says what to do`, () => { withstands(target) })
  }

  it('are all tried here', () => { assert.deepEqual(untried(message, targets), []) })
})
