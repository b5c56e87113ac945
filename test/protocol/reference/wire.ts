/** The formats of WIRE.md, written from it. */
import { type Link, read, write, type Value, type ValueMap } from './cbor.js'
import { bytes, ed25519, flag, isMap, link, list, map, oneOf, orNull, text, tuple, uint, x25519, type Form } from './forms.js'
import { must, plain, record, same, type Format } from './format.js'
import { hash, keyOf, sha256, sign, signed } from './proof.js'

export const digest = bytes(32)
export const logId = bytes(34)
const RECORD_BYTES = 16 * 1024
const LEAF_BYTES = 8 * 1024
export const MANIFEST_BYTES = 32 * 1024
const KEY_PACKAGE_BYTES = 16 * 1024
const version = oneOf(1)

const genesis = plain('genesis', map({ v: version, kind: oneOf('log', 'inbox', 'requests'), salt: bytes(16), owner: ed25519, home: ed25519 }), RECORD_BYTES)
const caps = plain('caps', map({ append: ed25519, read: ed25519, 'mirrors?': list(ed25519, 128), 'owner?': ed25519, 'handover?': bytes(64), 'topic?': bytes(32) }), LEAF_BYTES, value => {
  const { owner, handover } = value as ValueMap
  must(handover === undefined || owner !== undefined, 'a handover to nobody')
})
const leaf = plain('leaf', tuple(version, uint(1), bytes(16), uint(0, 255), orNull(uint()), orNull(bytes(0, LEAF_BYTES)), list(digest, 2), uint(), digest), LEAF_BYTES)

const capsInside: Form = (value, path) => {
  bytes(0, LEAF_BYTES)(value, path)
  caps.take(value as Uint8Array, {})
}
const actions: Record<string, Form> = {
  open: map({ v: version, log: logId, caps: capsInside }),
  void: map({ v: version, log: logId, seq: uint(1), caps: capsInside }),
  trim: map({ v: version, log: logId, seq: uint(1), hash: digest }),
  erase: map({ v: version, log: logId, id: bytes(16) }),
  term: map({ v: version, log: logId, term: uint(2), home: ed25519, addrs: list(text(512), 16), seq: uint(), hash: digest, by: oneOf('agreement', 'takeover') })
}
const ownerAction = record('owner action', 'petrel/v1 owner action', RECORD_BYTES, (value, path) => {
  must(isMap(value) && typeof value.op === 'string', 'no order')
  oneOf(...Object.keys(actions))(value.op, `${path}.op`)
  actions[value.op]!(value, `${path} ${value.op}`)
})

const certificate = record('certificate', 'petrel/v1 device certificate', RECORD_BYTES, map({ v: version, account: ed25519, device: ed25519, time: uint() }), (body, _signer, { account, device }) => {
  must(same(body.account, account) && same(body.device, device), 'for another account or device')
})
const generation = record('generation', 'petrel/v1 generation', RECORD_BYTES, map({ v: version, account: ed25519, generation: uint(2), devices: list(ed25519, 64), time: uint() }), (body, signer, context) => {
  must(same(body.account, context.account) && body.generation === context.generation && same(signer, context.account), 'not opened by the account key')
})

/** Whether a device stands in a manifest and is not revoked. */
export function lists (manifest: ValueMap, key: Value): boolean {
  const has = (name: string): boolean => (manifest[name] as ValueMap[]).some(item => same(item.key, key))
  return has('devices') && !has('revoked')
}

