/** Values of MESSAGE.md's formats, each choice at least once, and what must be refused. */
import { write, type Value, type ValueMap } from './cbor.js'
import { but, fill, key, log, misspelled, missigned, seed, type Cases } from './cases.js'
import { linkCommitment, linkTranscript, messageFormats, peerId } from './message.js'
import { makeRecord } from './proof.js'
import { wireFormats } from './wire.js'

const [account, phone, laptop, other] = [10, 11, 12, 20]
const later = { later: ['kept', { deep: fill(2) }], unknown: null }
const T = 1_700_000_000_000
const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)
const id = fill(16)

const CID = Uint8Array.from([1, 0x55, 0x12, 0x20, ...fill(32, 7)])
const file: ValueMap = { root: CID, key: fill(32, 3), size: 70_000, sha256: fill(32, 4), at: [] }
const thumb: ValueMap = { bytes: fill(700), type: 'image/jpeg', width: 320, height: 180 }
const wholeFile: ValueMap = {
  root: CID.with(1, 0x71), key: fill(32), size: 2 ** 32, sha256: fill(32, 1), name: 'Urlaub – 🦀.mp4', type: 'video/mp4', width: 1920, height: 1, duration: 90_500, thumb: { ...thumb, ...later }, waveform: fill(128),
  at: [{ peer: key(1), addrs: ['/dns4/relay.example/tcp/4001'], ...later }, { peer: key(8), addrs: [] }], ...later
}
const answer: ValueMap = { reply: { id, quote: 'x' }, forward: { name: 'Ann', at: T }, fallback: '[video]', silent: true }

