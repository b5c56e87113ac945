/** The formats of MESSAGE.md, written from it. */
import { isMap, bytes, cid, ed25519, flag, list, map, oneOf, orNull, text, tuple, uint, type Form } from './forms.js'
import { write, type ValueMap } from './cbor.js'
import { must, plain, record, same, type Context, type Format } from './format.js'
import { hash } from './proof.js'
import { digest, lists, logId, MANIFEST_BYTES, wireFormats } from './wire.js'

const ENTRY_BYTES = 64 * 1024
const COMMIT_BYTES = 256 * 1024
const INBOX_ENTRY_BYTES = 64 * 1024
const VAULT_RECORD_BYTES = 4 * 1024 * 1024
const version = oneOf(1)
const id = bytes(16)
const seen = tuple(uint(1), uint(), digest)
const manifests = list(bytes(0, MANIFEST_BYTES + 256), 64)

const messageText = text(3 * 4096, 4096)
const entities = list(map({ type: text(32), offset: uint(0, 4096), length: uint(1, 4096), 'value?': text(2048) }), 100)
const common = { 'fallback?': text(1024), 'silent?': flag }
const answered = { 'entities?': entities, 'reply?': map({ id, 'quote?': text(3 * 4096) }), 'forward?': map({ name: text(256), at: uint() }), ...common }
const pixels = uint(1, 1_000_000)
const bareFile = { root: cid, key: bytes(32), size: uint(0, 2 ** 32), sha256: digest, at: list(map({ peer: ed25519, addrs: list(text(512), 16) }), 4) }
const file = map({
  ...bareFile, 'name?': text(255), 'type?': text(127), 'width?': pixels, 'height?': pixels, 'duration?': uint(0, 366 * 86_400_000),
  'thumb?': map({ bytes: bytes(1, 12 * 1024), type: text(127), width: pixels, height: pixels }), 'waveform?': bytes(1, 128)
})
const item = { as: text(32), file }
const NAMELESS = [0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff]
const inRange = (code: number, from: number, to: number): boolean => code >= from && code <= to
const personName: Form = (value, path) => {
  text(256)(value, path)
  const codes = Array.from(value as string, one => one.codePointAt(0)!)
  must(/\S/u.test(value as string), `${path}: no name`)
  must(codes.every(code => !(code < 0x20 || inRange(code, 0x7f, 0x9f) || NAMELESS.includes(code) || inRange(code, 0x202a, 0x202e) || inRange(code, 0x2060, 0x206f) || inRange(code, 0xfff9, 0xfffb))), `${path}: no name`)
}
const bodies: Record<string, Form> = {
  text: map({ text: messageText, ...answered }),
  media: map({ ...item, 'text?': messageText, ...answered }),
  album: map({ items: list(map(item), 10, 2), 'text?': messageText, ...answered }),
  edit: map({ target: id, text: messageText, 'entities?': entities, ...common }),
  delete: map({ targets: list(id, 100, 1), ...common }),
  reaction: map({ target: id, emoji: list(text(64), 8), ...common }),
  poll: map({
    question: text(900), options: list(map({ text: text(300) }), 12, 2), 'multiple?': flag, 'quiz?': map({ correct: uint(0, 11), 'explanation?': text(600) }), 'closesAt?': uint(), 'reply?': answered['reply?'], 'forward?': answered['forward?'], ...common
  }),
  pin: map({ target: id, pinned: flag, ...common }),
  vote: map({ target: id, options: list(uint(0, 11), 12), ...common }),
  closePoll: map({ target: id, ...common }),
  mark: map({ delivered: uint(), read: uint(), ...common }),
  profile: map({ name: personName, ...common }),
  service: map({ event: text(64), 'text?': text(1024), 'accounts?': list(ed25519, 1024), ...common })
}
const body = plain('body', (value, path) => {
  map({ k: text(32), 'fallback?': text(1024) })(value, path)
  const { k } = value as { k: string }
  if (Object.hasOwn(bodies, k)) bodies[k]!(value, `${path} ${k}`)
}, ENTRY_BYTES, value => {
  const { k, text: said = '', entities: marks, items } = value as ValueMap
  if (k === 'album') {
    const thumbs = (items as Array<{ file: { thumb?: { bytes: Uint8Array } } }>).map(one => one.file.thumb?.bytes.length ?? 0)
    must(thumbs.reduce((a, b) => a + b, 0) <= 36 * 1024, 'thumbnails that do not fit')
  }
  if (k === 'poll') {
    const { question, options, multiple, quiz } = value as { question: string, options: Array<{ text: string }>, multiple?: boolean, quiz?: { correct: number } }
    must([question, ...options.map(one => one.text)].every(words => words.trim() !== ''), 'a poll without words')
    must(quiz === undefined || (quiz.correct < options.length && multiple !== true), 'a quiz without one right answer')
  }
  if (!['text', 'edit', 'media', 'album'].includes(k as string) || marks === undefined) return
  for (const { offset, length } of marks as Array<{ offset: number, length: number }>) must(offset + length <= (said as string).length, 'an entity beyond the text')
})

