/** The account's devices as this one knows them: who they are, what they are called, letting in and putting out. */
import type { UpdateEvent } from '../../protocol/api/index.js'
import { activeDevices, AmbiguousError, BadInputError, LIMITS, lists, NotFoundError, peerIdText, QuotaError, sameBytes, withoutRevoked, type CheckedManifest, type KeyBytes } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Account, Publisher } from '../account/index.js'
import type { NodeLog } from '../log.js'
import type { Vault, VaultTaken, VaultView } from '../records/index.js'
import { deviceRecord, deviceRecordName, freeName, type DeviceRecord } from '../vault/index.js'
import { Newcomers } from './newcomers.js'

/** What it works with. */
export interface DevicesDeps {
  readonly account: Account
  readonly vault: Vault
  readonly publisher: Publisher
  readonly now: () => number
  /** What this device is called until it has a record. */
  readonly deviceName: string
  readonly write: (ops: readonly KeyValueOp[], events: readonly UpdateEvent[]) => Promise<void>
  readonly log: NodeLog
  readonly signal: AbortSignal
}

/** See the file's head. */
export class Devices {
  readonly #deps: DevicesDeps
  readonly #records: VaultView<DeviceRecord>
  readonly #newcomers: Newcomers

  constructor (deps: DevicesDeps) {
    this.#deps = deps
    this.#records = deps.vault.view(deviceRecord.decode)
    this.#newcomers = new Newcomers({ ...deps, nameOf: device => ({ name: this.nameOf(device), isRecorded: (this.recordOf(device)?.name ?? '') !== '' }) })
    deps.vault.onChange('device/', ({ name, data, before }) => this.#heard(name, data, before))
  }

  /** What a device wrote of itself, or who let it in wrote of it. */
  recordOf (device: KeyBytes): DeviceRecord | undefined { return this.#records.get(deviceRecordName(device)) }

  /** What a device is called. Of several that call themselves alike, as machines of one name do, each with the end of its id. */
  nameOf (device: KeyBytes): string {
    const name = this.#nameIn(device)
    const isShared = !this.isRevoked(device) && this.#deps.account.devices.some(other => !sameBytes(other, device) && this.#nameIn(other) === name)
    return isShared ? `${name} (${peerIdText(device).slice(-LEAST)})` : name
  }

  /** As its record has it. */
  #nameIn (device: KeyBytes): string {
    const { account, deviceName } = this.#deps
    const name = this.recordOf(device)?.name ?? (account.isOwn(device) ? deviceName : '')
    return name === '' ? peerIdText(device).slice(-8) : name
  }

  /** Every device that the manifest names, this one first. */
  all (): KeyBytes[] {
    const { account } = this.#deps
    const { devices, revoked } = account.manifest.manifest
    const keys = [...devices.map(d => d.key), ...revoked.map(r => r.key).filter(key => !devices.some(d => sameBytes(d.key, key)))]
    return [...keys.filter(key => account.isOwn(key)), ...keys.filter(key => !account.isOwn(key))]
  }

  /** Whether the account has put it out. */
  isRevoked (device: KeyBytes): boolean { return !lists(this.#deps.account.manifest.manifest, device) }

  /** A device by its name, its id, or the start or end of that. @throws NotFoundError, AmbiguousError */
  called (words: string): KeyBytes {
    const all = this.all()
    const active = all.filter(device => !this.isRevoked(device))
    // One that is out gives way to those that speak for the account.
    const found = [
      () => active.filter(device => this.nameOf(device) === words), () => active.filter(device => this.#nameIn(device) === words),
      () => all.filter(device => fits(peerIdText(device), words)), () => all.filter(device => this.#nameIn(device) === words)
    ].reduce<KeyBytes[]>((before, look) => before.length > 0 ? before : look(), [])
    const [first, ...others] = found
    if (first === undefined) throw new NotFoundError(`no device of this account is called "${words.slice(0, 80)}": see petrel devices list`)
    if (others.length > 0) throw new AmbiguousError(`several devices are called "${words.slice(0, 80)}"`, { details: { candidates: found.map(one => `${this.nameOf(one)} ${peerIdText(one)}`) } })
    return first
  }

  /** Calls a device something else; all devices hear of it. @throws BadInputError for a name that cannot be; NotFoundError before the device has said who it is */
  async rename (device: KeyBytes, name: string): Promise<void> {
    const record = this.recordOf(device)
    if (record === undefined) throw new NotFoundError('that device has not said who it is yet: it can be renamed once it has been online')
    const checked = checkedName(name)
    await this.#deps.write([this.#op(device, { ...record, name: checked })], [{ type: 'device', device: peerIdText(device), name: checked, change: 'renamed' }])
  }

  /** Keeps who a new device is, for all: by a name that no other has, if there is one that is not too long. */
  async added (device: KeyBytes, name: string, card: Uint8Array): Promise<void> {
    const taken = new Set(this.#deps.account.devices.filter(other => !sameBytes(other, device)).map(other => this.#nameIn(other)))
    await this.#deps.write([this.#op(device, { name: freeName(name, taken), since: this.#deps.now(), card })], [])
    this.#newcomers.look()
  }

  /** @throws BadInputError for this device itself */
  requireOther (device: KeyBytes): void {
    if (this.#deps.account.isOwn(device)) throw new BadInputError('a device is not revoked by itself: use another one, or the 24 words')
  }

  /**
   * Has the account's record say that a device speaks for it no more. Resolves when that counts. The key packages end with
   * it: that device has their private parts.
   * @throws BadInputError for this device itself, and for one that is revoked already; QuotaError when too many were
   */
  async putOut (device: KeyBytes, options: { readonly signal?: AbortSignal }): Promise<void> {
    this.requireOther(device)
    const { account, now, publisher } = this.#deps
    await publisher.changeManifest(manifest => {
      const listed = manifest.devices.some(d => sameBytes(d.key, device))
      if (!listed || manifest.revoked.some(r => sameBytes(r.key, device))) return undefined
      if (manifest.revoked.length >= LIMITS.revocations) throw new QuotaError(`this account has revoked ${LIMITS.revocations} devices, and none of them may be forgotten: the 24 words put all devices out and begin anew (petrel init --recover --revoke-others)`)
      const revoked = [...manifest.revoked, { key: device, version: manifest.version + 1 }]
      return { revoked, devices: withoutRevoked({ ...manifest, revoked }, account.device, now()), keyPackages: [] }
    }, options)
  }

  /** Tells what a newer manifest says of devices. */
  async manifestChanged (before: CheckedManifest, after: CheckedManifest): Promise<void> {
    const now = activeDevices(after.manifest)
    const gone = activeDevices(before.manifest).filter(device => !now.some(one => sameBytes(one, device)))
    this.#newcomers.look()
    if (gone.length > 0) await this.#deps.write([], gone.map(device => ({ type: 'device', device: peerIdText(device), name: this.nameOf(device), change: 'revoked' })))
  }

  /** Tells of devices that came while this one could not. */
  start (): void { this.#newcomers.look() }

  #op (device: KeyBytes, record: DeviceRecord): KeyValueOp { return this.#deps.vault.put(deviceRecordName(device), deviceRecord.encode(record)) }

  /** Another device wrote a record. */
  #heard (name: string, data: unknown, before: unknown): VaultTaken | undefined {
    if (data === undefined) return undefined
    const record = deviceRecord.decode(data)
    const known = before === undefined ? undefined : deviceRecord.decode(before)
    if (known === undefined || known.name === '') return { after: () => { this.#newcomers.look() } }
    return known.name === record.name ? undefined : { events: [{ type: 'device', device: name.slice('device/'.length), name: record.name, change: 'renamed' }] }
  }
}

const LEAST = LIMITS.idCharacters

function fits (id: string, words: string): boolean { return id === words || (words.length >= LEAST && (id.startsWith(words) || id.endsWith(words))) }

function checkedName (name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || Buffer.byteLength(trimmed) > LIMITS.nameBytes || /\p{Cc}/u.test(trimmed)) throw new BadInputError(`a device's name has 1 to ${LIMITS.nameBytes} bytes, without control characters`)
  return trimmed
}