const bodies: Array<[string, ValueMap]> = [
  ['text', { k: 'text', text: '' }],
  ['text with everything', {
    k: 'text', text: 'grüße 🦀', fallback: 'greetings', silent: true, effect: 'confetti', reply: { id, quote: 'grüße', ...later }, forward: { name: 'Ann', at: T, ...later },
    entities: [{ type: 'bold', offset: 6, length: 2 }, { type: 'link', offset: 0, length: 8, value: 'https://example.org' }, { type: 'sparkle', offset: 0, length: 1, color: 3 }]
  }],
  ['text of 4,096 units, three bytes each', { k: 'text', text: '€'.repeat(4096), entities: [], reply: { id } }],
  ['text that begins with a byte order mark', { k: 'text', text: '\ufeffhello', silent: false }],
  ['media', { k: 'media', as: 'file', file }],
  ['media with everything', { k: 'media', as: 'video', file: wholeFile, text: 'grüße 🦀', entities: [{ type: 'bold', offset: 6, length: 2 }, { type: 'link', offset: 0, length: 1, value: 'x' }], ...answer, effect: 'confetti' }],
  ['media shown in a way of a later version, empty, with an answer without a quote', { k: 'media', as: 'hologram', file: but(file, { size: 0, name: '', duration: 0 }), text: '', entities: [], reply: { id }, silent: false }],
  ['album', { k: 'album', items: [{ as: 'photo', file }, { as: 'photo', file }] }],
  ['album of ten with everything', { k: 'album', items: [{ as: 'video', file: but(wholeFile, { thumb: but(thumb, { bytes: fill(12_288) }) }), ...later }, ...new Array<ValueMap>(9).fill({ as: 'photo', file: but(file, { thumb: but(thumb, { bytes: fill(2_730) }) }) })], text: 'all of it', entities: [{ type: 'bold', offset: 0, length: 3, value: '' }, { type: 'code', offset: 4, length: 2 }], ...answer, ...later }],
  ['album with a bare answer', { k: 'album', items: [{ as: 'file', file }, { as: 'audio', file: wholeFile }], text: '', entities: [], reply: { id }, silent: false }],
  ['edit', { k: 'edit', target: id, text: 'new' }],
  ['edit with everything', { k: 'edit', target: id, text: 'new', entities: [{ type: 'code', offset: 0, length: 3, value: '' }, { type: 'bold', offset: 0, length: 1 }], fallback: 'f', silent: true, ...later }],
  ['edit that takes formatting away', { k: 'edit', target: id, text: 'new', entities: [], silent: false }],
  ['delete', { k: 'delete', targets: [id] }], ['delete of several', { k: 'delete', targets: [id, fill(16, 1)], fallback: '', silent: true, ...later }],
  ['reaction', { k: 'reaction', target: id, emoji: ['🦀', '👍'] }], ['reaction taken back', { k: 'reaction', target: id, emoji: [], fallback: '', silent: true, ...later }],
  ['pin', { k: 'pin', target: id, pinned: true }], ['pin taken back', { k: 'pin', target: id, pinned: false, fallback: '', silent: true, ...later }],
  ['poll', { k: 'poll', question: 'Tea or coffee?', options: [{ text: 'Tea' }, { text: 'Coffee' }] }],
  ['poll of twelve with everything', {
    k: 'poll', question: '€'.repeat(300), options: Array.from({ length: 12 }, (_, i) => ({ text: '€'.repeat(99) + String(i % 10), ...later })), multiple: true, closesAt: T, ...answer, ...later
  }],
  ['poll that answers', { k: 'poll', question: 'Tea?', options: [{ text: 'No' }, { text: 'Yes' }], reply: { id }, silent: false }],
  ['quiz', { k: 'poll', question: 'Which one sings?', options: [{ text: 'Wren' }, { text: 'Stork' }], quiz: { correct: 0 }, multiple: false }],
  ['quiz with everything', { k: 'poll', question: 'Which one does not?', options: [{ text: 'Wren' }, { text: 'Stork' }], quiz: { correct: 1, explanation: 'It claps its bill.', ...later }, silent: false }],
  ['vote', { k: 'vote', target: id, options: [0, 11] }], ['vote taken back', { k: 'vote', target: id, options: [], fallback: '', silent: true, ...later }],
  ['poll that is closed', { k: 'closePoll', target: id }], ['poll that is closed, with everything', { k: 'closePoll', target: id, fallback: '', silent: true, ...later }],
  ['mark', { k: 'mark', delivered: 5, read: 3 }], ['mark with everything', { k: 'mark', delivered: 2 ** 40, read: 0, fallback: '', silent: true, ...later }],
  ['profile', { k: 'profile', name: 'Zoë 🦉' }], ['profile of 256 bytes with everything', { k: 'profile', name: ` ${'€'.repeat(85)}`, fallback: '', silent: true, ...later }],
  ['service', { k: 'service', event: 'created' }], ['service about nobody', { k: 'service', event: 'out', accounts: [] }], ['service with everything', { k: 'service', event: 'added', text: 'Ann made this chat', accounts: [key(1), key(2)], fallback: '', silent: true, ...later }],
  ['of a kind of a later version', { k: 'story', fallback: 'a story: tea or coffee?', choices: ['tea', 'coffee'] }], ['of a kind named like a property of every object', { k: '__proto__' }]
]
const badBodies: Array<[string, ValueMap]> = [
  ['no kind', {}], ['a kind that is no text', { k: 1 }], ['a kind of 33 bytes', { k: 'x'.repeat(33) }], ['no text', { k: 'text' }], ['4,097 units', { k: 'text', text: 'a'.repeat(4097) }],
  ['an entity beyond the text', { k: 'text', text: 'four', entities: [{ type: 'bold', offset: 3, length: 2 }] }], ['an entity of no length', { k: 'edit', target: id, text: 'four', entities: [{ type: 'bold', offset: 3, length: 0 }] }],
  ['101 entities', { k: 'text', text: 'a'.repeat(101), entities: Array.from({ length: 101 }, (_, offset) => ({ type: 'b', offset, length: 1 })) }],
  ['a target of 15 bytes', { k: 'edit', target: fill(15), text: '' }], ['no target', { k: 'delete', targets: [] }], ['101 targets', { k: 'delete', targets: Array.from({ length: 101 }, () => id) }],
  ['nine emoji', { k: 'reaction', target: id, emoji: new Array<string>(9).fill('🦀') }], ['a long fallback of an unknown kind', { k: 'story', fallback: 'x'.repeat(1025) }], ['silent that is a number', { k: 'text', text: '', silent: 1 }],
  ...([
    ['a poll without a question', { question: ' \n' }], ['a question over the limit', { question: 'x'.repeat(901) }], ['a poll of one option', { options: [{ text: 'Tea' }] }], ['a poll of thirteen', { options: new Array<ValueMap>(13).fill({ text: 'Tea' }) }],
    ['an option without words', { options: [{ text: 'Tea' }, { text: '' }] }], ['an option over the limit', { options: [{ text: 'Tea' }, { text: 'x'.repeat(301) }] }], ['an option that is a text', { options: ['Tea', 'Coffee'] }],
    ['a right answer that is none', { quiz: { correct: 2 } }], ['a right answer out of range', { quiz: { correct: 12 } }], ['a quiz with several answers', { quiz: { correct: 0 }, multiple: true }], ['a quiz without an answer', { quiz: {} }],
    ['an explanation over the limit', { quiz: { correct: 0, explanation: 'x'.repeat(601) } }], ['an end that is no time', { closesAt: -1 }], ['multiple as a number', { multiple: 1 }]
  ] as Array<[string, Record<string, Value | undefined>]>).map(([why, change]): [string, ValueMap] => [why, but({ k: 'poll', question: 'Tea or coffee?', options: [{ text: 'Tea' }, { text: 'Coffee' }] }, change)]),
  ...['', ' \u3000', 'x'.repeat(257), 'a\u0007b', 'a\nb', 'a\u009bb', 'a\u202eb', 'a\u200bb', '\ufeffa', 'a\u2028b', 'a\u2066b', 'a\u061cb'].map((name): [string, ValueMap] => [`a profile called ${JSON.stringify(name).slice(0, 20)}`, { k: 'profile', name }]),
  ['a profile without a name', { k: 'profile' }],
  ['a pin without a word for it', { k: 'pin', target: id }], ['a pin of nothing', { k: 'pin', pinned: true }], ['a vote for the thirteenth', { k: 'vote', target: id, options: [12] }], ['a vote for thirteen', { k: 'vote', target: id, options: new Array<number>(13).fill(0) }],
  ['a vote in nothing', { k: 'vote', options: [0] }], ['an end of nothing', { k: 'closePoll' }],
  ...([
    ['a file without a root', { root: undefined }], ['a root that is a digest', { root: fill(32) }], ['a root with a byte more', { root: Uint8Array.from([...CID, 0]) }], ['a root of another version', { root: CID.with(0, 0) }],
    ['a root of another codec', { root: CID.with(1, 0x70) }], ['a root of another hash', { root: CID.with(2, 0x13) }], ['a root of another length of hash', { root: CID.with(3, 0x1f) }], ['a root as text', { root: 'bafkrei' }],
    ['a key of 31 bytes', { key: fill(31) }], ['a size over the limit', { size: 2 ** 32 + 1 }], ['a size below 0', { size: -1 }], ['a size that is no integer', { size: 0.5 }], ['a hash of 33 bytes', { sha256: fill(33) }],
    ['a name of 256 bytes', { name: 'ü'.repeat(128) }], ['a type of 128 bytes', { type: 'x'.repeat(128) }], ['no width', { width: 0 }], ['a height over the limit', { height: 1_000_001 }], ['a duration of more than a year', { duration: 366 * 86_400_000 + 1 }],
    ['an empty thumbnail', { thumb: but(thumb, { bytes: fill(0) }) }], ['a large thumbnail', { thumb: but(thumb, { bytes: fill(12_289) }) }], ['a thumbnail without a type', { thumb: but(thumb, { type: undefined }) }],
    ['a thumbnail of no width', { thumb: but(thumb, { width: 0 }) }], ['an empty waveform', { waveform: fill(0) }], ['a waveform of 129 bars', { waveform: fill(129) }], ['no holders', { at: undefined }],
    ['five holders', { at: new Array<ValueMap>(5).fill({ peer: key(1), addrs: [] }) }], ['a holder that is no key', { at: [{ peer: fill(34), addrs: [] }] }], ['a holder of 17 addresses', { at: [{ peer: key(1), addrs: new Array<string>(17).fill('/x') }] }]
  ] as Array<[string, Record<string, Value | undefined>]>).map(([why, change]): [string, ValueMap] => [why, { k: 'media', as: 'file', file: but(file, change) }]),
  ['media without a file', { k: 'media', as: 'file' }], ['media without a way to show it', { k: 'media', file }], ['media shown in 33 bytes', { k: 'media', as: 'x'.repeat(33), file }],
  ['an entity without a caption', { k: 'media', as: 'file', file, entities: [{ type: 'bold', offset: 0, length: 1 }] }], ['an entity beyond an album\'s caption', { k: 'album', items: [{ as: 'photo', file }, { as: 'photo', file }], text: 'x', entities: [{ type: 'bold', offset: 1, length: 1 }] }],
  ['a caption of 4,097 units', { k: 'media', as: 'file', file, text: 'a'.repeat(4097) }], ['an album of one', { k: 'album', items: [{ as: 'photo', file }] }], ['an album of eleven', { k: 'album', items: new Array<ValueMap>(11).fill({ as: 'photo', file }) }],
  ['an album whose thumbnails do not fit', { k: 'album', items: [...new Array<ValueMap>(3).fill({ as: 'photo', file: but(file, { thumb: but(thumb, { bytes: fill(12_288) }) }) }), { as: 'photo', file: but(file, { thumb: but(thumb, { bytes: fill(1) }) }) }] }]
]