const bits = uint(0, 2 ** 32 - 1)
const until = orNull(uint())
const policy = plain('group policy', map({
  v: version, title: text(512), about: text(1024), owner: ed25519,
  admins: list(map({ account: ed25519, rights: bits, by: ed25519, 'title?': text(64) }), 50), permissions: bits, slowMode: uint(0, 3600), history: flag,
  restricted: list(map({ account: ed25519, permissions: bits, until }), 200), banned: list(map({ account: ed25519, until }), 200)
}), 32 * 1024, value => {
  const { title, owner, admins, restricted, banned } = value as ValueMap
  must((title as string).trim() !== '', 'no title')
  const names = (entries: unknown): string[] => (entries as Array<{ account: Uint8Array }>).map(({ account }) => Buffer.from(account).toString('hex'))
  for (const one of [names(admins), names(restricted), names(banned)]) {
    must(one.every((name, i) => i === 0 || one[i - 1]! < name), 'out of order, or twice')
    must(!one.includes(Buffer.from(owner as Uint8Array).toString('hex')), 'the owner in a list')
  }
  must(![...names(restricted), ...names(banned)].some(name => names(admins).includes(name)), 'an admin who is restricted or banned')
})

const message = record('message', 'petrel/v1 message', ENTRY_BYTES, map({
  v: version, chat: logId, epoch: uint(), id, account: ed25519, dev_seq: uint(1), prev_own: orNull(digest), seen, 'seen_at?': ed25519, ts: uint(), body: bytes(0, ENTRY_BYTES)
}))
const frames: Record<string, Form> = {
  preview: map({ id, payload: bytes(1, ENTRY_BYTES) }),
  withdrawn: map({ id }),
  head: map({ head: bytes(1, 16 * 1024), answer: flag }),
  typing: map({ action: text(32), at: uint(), ms: uint() }),
  presence: map({ online: flag, at: uint(), ms: uint() })
}
const pipeFrame = plain('pipe frame', (value, path) => {
  map({ v: version, k: text(32) })(value, path)
  const { k } = value as { k: string }
  if (!Object.hasOwn(frames, k)) return
  map({ from: ed25519 })(value, path)
  frames[k]!(value, `${path} ${k}`)
}, 80 * 1024)
const GOT = 128
const got: Form = (value, path) => {
  tuple(uint(), list(uint(), GOT))(value, path)
  const [through, later] = value as [number, number[]]
  must(later.every((n, i) => n > (i === 0 ? through + 1 : later[i - 1]!)), 'numbers behind the gap that do not rise')
}
const secretSeconds = uint(0, 604_800)
const secretKinds: Record<string, Form> = {
  said: map({ n: uint(1), id, body: bytes(1, 48 * 1024), ttl: secretSeconds }),
  accept: map({ n: uint(1) }),
  read: map({ n: uint(1), through: uint(1) }),
  timer: map({ n: uint(1), seconds: secretSeconds }),
  screenshot: map({ n: uint(1) }),
  gone: map({ n: uint(1), numbers: list(uint(1), GOT) }),
  close: map({ n: uint(1) }),
  got: map({})
}
const secretMessage = plain('secret message', (value, path) => {
  map({ v: version, k: text(32), at: uint(), got })(value, path)
  const { k } = value as { k: string }
  if (Object.hasOwn(secretKinds, k)) secretKinds[k]!(value, `${path} ${k}`)
  else map({ n: uint(1) })(value, path)
}, 80 * 1024)
const commitManifests = list(bytes(0, MANIFEST_BYTES + 256), 128)
const handshake = plain('handshake', map({ v: version, mls: bytes(1, 224 * 1024), manifests: commitManifests, 'before?': map({ by: ed25519, 'policy?': bytes(0, 32 * 1024), manifests: commitManifests, added: list(ed25519, 128) }), 'began?': id, 'byLink?': flag }), COMMIT_BYTES)
const commitPayload = plain('commit payload', map({ v: version, handshake: bytes(1, COMMIT_BYTES), link: orNull(bytes(0, 256)), 'members?': bytes(32) }), COMMIT_BYTES)
const ownerGift = map({ key: ed25519, boxes: list(map({ account: ed25519, sealed: bytes(1, 256) }), 51) })
const commitStatement = record('commit statement', 'petrel/v1 commit', 16 * 1024, map({ v: version, chat: logId, epoch: uint(), id, seen, 'seen_at?': ed25519, manifest: digest, 'owner?': ownerGift }), ({ owner }) => {
  const accounts = owner === undefined ? [] : ((owner as ValueMap).boxes as ValueMap[]).map(({ account }) => Buffer.from(account as Uint8Array))
  must(accounts.every((account, i) => i === 0 || accounts[i - 1]!.compare(account) < 0), 'boxes out of order')
})
const leafIdentity = record('leaf identity', 'petrel/v1 leaf binding', 16 * 1024, map({
  v: version, account: ed25519, generation: uint(1), version: uint(1), manifest: digest, leafKey: ed25519
}), (value, _signer, { leafKey }) => { must(same(value.leafKey, leafKey), 'binds another leaf') })
const vaultRecord = record('vault record', 'petrel/v1 vault record', VAULT_RECORD_BYTES + 1024, map({
  v: version, account: ed25519, name: text(256), version: uint(1), data: bytes(0, VAULT_RECORD_BYTES)
}), (value, _signer, { account, name }) => { must(same(value.account, account) && (name === undefined || value.name === name), 'another record') })

