/** How a test's devices of one account share their records: without the vault's log here, by the log itself in vault-logs.ts. */
import { openVaultRecord } from '../../src/protocol/message/index.js'
import { UnavailableError, type KeyBytes } from '../../src/protocol/wire/index.js'
import type { Account } from '../../src/node/account/index.js'
import type { RelayLink } from '../../src/node/gateway/index.js'
import type { Vault } from '../../src/node/records/index.js'
import type { UpdateLog } from '../../src/node/updates/index.js'
import type { SmallPerson } from './small-world.js'

/** What the devices of one account share their records by. */
export interface Sharing {
  /** Whether a node works on the vault's log of its own accord. */
  readonly log: 'on' | 'off'
  /** A device's records are open, and its node is about to be. */
  join (vault: Vault, account: KeyBytes, updates: UpdateLog): Promise<void>
  /** How a device reaches a relay. */
  through (vault: Vault, account: Account, link: RelayLink): RelayLink
  /** A device is let in by another one, before its node is opened. */
  letIn (device: SmallPerson, by: SmallPerson): Promise<void>
  /** Its node was opened for the first time: resolves when it has all that is shared. */
  arrived (device: SmallPerson): Promise<void>
  /** Cuts a device off from what is shared, until it is let back or opened anew. */
  away (device: SmallPerson, away: boolean): Promise<void>
}

interface Device { readonly vault: Vault, readonly account: KeyBytes, readonly updates: UpdateLog, read: number, away: boolean, turn: Promise<unknown> }

/** Hands the shared records over in memory, in one order for all, as the vault's log does. */
export class SharedVaults implements Sharing {
  readonly log = 'off'
  readonly #log: Array<{ bytes: Uint8Array, from: Vault }> = []
  readonly #devices: Device[] = []

  /** A device comes, or comes back: it has all that is there when this resolves. */
  async join (vault: Vault, account: KeyBytes, updates: UpdateLog): Promise<void> {
    const device: Device = { vault, account, updates, read: 0, away: false, turn: Promise.resolve() }
    this.#devices.push(device)
    vault.share({
      changed: () => { this.#sync(device).catch(() => undefined) },
      current: async () => { await this.#sync(device) },
      trouble: null
    })
    await this.#sync(device)
  }

  through (_vault: Vault, _account: Account, link: RelayLink): RelayLink { return link }

  async letIn (): Promise<void> { await Promise.resolve() }

  async arrived (): Promise<void> { await Promise.resolve() }

  async away ({ core: { vault } }: SmallPerson, away: boolean): Promise<void> {
    for (const device of this.#devices.filter(one => one.vault === vault)) {
      device.away = away
      if (!away) await this.#sync(device)
    }
  }

  async #sync (device: Device): Promise<void> {
    const turn = device.turn.then(async () => { await this.#turn(device) })
    device.turn = turn.catch(() => undefined)
    await turn
  }

  async #turn (device: Device): Promise<void> {
    if (device.away) throw new UnavailableError('the vault is away')
    await this.#read(device)
    const { vault } = device
    const mine = vault.waiting()
    if (mine.length === 0) return
    // Nobody else comes between this and the reading: there is nothing to wait for.
    for (const name of mine) {
      const bytes = vault.signed(name)
      if (bytes !== undefined) this.#log.push({ bytes, from: vault })
    }
    await this.#read(device)
    for (const other of this.#devices) if (other !== device && !other.away) this.#sync(other).catch(() => undefined)
  }

  async #read (device: Device): Promise<void> {
    const { vault, account, updates } = device
    while (device.read < this.#log.length) {
      const { bytes, from } = this.#log[device.read++]!
      const { record: { name, version, data } } = openVaultRecord(bytes, account)
      const taken = vault.arrive({ name, version, data, seq: device.read, isOwn: from === vault })
      if (taken.ops.length > 0) await updates.write(taken.ops, taken.events ?? [])
      taken.after?.()
    }
  }
}
