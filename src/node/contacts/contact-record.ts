/** A contact as the vault keeps it. */
import { DIGEST_LENGTH, keyShape, LIMITS, openManifest, peerIdText, sameBytes, shape, type CheckedManifest, type Digest, type KeyBytes } from '../../protocol/wire/index.js'

/** Somebody this account knows, with all that is needed to reach and to check them. */
export interface ContactRecord {
  account: KeyBytes
  alias: string | null
  /** The name it gave itself in its last letter or link. */
  selfName: string | null
  blocked: boolean
  /** Hash of what the person compared: null until then, and void when the account's key is another. */
  verified: boolean
  /** Words for the person when its manifest forked or went back; sending stops until settled. */
  alarm: string | null
  addedAt: number
  /** The highest manifest seen, as signed bytes. */
  manifest: Uint8Array
  /** Addresses to reach its home relay, from the link or its manifest. */
  addrs: string[]
  /** Seed of the key with which this account may append to the contact's inbox; null: only its request log. */
  theirGrant: Uint8Array | null
  /** Seed of the key the contact was given for this account's inbox; revoked when it is blocked. */
  ourGrant: Uint8Array | null
  /** Manifests that contradict the one that is pinned and raised the alarm, as signed bytes: the evidence. */
  contested?: Uint8Array[]
  /** Hashes of such manifests that the person has settled: none of them raises an alarm again. */
  settled?: Digest[]
  /** Words for the person: the relays that were asked knew only an older manifest than the pinned one, or one of them was caught with a letter. */
  refused?: string
  /** When the newest introduction was written, by its author's clock: an older one changes nothing. */
  heardAt: number
  /** What a later version wrote: this one keeps it. */
  unknown?: Record<string, unknown>
}

const recordShape = shape.struct({
  v: shape.literal(1),
  account: keyShape,
  alias: shape.nullable(shape.text(LIMITS.nameBytes)),
  selfName: shape.nullable(shape.text(LIMITS.nameBytes)),
  blocked: shape.bool,
  verified: shape.bool,
  alarm: shape.nullable(shape.text(1024)),
  addedAt: shape.uint(),
  manifest: shape.bytes({ max: LIMITS.manifestBytes + 256 }),
  addrs: shape.array(shape.text(LIMITS.addressBytes), LIMITS.homeRelays * LIMITS.addressesPerRelay),
  theirGrant: shape.nullable(shape.bytes(DIGEST_LENGTH)),
  ourGrant: shape.nullable(shape.bytes(DIGEST_LENGTH)),
  heardAt: shape.uint(),
  contested: shape.optional(shape.array(shape.bytes({ max: LIMITS.manifestBytes + 256 }), LIMITS.contestedManifests)),
  settled: shape.optional(shape.array(shape.bytes(DIGEST_LENGTH), LIMITS.settledManifests)),
  refused: shape.optional(shape.text(LIMITS.noteBytes))
})

/** A contact from its vault data. @throws BadInputError */
export function decodeContact (data: unknown): ContactRecord {
  const { v: _v, ...record } = recordShape(data, 'contact')
  return record
}

/** A contact's vault data. */
export function encodeContact (record: ContactRecord): unknown { return { v: 1, ...shape.open(record) } }

/** The vault name of a contact, or of somebody who is none. */
export function contactName (account: KeyBytes, kind: 'contact' | 'met'): string { return `${kind}/${peerIdText(account)}` }

/** Whether two keys to an inbox are one, or both missing. */
export function sameSeed (a: Uint8Array | null, b: Uint8Array | null): boolean { return a === null || b === null ? a === b : sameBytes(a, b) }

// Asked for with each message: its signatures are checked once for the bytes that a record has.
const opened = new WeakMap<Uint8Array, CheckedManifest>()

/** The pinned manifest, checked. */
export function manifestOf ({ manifest }: ContactRecord): CheckedManifest {
  const known = opened.get(manifest) ?? openManifest(manifest)
  opened.set(manifest, known)
  return known
}
