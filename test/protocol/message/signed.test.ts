import assert from 'node:assert/strict'
import {
  decodeCommitPayload, decodeHandshake, encodeBody, encodeCommitPayload, encodeHandshake, invitationFromMap, invitationToMap, openCommitStatement, openLeafIdentity, openLetter, openMessage, openVaultRecord, signLeafIdentity,
  signLetter, signMessage, signCommitStatement, signVaultRecord, type ChatInvitation, type CommitStatement, type LeafIdentity, type Letter, type Message, type VaultRecord
} from '../../../src/protocol/message/index.js'
import { decodeCbor, encodeCbor, LABELS, LIMITS, signRecord } from '../../../src/protocol/wire/index.js'
import { Chain, Family, fill, flipped, hex, key, refuses } from '../wire/kit.js'

const ann = new Family(10)
const bob = new Family(20)
const chain = Chain.of(2)

/** That damage to any byte of signed bytes is caught. */
function catchesDamage (bytes: Uint8Array, open: (bytes: Uint8Array) => unknown): void {
  open(bytes)
  for (let at = 0; at < bytes.length; at += 3) assert.throws(() => open(flipped(bytes, at)), { code: /ERR_(PROOF|BAD_INPUT)/ })
  for (const cut of [0, 1, bytes.length - 1]) refuses(() => open(bytes.subarray(0, cut)), 'ERR_BAD_INPUT')
}

/** Bytes of a signed record with another body, signed anew under the same or another label. */
const resigned = (label: string, bytes: Uint8Array, change: Record<string, unknown>, by = ann.phone): Uint8Array => {
  const [body] = decodeCbor(bytes, 200_000) as [Uint8Array]
  const map = { ...decodeCbor(body, 200_000) as Record<string, unknown>, ...change }
  return signRecord(label, encodeCbor(Object.fromEntries(Object.entries(map).filter(([, v]) => v !== undefined))), by)
}

describe('a signed message', () => {
  const message: Message = {
    v: 1, chat: chain.log, epoch: 3, id: fill(16), account: ann.account.key, devSeq: 5, prevOwn: fill(32), seen: { term: 1, seq: 2, hash: chain.hash }, ts: 1_700_000_000_000,
    body: encodeBody({ kind: 'text', text: 'hello' }), unknown: { timer: 60 }
  }
  const bytes = signMessage(message, ann.phone)

  it('comes back with every field, known or not, and the device that signed it', () => {
    const opened = openMessage(bytes)
    assert.deepEqual(opened.message, message)
    assert.deepEqual(opened.device, ann.phone.key)
    assert.equal(hex(signMessage(opened.message, ann.phone)), hex(bytes))
    assert.equal(openMessage(signMessage({ ...message, prevOwn: null }, ann.phone)).message.prevOwn, null)
    const { unknown: _unknown, ...moved } = { ...message, seen: { ...message.seen, term: 2, home: ann.phone.key } }
    assert.deepEqual(openMessage(signMessage(moved, ann.phone)).message, moved)
  })

  it('does not hold with a damaged byte, or signed for another purpose', () => {
    catchesDamage(bytes, openMessage)
    refuses(() => openMessage(resigned(LABELS.vaultRecord, bytes, {})), 'ERR_PROOF', /a message/)
  })

  it('is refused out of form, over its size and of another version', () => {
    for (const change of [{ v: 2 }, { dev_seq: 0 }, { dev_seq: undefined }, { prev_own: undefined }, { seen: [1, 2] }, { seen: [0, 2, fill(32)] }, { id: fill(17) }, { epoch: -1 }, { account: fill(34) }]) {
      refuses(() => openMessage(resigned(LABELS.message, bytes, change)), 'ERR_BAD_INPUT')
    }
    refuses(() => openMessage(new Uint8Array(LIMITS.entryBytes + 257)), 'ERR_TOO_LARGE')
  })
})