function requireRooted (manifest: ValueMap): void {
  const devices = manifest.devices as Array<{ key: Uint8Array, cert: Uint8Array }>
  const hex = (key: Value): string => Buffer.from(key as Uint8Array).toString('hex')
  must(new Set(devices.map(d => hex(d.key))).size === devices.length, 'a device twice')
  const by = new Map(devices.map(d => [hex(d.key), hex(certificate.take(d.cert, { account: manifest.account!, device: d.key }).signer!)]))
  const first = manifest.generation === 1
  must(first || manifest.raised !== undefined, 'a generation without the account key\'s word')
  const opening = first ? undefined : generation.take(manifest.raised as Uint8Array, { account: manifest.account!, generation: manifest.generation! }).value as ValueMap
  const rooted = new Set(opening === undefined ? [hex(manifest.account!)] : (opening.devices as Value[]).map(hex))
  // As often as there are devices: each round lets in who is certified by one that is in.
  for (let i = 0; i < devices.length; i++) for (const [device, certifier] of by) if (rooted.has(certifier)) rooted.add(device)
  must([...by.keys()].every(device => rooted.has(device)), 'a device that the account key never spoke for')
}

const manifest = record('manifest', 'petrel/v1 manifest', MANIFEST_BYTES, map({
  v: version, account: ed25519, generation: uint(1), version: uint(1, 2 ** 40), 'raised?': bytes(0, RECORD_BYTES), prev: orNull(digest),
  devices: list(map({ key: ed25519, cert: bytes(0, 1024) }), 64), revoked: list(map({ key: ed25519, version: uint(1) }), 256),
  relays: list(map({ peer: ed25519, addrs: list(text(512), 16) }), 8), inbox: orNull(map({ log: logId, requests: orNull(logId), key: x25519 })),
  keyPackages: list(digest, 128), 'vault?': map({ genesis: bytes(0, 1024), generation: uint(1), head: digest }), 'successor?': ed25519, time: uint()
}), (body, signer) => {
  const bySelf = same(signer, body.account)
  must(bySelf || lists(body, signer), 'signed by a stranger')
  must(bySelf || body.successor === undefined, 'a successor that the account key did not name')
  requireRooted(body)
})

const keyPackage = record('key package', 'petrel/v1 key package', KEY_PACKAGE_BYTES + 1024, map({
  v: version, use: oneOf('cloud', 'secret'), account: ed25519, manifest: digest, bundle: bytes(1, KEY_PACKAGE_BYTES), notBefore: uint(), notAfter: uint(), lastResort: flag
}))
const accountDeletion = record('account deletion', 'petrel/v1 account delete', RECORD_BYTES, map({ v: version, account: ed25519, relay: ed25519, time: uint() }))

const delegation = record('delegation', 'petrel/v1 delegation', 1024 - 256, map({ v: version, log: logId, right: oneOf(1, 2, 3), home: ed25519, relay: ed25519, expires: uint() }))

/** RFC 6962 section 2.1, with labels in place of the prefix bytes. */
function treeRoot (leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return hash('petrel/v1 receipt', leaves[0]!)
  const k = half(leaves.length)
  return hash('petrel/v1 receipt node', treeRoot(leaves.slice(0, k)), treeRoot(leaves.slice(k)))
}

/** RFC 6962 section 2.1.1. */
function auditPath (m: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return []
  const k = half(leaves.length)
  return m < k ? [...auditPath(m, leaves.slice(0, k)), treeRoot(leaves.slice(k))] : [...auditPath(m - k, leaves.slice(k)), treeRoot(leaves.slice(0, k))]
}

/** The largest power of two below n. */
const half = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1)

function rootOf (leafHash: Uint8Array, m: number, n: number, path: Uint8Array[]): Uint8Array {
  if (n === 1) {
    must(path.length === 0, 'a path that is too long')
    return leafHash
  }
  const sibling = path.at(-1)
  must(sibling !== undefined, 'a path that is too short')
  const k = half(n)
  return m < k
    ? hash('petrel/v1 receipt node', rootOf(leafHash, m, k, path.slice(0, -1)), sibling)
    : hash('petrel/v1 receipt node', sibling, rootOf(leafHash, m - k, n - k, path.slice(0, -1)))
}

const receipt = tuple(version, oneOf('receipt'), logId, uint(1), uint(1), digest, digest, digest, uint())
const headStatement = tuple(version, oneOf('head'), logId, uint(1), uint(), digest, uint())
const attestedForm = tuple(bytes(0, 1024), uint(0, 65_535), uint(1, 65_536), list(digest, 16), ed25519, bytes(64))

