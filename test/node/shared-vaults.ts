/** Hands the shared records of one account's devices over, in one order for all, as the vault's log does. Devices can be cut off from it. */
import { openVaultRecord } from '../../src/protocol/message/index.js'
import { UnavailableError, type KeyBytes } from '../../src/protocol/wire/index.js'
import type { Vault } from '../../src/node/records/index.js'
import type { UpdateLog } from '../../src/node/updates/index.js'

interface Device { readonly vault: Vault, readonly account: KeyBytes, readonly updates: UpdateLog, read: number, away: boolean, turn: Promise<unknown> }

export class SharedVaults {
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

  /** Cuts a device off, or lets it back. */
  async away (vault: Vault, away: boolean): Promise<void> {
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