const [low, high] = [key(1), key(2)].sort((a, b) => Buffer.compare(a, b)) as [Uint8Array, Uint8Array]
const policy: ValueMap = { v: 1, title: 'Birds', about: '', owner: key(account), admins: [], permissions: 511, slowMode: 0, history: true, restricted: [], banned: [] }
const wholePolicy: ValueMap = {
  ...policy, title: 'Vögel 🦉', about: 'of the garden', admins: [{ account: low, rights: 63, by: key(account), title: 'warden', ...later }, { account: high, rights: 2 ** 32 - 1, by: low }], permissions: 0, slowMode: 3600, history: false,
  restricted: [{ account: key(5), permissions: 1, until: null }, ...[{ account: key(6), permissions: 0, until: T }]].sort((a, b) => Buffer.compare(a.account, b.account)), banned: [{ account: key(7), until: T, ...later }], ...later
}
const message: ValueMap = {
  v: 1, chat: log(0), epoch: 3, id, account: key(account), dev_seq: 5, prev_own: fill(32), seen: [1, 2, fill(32, 9)], ts: T, body: plain(write(bodies[0]![1]))
}
const MESSAGE = 'petrel/v1 message'
const handshake: ValueMap = { v: 1, mls: fill(200), manifests: [] }
const payload: ValueMap = { v: 1, handshake: fill(100), link: fill(73) }
const gifts = [key(21), key(22)].sort((a, b) => Buffer.compare(a, b)).map(account => ({ account, sealed: fill(81) }))
const statement: ValueMap = { v: 1, chat: log(0), epoch: 3, id, seen: [1, 7, fill(32, 9)], manifest: fill(32) }
const identity: ValueMap = { v: 1, account: key(account), generation: 1, version: 3, manifest: fill(32), leafKey: key(40) }
const record: ValueMap = { v: 1, account: key(account), name: 'contact/x', version: 4, data: plain(write({ v: 1 })) }
const mine = { account: key(account) }

const cert = (device: number): ValueMap => ({ key: key(device), cert: plain(wireFormats.certificate.make({ v: 1, account: key(account), device: key(device), time: T }, seed(account))) })
const manifest = (change: ValueMap = {}): Uint8Array => plain(wireFormats.manifest.make({
  v: 1, account: key(account), generation: 1, version: 1, prev: null, devices: [cert(phone), cert(laptop)], revoked: [], relays: [], inbox: null, keyPackages: [], time: T, ...change
}, seed(account)))
const invitation: ValueMap = {
  genesis: fill(100), addrs: ['/ip4/127.0.0.1/tcp/1'], direct: true, title: null, welcome: fill(300), pq: fill(50), keyPackage: fill(32), at: [1, 2, fill(32)], manifests: []
}
const preview: ValueMap = { v: 1, k: 'preview', from: key(account), id, payload: fill(100) }
const headFrame: ValueMap = { v: 1, k: 'head', from: key(account), head: fill(200), answer: true }
const typing = { v: 1, k: 'typing', from: key(account), action: 'typing', at: 1_790_000_000_000, ms: 8000 }
const here = { v: 1, k: 'presence', from: key(account), online: true, at: 1_790_000_000_000, ms: 90_000 }
const secretSaid: ValueMap = { v: 1, k: 'said', n: 7, got: [3, [5, 6]], at: 1_790_000_000_000, id, body: fill(40), ttl: 3600 }
const secretStart: ValueMap = { chat: fill(16, 3), welcome: fill(900), keyPackage: fill(32, 5), timer: 60 }
const letter: ValueMap = { v: 1, account: key(account), to: key(other), inbox: log(3), manifest: manifest(), time: T }
const LETTER = 'petrel/v1 inbox entry'
const toBob = { to: key(other), inbox: log(3) }
const send = (why: string, value: Value, by = phone, context: Record<string, Value> = toBob): Cases['bad'][number] => ({ format: 'letter', why, bytes: plain(makeRecord(LETTER, value, seed(by))), context })

const relay = `/dns4/relay.example/tcp/4001/p2p/${peerId(key(1))}`
const asLink = (why: string, text: string): Cases['bad'][number] => ({ format: 'link', why, bytes: plain(Buffer.from(text)) })
const me = peerId(key(account))
const invite = Buffer.from(fill(32)).toString('base64url')

