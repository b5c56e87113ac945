/** Values of RECORDS.md's formats, each choice at least once, and what must be refused. */
import { write, type Value, type ValueMap } from './cbor.js'
import { but, fill, key, log, misspelled, type Cases } from './cases.js'
import { logIdOf } from './wire.js'

const later = { later: ['kept', { deep: fill(2) }], unknown: null }
const T = 1_700_000_000_000
const genesis = fill(120, 5)
const home: ValueMap = { term: 2, peer: key(1), addrs: ['/dns4/relay.example/tcp/4001'], seq: 40, by: 'agreement', action: fill(200) }
const direct: ValueMap = {
  v: 1, log: Uint8Array.from(logIdOf(genesis)), genesis, addrs: ['/ip4/127.0.0.1/tcp/1'], direct: true, title: null, stage: 'ready', members: [{ account: key(10), manifest: fill(300) }, { account: key(20), manifest: fill(280) }],
  ownerSeed: null, gpq: fill(32, 1), mls: fill(900), epoch: 1, history: fill(32, 2), joined: null, createdAt: T, commit: null
}
const group: ValueMap = {
  ...direct, direct: false, title: 'Vögel 🦉', ownerSeed: fill(32, 3), holders: [key(10), key(20)], began: fill(16), home, mirror: fill(32, 4), policy: fill(150), epoch: 33, leaving: [key(20)],
  joined: { seq: 7, hash: fill(32), term: 1, id: fill(16, 1), isGone: false }, segments: [{ epoch: 3, history: fill(32, 5) }], ...later
}
const start: ValueMap = { v: 1, seq: 0, hash: fill(32), term: 1, lastCommit: 0, runs: [], marks: [], received: 0, read: 0, unread: 0, holes: 0, alarm: null }
const place: ValueMap = {
  ...start, seq: 5000, term: 2, lastCommit: 4999, runs: [{ device: key(11), devSeq: 12, entry: fill(32, 1) }, { device: key(21), devSeq: 1, entry: fill(32, 2) }],
  marks: [{ account: key(10), delivered: 4990, read: 4980 }, { account: key(20), delivered: 0, read: 0, since: 41 }], received: 4998, read: 4980, unread: 9, mentions: 2, holes: 1,
  tenure: { home: key(1), owner: key(2), ends: [{ term: 1, seq: 40 }] }, posts: [{ account: key(20), at: T }]
}
const chatKey = (record: ValueMap, cursor: ValueMap): ValueMap => ({ v: 1, record, cursor })
const commit: ValueMap = { v: 1, log: log(3), epoch: 4, mls: fill(700) }
const bad = (format: string, why: string, value: Value): Cases['bad'][number] => ({ format, why, bytes: Uint8Array.from(write(value)) })

const badRecords: Array<[string, Record<string, Value | undefined>]> = [
  ['another log than its genesis\'s', { log: log(3) }], ['no members', { members: undefined }], ['a member without a manifest', { members: [{ account: key(10) }] }], ['an unknown stage', { stage: 'gone' }], ['a commit under way', { commit: {} }],
  ['no word of a commit', { commit: undefined }], ['a key of 31 bytes', { gpq: fill(31) }], ['a history of 33 bytes', { history: fill(33) }], ['a home in the first term', { home: but(home, { term: 1 }) }], ['a home by force', { home: but(home, { by: 'force' }) }],
  ['52 holders', { holders: Array.from({ length: 52 }, () => key(10)) }], ['a title of 257 bytes', { title: 'x'.repeat(257) }], ['a place without a hash', { joined: { seq: 7 } }], ['another version', { v: 2 }], ['a policy over the limit', { policy: fill(32 * 1024 + 1) }]
]
const badCursors: Array<[string, Record<string, Value | undefined>]> = [
  ['no hash', { hash: undefined }], ['term 0', { term: 0 }], ['an alarm', { alarm: { kind: 'fork', message: 'x', seq: null, at: 0, proof: null, claim: false } }], ['no word of an alarm', { alarm: undefined }], ['no runs', { runs: undefined }], ['a run without a device', { runs: [{ devSeq: 1, entry: fill(32) }] }],
  ['a mark below 0', { marks: [{ account: key(10), delivered: -1, read: 0 }] }], ['an earlier term 0', { tenure: { home: key(1), owner: key(2), ends: [{ term: 0, seq: 1 }] } }], ['a count that is a text', { unread: '9' }]
]

export const vaultRecordCases: Cases = {
  good: [
    { format: 'chat key', note: 'of a direct chat at its beginning', value: chatKey(direct, start) },
    { format: 'chat key', note: 'of a group with everything', value: chatKey(group, place) },
    { format: 'chat key', note: 'of a group that is being made', value: chatKey(but(group, { stage: 'create', joined: null, holders: [], leaving: [], segments: [], home: undefined, addrs: [], members: [] }), start) },
    { format: 'chat key', note: 'of a group whose first commit is made', value: chatKey(but(group, { stage: 'commit', joined: { seq: 0, hash: fill(32) }, home: but(home, { by: 'takeover', addrs: [] }) }), but(place, { tenure: { home: key(1), owner: key(2), ends: [] }, posts: [] })) },
    { format: 'chat key', note: 'of a group that the account is out of', value: chatKey(but(group, { stage: 'out', ownerSeed: null, holders: undefined }), place) },
    { format: 'own commit', note: 'that leaves the owner key', value: commit },
    { format: 'own commit', note: 'that gives another one', value: but(commit, { ownerSeed: fill(32, 9) }) },
    { format: 'read place', note: 'at the beginning', value: { v: 1, seq: 0 } },
    { format: 'read place', note: 'far on', value: { v: 1, seq: Number.MAX_SAFE_INTEGER } }
  ],
  bad: [
    ...misspelled('read place', { v: 1, seq: 5 }), ...misspelled('own commit', but(commit, { mls: fill(9) })),
    ...badRecords.map(([why, change]) => bad('chat key', why, chatKey(but(direct, change), start))),
    ...badCursors.map(([why, change]) => bad('chat key', why, chatKey(direct, but(start, change)))),
    bad('chat key', 'no cursor', { v: 1, record: direct }), bad('chat key', 'no record', { v: 1, cursor: start }), bad('chat key', 'another version', { v: 2, record: direct, cursor: start }), bad('chat key', 'a list', [1, direct, start]),
    ...([['another version', { v: 2 }], ['a log without its tag', { log: fill(32) }], ['an epoch below 0', { epoch: -1 }], ['no state', { mls: undefined }], ['an owner key of 31 bytes', { ownerSeed: fill(31) }], ['an owner key that is null', { ownerSeed: null }]] as Array<[string, Record<string, Value | undefined>]>).map(([why, change]) => bad('own commit', why, but(commit, change))),
    ...([['another version', { v: 2, seq: 1 }], ['no number', { v: 1 }], ['a number below 0', { v: 1, seq: -1 }], ['a number that is none', { v: 1, seq: 0.5 }]] as Array<[string, ValueMap]>).map(([why, value]) => bad('read place', why, value))
  ]
}