/** `value` is `[statements, index]`: the whole batch, and which of it these bytes are. */
const attested: Format = {
  make: (value, seed) => {
    const [batch, index] = value as [Value[], number]
    const leaves = batch.map(write)
    const signature = sign(seed!, 'petrel/v1 receipt batch', write([1, leaves.length, treeRoot(leaves)]))
    return write([leaves[index]!, index, leaves.length, auditPath(index, leaves), keyOf(seed!), signature])
  },
  take: data => {
    const value = read(data, RECORD_BYTES)
    attestedForm(value, 'attested')
    const [statement, index, size, path, home, signature] = value as [Uint8Array, number, number, Uint8Array[], Uint8Array, Uint8Array]
    must(index < size, 'a place beyond the batch')
    const root = rootOf(hash('petrel/v1 receipt', statement), index, size, path)
    must(signed(home, 'petrel/v1 receipt batch', write([1, size, root]), signature), 'the signature does not hold')
    const said = read(statement, 1024)
    const form = Array.isArray(said) && said[1] === 'head' ? headStatement : receipt
    form(said, form === headStatement ? 'head' : 'receipt')
    return { value: said, signer: home }
  }
}

const evidenceForm = map({
  v: version, kind: oneOf('fork', 'back'), genesis: bytes(0, RECORD_BYTES), one: bytes(0, RECORD_BYTES), other: bytes(0, RECORD_BYTES),
  link: orNull(map({ hash: digest, leaves: list(bytes(0, LEAF_BYTES), 1024, 1) }))
})
interface Said { kind: 'head' | 'receipt', log: Uint8Array, term: number, seq: number, hash: Uint8Array, prev: Uint8Array | undefined, time: number, home: Uint8Array }
interface Place { seq: number, hash: Uint8Array, time: number }

function said (statement: Uint8Array): Said {
  const { value, signer } = attested.take(statement, {})
  const parts = value as Value[]
  const [, kind, log, term, seq, ...rest] = parts as [1, 'head' | 'receipt', Uint8Array, number, number, ...Uint8Array[]]
  const receipted = kind === 'receipt'
  return { kind, log, term, seq, hash: rest[receipted ? 1 : 0]!, prev: receipted ? rest[0] : undefined, time: parts.at(-1) as number, home: signer! }
}

function past (other: Said, link: ValueMap | null): Place[] {
  if (link === null) return []
  let at = link.hash as Uint8Array
  const passed: Place[] = []
  for (const bytes of link.leaves as Uint8Array[]) {
    const parts = leaf.take(bytes, {}).value as Value[]
    const seq = parts[1] as number
    if (passed.length === 0) passed.push({ seq: seq - 1, hash: at, time: Infinity })
    must(passed.at(-1)!.seq === seq - 1, 'leaves that do not follow each other')
    at = hash('petrel/v1 chain', at, bytes)
    passed.push({ seq, hash: at, time: parts[7] as number })
  }
  must(passed.at(-1)!.seq === other.seq && same(at, other.hash), 'leaves that lead elsewhere')
  return passed
}

const evidence = plain('evidence', evidenceForm, 256 * 1024, value => {
  const { kind, genesis: bytes, one: first, other: second, link } = value as ValueMap
  const [one, other] = [said(first as Uint8Array), said(second as Uint8Array)]
  const named = genesis.take(bytes as Uint8Array, {}).value as ValueMap
  const id = Buffer.concat([Buffer.from([0x12, 0x20]), hash('petrel/v1 genesis', bytes as Uint8Array)])
  must(same(Uint8Array.from(one.log), Uint8Array.from(id)) && same(one.log, other.log) && one.term === other.term && same(one.home, other.home), 'two voices')
  must(one.term > 1 || same(one.home, named.home), 'not the home')
  const places = past(other, link as ValueMap | null)
  if (kind === 'back') {
    must(one.kind === 'head' && [...places, other].some(p => p.seq > one.seq && one.time - p.time >= 300_000), 'no contradiction in time')
    return
  }
  const says = (s: Said): Array<Pick<Place, 'seq' | 'hash'>> => [s, ...s.prev === undefined ? [] : [{ seq: s.seq - 1, hash: s.prev }]]
  must(says(one).some(a => [...says(other), ...places].some(b => a.seq === b.seq && !same(a.hash, b.hash))), 'no contradiction')
})