const cardOf = (device: number): ValueMap => ({ v: 1, device: key(device), kem: fill(1216, device), reader: key(device + 100), time: T })
const signedCard = (device: number): Uint8Array => plain(messageFormats['device card'].make(cardOf(device), seed(device)))
const phraseCard: ValueMap = { v: 1, account: key(account), kem: fill(1216, 5), reader: key(115), time: T }
const signedPhrase = plain(messageFormats['recovery card'].make(phraseCard, seed(account)))
const keyEntry: ValueMap = {
  v: 1, account: key(account), log: log(3), generation: 1, seq: 0, hash: fill(32), prev: null, manifest: manifest(), seals: [{ card: signedCard(phone), sealed: fill(1169) }], recovery: null, owner: fill(73), back: null, time: T
}
const laterKey: ValueMap = { ...keyEntry, generation: 7, seq: 40, prev: fill(32, 3), seals: [{ card: signedCard(phone), sealed: fill(1169), ...later }, { card: signedCard(laptop), sealed: fill(1) }], recovery: { card: signedPhrase, sealed: fill(2048), ...later }, back: fill(73), ...later }
const vaultOf = { account: key(account), log: log(3) }
const ofVault = (why: string, value: ValueMap, by = phone, context: Record<string, Value> = vaultOf): Cases['bad'][number] => ({ format: 'vault key', why, bytes: plain(makeRecord('petrel/v1 vault key', value, seed(by))), context })
const linkOffer: ValueMap = { v: 1, account: key(account), device: key(laptop), accountName: 'Ann', deviceName: 'laptop', nonce: fill(32, 3) }
const offerBytes = plain(write(linkOffer))
const linkAnswer: ValueMap = { v: 1, commitment: plain(linkCommitment(offerBytes)), name: 'phone', card: fill(1400), nonce: fill(32, 4) }
const answerBytes = plain(write(linkAnswer))
const revealed = { commitment: plain(linkCommitment(offerBytes)), answer: answerBytes }
const linkReveal: ValueMap = { v: 1, transcript: plain(linkTranscript(revealed.commitment, answerBytes, offerBytes)), offer: offerBytes }
const met = { transcript: fill(32), device: key(phone) }
const linkWelcome: ValueMap = { v: 1, transcript: fill(32), manifest: fill(600), accountName: 'Ann', relays: [{ peer: key(1), address: '/dns4/relay.example/tcp/4001', token: null }, { peer: key(8), address: '/ip4/127.0.0.1/tcp/1', token: 'petrel-token-x' }] }
const linkSecret = Buffer.from(fill(16)).toString('base64url')

