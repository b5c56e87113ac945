/** Values of WIRE.md's formats, each choice at least once, and what must be refused. */
import { Link, read, write, type Value, type ValueMap } from './cbor.js'
import { but, fill, key, log, misspelled, missigned, seed, type Cases } from './cases.js'
import { makeRecord } from './proof.js'
import { chainNext, chainStart, entryHash, eraserHash, logIdOf, wireFormats } from './wire.js'

const [home, owner, account, phone, laptop, tablet] = [1, 2, 10, 11, 12, 13]
const later = { later: ['kept', { deep: fill(2) }], unknown: null }
const T = 1_700_000_000_000
const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

const genesis: ValueMap = { v: 1, kind: 'log', salt: fill(16, 5), owner: key(owner), home: key(home) }
const caps: ValueMap = { append: key(3), read: key(4) }
const allCaps: ValueMap = { ...caps, mirrors: [key(5), key(6)], owner: key(7) }
const leaf: Value[] = [1, 1, fill(16), 0, null, null, [], T, fill(32)]
const commitLeaf: Value[] = [1, 300, fill(16, 1), 1, 7, plain(write(allCaps)), [fill(32, 1), fill(32, 2)], T, fill(32, 3)]
const by = (change: Record<number, Value | undefined>): Value[] => leaf.map((v, i) => change[i] ?? v)

const order = (op: string, rest: ValueMap): ValueMap => ({ v: 1, op, log: log(0), ...rest })
const orders = [
  order('open', { caps: plain(write(caps)) }), order('void', { seq: 9, caps: plain(write(allCaps)) }), order('trim', { seq: 70_000, hash: fill(32) }),
  order('term', { term: 2, home: key(8), addrs: [], seq: 0, hash: fill(32), by: 'agreement' }),
  order('term', { term: 3, home: key(8), addrs: ['/dns4/relay.example/tcp/4001', '/ip6/2001:db8::1/tcp/443/wss'], seq: 5, hash: fill(32), by: 'takeover', ...later }),
  order('erase', { id: fill(16) })
]
const ORDER = 'petrel/v1 owner action'

const certificateBody = (device: number): ValueMap => ({ v: 1, account: key(account), device: key(device), time: T })
const certify = (device: number, certifier = account): ValueMap => ({ key: key(device), cert: plain(wireFormats.certificate.make(certificateBody(device), seed(certifier))) })
const generation: ValueMap = { v: 1, account: key(account), generation: 2, devices: [key(laptop)], time: T }
const raised = plain(wireFormats.generation.make(generation, seed(account)))
const manifest: ValueMap = { v: 1, account: key(account), generation: 1, version: 1, prev: null, devices: [certify(phone)], revoked: [], relays: [], inbox: null, keyPackages: [], time: T }
const full: ValueMap = {
  ...manifest, version: 2, prev: fill(32), devices: [certify(phone), certify(laptop, phone), certify(tablet, laptop)], revoked: [{ key: key(laptop), version: 2 }],
  relays: [{ peer: key(home), addrs: ['/dns4/relay.example/tcp/4001', '/ip6/2001:db8::1/tcp/443/wss'], weight: 1 }, { peer: key(8), addrs: [] }],
  inbox: { log: log(1), requests: log(2), key: Uint8Array.from([0xec, 1, ...fill(32)]) }, keyPackages: [fill(32, 7)], vault: { genesis: fill(118), generation: 7, head: fill(32, 9), ...later }, ...later
}
const second: ValueMap = { ...full, generation: 2, version: 3, raised, devices: [certify(laptop), certify(tablet, laptop)], revoked: [], inbox: { ...full.inbox as ValueMap, requests: null } }
const MANIFEST = 'petrel/v1 manifest'
const signed = (value: Value, by: number): Uint8Array => plain(makeRecord(MANIFEST, value, seed(by)))

const keyPackage: ValueMap = { v: 1, use: 'cloud', account: key(account), manifest: fill(32), bundle: fill(90), notBefore: T, notAfter: T + 86_400_000, lastResort: false }
const deletion: ValueMap = { v: 1, account: key(account), relay: key(home), time: T }