/** `value` is `[log, right, verifier, prover, nonce]`; the bytes are the signature alone. */
const capability: Format = {
  make: (value, seed) => sign(seed!, 'petrel/v1 capability', write([1, ...value as Value[]])),
  take: (data, { claim, key }) => {
    tuple(logId, oneOf(1, 2, 3, 4), ed25519, ed25519, bytes(32))(claim, 'capability')
    must(signed(key as Uint8Array, 'petrel/v1 capability', write([1, ...claim as Value[]]), data), 'the proof does not hold')
    return { value: claim!, signer: key as Uint8Array }
  }
}

/** `value` is `[log, the keys without the signature]`; the bytes are the keys with it. */
const handover: Format = {
  make: (value, seed) => {
    const [log, next] = value as [Uint8Array, ValueMap]
    return write({ ...next, handover: sign(seed!, 'petrel/v1 owner handover', write([1, log, write(next)])) })
  },
  take: (data, { log, key }) => {
    const { handover: signature, ...next } = caps.take(data, {}).value as ValueMap
    must(next.owner !== undefined && signature !== undefined && signed(key as Uint8Array, 'petrel/v1 owner handover', write([1, log!, write(next)]), signature as Uint8Array), 'not handed over')
    return { value: [log!, next], signer: key as Uint8Array }
  }
}

/** `value` is the account's key. */
const recordKey: Format = {
  make: account => Buffer.concat([Buffer.from('/petrel-manifest/'), account as Uint8Array]),
  take: data => {
    must(Buffer.from(data.subarray(0, 17)).toString() === '/petrel-manifest/', 'another name space')
    const account = data.slice(17)
    ed25519(account, 'manifest record key')
    return { value: account }
  }
}

const LEAF = 262_160
const FAN_OUT = 1024
const indexNode = plain('index node', map({ v: version, size: uint(1, 16_384 * LEAF), links: list(link, FAN_OUT, 1) }), 48 * 1024, value => {
  const { size, links } = value as { size: number, links: Link[] }
  const codecs = new Set(links.map(({ cid }) => cid[1]))
  must(codecs.size === 1, 'leaves and index nodes side by side')
  const aboveLeaves = codecs.has(0x55)
  must(links.length === Math.ceil(size / (aboveLeaves ? LEAF : LEAF * FAN_OUT)) && (aboveLeaves || links.length > 1), 'links that do not fit the size')
})

export const wireFormats = {
  genesis, caps, leaf, 'owner action': ownerAction, certificate, generation, manifest, 'manifest record key': recordKey, 'key package': keyPackage, 'account deletion': accountDeletion, attested, capability, handover, delegation, evidence, 'index node': indexNode
} satisfies Record<string, Format>

/** The hashes of WIRE.md. */
export const logIdOf = (genesisBytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from([0x12, 0x20]), hash('petrel/v1 genesis', genesisBytes)])
export const manifestHash = (body: Uint8Array): Uint8Array => hash('petrel/v1 manifest hash', body)
export const chainStart = (log: Uint8Array, home: Uint8Array): Uint8Array => hash('petrel/v1 chain start', log, home)
export const chainNext = (previous: Uint8Array, leafBytes: Uint8Array): Uint8Array => hash('petrel/v1 chain', previous, leafBytes)
export const eraserHash = (log: Uint8Array, secret: Uint8Array): Uint8Array => hash('petrel/v1 eraser', log, secret)
export const entryHash = (payload: Uint8Array): Uint8Array => sha256(payload)