const CARD_BYTES = 2048
const deviceCard = record('device card', 'petrel/v1 device card', CARD_BYTES, map({ v: version, device: ed25519, kem: bytes(1216), reader: ed25519, time: uint() }), (value, signer) => { must(same(value.device, signer), 'not its own word') })
const recoveryCard = record('recovery card', 'petrel/v1 recovery card', CARD_BYTES, map({ v: version, account: ed25519, kem: bytes(1216), reader: ed25519, time: uint() }), (value, signer, { account }) => {
  must(same(value.account, signer) && same(signer, account), 'not the account\'s word')
})
const seal = map({ card: bytes(0, CARD_BYTES + 256), sealed: bytes(1, 2048) })
const vaultKey = record('vault key', 'petrel/v1 vault key', COMMIT_BYTES, map({
  v: version, account: ed25519, log: logId, generation: uint(1), seq: uint(), hash: digest, prev: orNull(digest), manifest: bytes(0, MANIFEST_BYTES + 256), seals: list(seal, 64, 1), recovery: orNull(seal),
  owner: bytes(1, 128), back: orNull(bytes(1, 128)), time: uint()
}), (value, signer, { account, log }) => {
  must(same(value.account, account) && same(value.log, log), 'another vault')
  const opened = wireFormats.manifest.take(value.manifest as Uint8Array, {}).value
  must(isMap(opened) && same(opened.account, account) && lists(opened, signer), 'not from a device of the account')
  for (const { card } of value.seals as Array<{ card: Uint8Array }>) {
    const held = deviceCard.take(card, {}).value as ValueMap
    must(lists(opened, held.device as Uint8Array), 'for a device that is not of the account')
  }
  if (value.recovery !== null) recoveryCard.take((value.recovery as { card: Uint8Array }).card, { account: account! })
})
const vaultPiece = plain('vault piece', (value, path) => {
  tuple(oneOf(1), (after, at) => { bytes(after instanceof Uint8Array && after.length === 16 ? 16 : 32)(after, at) }, uint(0, 79), uint(1, 80), bytes(1, ENTRY_BYTES))(value, path)
  const [, , index, count] = value as [1, Uint8Array, number, number, Uint8Array]
  must(index < count, 'beyond the last')
}, ENTRY_BYTES)
const vaultBatch = plain('vault batch', map({ v: version, records: list(bytes(1, VAULT_RECORD_BYTES + 2048), 4096), 'whole?': flag }), VAULT_RECORD_BYTES + 64 * 1024)

