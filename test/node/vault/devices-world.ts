/** One account's devices as far as the vault goes: real vaults, accounts and links over a relay in memory. No chats. */
import { randomBytes } from 'node:crypto'
import { Account, Publisher } from '../../../src/node/account/index.js'
import { ContactBook } from '../../../src/node/contacts/index.js'
import { createRelayPool, type RelayLink, type RelayPool } from '../../../src/node/gateway/index.js'
import { Persistent } from '../../../src/node/persistent.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { UpdateLog } from '../../../src/node/updates/index.js'
import { SharedVault } from '../../../src/node/vault/index.js'
import { decodeLogState, type VaultLogState } from '../../../src/node/vault/log-state.js'
import {
  openManifest, signCertificate, signerFromSeed, signManifest, UnavailableError, type Append, type CheckedManifest, type KeyBytes, type LogId, type Manifest, type Signer
} from '../../../src/protocol/wire/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { copyOf, type SmallRelay } from '../small-world.js'

/** Waits for something that the parts tell of. */
export async function eventually (isSo: () => boolean | Promise<boolean>, ms = 50_000): Promise<void> {
  const end = Date.now() + ms
  while (!await isSo()) {
    if (Date.now() > end) throw new Error('it did not come to pass')
    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
}

/** The manifest of a family of devices that all speak from its first version on. */
export function familyManifest (account: Signer, devices: readonly Signer[], change: Partial<Manifest> = {}): Uint8Array {
  return signManifest({
    v: 1, account: account.key, generation: 1, version: 1, prev: null, devices: devices.map(({ key }) => ({ key, cert: signCertificate({ v: 1, account: account.key, device: key, time: 1 }, account) })),
    revoked: [], relays: [], inbox: null, keyPackages: [], time: 1, ...change
  }, account)
}

/** One device of the account. */
export class VaultDevice {
  readonly seed: Uint8Array
  readonly signer: Signer
  readonly name: string
  disk = new MemoryDisk()
  readonly #keys = new RecordKeys(randomBytes(32))
  #relays: readonly SmallRelay[]
  vault!: Vault
  account!: Account
  updates!: UpdateLog
  shared!: SharedVault
  pool!: RelayPool
  publisher!: Publisher
  #publishing!: Persistent
  #dead = { is: false }
  /** How long a log in doubt waits, ms. */
  healMs: number | undefined
  /** How much may be dead in the log. */
  slackBytes: number | undefined
  /** Decides on each append before it is made: an error in place of it. */
  fate: (log: LogId, items: readonly Append[]) => Promise<void> = () => Promise.resolve()

  constructor (name: string, relays: readonly SmallRelay[], seed: Uint8Array = randomBytes(32)) {
    this.name = name
    this.seed = seed
    this.signer = signerFromSeed(seed)
    this.#relays = relays
  }

  async open (account: Signer, manifest: Uint8Array, relay: SmallRelay): Promise<void> {
    const dead = this.#dead
    const { kv } = await openMemoryStore({ disk: this.disk })
    const keys = this.#keys
    this.vault = await Vault.open(kv, keys, account.key, this.signer)
    const isNew = this.vault.get('relays') === undefined
    this.vault.soft = isNew && openManifest(manifest).manifest.vault !== undefined
    this.account = await Account.open(this.vault, this.signer, { name: this.name, manifest })
    this.updates = await UpdateLog.open(this.vault.kv, keys, Date.now)
    this.pool = this.#pool(dead)
    this.publisher = new Publisher({ account: this.account, contacts: new ContactBook(this.vault), pool: this.pool, kv: this.vault.kv, now: Date.now })
    this.shared = await SharedVault.open({
      vault: this.vault, keys, account: this.account, device: this.signer, deviceSeed: this.seed, deviceName: this.name, pool: this.pool, now: Date.now,
      log: () => undefined, healMs: this.healMs, slackBytes: this.slackBytes, write: async (ops, events) => { if (!dead.is) await this.updates.write(ops, events) }, isShown: peer => this.publisher.isShown(peer)
    })
    if (isNew) await this.vault.kv.batch([this.account.setRelays([{ peer: relay.signer.key, address: relay.address, token: null }])])
    this.#publishing = new Persistent(async () => {
      await this.shared.whenRead()
      for (const { peer } of this.account.relays) await this.publisher.publish(peer)
      this.shared.kick()
    }, () => undefined, 50)
    this.shared.start(() => { this.#publishing.soon() })
  }

  /** What this device has of the vault's log on its disk: a thief has it too. */
  async logState (): Promise<VaultLogState> { return decodeLogState((await this.vault.kv.get(this.#keys.one('vaultLog')))!) }

  /** From the next connection on, these are the relays it finds. */
  meets (relays: readonly SmallRelay[]): void { this.#relays = relays }

  /** A copy of the disk from just before the n-th next write, as soon as there is one: from then on nothing of this process counts. */
  dieAt (n: number): Promise<MemoryDisk> {
    const { disk } = this
    const dead = this.#dead
    let left = n
    return new Promise(resolve => {
      disk.beforeWrite = async () => {
        if (--left !== 0) return
        dead.is = true
        for (const relay of this.#relays) relay.cutOff(this.signer.key)
        resolve(copyOf(disk))
        await new Promise(() => undefined)
      }
    })
  }

  /** The link to the first home. */
  get link (): RelayLink { return this.pool.link(this.account.relays[0]!.peer, [this.account.relays[0]!.address]) }
  get manifest (): CheckedManifest { return this.account.manifest }

  /** All shared records, as they are here. */
  records (): Map<string, string> {
    return new Map([...this.vault.shared()].filter(([, { data }]) => data.length > 0).map(([name, { data, version }]): [string, string] => [name, `${version} ${Buffer.from(data).toString('hex')}`]).sort(([a], [b]) => a < b ? -1 : 1))
  }

  /** Leaves everything as a crash would, and opens again on what the disk holds. */
  async crash (account: Signer, manifest: Uint8Array, relay: SmallRelay, disk = copyOf(this.disk)): Promise<void> {
    this.#dead.is = true
    this.#dead = { is: false }
    this.disk.beforeWrite = () => Promise.reject(new Error('dead'))
    const { shared, pool } = this
    void shared.stop().catch(() => undefined)
    void pool.close()
    this.disk = disk
    await this.open(account, manifest, relay)
  }

  async close (): Promise<void> {
    this.#publishing.stop()
    await this.shared.stop()
    await this.pool.close()
    await this.#publishing.idle()
  }

  #pool (dead: { is: boolean }): RelayPool {
    const pool = createRelayPool({
      dialer: {
        dial: async (_addrs, peer: KeyBytes, { onPush }) => {
          const relay = this.#relays.find(r => Buffer.compare(r.signer.key, peer) === 0)
          if (relay === undefined || dead.is) throw new UnavailableError('nobody is there')
          return relay.connect(this.signer.key, onPush)
        },
        hangUp: () => undefined
      },
      account: this.account.key, manifest: () => this.account.manifest.bytes, token: () => undefined, timing: { retryBaseMs: 1, retryCapMs: 5 }
    })
    const links = new WeakMap<RelayLink, RelayLink>()
    const fated = (link: RelayLink): RelayLink => new Proxy(link, {
      get: (target, name) => {
        if (name === 'append') {
          return async (log: LogId, items: readonly Append[], options: Parameters<RelayLink['append']>[2]) => {
            await this.fate(log, items)
            return await target.append(log, items, options)
          }
        }
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
      }
    })
    return {
      link: (peer, addrs) => {
        const link = pool.link(peer, addrs)
        const known = links.get(link) ?? fated(link)
        links.set(link, known)
        return known
      },
      get isClosed () { return pool.isClosed },
      links: () => pool.links(), poke: () => { pool.poke() }, close: async options => { await pool.close(options) }
    }
  }
}

/** Writes and removals of one device, of names that another one writes too, and of its own. */
export async function raceOf (device: VaultDevice, count: number, publishEvery: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `draft/${i % 7}`
    const ops = i % 11 === 10 ? [device.vault.del(name)] : [device.vault.put(name, `${device.name} ${i}`), device.vault.put(`mute/${device.name}${i}`, i)]
    await device.vault.kv.batch(ops)
    if (i % publishEvery === 0) await device.vault.published([name])
  }
}