const receipt = (seq: number): Value[] => [1, 'receipt', log(0), 1, seq, fill(32, seq), fill(32, seq + 1), fill(32, seq + 2), T + seq]
const head = (seq: number): Value[] => [1, 'head', log(0), 2, seq, fill(32, seq), T]
const batch = (n: number): Value[] => Array.from({ length: n }, (_, i) => i % 3 === 2 ? head(i) : receipt(i + 1))
const places = [[1, 0], [2, 0], [2, 1], [3, 2], [5, 0], [5, 4], [7, 3], [8, 5], [13, 12], [33, 21]] as const
const five = (index: number): Value[] => read(wireFormats.attested.make([batch(5), index], seed(home)), 16_384) as Value[]
const attested = (why: string, change: (parts: Value[]) => void, index = 4): Cases['bad'][number] => {
  const parts = five(index)
  change(parts)
  return { format: 'attested', why, bytes: plain(write(parts)) }
}

const handedOver = (next: ValueMap, by = owner): Uint8Array => plain(wireFormats.handover.make([log(0), next], seed(by)))
const badHandovers: Array<readonly [string, Uint8Array, ValueMap]> = [
  ['another key signed it', handedOver(allCaps, 9), {}],
  ['it is of another log', handedOver(allCaps), { log: log(1) }],
  ['the keys are others', plain(write(but(read(handedOver(allCaps), 8192), { append: key(9) }))), {}],
  ['another owner is named', plain(write(but(read(handedOver(allCaps), 8192), { owner: key(9) }))), {}],
  ['nothing is signed', plain(write(allCaps)), {}]
]

const genesisBytes = plain(write(genesis))
const ownLog = plain(logIdOf(genesisBytes))
const HOUR = 3_600_000
const says = (statement: Value[], by = home): Uint8Array => plain(wireFormats.attested.make([[statement], 0], seed(by)))
const ends = (seq: number, hash: Uint8Array, time = T, term = 1): Value[] => [1, 'head', ownLog, term, seq, hash, time]
const took = (seq: number, hash: Uint8Array, prev: Uint8Array, time = T): Value[] => [1, 'receipt', ownLog, 1, seq, prev, hash, fill(32, 99), time]
const laterLeaves = [8, 9, 10].map((seq, i) => plain(write(leaf.with(1, seq).with(7, T + i))))
const passes = laterLeaves.reduce((hashes, bytes) => [...hashes, plain(chainNext(hashes.at(-1)!, bytes))], [fill(32, 7)])
const link: ValueMap = { hash: passes[0]!, leaves: laterLeaves }
const evidence = (kind: string, one: Value[] | Uint8Array, other: Value[] | Uint8Array, more: ValueMap = {}): ValueMap =>
  ({ v: 1, kind, genesis: genesisBytes, one: one instanceof Uint8Array ? one : says(one), other: other instanceof Uint8Array ? other : says(other), link: null, ...more })
