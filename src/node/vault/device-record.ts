/** What the account's devices know of each other beside the manifest: names, and the cards by which the vault key reaches them. */
import { vaultDeviceKeys } from '../../protocol/crypto/index.js'
import { signDeviceCard } from '../../protocol/message/index.js'
import { LIMITS, peerIdText, sameBytes, shape, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import type { Vault } from '../records/index.js'
import { tried } from './tried.js'

/** One device, as it, or the device that let it in, wrote it down. */
export interface DeviceRecord {
  name: string
  /** When it came, ms since 1970. */
  since: number
  /** Its signed card. */
  card: Uint8Array
}

const recordShape = shape.struct({ v: shape.literal(1), name: shape.text(LIMITS.nameBytes), since: shape.uint(), card: shape.bytes({ max: LIMITS.cardBytes + 256 }) })

/** The beginning of these records' names. */
export const DEVICE_RECORDS = 'device/'
/** The vault record's name of a device. */
export function deviceRecordName (device: KeyBytes): string { return `${DEVICE_RECORDS}${peerIdText(device)}` }

/** Vault data to and from the record. `decode` throws BadInputError. */
export const deviceRecord = {
  encode: (record: DeviceRecord): unknown => ({ v: 1, ...shape.open(record) }),
  decode: (data: unknown): DeviceRecord => {
    const { v: _v, ...record } = recordShape(data, 'device record')
    return record
  }
} as const

/** A device's own card, from its seed: what another device needs to let it into the vault. */
export async function makeDeviceCard (device: Signer, deviceSeed: Uint8Array, time: number): Promise<Uint8Array> {
  const { kem, reader } = await vaultDeviceKeys(deviceSeed)
  return signDeviceCard({ v: 1, device: device.key, kem: kem.public, reader: reader.key, time }, device)
}

/** Writes a device's record, unless the vault has one with its card; the name that it has stays. */
export async function keepDeviceRecord (vault: Vault, device: KeyBytes, first: DeviceRecord): Promise<void> {
  const name = deviceRecordName(device)
  const kept = vault.get(name)
  const known = kept === undefined ? undefined : tried(() => deviceRecord.decode(kept))
  if (known === undefined || known.name === '') {
    if (known === undefined || first.name !== '') await vault.write(name, deviceRecord.encode(known === undefined ? first : { ...known, name: first.name }))
  }
}

/** What a device is called that would go by a name which others have: with a number behind it, if there is room for that. */
export function freeName (name: string, taken: ReadonlySet<string>): string {
  return [name, ...Array.from({ length: taken.size }, (_, i) => `${name} ${i + 2}`)].find(one => !taken.has(one) && Buffer.byteLength(one) <= LIMITS.nameBytes) ?? name
}

/** Writes this device's own record, unless there is one. Who came by the 24 words was given no name: it takes none that another device has. */
export async function keepOwnRecord (vault: Vault, { account, device, deviceName, now }: OwnRecordParts, card: Uint8Array): Promise<void> {
  const taken = account.devices.flatMap(other => {
    const kept = sameBytes(other, device.key) ? undefined : vault.get(deviceRecordName(other))
    return kept === undefined ? [] : tried(() => deviceRecord.decode(kept))?.name ?? []
  })
  await keepDeviceRecord(vault, device.key, { name: freeName(deviceName, new Set(taken)), since: now(), card })
}

interface OwnRecordParts { readonly account: { readonly devices: readonly KeyBytes[] }, readonly device: { readonly key: KeyBytes }, readonly deviceName: string, readonly now: () => number }