describe('a commit\'s statement', () => {
  const statement: CommitStatement = { v: 1, chat: chain.log, epoch: 3, id: fill(16), seen: { term: 1, seq: 2, hash: chain.hash }, manifest: fill(32), unknown: { intent: 1 } }
  const bytes = signCommitStatement(statement, ann.phone)

  it('comes back with every field, known or not, and the device that signed it', () => {
    const opened = openCommitStatement(bytes)
    assert.deepEqual(opened, { statement, device: ann.phone.key })
    assert.equal(hex(signCommitStatement(opened.statement, ann.phone)), hex(bytes))
  })

  it('does not hold with a damaged byte, signed for another purpose, out of form or of another version', () => {
    catchesDamage(bytes, openCommitStatement)
    refuses(() => openCommitStatement(resigned(LABELS.message, bytes, {})), 'ERR_PROOF', /a commit's statement/)
    for (const change of [{ v: 2 }, { chat: fill(33) }, { epoch: -1 }, { id: fill(15) }, { seen: [0, 2, fill(32)] }, { seen: undefined }, { manifest: undefined }]) {
      refuses(() => openCommitStatement(resigned(LABELS.commit, bytes, change)), 'ERR_BAD_INPUT')
    }
    refuses(() => openCommitStatement(new Uint8Array(LIMITS.mlsAadBytes + 257)), 'ERR_TOO_LARGE')
  })
})

describe('a letter', () => {
  const invitation: ChatInvitation = {
    genesis: fill(100), addrs: ['/ip4/127.0.0.1/tcp/1'], direct: true, title: null, welcome: fill(300), pq: fill(1169), keyPackage: fill(32), at: { term: 1, seq: 1, hash: fill(32) },
    manifests: [fill(50)], unknown: { later: 1 }
  }
  const manifest = ann.sign(ann.first())
  const letter: Letter = {
    v: 1, account: ann.account.key, to: bob.account.key, inbox: chain.log, manifest: manifest.bytes, introduction: { name: 'Ann', grantSeed: fill(32), unknown: { pronoun: 'she' } }, chat: invitation, time: 9, unknown: { x: [] }
  }
  const bytes = signLetter(letter, ann.phone)
  const open = (b: Uint8Array): unknown => openLetter(b, bob.account.key, chain.log)

  it('comes back with every field, known or not, its sender\'s manifest and device', () => {
    const opened = openLetter(bytes, bob.account.key, chain.log)
    assert.deepEqual(opened.letter, { ...letter, manifest: new Uint8Array(manifest.bytes) })
    assert.deepEqual(opened.device, ann.phone.key)
    assert.deepEqual(opened.manifest.hash, manifest.hash)
    assert.equal(hex(signLetter(opened.letter, ann.phone)), hex(bytes))
    assert.deepEqual(invitationFromMap(invitationToMap(invitation)), invitation)
  })

  it('may hold an introduction alone, or neither part', () => {
    const { chat: _chat, introduction, ...bare } = letter
    assert.equal(openLetter(signLetter({ ...bare, introduction: { name: '', grantSeed: null } }, ann.phone), bob.account.key, chain.log).letter.introduction!.grantSeed, null)
    assert.ok(introduction !== undefined)
    assert.equal('chat' in openLetter(signLetter(bare, ann.phone), bob.account.key, chain.log).letter, false)
  })

  it('is refused by anybody it was not written to, and in any other inbox', () => {
    refuses(() => openLetter(bytes, key(30).key, chain.log), 'ERR_PROOF', /written to somebody else/)
    refuses(() => openLetter(bytes, bob.account.key, fill(34)), 'ERR_PROOF', /written to somebody else/)
  })

  it('is refused from a device that its manifest does not list or revokes, and with another account\'s manifest', () => {
    refuses(() => open(signLetter(letter, key(99))), 'ERR_PROOF', /does not list/)
    refuses(() => open(signLetter({ ...letter, manifest: ann.sign(ann.first({ revoked: [{ key: ann.phone.key, version: 1 }] })).bytes }, ann.phone)), 'ERR_PROOF', /does not list/)
    refuses(() => open(signLetter({ ...letter, manifest: bob.sign(bob.first()).bytes }, ann.phone)), 'ERR_PROOF')
    refuses(() => open(signLetter({ ...letter, account: bob.account.key }, ann.phone)), 'ERR_PROOF')
    refuses(() => open(signLetter(letter, ann.account)), 'ERR_PROOF', /does not list/)
  })

  it('does not hold with a damaged byte, or signed for another purpose', () => {
    catchesDamage(bytes, open)
    refuses(() => open(resigned(LABELS.message, bytes, {})), 'ERR_PROOF', /a letter/)
  })

  it('is refused out of form and over its size', () => {
    for (const change of [{ v: 2 }, { time: undefined }, { introduction: { name: 'x'.repeat(257), grantSeed: null } }, { introduction: { name: 'x', grantSeed: fill(31) } }, { chat: {} }, { manifest: fill(5) }]) {
      refuses(() => open(resigned(LABELS.inboxEntry, bytes, change)), 'ERR_BAD_INPUT')
    }
    refuses(() => open(new Uint8Array(LIMITS.inboxEntryBytes + 257)), 'ERR_TOO_LARGE')
    refuses(() => invitationFromMap({ ...invitationToMap(invitation), at: [1, 1, fill(31)] }), 'ERR_BAD_INPUT', /at\[2\]/)
  })
})

describe('a leaf\'s identity', () => {
  const identity: LeafIdentity = { v: 1, account: ann.account.key, generation: 1, version: 3, manifest: fill(32), leafKey: key(40).key, unknown: { later: 1 } }
  const bytes = signLeafIdentity(identity, ann.phone)

  it('comes back with the device that bound it', () => {
    assert.deepEqual(openLeafIdentity(bytes, key(40).key), { identity, device: ann.phone.key })
    assert.ok(bytes.length <= LIMITS.mlsIdentityBytes)
  })

  it('binds no other leaf key, so that nobody can put it on a leaf of their own', () => { refuses(() => openLeafIdentity(bytes, key(41).key), 'ERR_PROOF', /another key than the leaf has/) })

  it('does not hold with a damaged byte, out of form or signed for another purpose', () => {
    catchesDamage(bytes, b => openLeafIdentity(b, key(40).key))
    for (const change of [{ generation: 0 }, { version: 0 }, { manifest: fill(31) }]) refuses(() => openLeafIdentity(resigned(LABELS.leafBinding, bytes, change), key(40).key), 'ERR_BAD_INPUT')
    refuses(() => openLeafIdentity(resigned(LABELS.certificate, bytes, {}), key(40).key), 'ERR_PROOF')
  })
})

describe('a vault record', () => {
  const record: VaultRecord = { v: 1, account: ann.account.key, name: 'contact/x', version: 4, data: encodeCbor({ v: 1 }), unknown: { device: 2 } }
  const bytes = signVaultRecord(record, ann.phone)

  it('comes back under its name, or under any when all are read', () => {
    for (const name of ['contact/x', undefined]) {
      const opened = openVaultRecord(bytes, ann.account.key, name)
      assert.deepEqual({ ...opened.record, data: hex(opened.record.data) }, { ...record, data: hex(record.data) })
      assert.deepEqual(opened.device, ann.phone.key)
    }
  })

  it('is refused under another name and in another account\'s vault', () => {
    refuses(() => openVaultRecord(bytes, ann.account.key, 'contact/y'), 'ERR_PROOF', /is not "contact\/y"/)
    refuses(() => openVaultRecord(bytes, bob.account.key), 'ERR_PROOF', /not one of this account/)
  })

  it('does not hold with a damaged byte, out of form, over its size or signed for another purpose', () => {
    catchesDamage(bytes, b => openVaultRecord(b, ann.account.key))
    refuses(() => openVaultRecord(resigned(LABELS.vaultRecord, bytes, { version: 0 }), ann.account.key), 'ERR_BAD_INPUT')
    refuses(() => openVaultRecord(new Uint8Array(LIMITS.vaultRecordBytes + 1281), ann.account.key), 'ERR_TOO_LARGE')
    refuses(() => openVaultRecord(resigned(LABELS.message, bytes, {}), ann.account.key), 'ERR_PROOF')
  })
})

describe('a commit\'s payload', () => {
  it('comes back with its link or without, and with what is unknown', () => {
    for (const link of [fill(73), null]) {
      const payload = { v: 1 as const, handshake: fill(100), link, unknown: { later: 1 } }
      assert.deepEqual(decodeCommitPayload(encodeCommitPayload(payload)), payload)
    }
    const handshake = { v: 1 as const, mls: fill(200), manifests: [fill(10), fill(20)], unknown: { later: 1 } }
    assert.deepEqual(decodeHandshake(encodeHandshake(handshake)), handshake)
  })

  it('is refused out of form and over its size', () => {
    for (const bad of [{ v: 1, handshake: fill(0), link: null }, { v: 1, handshake: fill(1) }, { v: 2, handshake: fill(1), link: null }, { v: 1, handshake: fill(1), link: fill(257) }]) {
      refuses(() => decodeCommitPayload(encodeCbor(bad)), 'ERR_BAD_INPUT')
    }
    refuses(() => decodeHandshake(encodeCbor({ v: 1, mls: fill(1), manifests: Array.from({ length: LIMITS.commitManifests + 1 }, () => fill(1)) })), 'ERR_BAD_INPUT')
    refuses(() => decodeCommitPayload(new Uint8Array(LIMITS.commitBytes + 1)), 'ERR_TOO_LARGE')
    refuses(() => decodeHandshake(new Uint8Array(LIMITS.commitBytes + 1)), 'ERR_TOO_LARGE')
  })
})