export const messageCases: Cases = {
  good: [
    ...bodies.map(([note, value]) => ({ format: 'body', note, value })),
    { format: 'message', note: 'in the middle of a run', value: message, seed: seed(phone) },
    { format: 'message', note: 'a device\'s first, with fields of a later version', value: but(message, { epoch: 0, dev_seq: 1, prev_own: null, seen: [2, 0, fill(32)], ...later }), seed: seed(phone) },
    { format: 'message', note: 'of who has seen a later term', value: but(message, { seen: [2, 7, fill(32, 9)], seen_at: key(5) }), seed: seed(phone) },
    { format: 'group policy', note: 'of a new group', value: policy },
    { format: 'group policy', note: 'with everything', value: wholePolicy },
    { format: 'group policy', note: 'with a ban for ever', value: but(policy, { banned: [{ account: low, until: null }, { account: high, until: 0 }], restricted: [] }) },
    { format: 'handshake', note: 'alone', value: handshake },
    { format: 'handshake', note: 'that changes the policy', value: but(handshake, { before: { by: key(account), policy: fill(90), manifests: [], added: [], ...later } }) },
    { format: 'handshake', note: 'that removes', value: but(handshake, { before: { by: key(account), manifests: [fill(20), fill(300)], added: [key(5)] } }) },
    { format: 'handshake', note: 'that names the commit before', value: but(handshake, { began: fill(16) }) },
    { format: 'handshake', note: 'that lets in by a link', value: but(handshake, { byLink: true }) },
    { format: 'handshake', note: 'with manifests', value: but(handshake, { manifests: [fill(10), fill(300)], ...later }) },
    { format: 'commit payload', note: 'with a link', value: payload },
    { format: 'commit payload', note: 'without a link', value: but(payload, { link: null, ...later }) },
    { format: 'commit payload', note: 'that adds somebody to a group', value: but(payload, { members: fill(32) }) },
    { format: 'commit statement', note: 'of a device', value: statement, seed: seed(phone) },
    { format: 'commit statement', note: 'that gives the log another owner key', value: but(statement, { owner: { key: key(20), boxes: gifts, ...later } }), seed: seed(phone) },
    { format: 'commit statement', note: 'that gives nobody else the new owner key', value: but(statement, { owner: { key: key(20), boxes: [] } }), seed: seed(phone) },
    { format: 'commit statement', note: 'of the first commit, with fields of a later version', value: but(statement, { epoch: 0, seen: [2, 0, fill(32)], ...later }), seed: seed(phone) },
    { format: 'commit statement', note: 'of who has seen a later term', value: but(statement, { seen: [2, 7, fill(32, 9)], seen_at: key(5) }), seed: seed(phone) },
    { format: 'leaf identity', note: 'of an account', value: identity, seed: seed(phone), context: { leafKey: key(40) } },
    { format: 'leaf identity', note: 'with fields of a later version', value: but(identity, later), seed: seed(phone), context: { leafKey: key(40) } },
    { format: 'vault record', note: 'under its name', value: record, seed: seed(phone), context: { ...mine, name: 'contact/x' } },
    { format: 'vault record', note: 'under any name', value: but(record, { name: '', data: fill(0), ...later }), seed: seed(phone), context: mine },
    { format: 'vault record', note: 'removed', value: but(record, { version: 9, data: fill(0) }), seed: seed(laptop), context: mine },
    { format: 'device card', note: 'of a device', value: cardOf(phone), seed: seed(phone) },
    { format: 'device card', note: 'with fields of a later version', value: but(cardOf(laptop), later), seed: seed(laptop) },
    { format: 'recovery card', note: 'of a phrase', value: phraseCard, seed: seed(account), context: { account: key(account) } },
    { format: 'recovery card', note: 'with fields of a later version', value: but(phraseCard, later), seed: seed(account), context: { account: key(account) } },
    { format: 'vault key', note: 'a log\'s first', value: keyEntry, seed: seed(phone), context: vaultOf },
    { format: 'vault key', note: 'for two devices and the phrase', value: laterKey, seed: seed(laptop), context: vaultOf },
    { format: 'vault piece', note: 'alone, behind a hash', value: [1, fill(32), 0, 1, fill(300)] },
    { format: 'vault piece', note: 'the last of eighty, behind another one', value: [1, id, 79, 80, fill(1)] },
    { format: 'vault batch', note: 'of records', value: { v: 1, records: [fill(9), fill(300)] } },
    { format: 'vault batch', note: 'that says that it is all', value: { v: 1, records: [], whole: true, ...later } },
    { format: 'pipe frame', note: 'preview', value: preview },
    { format: 'pipe frame', note: 'preview of a large entry', value: but(preview, { payload: fill(65_536), ...later }) },
    { format: 'pipe frame', note: 'withdrawn', value: { v: 1, k: 'withdrawn', from: key(account), id, ...later } },
    { format: 'pipe frame', note: 'head', value: headFrame },
    { format: 'pipe frame', note: 'head that wants no answer', value: but(headFrame, { answer: false, ...later }) },
    { format: 'pipe frame', note: 'typing', value: typing },
    { format: 'pipe frame', note: 'an action of a later version', value: but(typing, { action: 'choosing', ms: 0, ...later }) },
    { format: 'pipe frame', note: 'presence', value: here },
    { format: 'pipe frame', note: 'presence that has ended', value: but(here, { online: false, ms: 0, ...later }) },
    { format: 'secret message', note: 'said', value: secretSaid },
    { format: 'secret message', note: 'said, of a later version', value: but(secretSaid, { ttl: 0, got: [0, []], ...later }) },
    ...([['accept', {}], ['read', { through: 9 }], ['timer', { seconds: 604_800 }], ['screenshot', {}], ['gone', { numbers: [4, 2] }], ['gone', { numbers: [] }], ['close', {}]] as Array<[string, ValueMap]>).map(([k, more]) => ({ format: 'secret message', note: k, value: { v: 1, k, n: 1, got: [0, [2]], at: 0, ...more } })),
    { format: 'secret message', note: 'got', value: { v: 1, k: 'got', got: [9, []], at: 5 } },
    { format: 'secret message', note: 'of a kind of a later version', value: { v: 1, k: 'poll', n: 3, got: [0, []], at: 5, options: 3 } },
    { format: 'letter', note: 'that begins a secret chat', value: but(letter, { secret: { ...secretStart, ...later } }), seed: seed(phone), context: toBob },
    { format: 'letter', note: 'that ends the beginning of one', value: but(letter, { over: { chat: fill(16, 3), k: 'taken', ...later } }), seed: seed(phone), context: toBob },
    { format: 'pipe frame', note: 'of a kind of a later version', value: { v: 1, k: 'poll', options: 3 } },
    { format: 'invitation', note: 'to a direct chat', value: invitation },
    { format: 'invitation', note: 'with the owner key, to a log that was moved', value: but(invitation, { owner: fill(32), moved: fill(300) }) },
    { format: 'invitation', note: 'with ways back to what was before', value: but(invitation, { direct: false, segments: [{ epoch: 0, history: fill(32) }, { epoch: 7, history: fill(32, 9), ...later }] }) },
    { format: 'invitation', note: 'to a group', value: but(invitation, { addrs: [], direct: false, title: 'The crew', manifests: [fill(60), fill(61)], ...later }) },
    { format: 'invitation', note: 'with the members\' names', value: but(invitation, { direct: false, profiles: [fill(1), fill(1024)] }) },
    { format: 'invitation', note: 'to a large group', value: but(invitation, { direct: false, began: fill(16), roster: file, profiles: [] }) },
    { format: 'letter', note: 'into a large group', value: but(letter, { chat: but(invitation, { direct: false, roster: but(file, { at: [{ peer: key(1), addrs: ['/dns4/relay.example/tcp/4001'], ...later }, { peer: key(8), addrs: [] }], ...later }) }) }), seed: seed(phone), context: toBob },
    { format: 'roster', note: 'of a group', value: { v: 1, tree: fill(100), manifests: [fill(60), fill(61)] } },
    { format: 'roster', note: 'with the members\' names', value: { v: 1, tree: fill(100), manifests: [fill(60)], profiles: [fill(400)] } },
    { format: 'roster', note: 'with fields of a later version', value: { v: 1, tree: fill(1), manifests: [], profiles: [], ...later } },
    { format: 'letter', note: 'with neither part', value: letter, seed: seed(phone), context: toBob },
    { format: 'letter', note: 'with an introduction', value: but(letter, { introduction: { name: '', grantSeed: null } }), seed: seed(laptop), context: toBob },
    { format: 'letter', note: 'with both parts', value: but(letter, { introduction: { name: 'Ann', grantSeed: fill(32), ...later }, chat: invitation, ...later }), seed: seed(phone), context: toBob },
    { format: 'letter', note: 'of a move', value: but(letter, { move: fill(300) }), seed: seed(phone), context: toBob },
    { format: 'letter', note: 'with a wish to join a group', value: but(letter, { introduction: { name: 'Ann', grantSeed: fill(32), by: fill(32, 5) }, join: { link: fill(32, 5), keyPackage: fill(900), ...later } }), seed: seed(phone), context: toBob },
    { format: 'letter', note: 'with the answer to one', value: but(letter, { answer: { link: fill(32, 5), k: 'pending', ...later } }), seed: seed(phone), context: toBob },
    { format: 'letter', note: 'that lets somebody into a group', value: but(letter, { chat: but(invitation, { direct: false, segments: [] }), answer: { link: fill(32, 5), k: 'admitted' } }), seed: seed(phone), context: toBob },
    { format: 'letter', note: 'into a group', value: but(letter, { chat: but(invitation, { addrs: [], title: 'The crew', manifests: [fill(60)] }) }), seed: seed(phone), context: toBob },
    { format: 'device link', note: 'that waits at a relay', value: { device: key(phone), secret: fill(16), at: [relay] } },
    { format: 'device link', note: 'that is reached straight', value: { device: key(phone), secret: fill(16, 9), at: [`/ip4/192.168.1.7/tcp/4001/p2p/${peerId(key(phone))}`, '/ip6/::1/tcp/1'] } },
    { format: 'link frame', note: 'offer', value: { v: 1, k: 'offer', commitment: fill(32) } },
    { format: 'link frame', note: 'answer', value: { v: 1, k: 'answer', record: fill(900) } },
    { format: 'link frame', note: 'reveal', value: { v: 1, k: 'reveal', record: fill(300) } },
    { format: 'link frame', note: 'word', value: { v: 1, k: 'word', record: fill(200) } },
    { format: 'link frame', note: 'welcome', value: { v: 1, k: 'welcome', sealed: fill(3000) } },
    { format: 'link frame', note: 'of a kind of a later version', value: { v: 1, k: 'photo', bytes: 3 } },
    { format: 'link offer', note: 'of a device', value: linkOffer },
    { format: 'link offer', note: 'with fields of a later version', value: but(linkOffer, { accountName: '', deviceName: 'Büro 🦀', ...later }) },
    { format: 'link answer', note: 'of a new device', value: linkAnswer, seed: seed(phone), context: { device: key(phone) } },
    { format: 'link answer', note: 'with fields of a later version', value: but(linkAnswer, { name: '', card: fill(1), ...later }), seed: seed(phone), context: { device: key(phone) } },
    { format: 'link reveal', note: 'of the old device', value: linkReveal, seed: seed(laptop), context: revealed },
    ...['agreed', 'refused', 'done', 'over', 'later'].map(word => ({ format: 'link word', note: word, value: { v: 1, transcript: fill(32), word }, seed: seed(phone), context: met })),
    { format: 'link welcome', note: 'into an account', value: linkWelcome, seed: seed(laptop), context: { transcript: fill(32), device: key(laptop) } },
    { format: 'link welcome', note: 'without a relay, with fields of a later version', value: but(linkWelcome, { relays: [], ...later }), seed: seed(laptop), context: { transcript: fill(32), device: key(laptop) } },
    { format: 'link', note: 'of a person', value: { account: key(account), relays: [] } },
    { format: 'link', note: 'to a group', value: { account: key(account), relays: [relay], group: fill(32, 5) } },
    { format: 'link', note: 'with everything', value: { account: key(account), relays: [relay, '/ip6/::1/tcp/1'], name: 'Ann B. & Söhne 🦀+1', invite: fill(32) } }
  ],
  bad: [
    ...misspelled('body', { k: 'text', text: 'x' }),
    ...badBodies.map(([why, value]) => ({ format: 'body', why, bytes: plain(write(value)) })),
    ...([{ v: 2 }, { title: '  ' }, { title: 'x'.repeat(513) }, { about: undefined }, { owner: fill(34) }, { slowMode: 3601 }, { history: 1 }, { permissions: 2 ** 32 },
      { admins: [{ account: high, rights: 1, by: low }, { account: low, rights: 1, by: low }] }, { banned: [{ account: low, until: null }, { account: low, until: null }] }, { banned: [{ account: key(account), until: null }] },
      { admins: [{ account: low, rights: 1, by: high }], banned: [{ account: low, until: null }] }, { admins: [{ account: low, rights: 1, by: high }], restricted: [{ account: low, permissions: 0, until: null }] }
    ] as Array<Record<string, Value>>).map(change => ({ format: 'group policy', why: `${Object.keys(change).join(' and ')} is wrong`, bytes: plain(write(but(policy, change))) })),
    ...missigned('message', MESSAGE, message, seed(phone)),
    ...[{ v: 2 }, { dev_seq: 0 }, { prev_own: undefined }, { seen: [1, 2] }, { seen: [0, 2, fill(32)] }, { id: fill(17) }, { epoch: -1 }, { account: fill(34) }, { ts: 0.5 }, { body: '' }].map(change => ({
      format: 'message', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(makeRecord(MESSAGE, but(message, change), seed(phone)))
    })),
    ...([{ mls: fill(0) }, { began: fill(15) }, { before: {} }, { before: { by: key(account), manifests: [], added: [fill(34)] } }, { before: { by: key(account), manifests: [], added: [], policy: fill(32769) } }, { manifests: Array.from({ length: 129 }, () => fill(1)) }] as ValueMap[]).map(change => ({ format: 'handshake', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(handshake, change))) })),
    ...[{ v: 2 }, { link: undefined }, { link: fill(257) }, { handshake: fill(0) }, { members: fill(31) }].map(change => ({ format: 'commit payload', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(payload, change))) })),
    ...[{ v: 2 }, { tree: fill(0) }, { manifests: undefined }, { manifests: [1] }].map(change => ({ format: 'roster', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but({ v: 1, tree: fill(100), manifests: [] }, change))) })),
    ...([{ mls: fill(0) }, { began: fill(15) }, { byLink: 1 }, { before: {} }, { before: { by: key(account), manifests: [], added: [fill(34)] } }, { before: { by: key(account), manifests: [], added: [], policy: fill(32769) } }, { manifests: Array.from({ length: 129 }, () => fill(1)) }] as ValueMap[]).map(change => ({ format: 'handshake', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(handshake, change))) })),
    ...[{ v: 2 }, { link: undefined }, { link: fill(257) }, { handshake: fill(0) }].map(change => ({ format: 'commit payload', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(payload, change))) })),
    ...[{ v: 2 }, { tree: fill(0) }, { manifests: undefined }, { manifests: [1] }, { profiles: [fill(0)] }, { profiles: [fill(1025)] }].map(change => ({ format: 'roster', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but({ v: 1, tree: fill(100), manifests: [] }, change))) })),
    ...missigned('commit statement', 'petrel/v1 commit', statement, seed(phone)),
    ...[{ v: 2 }, { chat: fill(33) }, { epoch: -1 }, { id: fill(15) }, { seen: [0, 7, fill(32)] }, { manifest: undefined }, { owner: { key: fill(34), boxes: [] } }, { owner: { key: key(20), boxes: gifts.toReversed() } }, { owner: { key: key(20), boxes: [gifts[0]!, gifts[0]!] } }, { owner: { key: key(20), boxes: [{ account: key(21), sealed: fill(257) }] } }].map(change => ({
      format: 'commit statement', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(makeRecord('petrel/v1 commit', but(statement, change), seed(phone)))
    })),
    ...missigned('leaf identity', 'petrel/v1 leaf binding', identity, seed(phone), { leafKey: key(40) }),
    { format: 'leaf identity', why: 'it binds another leaf', bytes: plain(messageFormats['leaf identity'].make(identity, seed(phone))), context: { leafKey: key(41) } },
    ...missigned('vault record', 'petrel/v1 vault record', record, seed(phone), mine),
    { format: 'vault record', why: 'it is another name\'s', bytes: plain(messageFormats['vault record'].make(record, seed(phone))), context: { ...mine, name: 'contact/y' } },
    { format: 'vault record', why: 'it is another account\'s', bytes: plain(messageFormats['vault record'].make(record, seed(phone))), context: { account: key(other) } },
    ...missigned('device card', 'petrel/v1 device card', cardOf(phone), seed(phone)),
    ...missigned('recovery card', 'petrel/v1 recovery card', phraseCard, seed(account), { account: key(account) }),
    { format: 'device card', why: 'another device signed it', bytes: plain(messageFormats['device card'].make(cardOf(phone), seed(laptop))) },
    { format: 'device card', why: 'its key is short', bytes: plain(makeRecord('petrel/v1 device card', but(cardOf(phone), { kem: fill(1215) }), seed(phone))) },
    { format: 'recovery card', why: 'a device signed it', bytes: plain(messageFormats['recovery card'].make(phraseCard, seed(phone))), context: { account: key(account) } },
    { format: 'recovery card', why: 'it is another account\'s', bytes: signedPhrase, context: { account: key(other) } },
    ...missigned('vault key', 'petrel/v1 vault key', keyEntry, seed(phone), vaultOf),
    ofVault('it is another account\'s', keyEntry, phone, { ...vaultOf, account: key(other) }), ofVault('it is another log\'s', keyEntry, phone, { ...vaultOf, log: log(4) }), ofVault('a stranger made it', keyEntry, other),
    ofVault('it is for a stranger', but(keyEntry, { seals: [{ card: signedCard(other), sealed: fill(1169) }] })), ofVault('it is for nobody', but(keyEntry, { seals: [] })), ofVault('its recovery card is a device\'s', but(keyEntry, { recovery: { card: signedCard(phone), sealed: fill(1) } })),
    ...([{ v: 2 }, { generation: 0 }, { seq: -1 }, { hash: fill(31) }, { prev: undefined }, { manifest: fill(40) }, { owner: fill(0) }, { back: fill(129) }, { recovery: undefined }, { time: 0.5 }] as Array<Record<string, Value | undefined>>).map(change => ofVault(`${Object.keys(change)[0]} is wrong`, but(keyEntry, change))),
    ...([['no place', [1, fill(31), 0, 1, fill(1)]], ['a piece beyond the last', [1, id, 1, 1, fill(1)]], ['a piece of none', [1, id, 0, 0, fill(1)]], ['81 pieces', [1, id, 0, 81, fill(1)]], ['no bytes', [1, id, 0, 1, fill(0)]], ['a fifth part', [1, id, 0, 1, fill(1), null]], ['another version', [2, id, 0, 1, fill(1)]]] as Array<[string, Value[]]>).map(([why, value]) => ({ format: 'vault piece', why, bytes: plain(write(value)) })),
    ...([{ v: 2 }, { records: undefined }, { records: [fill(0)] }, { whole: 1 }, { records: Array.from({ length: 4097 }, () => fill(1)) }] as Array<Record<string, Value | undefined>>).map(change => ({ format: 'vault batch', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but({ v: 1, records: [fill(9)] }, change))) })),
    ...misspelled('secret message', secretSaid),
    ...[{ v: 2 }, { k: 1 }, { n: 0 }, { at: -1 }, { id: fill(15) }, { body: fill(0) }, { body: fill(48 * 1024 + 1) }, { ttl: 604_801 }, { got: [3, [4, 4]] }, { got: [3, [3]] }, { got: [3, [4, 6, 5]] }, { got: [3, [4]], k: 'dance', n: undefined }].map(change => ({ format: 'secret message', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(secretSaid, change))) })),
    ...misspelled('pipe frame', preview),
    ...[{ v: 2 }, { k: 1 }, { from: fill(34) }, { id: fill(15) }, { payload: fill(0) }, { payload: fill(65_537) }].map(change => ({ format: 'pipe frame', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(preview, change))) })),
    ...[{ action: 'x'.repeat(33) }, { action: 1 }, { at: -1 }, { ms: undefined }].map(change => ({ format: 'pipe frame', why: `${Object.keys(change)[0]} of typing is wrong`, bytes: plain(write(but(typing, change))) })),
    ...[{ online: 1 }, { at: undefined }, { ms: -1 }].map(change => ({ format: 'pipe frame', why: `${Object.keys(change)[0]} of presence is wrong`, bytes: plain(write(but(here, change))) })),
    ...[{ head: fill(0) }, { head: fill(16_385) }, { answer: undefined }].map(change => ({ format: 'pipe frame', why: `${Object.keys(change)[0]} of a head is wrong`, bytes: plain(write(but(headFrame, change))) })),
    ...[{ at: [1, 2, fill(31)] }, { title: undefined }, { welcome: fill(0) }, { pq: fill(2049) }, { addrs: ['x'.repeat(513)] }, { owner: fill(31) }, { moved: fill(0) }, { segments: [{ epoch: 1, history: fill(31) }] }, { began: fill(15) }, { segments: Array.from({ length: 257 }, () => ({ epoch: 1, history: fill(32) })) }, { roster: but(file, { key: fill(31) }) }, { profiles: [fill(0)] }, { profiles: fill(3) }].map(change => ({ format: 'invitation', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(invitation, change))) })),
    ...missigned('letter', LETTER, letter, seed(phone), toBob),
    ...[{ chat: fill(15) }, { welcome: fill(0) }, { welcome: fill(32 * 1024 + 1) }, { keyPackage: fill(31) }, { timer: 604_801 }].map(change => send(`the ${Object.keys(change)[0]} of its secret chat is wrong`, but(letter, { secret: but(secretStart, change) }))),
    ...[{ chat: fill(15) }, { k: 1 }, { k: 'x'.repeat(33) }].map(change => send(`the ${Object.keys(change)[0]} of what ends a beginning is wrong`, but(letter, { over: but({ chat: fill(16), k: 'taken' }, change) }))),
    send('it was written to somebody else', letter, phone, { ...toBob, to: key(30) }),
    send('it was written for another inbox', letter, phone, { ...toBob, inbox: log(4) }),
    send('a stranger signed it', letter, 99), send('the account key signed it', letter, account),
    send('its device is revoked', but(letter, { manifest: manifest({ revoked: [{ key: key(phone), version: 1 }] }) })),
    send('its manifest is another account\'s', but(letter, { account: key(other) })), send('its manifest is none', but(letter, { manifest: fill(5) })), send('its move is empty', but(letter, { move: fill(0) })), send('it wishes to join by no link', but(letter, { join: { keyPackage: fill(9) } })), send('it wishes to join without a key package', but(letter, { join: { link: fill(32) } })), send('its answer is no word', but(letter, { answer: { link: fill(32), k: 1 } })), send('its answer is too long', but(letter, { answer: { link: fill(32), k: 'x'.repeat(33) } })),
    ...misspelled('link offer', but(linkOffer, { accountName: undefined, deviceName: undefined })),
    ...[{ v: 2 }, { account: fill(34) }, { device: undefined }, { nonce: fill(31) }, { accountName: 'x'.repeat(257) }, { deviceName: 1 }].map(change => ({ format: 'link offer', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(linkOffer, change))) })),
    ...[{ v: 2 }, { k: 1 }, { k: 'x'.repeat(17) }, { commitment: fill(31) }].map(change => ({ format: 'link frame', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but({ v: 1, k: 'offer', commitment: fill(32) }, change))) })),
    ...[fill(0), fill(8193)].map(record => ({ format: 'link frame', why: `a record of ${record.length} bytes`, bytes: plain(write({ v: 1, k: 'word', record })) })),
    ...missigned('link answer', 'petrel/v1 link answer', linkAnswer, seed(phone), { device: key(phone) }),
    ...[{ v: 2 }, { commitment: fill(31) }, { name: 'x'.repeat(257) }, { card: fill(0) }, { nonce: fill(33) }].map(change => ({ format: 'link answer', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(makeRecord('petrel/v1 link answer', but(linkAnswer, change), seed(phone))), context: { device: key(phone) } })),
    { format: 'link answer', why: 'another device gave it', bytes: plain(makeRecord('petrel/v1 link answer', linkAnswer, seed(other))), context: { device: key(phone) } },
    ...missigned('link reveal', 'petrel/v1 link reveal', linkReveal, seed(laptop), revealed),
    { format: 'link reveal', why: 'another device signed it', bytes: plain(makeRecord('petrel/v1 link reveal', linkReveal, seed(other))), context: revealed },
    { format: 'link reveal', why: 'it was not committed to', bytes: plain(makeRecord('petrel/v1 link reveal', linkReveal, seed(laptop))), context: { ...revealed, commitment: fill(32) } },
    { format: 'link reveal', why: 'it is about another answer', bytes: plain(makeRecord('petrel/v1 link reveal', linkReveal, seed(laptop))), context: { ...revealed, answer: fill(40) } },
    { format: 'link reveal', why: 'its introduction is none', bytes: plain(makeRecord('petrel/v1 link reveal', but(linkReveal, { offer: fill(9) }), seed(laptop))), context: revealed },
    ...missigned('link word', 'petrel/v1 link word', { v: 1, transcript: fill(32), word: 'done' }, seed(phone), met),
    { format: 'link word', why: 'it is about another meeting', bytes: plain(makeRecord('petrel/v1 link word', { v: 1, transcript: fill(32, 1), word: 'done' }, seed(phone))), context: met },
    { format: 'link word', why: 'it is too long', bytes: plain(makeRecord('petrel/v1 link word', { v: 1, transcript: fill(32), word: 'x'.repeat(17) }, seed(phone))), context: met },
    ...missigned('link welcome', 'petrel/v1 link welcome', linkWelcome, seed(laptop), { transcript: fill(32), device: key(laptop) }),
    ...[{ v: 2 }, { transcript: fill(32, 1) }, { manifest: fill(0) }, { accountName: undefined }, { relays: [{ peer: key(1), address: 'x'.repeat(513), token: null }] }].map(change => ({ format: 'link welcome', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(makeRecord('petrel/v1 link welcome', but(linkWelcome, change), seed(laptop))), context: { transcript: fill(32), device: key(laptop) } })),
    ...([['another kind of link', `petrel:${me}`], ['no address', `petrel:link?device=${me}&secret=${linkSecret}`], ['no device', `petrel:link?secret=${linkSecret}&at=/x`], ['a secret cut short', `petrel:link?device=${me}&secret=${linkSecret.slice(1)}&at=/x`], ['no secret', `petrel:link?device=${me}&at=/x`],
      ['an address that is no multiaddr', `petrel:link?device=${me}&secret=${linkSecret}&at=example.org`], ['nine addresses', `petrel:link?device=${me}&secret=${linkSecret}${'&at=/x'.repeat(9)}`], ['4,097 characters', `petrel:link?device=${me}&secret=${linkSecret}&at=/x&x=${'x'.repeat(4097)}`]
    ] as const).map(([why, text]) => ({ format: 'device link', why, bytes: plain(Buffer.from(text)) })),
    asLink('another scheme', `https:${me}`), asLink('no id', 'petrel:'), asLink('an id cut short', `petrel:${me.slice(1)}`), asLink('an id with a letter more', `petrel:${me}x`),
    asLink('a relay that is no multiaddr', `petrel:${me}?relay=example.org`), asLink('nine relays', `petrel:${me}?${'relay=/x&'.repeat(9)}`), asLink('a name of 257 bytes', `petrel:${me}?name=${'x'.repeat(257)}`),
    asLink('an invite cut short', `petrel:${me}?invite=${invite.slice(1)}`), asLink('a group cut short', `petrel:${me}?group=${invite.slice(1)}`), asLink('an invite with padding', `petrel:${me}?invite=${invite}=`), asLink('an invite with other tail bits', `petrel:${me}?invite=${invite.slice(0, -1)}9`),
    asLink('4,097 characters', `petrel:${me}?x=${'x'.repeat(4097 - 10 - me.length)}`)
  ]
}