const profiles = list(bytes(1, 1024), 1024)
const invitationForm = map({
  genesis: bytes(0, 1024), 'began?': bytes(16), addrs: list(text(512), 16), direct: flag, title: orNull(text(256)), welcome: bytes(1, INBOX_ENTRY_BYTES), pq: bytes(0, 2048), keyPackage: digest, at: seen, manifests, 'roster?': map(bareFile), 'owner?': bytes(32), 'moved?': bytes(1, 16 * 1024 + 256),
  'segments?': list(map({ epoch: uint(), history: bytes(32) }), 256), 'profiles?': profiles
})
const roster = plain('roster', map({ v: version, tree: bytes(1, 4 * 1024 * 1024), manifests: list(bytes(0, MANIFEST_BYTES + 256), 1024), 'profiles?': profiles }), 16 * 1024 * 1024)
const letter = record('letter', 'petrel/v1 inbox entry', INBOX_ENTRY_BYTES, map({
  v: version, account: ed25519, to: ed25519, inbox: logId, manifest: bytes(0, MANIFEST_BYTES + 256), 'introduction?': map({ name: text(256), grantSeed: orNull(bytes(32)), 'by?': digest }), 'chat?': invitationForm, 'move?': bytes(1, 16 * 1024 + 256),
  'join?': map({ link: digest, keyPackage: bytes(1, 17 * 1024) }), 'answer?': map({ link: digest, k: text(32) }), 'secret?': map({ chat: bytes(16), welcome: bytes(1, 32 * 1024), keyPackage: digest, timer: secretSeconds }), 'over?': map({ chat: bytes(16), k: text(32) }), time: uint()
}), (value, signer, { to, inbox }) => {
  must(same(value.to, to) && same(value.inbox, inbox), 'written to somebody else')
  const opened = wireFormats.manifest.take(value.manifest as Uint8Array, {}).value
  must(isMap(opened) && same(opened.account, value.account) && lists(opened, signer), 'not from whom it says')
})

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const PEER_PREFIX = '002408011220'

/** The PeerId of a tagged key. */
export function peerId (key: Uint8Array): string {
  const hex = PEER_PREFIX + Buffer.from(key.subarray(2)).toString('hex')
  // The prefix begins with one zero byte: one `1`.
  let text = ''
  for (let n = BigInt(`0x${hex}`); n > 0n; n /= 58n) text = ALPHABET[Number(n % 58n)]! + text
  return `1${text}`
}

function keyOfPeerId (text: string): Uint8Array {
  must(text.length <= 64 && text.startsWith('1'), 'no PeerId')
  let n = 0n
  for (const letter of text.slice(1)) {
    must(ALPHABET.includes(letter), 'no base58')
    n = n * 58n + BigInt(ALPHABET.indexOf(letter))
  }
  const hex = n.toString(16).padStart(74, '0')
  must(hex.length === 74 && `00${hex}`.startsWith(PEER_PREFIX), 'not an Ed25519 PeerId')
  const key = Uint8Array.from(Buffer.from(`ed01${hex.slice(10)}`, 'hex'))
  must(peerId(key) === text, 'another spelling')
  return key
}

/** The bytes are the link's text; the value is `{account, relays, name?, invite?, group?}`. */
const link: Format = {
  make: value => {
    const { account, relays, name, invite, group } = value as ValueMap
    const query = [
      ...(relays as string[]).map(relay => ['relay', relay] as const),
      ...typeof name === 'string' ? [['name', name] as const] : [],
      ...invite instanceof Uint8Array ? [['invite', Buffer.from(invite).toString('base64url')] as const] : [],
      ...group instanceof Uint8Array ? [['group', Buffer.from(group).toString('base64url')] as const] : []
    ].map(([key, v]) => `${key}=${new URLSearchParams({ v }).toString().slice(2).replaceAll('%2F', '/')}`).join('&')
    return Buffer.from(`petrel:${peerId(account as Uint8Array)}${query === '' ? '' : `?${query}`}`)
  },
  take: data => {
    const whole = new TextDecoder('utf-8', { fatal: true }).decode(data).trim()
    must(whole.length <= 4096, 'too long')
    const { id: name, query = '' } = /^(?:petrel:(?:\/\/)?)?(?<id>[^?]*)(?:\?(?<query>[^]*))?$/.exec(whole)!.groups as { id: string, query?: string }
    const account = keyOfPeerId(name)
    const found = new URLSearchParams(query)
    const relays = found.getAll('relay')
    const value: ValueMap = { account, relays }
    must(relays.length <= 8 && relays.every(relay => relay.startsWith('/') && relay.length <= 512), 'relays')
    const said = found.get('name')
    if (said !== null) value.name = said
    must(said === null || Buffer.byteLength(said) <= 256, 'name')
    for (const name of ['invite', 'group']) {
      const given = found.get(name)
      if (given === null) continue
      const seed = Uint8Array.from(Buffer.from(given, 'base64url'))
      must(seed.length === 32 && Buffer.from(seed).toString('base64url') === given, name)
      value[name] = seed
    }
    return { value }
  }
}