const ten = ends(10, passes[3]!, T)
const proofs: Array<[string, ValueMap]> = [
  ['two heads', evidence('fork', ends(4, fill(32)), ends(4, fill(32, 1)))],
  ['two heads of a later term, by its home', evidence('fork', says(ends(4, fill(32), T, 2), 9), says(ends(4, fill(32, 1), T, 2), 9), later)],
  ['a head, and what a receipt says was before', evidence('fork', ends(4, fill(32)), took(5, fill(32, 2), fill(32, 1)))],
  ['what a receipt says was before, and a head', evidence('fork', took(5, fill(32, 2), fill(32, 1)), ends(4, fill(32)))],
  ['a head and the past of a later one', evidence('fork', ends(9, fill(32)), ten, { link })],
  ['a receipt and the hash that a past begins with', evidence('fork', took(7, fill(32), fill(32)), ten, { link: { ...link, ...later } })],
  ['an empty log after there was an entry', evidence('back', ends(0, fill(32), T + HOUR), took(1, fill(32, 1), fill(32)))],
  ['a head that ends before an earlier one, by the margin', evidence('back', ends(4, fill(32), T + 300_000), ends(5, fill(32, 1), T))],
  ['a head, and an entry that was there long before', evidence('back', ends(8, passes[1]!, T + 300_001), ends(10, passes[3]!, T + HOUR), { link })]
]
const idle: Array<[string, ValueMap]> = [
  ['they say the same', evidence('fork', ends(4, fill(32)), ends(4, fill(32), T + 1))],
  ['they speak of two numbers', evidence('fork', ends(4, fill(32)), ends(5, fill(32, 1)))],
  ['they are of two terms', evidence('fork', ends(4, fill(32)), ends(4, fill(32, 1), T, 2))],
  ['two homes signed them', evidence('fork', says(ends(4, fill(32), T, 2), 8), says(ends(4, fill(32, 1), T, 2), 9))],
  ['another than the home signed them', evidence('fork', says(ends(4, fill(32)), 9), says(ends(4, fill(32, 1)), 9))],
  ['the genesis is another log\'s', evidence('fork', ends(4, fill(32)), ends(4, fill(32, 1)), { genesis: plain(write(but(genesis, { salt: fill(16) }))) })],
  ['one is of another log', evidence('fork', ends(4, fill(32)).with(2, log(3)), ends(4, fill(32, 1)))],
  ['a signature does not hold', evidence('fork', says(ends(4, fill(32))).with(170, 1).with(171, 1), ends(4, fill(32, 1)))],
  ['the past says the same', evidence('fork', ends(9, passes[2]!), ten, { link })],
  ['the leaves lead elsewhere', evidence('fork', ends(9, fill(32)), ten, { link: { ...link, hash: fill(32) } })],
  ['the leaves stop short', evidence('fork', ends(9, fill(32)), ten, { link: { ...link, leaves: laterLeaves.slice(0, 2) } })],
  ['the leaves leave one out', evidence('fork', ends(9, fill(32)), ten, { link: { ...link, leaves: laterLeaves.toSpliced(1, 1) } })],
  ['there is no leaf in the link', evidence('fork', ends(9, fill(32)), ten, { link: { ...link, leaves: [] } })],
  ['the entry came less than the margin before', evidence('back', ends(4, fill(32), T + 299_999), ends(5, fill(32, 1), T))],
  ['the earlier one is not longer', evidence('back', ends(5, fill(32), T + HOUR), ends(5, fill(32, 1), T))],
  ['the later one is longer', evidence('back', ends(6, fill(32), T + HOUR), ends(5, fill(32, 1), T))],
  ['a receipt does not say where a log ends', evidence('back', took(4, fill(32), fill(32), T + HOUR), ends(5, fill(32, 1), T))],
  ['of the past, only entries before the end are old enough', evidence('back', ends(9, passes[2]!, T + 300_001), ends(10, passes[3]!, T + HOUR), { link })],
  ['it is of another kind', evidence('rumour', ends(4, fill(32)), ends(4, fill(32, 1)))],
  ['it is of a later version', evidence('fork', ends(4, fill(32)), ends(4, fill(32, 1)), { v: 2 })]
]

const claims: Value[][] = [1, 2, 3, 4].map(right => [log(right), right, key(home), key(phone), fill(32, right)])
const delegations: ValueMap[] = [1, 2, 3].map(right => ({ v: 1, log: log(right), right, home: key(home), relay: key(8), expires: T + right }))
const DELEGATION = 'petrel/v1 delegation'

const CID = Uint8Array.from([1, 0x55, 0x12, 0x20, ...fill(32, 7)])
const leafLink = (n: number): Link => new Link(CID.with(4, n))
const nodeLink = (n: number): Link => new Link(CID.with(1, 0x71).with(4, n))
const ROW = 262_160 * 1024
const node: ValueMap = { v: 1, size: 262_161, links: [leafLink(0), leafLink(1)] }
const nodes: Array<[string, ValueMap]> = [
  ['above two leaves', node], ['above two leaves, the last of which is full', but(node, { size: 524_320 })], ['above one leaf, the last of its row', but(node, { size: 1, links: [leafLink(9)] })],
  ['above index nodes, with fields of a later version', but(node, { size: ROW + 1, links: [nodeLink(0), nodeLink(1)], ...later })], ['of the largest blob', but(node, { size: 16 * ROW, links: Array.from({ length: 16 }, (_, i) => nodeLink(i)) })]
]
const badNodes: Array<[string, Record<string, Value | undefined>]> = [
  ['another version', { v: 2 }], ['no size', { size: undefined }], ['size 0', { size: 0 }], ['a size over the limit', { size: 16 * ROW + 1, links: Array.from({ length: 17 }, (_, i) => nodeLink(i)) }], ['no link', { links: [] }],
  ['a link too few', { size: 524_321 }], ['a link too many', { size: 262_160 }], ['leaves and index nodes', { links: [leafLink(0), nodeLink(1)] }], ['one index node', { size: 9, links: [nodeLink(0)] }],
  ['index nodes whose number does not fit the size', { size: 2 * ROW + 1, links: [nodeLink(0), nodeLink(1)] }], ['1,025 links', { size: ROW + 1, links: Array.from({ length: 1025 }, (_, i) => leafLink(i % 256)) }],
  ['CIDs that are no links', { links: [CID, CID] }], ['a link of another codec', { links: [leafLink(0), new Link(CID.with(1, 0x70))] }], ['a link of another hash', { links: [leafLink(0), new Link(CID.with(2, 0x13))] }],
  ['a link of a CID of version 0', { links: [leafLink(0), new Link(CID.subarray(2))] }], ['a link that is longer', { links: [leafLink(0), new Link(Uint8Array.from([1, 0x55, 0x12, 0x21, ...fill(33)]))] }]
]

