/** What the vault keeps of the account itself: name, inbox, relays, key packages, invites. */
import { DIGEST_LENGTH, KEY_LENGTH, keyShape, LIMITS, shape, type AgreementKeyBytes, type Digest, type KeyBytes, type Manifest } from '../../protocol/wire/index.js'

/** A log that this account owns at its home relay, beside its chats. */
export interface OwnedLog { genesis: Uint8Array, ownerSeed: Uint8Array }

/** The account's own settings and inbox secrets. */
export interface AccountRecord {
  name: string
  /** When it last took another name, ms since 1970. */
  renamedAt?: number
  /** The inbox, once there is a home relay. */
  inbox: Inbox | null
  /** Inboxes that moved, the latest last: letters still come to them from who does not know yet. */
  former?: FormerInbox[]
}

/** An inbox: its logs at one relay, and the key that opens what comes to it. */
export interface Inbox { key: AgreementKeyBytes, privateKey: Uint8Array, mail: OwnedLog, requests: OwnedLog }

/** An inbox that moved. */
export interface FormerInbox extends Inbox {
  /** Where its relay was reached. */
  address: string
  /** When it moved, ms since 1970. */
  movedAt: number
}

/** A home relay of the account. */
export interface HomeRelay { peer: KeyBytes, address: string, token: string | null }

/** A published key package and the private part that opens Welcomes made with it. `since`: the manifest that it was made under. */
export interface KeyPackageEntry { hash: Digest, record: Uint8Array, privatePart: Uint8Array, notBefore: number, notAfter: number, since?: Pick<Manifest, 'generation' | 'version'> }

/** A link that was handed out. */
export interface InviteRecord { id: string, seed: Uint8Array, createdAt: number, expiresAt: number | null }

/** The vault name of an invite. */
export function inviteName (id: string): string { return `invite/${id}` }

const owned = shape.struct({ genesis: shape.bytes({ max: 1024 }), ownerSeed: shape.bytes(32) })
const inboxFields = { key: shape.bytes(KEY_LENGTH), privateKey: shape.bytes(32), mail: owned, requests: owned }
const accountShape = shape.struct({
  v: shape.literal(1),
  name: shape.text(LIMITS.nameBytes),
  renamedAt: shape.optional(shape.uint()),
  inbox: shape.nullable(shape.struct(inboxFields)),
  former: shape.optional(shape.array(shape.struct({ ...inboxFields, address: shape.text(LIMITS.addressBytes), movedAt: shape.uint() }), LIMITS.formerInboxes))
})
const relaysShape = shape.struct({
  v: shape.literal(1),
  relays: shape.array(shape.struct({ peer: keyShape, address: shape.text(LIMITS.addressBytes), token: shape.nullable(shape.text(LIMITS.tokenBytes)) }), LIMITS.homeRelays)
})
const keyPackageShape = shape.struct({
  v: shape.literal(1),
  hash: shape.bytes(DIGEST_LENGTH),
  record: shape.bytes({ max: LIMITS.keyPackageBytes + 2048 }),
  privatePart: shape.bytes({ max: LIMITS.keyPackageBytes * 3 }),
  notBefore: shape.uint(),
  notAfter: shape.uint(),
  since: shape.optional(shape.struct({ generation: shape.uint(undefined, 1), version: shape.uint(undefined, 1) }))
})
const inviteShape = shape.struct({
  v: shape.literal(1), id: shape.text(64), seed: shape.bytes(32), createdAt: shape.uint(), expiresAt: shape.nullable(shape.uint())
})

/** Vault data to and from the records. Decoders throw BadInputError. */
export const accountCodec = {
  account: { encode: (r: AccountRecord): unknown => ({ v: 1, ...shape.open(r) }), decode: (data: unknown): AccountRecord => bare(accountShape(data, 'account')) },
  relays: { encode: (relays: HomeRelay[]): unknown => ({ v: 1, relays: relays.map(r => shape.open(r)) }), decode: (data: unknown): HomeRelay[] => relaysShape(data, 'relays').relays },
  keyPackage: { encode: (r: KeyPackageEntry): unknown => ({ v: 1, ...shape.open(r) }), decode: (data: unknown): KeyPackageEntry => bare(keyPackageShape(data, 'key package')) },
  invite: { encode: (r: InviteRecord): unknown => ({ v: 1, ...shape.open(r) }), decode: (data: unknown): InviteRecord => bare(inviteShape(data, 'invite')) }
} as const

// What a later version wrote beside the known fields stays in the record, and goes back when it is written again.
function bare<T extends { v: 1 }> (record: T): Omit<T, 'v'> {
  const { v: _v, ...rest } = record
  return rest
}