const name = text(256)
const linkFrames: Record<string, Form> = {
  offer: map({ commitment: digest }), answer: map({ record: bytes(1, 8192) }), reveal: map({ record: bytes(1, 8192) }), word: map({ record: bytes(1, 8192) }), welcome: map({ sealed: bytes(1, 48 * 1024) })
}
const linkFrame = plain('link frame', (value, path) => {
  map({ v: version, k: text(16) })(value, path)
  const { k } = value as { k: string }
  if (Object.hasOwn(linkFrames, k)) linkFrames[k]!(value, `${path} ${k}`)
}, 80 * 1024)
const linkOfferForm = map({ v: version, account: ed25519, device: ed25519, accountName: name, deviceName: name, nonce: bytes(32) })
const linkOffer = plain('link offer', linkOfferForm, 8192)
const linkAnswer = record('link answer', 'petrel/v1 link answer', 8192, map({ v: version, commitment: digest, name, card: bytes(1, 2048 + 256), nonce: bytes(32) }), (_body, signer, { device }) => { must(same(signer, device), 'another device') })

/** What both sides have seen: the commitment, the answer's body, the introduction. */
export const linkTranscript = (commitment: Uint8Array, answer: Uint8Array, offer: Uint8Array): Uint8Array => hash('petrel/v1 link transcript', write([1, commitment, answer, offer]))
export const linkCommitment = (offer: Uint8Array): Uint8Array => hash('petrel/v1 link commitment', offer)
const linkReveal = record('link reveal', 'petrel/v1 link reveal', 8192, map({ v: version, transcript: digest, offer: bytes(1, 8192) }), (body, signer, { commitment, answer }) => {
  const { value } = linkOffer.take(body.offer as Uint8Array, {})
  must(same(linkCommitment(body.offer as Uint8Array), commitment), 'another commitment')
  must(same(body.transcript, linkTranscript(commitment as Uint8Array, answer as Uint8Array, body.offer as Uint8Array)), 'another transcript')
  must(same((value as ValueMap).device, signer), 'another device')
})
const aboutLink = (body: ValueMap, signer: Uint8Array, { transcript, device }: Context): void => { must(same(body.transcript, transcript) && same(signer, device), 'another meeting') }
const linkWord = record('link word', 'petrel/v1 link word', 8192, map({ v: version, transcript: digest, word: text(16) }), aboutLink)
const linkWelcome = record('link welcome', 'petrel/v1 link welcome', 48 * 1024, map({
  v: version, transcript: digest, manifest: bytes(1, MANIFEST_BYTES), accountName: name, relays: list(map({ peer: ed25519, address: text(512), token: orNull(text(256)) }), 8)
}), aboutLink)

/** The bytes are the link's text; the value is `{device, secret, at}`. */
const deviceLink: Format = {
  make: value => {
    const { device, secret, at } = value as { device: Uint8Array, secret: Uint8Array, at: string[] }
    const query = new URLSearchParams({ device: peerId(device), secret: Buffer.from(secret).toString('base64url') })
    for (const address of at) query.append('at', address)
    return Buffer.from(`petrel:link?${query.toString().replaceAll('%2F', '/')}`)
  },
  take: data => {
    const whole = new TextDecoder('utf-8', { fatal: true }).decode(data).trim()
    must(whole.length <= 4096 && whole.startsWith('petrel:link?'), 'no device link')
    const found = new URLSearchParams(whole.slice('petrel:link?'.length))
    const at = found.getAll('at')
    must(at.length >= 1 && at.length <= 8 && at.every(address => address.startsWith('/') && address.length <= 512), 'addresses')
    const given = found.get('secret') ?? ''
    const secret = Uint8Array.from(Buffer.from(given, 'base64url'))
    must(secret.length === 16 && Buffer.from(secret).toString('base64url') === given, 'secret')
    return { value: { device: keyOfPeerId(found.get('device') ?? ''), secret, at } }
  }
}

const invitation = plain('letter.chat', invitationForm, ENTRY_BYTES)
export const messageFormats = {
  body, 'group policy': policy, message, handshake, 'commit payload': commitPayload, 'commit statement': commitStatement, 'leaf identity': leafIdentity, 'vault record': vaultRecord, 'device card': deviceCard, 'recovery card': recoveryCard, 'vault key': vaultKey, 'vault piece': vaultPiece, 'vault batch': vaultBatch, 'pipe frame': pipeFrame, 'secret message': secretMessage, invitation, roster, letter, link,
  'device link': deviceLink, 'link frame': linkFrame, 'link offer': linkOffer, 'link answer': linkAnswer, 'link reveal': linkReveal, 'link word': linkWord, 'link welcome': linkWelcome
} satisfies Record<string, Format>