export const wireCases: Cases = {
  good: [
    ...['log', 'inbox', 'requests'].map(kind => ({ format: 'genesis', note: kind, value: but(genesis, { kind }) })),
    { format: 'genesis', note: 'with fields of a later version', value: but(genesis, later) },
    { format: 'genesis', note: 'with 63 arrays inside each other', value: but(genesis, { later: Array.from({ length: 62 }).reduce<Value>(inner => [inner], []) }) },
    { format: 'genesis', note: 'with a text that begins with a byte order mark', value: but(genesis, { later: '\ufeff', '\ufeffkey': 0 }) },
    { format: 'caps', note: 'of an epoch', value: caps },
    { format: 'caps', note: 'with mirrors and a new owner', value: allCaps },
    { format: 'caps', note: 'with a topic', value: but(caps, { topic: fill(32) }) },
    { format: 'caps', note: 'that end all mirrors', value: but(caps, { mirrors: [], ...later }) },
    { format: 'leaf', note: 'of a message', value: leaf },
    { format: 'leaf', note: 'of a commit', value: commitLeaf },
    { format: 'leaf', note: 'with the largest numbers, of a kind of a later version', value: by({ 1: 2 ** 53 - 1, 3: 255, 4: 0, 6: [fill(32)], 7: 2 ** 53 - 1 }) },
    ...orders.map(value => ({ format: 'owner action', note: value.op as string, value, seed: seed(owner) })),
    { format: 'certificate', note: 'by the account key', value: certificateBody(phone), seed: seed(account), context: { account: key(account), device: key(phone) } },
    { format: 'certificate', note: 'by a device, with fields of a later version', value: but(certificateBody(laptop), later), seed: seed(phone), context: { account: key(account), device: key(laptop) } },
    { format: 'generation', note: 'the second', value: generation, seed: seed(account), context: { account: key(account), generation: 2 } },
    { format: 'generation', note: 'with no device, with fields of a later version', value: but(generation, { generation: 300, devices: [], ...later }), seed: seed(account), context: { account: key(account), generation: 300 } },
    { format: 'manifest', note: 'the first', value: manifest, seed: seed(account) },
    { format: 'manifest', note: 'the next, by a device; one device is revoked and another was certified by it', value: full, seed: seed(phone) },
    { format: 'manifest', note: 'of a raised generation, by a device that came after', value: second, seed: seed(tablet) },
    { format: 'manifest', note: 'with a successor', value: but(manifest, { devices: [], successor: key(77) }), seed: seed(account) },
    { format: 'manifest record key', note: 'of an account', value: key(account) },
    { format: 'key package', note: 'for cloud chats', value: keyPackage, seed: seed(phone) },
    { format: 'key package', note: 'the last resort for secret chats', value: but(keyPackage, { use: 'secret', lastResort: true, ...later }), seed: seed(phone) },
    { format: 'account deletion', note: 'by a device', value: deletion, seed: seed(phone) },
    ...places.map(([n, i]) => ({ format: 'attested', note: `number ${i} of a batch of ${n}`, value: [batch(n), i], seed: seed(home) })),
    ...proofs.map(([note, value]) => ({ format: 'evidence', note, value })),
    ...nodes.map(([note, value]) => ({ format: 'index node', note, value })),
    ...claims.map(claim => ({ format: 'capability', note: `right ${claim[1] as number}`, value: claim, seed: seed(3), context: { claim, key: key(3) } })),
    ...[allCaps, but(caps, { owner: key(8), topic: fill(32), ...later })].map((next, i) => ({ format: 'handover', note: i === 0 ? 'with mirrors' : 'with fields of a later version', value: [log(0), next], seed: seed(owner), context: { log: log(0), key: key(owner) } })),
    ...delegations.map((value, i) => ({ format: 'delegation', note: `right ${i + 1}${i === 2 ? ', with fields of a later version' : ''}`, value: i === 2 ? but(value, later) : value, seed: seed(3) }))
  ],
  bad: [
    ...misspelled('genesis', genesis),
    ...misspelled('index node', node),
    ...badNodes.map(([why, change]) => ({ format: 'index node', why, bytes: plain(write(but(node, change))) })),
    ...[{ v: 2 }, { v: undefined }, { kind: 'club' }, { salt: fill(15) }, { owner: fill(34) }, { home: undefined }, { home: key(1).with(0, 0xec) }].map(change => ({ format: 'genesis', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(genesis, change))) })),
    ...[{ read: undefined }, { append: null }, { mirrors: Array.from({ length: 129 }, () => key(5)) }, { owner: null }, { handover: fill(64) }, { owner: key(7), handover: fill(63) }, { topic: fill(31) }].map(change => ({ format: 'caps', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(write(but(caps, change))) })),
    ...[{ 0: 2 }, { 1: 0 }, { 2: fill(17) }, { 3: 256 }, { 4: -1 }, { 5: '' }, { 6: [fill(32), fill(32), fill(32)] }, { 7: 2n ** 53n }, { 8: fill(31) }].map(change => ({ format: 'leaf', why: `item ${Object.keys(change)[0]} is wrong`, bytes: plain(write(by(change))) })),
    { format: 'leaf', why: 'an item is missing', bytes: plain(write(leaf.slice(0, -1))) },
    { format: 'leaf', why: 'there is one item more', bytes: plain(write([...leaf, null])) },
    ...missigned('owner action', ORDER, orders[2]!, seed(owner)),
    ...[order('burn', {}), but(orders[0]!, { caps: fill(3) }), but(orders[0]!, { caps }), but(orders[1]!, { seq: 0 }), order('erase', { id: fill(17) }), but(orders[3]!, { term: 1 }), but(orders[3]!, { by: 'force' }), but(orders[3]!, { addrs: undefined }), but(orders[3]!, { addrs: Array.from({ length: 17 }, () => '/x') }), but(orders[3]!, { addrs: ['x'.repeat(513)] })].map(value => ({ format: 'owner action', why: 'an order out of form', bytes: plain(makeRecord(ORDER, value, seed(owner))) })),
    ...missigned('certificate', 'petrel/v1 device certificate', certificateBody(phone), seed(account), { account: key(account), device: key(phone) }),
    { format: 'certificate', why: 'it is for another device', bytes: plain(wireFormats.certificate.make(certificateBody(phone), seed(account))), context: { account: key(account), device: key(laptop) } },
    { format: 'generation', why: 'a device signed it', bytes: plain(wireFormats.generation.make(generation, seed(laptop))), context: { account: key(account), generation: 2 } },
    { format: 'generation', why: 'it is another generation\'s', bytes: raised, context: { account: key(account), generation: 3 } },
    ...missigned('manifest', MANIFEST, manifest, seed(account)),
    { format: 'manifest', why: 'a stranger signed it', bytes: signed(manifest, 99) },
    { format: 'manifest', why: 'a revoked device signed it', bytes: signed(full, laptop) },
    { format: 'manifest', why: 'its number leaves no room for a next one', bytes: signed(but(manifest, { version: 2 ** 40 + 1 }), account) },
    { format: 'manifest', why: 'a device stands in it twice', bytes: signed(but(manifest, { devices: [certify(phone), certify(phone)] }), account) },
    { format: 'manifest', why: 'two devices certify each other', bytes: signed(but(manifest, { devices: [certify(phone, laptop), certify(laptop, phone)] }), account) },
    { format: 'manifest', why: 'a device names the successor', bytes: signed(but(manifest, { successor: key(77) }), phone) },
    { format: 'manifest', why: 'its generation is raised without a word', bytes: signed(but(second, { raised: undefined }), account) },
    { format: 'manifest', why: 'a device of the generation before is in it', bytes: signed(but(second, { devices: [certify(laptop), certify(phone)] }), laptop) },
    ...([{ generation: 0 }, { head: fill(31) }, { genesis: fill(1025) }] as ValueMap[]).map(change => ({ format: 'manifest', why: `${Object.keys(change)[0]} of its vault is wrong`, bytes: signed(but(full, { vault: but(full.vault!, change) }), account) })),
    { format: 'manifest', why: 'the inbox key is Ed25519', bytes: signed(but(full, { inbox: { ...full.inbox as ValueMap, key: key(1) } }), account) },
    ...[['another name space', '/petrel-manifesto'], ['no name space', '']].map(([why, space]) => ({ format: 'manifest record key', why: why!, bytes: plain(Buffer.concat([Buffer.from(space!), key(account)])) })),
    { format: 'manifest record key', why: 'a byte more', bytes: plain(Buffer.concat([Buffer.from('/petrel-manifest/'), key(account), fill(1)])) },
    { format: 'manifest record key', why: 'a key without its tag', bytes: plain(Buffer.concat([Buffer.from('/petrel-manifest/'), fill(34)])) },
    { format: 'key package', why: 'its use is not known', bytes: plain(wireFormats['key package'].make(but(keyPackage, { use: 'club' }), seed(phone))) },
    { format: 'account deletion', why: 'it names no relay', bytes: plain(wireFormats['account deletion'].make(but(deletion, { relay: undefined }), seed(phone))) },
    attested('another place', p => { p[1] = 3 }),
    attested('a place beyond the batch', p => { p[1] = 5 }),
    attested('another size', p => { p[2] = 6 }),
    attested('a path that is longer', p => { p[3] = [...p[3] as Value[], fill(32)] }),
    attested('a path that is shorter', p => { p[3] = [] }),
    attested('a path in another order', p => { p[3] = (p[3] as Value[]).toReversed() }, 0),
    attested('another home', p => { p[4] = key(9) }),
    attested('another statement', p => { p[0] = five(0)[0]! }),
    { format: 'attested', why: 'a statement of another kind', bytes: plain(wireFormats.attested.make([[[1, 'rumour', log(0), 1, 1, fill(32), T]], 0], seed(home))) },
    { format: 'attested', why: 'a receipt of term 0', bytes: plain(wireFormats.attested.make([[receipt(1).with(3, 0)], 0], seed(home))) },
    ...misspelled('evidence', proofs[0]![1]),
    ...idle.map(([why, value]) => ({ format: 'evidence', why, bytes: plain(write(value)) })),
    ...[0, 1, 2, 3, 4].map(i => ({
      format: 'capability', why: `item ${i} of the claim is another`, bytes: plain(wireFormats.capability.make(claims[0]!, seed(3))), context: { claim: claims[0]!.with(i, [log(9), 2, key(9), key(9), fill(32, 9)][i]!), key: key(3) }
    })),
    ...badHandovers.map(([why, bytes, context]) => ({ format: 'handover', why, bytes, context: { log: log(0), key: key(owner), ...context } })),
    ...missigned('delegation', DELEGATION, delegations[0]!, seed(3)),
    ...[{ v: 2 }, { right: 4 }, { right: 'append' }, { log: fill(32) }, { home: undefined }, { relay: fill(34) }, { expires: -1 }].map(change => ({ format: 'delegation', why: `${Object.keys(change)[0]} is wrong`, bytes: plain(makeRecord(DELEGATION, but(delegations[0]!, change), seed(3))) }))
  ]
}

/** A log from its genesis on: ids, hashes, an erased entry, an eraser. */
export function chainVectors (): ValueMap {
  const genesisBytes = plain(write(genesis))
  const id = plain(logIdOf(genesisBytes))
  const eraser = fill(32, 50)
  const payloads = ['one', 'two', 'three'].map(text => plain(Buffer.from(text)))
  const leaves = payloads.map((payload, i) => plain(write([1, i + 1, fill(16, i), i === 1 ? 1 : 0, i === 1 ? 0 : null, i === 1 ? plain(write(caps)) : null, i === 2 ? [plain(eraserHash(id, eraser))] : [], T + i, plain(entryHash(payload))])))
  const hashes = [plain(chainStart(id, key(home)))]
  for (const bytes of leaves) hashes.push(plain(chainNext(hashes.at(-1)!, bytes)))
  return { about: 'A log: its genesis, id, entries (leaf and payload), the chain\'s hash before the first and after each, and the secret that erases the last.', genesis: genesisBytes, log: id, home: key(home), leaves, payloads, hashes, eraser }
}
