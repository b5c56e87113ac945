/** What an account's devices keep for each other of their chats, in records of the vault: the formats of RECORDS.md, written from it. */
import { bytes, ed25519, flag, list, map, oneOf, orNull, text, uint, type Form } from './forms.js'
import type { ValueMap } from './cbor.js'
import { must, plain, same, type Format } from './format.js'
import { digest, logId, logIdOf, MANIFEST_BYTES } from './wire.js'

const VAULT_RECORD_BYTES = 4 * 1024 * 1024
const MEMBERS = 1024
const version = oneOf(1)
const id = bytes(16)
const seed = bytes(32)
const address = text(512)
const nothing: Form = (value, path) => { must(value === null, `${path}: not null`) }

const member = map({ account: ed25519, manifest: bytes(0, MANIFEST_BYTES + 256) })
const home = map({ term: uint(2), peer: ed25519, addrs: list(address, 16), seq: uint(), by: oneOf('agreement', 'takeover'), action: bytes(0, 16 * 1024 + 256) })
const joined = map({ seq: uint(), hash: digest, 'term?': uint(1), 'id?': id, 'isGone?': flag })
const chat = map({
  v: version, log: logId, genesis: bytes(0, 1024), addrs: list(address, 128), direct: flag, title: orNull(text(256)), stage: oneOf('create', 'commit', 'ready', 'out'), members: list(member, MEMBERS), ownerSeed: orNull(seed),
  'holders?': list(ed25519, 51), gpq: seed, mls: bytes(0, 8 * 1024 * 1024), epoch: uint(), history: seed, 'began?': id, 'home?': home, 'mirror?': seed, joined: orNull(joined), 'policy?': bytes(0, 32 * 1024),
  'leaving?': list(ed25519, MEMBERS), 'segments?': list(map({ epoch: uint(), history: seed }), 4096), createdAt: uint(), commit: nothing
})
const run = map({ device: ed25519, devSeq: uint(), entry: digest })
const mark = map({ account: ed25519, delivered: uint(), read: uint(), 'since?': uint() })
const tenure = map({ home: ed25519, owner: ed25519, ends: list(map({ term: uint(1), seq: uint() }), 256) })
const cursor = map({
  v: version, seq: uint(), hash: digest, term: uint(1), lastCommit: uint(), runs: list(run, 65_536), marks: list(mark, 1024), received: uint(), read: uint(), unread: uint(), 'mentions?': uint(), holes: uint(), alarm: nothing,
  'tenure?': tenure, 'posts?': list(map({ account: ed25519, at: uint() }), MEMBERS)
})
const chatKey = plain('chat key', map({ v: version, record: chat, cursor }), VAULT_RECORD_BYTES, value => {
  const { record: { log, genesis } } = value as { record: ValueMap }
  must(same(log, new Uint8Array(logIdOf(genesis as Uint8Array))), 'not the log of its genesis')
})
const ownCommit = plain('own commit', map({ v: version, log: logId, epoch: uint(), mls: bytes(0, 8 * 1024 * 1024), 'ownerSeed?': seed }), VAULT_RECORD_BYTES)
const readPlace = plain('read place', map({ v: version, seq: uint() }), VAULT_RECORD_BYTES)

export const vaultRecordFormats: Record<string, Format> = { 'chat key': chatKey, 'own commit': ownCommit, 'read place': readPlace }
