/** Devices of one account that share their records by the vault's log itself, at the account's home. */
import { makeDeviceCard } from '../../src/node/vault/device-record.js'
import type { Account } from '../../src/node/account/index.js'
import { CHAT_KEYS, decodeChatKey } from '../../src/node/chats/devices/chat-key.js'
import type { EntriesHandler, Follow, RelayLink } from '../../src/node/gateway/index.js'
import type { Vault } from '../../src/node/records/index.js'
import { logIdOf, sameBytes, UnavailableError, type LogId, type PetrelError } from '../../src/protocol/wire/index.js'
import { SharedVaults, type Sharing } from './shared-vaults.js'
import { eventually, type SmallPerson } from './small-world.js'

/** What a test may do to a device's way to the vault's log. */
class Way {
  isCut = false
  readonly #account: Account
  /** Ends what is followed. */
  readonly #ends = new Set<(error: PetrelError) => void>()

  constructor (account: Account) { this.#account = account }

  cut (): void {
    this.isCut = true
    for (const end of [...this.#ends]) end(new UnavailableError('the vault is away'))
  }

  requireHere (log: LogId): void { if (this.isCut && this.#isOf(log)) throw new UnavailableError('the vault is away') }

  follow (link: RelayLink, log: LogId, after: number, onEntries: EntriesHandler, onEnd: (error: PetrelError) => void): Follow {
    this.requireHere(log)
    if (!this.#isOf(log)) return link.follow(log, after, onEntries, onEnd)
    const follow = link.follow(log, after, onEntries, error => { this.#ends.delete(end); onEnd(error) })
    const end = (error: PetrelError): void => { stop(); onEnd(error) }
    const stop = (): void => { this.#ends.delete(end); follow.stop() }
    this.#ends.add(end)
    return { stop }
  }

  #isOf (log: LogId): boolean {
    const { vault } = this.#account.manifest.manifest
    return vault !== undefined && sameBytes(log, logIdOf(vault.genesis))
  }
}

/** See the file's head. */
export class VaultLogs implements Sharing {
  readonly log = 'on'
  readonly #ways = new WeakMap<Vault, Way>()

  async join (): Promise<void> { await Promise.resolve() }

  through (vault: Vault, account: Account, link: RelayLink): RelayLink {
    const way = this.#ways.get(vault) ?? new Way(account)
    this.#ways.set(vault, way)
    return new Proxy(link, {
      get: (target, name) => {
        if (name === 'follow') return (...given: Parameters<RelayLink['follow']>) => way.follow(target, ...given)
        const value = Reflect.get(target, name, target) as unknown
        if (typeof value !== 'function') return value
        const bound = (value as (...args: unknown[]) => unknown).bind(target)
        if (name !== 'read' && name !== 'append' && name !== 'head') return bound
        return async (log: LogId, ...given: unknown[]) => {
          way.requireHere(log)
          const found = await bound(log, ...given)
          way.requireHere(log)
          return found
        }
      }
    })
  }

  async letIn (device: SmallPerson, { core: { account, shared, vault } }: SmallPerson): Promise<void> {
    await eventually(() => account.manifest.manifest.vault !== undefined && shared.isRead)
    await shared.renew({ cards: [await makeDeviceCard(device.device, device.deviceSeed, 1)] })
    await vault.published([...vault.shared()].map(([name]) => name))
  }

  async arrived ({ core: { shared, vault, chats } }: SmallPerson): Promise<void> {
    await shared.whenRead()
    await eventually(() => [...vault.list(CHAT_KEYS)].every(([, data]) => {
      const { record: { stage, log } } = decodeChatKey(data)
      return stage === 'create' || stage === 'commit' || chats.get(log) !== undefined
    }))
  }

  async away ({ core: { vault, shared } }: SmallPerson, away: boolean): Promise<void> {
    const way = this.#ways.get(vault)
    if (way === undefined) throw new Error('it never reached for a relay')
    if (away) way.cut()
    else {
      way.isCut = false
      shared.kick()
      await shared.current({})
    }
  }
}

/** Both ways: what holds of devices that share their records holds by either. */
export const SHARINGS: ReadonlyArray<readonly [how: string, make: () => Sharing]> = [['in memory', () => new SharedVaults()], ['by the vault\'s log', () => new VaultLogs()]]
