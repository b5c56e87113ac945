/**
 * The vault as the account's devices share it: which log it is, what this device does about it, and in which order.
 * What is changed here is brought to the log in the background; what other devices changed comes from it.
 */
import { vaultDeviceKeys, type VaultReaderKeys } from '../../protocol/crypto/index.js'
import { openDeviceCard, signDeviceCard } from '../../protocol/message/index.js'
import { DeadlineError, decodeGenesis, LIMITS, ProofError, sameBytes, toPetrelError, type KeyBytes, type ManifestVault, type PetrelError } from '../../protocol/wire/index.js'
import { monotonicClock, patiently } from '../gateway/index.js'
import { Persistent } from '../persistent.js'
import type { VaultSharing, VaultWaitOptions } from '../records/index.js'
import { adoptedLog, chosenLog, freshLog, openAtHome, type Choice } from './choose-log.js'
import { keepDeviceRecord, keepOwnRecord } from './device-record.js'
import { FormerLogs, formerAfter } from './former-logs.js'
import { decodeLogState, type VaultLogState } from './log-state.js'
import type { SharedVaultDeps } from './shared-vault-deps.js'
import { bring, compact, mayTrim, renew, rewrite, trim } from './upkeep.js'
import { stateOp, VaultLog } from './vault-log.js'

/** How the vault's log stands. */
export interface SharedVaultStatus {
  /** `none`: there is no home for it. `making`: its log is being filled. `reading`: it was never read to its end. `behind`: something is to be read or written. */
  readonly state: 'none' | 'making' | 'reading' | 'behind' | 'current' | 'alarm'
  readonly generation: number
  readonly seq: number
  /** Records that the log does not have yet. */
  readonly waiting: number
  /** What is wrong with it, in words. */
  readonly alarm: string | null
  /** What was wrong with the one before, in words, for some days. */
  readonly healed: string | null
  /** Why it is behind, as far as is known. */
  readonly trouble: PetrelError | null
}

/** How to make a new generation of the vault key. */
export interface RenewOptions extends VaultWaitOptions {
  /** Cards of devices that the vault has no record of yet. */
  readonly cards?: readonly Uint8Array[]
}

const RETRY_MS = 5000
const REFOLLOW_MS = 1000

/** See the file's head. */
export class SharedVault implements VaultSharing {
  readonly #deps: SharedVaultDeps
  readonly #own: VaultReaderKeys
  readonly #work: Persistent
  readonly #former: FormerLogs
  readonly #waiting = new Set<() => void>()
  readonly #ending = new AbortController()
  #log: VaultLog | undefined
  #unwatch: () => void = () => undefined
  #refollow: NodeJS.Timeout | undefined
  #healing: NodeJS.Timeout | undefined
  #publishSoon: () => void = () => undefined
  #error: PetrelError | null = null
  #isOn = false

  private constructor (deps: SharedVaultDeps, own: VaultReaderKeys, state: VaultLogState | undefined) {
    this.#deps = deps
    this.#own = own
    this.#work = new Persistent(async () => { await this.#run() }, error => { this.#failed(error) }, RETRY_MS)
    this.#former = new FormerLogs(deps, () => { this.kick() })
    if (state !== undefined) this.#take(state)
    deps.vault.soft = !this.isRead
    if (state !== undefined || this.#named !== undefined) deps.vault.share(this)
    deps.account.vaultWord = () => this.#word()
  }

  /** Opens what this device knows of the log; nothing is connected yet. */
  static async open (deps: SharedVaultDeps): Promise<SharedVault> {
    const bytes = await deps.vault.kv.get(deps.keys.one('vaultLog'))
    return new SharedVault(deps, await vaultDeviceKeys(deps.deviceSeed), bytes === undefined ? undefined : decodeLogState(bytes))
  }

  /** This device's own card: what another one needs to let it in. */
  card (): Uint8Array {
    const { device, now } = this.#deps
    return signDeviceCard({ v: 1, device: device.key, kem: this.#own.kem.public, reader: this.#own.reader.key, time: now() }, device)
  }

  /** Whether what the account's vault holds is here: false on a device that has just come, until it was read once. */
  get isRead (): boolean {
    const { state } = this.#log ?? {}
    return state?.whole ?? this.#named === undefined
  }

  /** How it stands. */
  status (): SharedVaultStatus {
    const waiting = this.#deps.vault.waiting().length
    const { state } = this.#log ?? {}
    if (state === undefined) return { state: this.#named === undefined ? 'none' : 'reading', generation: 0, seq: 0, waiting, alarm: null, healed: null, trouble: this.#error }
    const { generation, place, alarm, healed, whole } = state
    const isBehind = waiting > 0 || this.#error !== null || this.#log?.isCurrent !== true
    const phase = alarm !== null ? 'alarm' : !whole ? this.#isMaker ? 'making' : 'reading' : isBehind ? 'behind' : 'current'
    return { state: phase, generation: generation.number, seq: place.seq, waiting, alarm: alarm?.message ?? null, healed: healed !== null && this.#deps.now() - healed.at < LIMITS.vaultHealedMs ? healed.message : null, trouble: this.#error }
  }

  get trouble (): Error | null {
    const alarm = this.#log?.state.alarm ?? null
    return alarm === null ? null : new ProofError(`the account's vault is in doubt: ${alarm.message}`)
  }

  changed (): void { this.kick() }

  /** Begins to work. `publishSoon` is called when the account's manifest is to say something new of the vault. */
  start (publishSoon: () => void): void {
    this.#publishSoon = publishSoon
    this.#isOn = true
    this.kick()
  }

  /** Looks again: the account's homes or its manifest changed. */
  kick (): void { if (this.#isOn) this.#work.soon() }

  /** Ends everything; what is being taken becomes durable first. */
  async stop (): Promise<void> {
    this.#isOn = false
    this.#ending.abort()
    this.#work.stop()
    clearTimeout(this.#refollow)
    clearTimeout(this.#healing)
    this.#unwatch()
    await this.#log?.stop()
    await this.#work.idle()
    await this.#former.stop()
  }

  async current (options: VaultWaitOptions): Promise<void> {
    await this.#until(() => this.isRead, options)
    await this.#log?.catchUp(options)
  }

  /** Resolves when what the vault holds was read once. @throws as {@link current} */
  async whenRead (options: VaultWaitOptions = {}): Promise<void> { await this.#until(() => this.isRead, options) }

  /**
   * Makes a new generation of the vault key, for exactly the devices that the account's manifest lists now: it ends what a
   * device that is not listed any more could read or write. Does nothing when the newest generation is for these already.
   *
   * @throws the link's errors; ProofError for a card that does not hold, or while the log is in doubt
   */
  async renew ({ cards = [], ...options }: RenewOptions = {}): Promise<void> {
    await this.#until(() => this.isRead, options)
    this.#requireSound()
    for (const bytes of cards) await keepDeviceRecord(this.#deps.vault, openDeviceCard(bytes).device, { name: '', since: this.#deps.now(), card: bytes })
    if (this.#log !== undefined) await renew(this.#log, this.#deps, { cards: [this.card(), ...cards], force: false }, options)
  }

  /** Makes a new log at the account's present home, in place of one that is gone or in doubt, and writes all records to it. Resolves when it stands. */
  async restart (options: VaultWaitOptions = {}): Promise<void> {
    const { chatHome } = this.#deps.account
    if (chatHome !== undefined) await this.#begin(this.#fresh(chatHome.peer))
    this.kick()
    await this.#until(() => this.isRead, options)
  }

  get #named (): ManifestVault | undefined { return this.#deps.account.manifest.manifest.vault }
  /** Whether nobody but this device knows of the log yet. */
  get #isMaker (): boolean { return this.#log !== undefined && (this.#named === undefined || !sameBytes(this.#named.genesis, this.#log.state.genesis)) }

  /** What the account's manifest is to say of the vault; undefined: what it says. */
  #word (): ManifestVault | undefined {
    const { state } = this.#log ?? {}
    const named = this.#named
    if (state?.whole !== true || state.alarm !== null) return undefined
    // Another device may have been first with another log, or with a later generation.
    const isOurs = named === undefined || (sameBytes(named.genesis, state.genesis) ? named.generation <= state.generation.number : state.replaces !== null && sameBytes(named.genesis, state.replaces))
    return !isOurs ? undefined : { genesis: state.genesis, generation: state.generation.number, head: state.place.hash }
  }

  async #run (): Promise<void> {
    await this.#choose()
    const log = this.#log
    if (log === undefined) return
    if (log.state.alarm !== null) {
      this.#healLater()
      return
    }
    const options = { signal: this.#ending.signal, deadlineMs: LIMITS.callDeadlineMs }
    if (this.#isMaker) await openAtHome(log, this.#deps, options)
    if (!log.isCurrent) await log.catchUp(options)
    const { vault } = this.#deps
    if (log.state.whole) vault.soft = false
    const cards = [this.card()]
    if (log.state.whole || this.#isMaker) await renew(log, this.#deps, { cards, force: false }, options)
    if (!log.state.whole && this.#isMaker) await rewrite(log, this.#deps, { cards }, options)
    if (!log.state.whole) return
    await keepOwnRecord(vault, this.#deps, cards[0] ?? this.card())
    await bring(log, this.#deps, { cards }, options)
    await compact(log, this.#deps, { cards }, options)
    // A manifest that is ahead of the log has nothing to be told: what it names is on its way here.
    if (this.#isMaker || (this.#named?.generation ?? 0) < log.state.generation.number) this.#publishSoon()
    if (mayTrim(log, this.#deps)) await trim(log, options)
    if (!this.#isMaker) this.#former.look(log, options)
    log.follow(error => { this.#lost(error) })
    this.#error = null
    this.#wake()
  }

  /** A log in doubt gives way to another, of what this device has: unless it never had all of it, or speaks for the account no more. */
  #healLater (): void {
    if (this.#log?.state.whole !== true || !this.#deps.account.isListed) return
    this.#healing ??= setTimeout(() => {
      this.#healing = undefined
      if (this.trouble !== null && this.#isOn) this.restart({ signal: this.#ending.signal }).catch((error: unknown) => { this.#failed(error) })
    }, this.#deps.healMs ?? LIMITS.vaultHealMs).unref()
  }

  /** Which log it is now. */
  async #choose (): Promise<void> {
    const { account } = this.#deps
    const choice: Choice = chosenLog(this.#log?.state, this.#named, { homes: account.relays.map(r => r.peer), chatHome: account.chatHome?.peer, own: account.device.key })
    if (choice.type === 'adopt') await this.#begin({ ...adoptedLog(choice.genesis), former: formerAfter(this.#log?.state) }, true)
    else if (choice.type === 'make') await this.#begin(this.#fresh(choice.home))
    else if (choice.type === 'settled') await this.#log?.change({ replaces: null })
    this.#watch()
  }

  #fresh (home: KeyBytes): VaultLogState {
    const before = this.#log?.state
    const healed = before?.alarm == null ? before?.healed ?? null : { message: before.alarm.message, at: this.#deps.now() }
    return { ...freshLog(home, before, this.#named), healed, former: formerAfter(before) }
  }

  /** Takes another log, of which nothing was read or written. `soft`: it has records, which count more than those here. */
  async #begin (state: VaultLogState, soft = false): Promise<void> {
    const { vault, keys, write } = this.#deps
    await this.#log?.stop()
    vault.soft = soft
    await write([...vault.unsettle(soft), stateOp(keys, state)], [])
    this.#take(state)
    vault.share(this)
  }

  #take (state: VaultLogState): void {
    const { vault, keys, account, device, pool, write } = this.#deps
    this.#log = new VaultLog(state, {
      vault, keys, write, held: () => account.manifest, reader: { account: account.key, keys: this.#own, device: device.key },
      linkTo: home => pool.link(home, this.#addrsOf(state, home)), onRead: () => { this.kick() }
    })
  }

  #addrsOf ({ genesis }: VaultLogState, home = decodeGenesis(genesis).home): readonly string[] {
    const { account } = this.#deps
    const relay = account.relays.find(r => sameBytes(r.peer, home))
    return relay === undefined ? account.manifest.manifest.relays.find(r => sameBytes(r.peer, home))?.addrs ?? [] : account.addrsOf(relay)
  }

  #watch (): void {
    this.#unwatch()
    const { link } = this.#log ?? {}
    this.#unwatch = link?.onState(({ state }) => {
      this.#log?.doubt()
      if (state === 'connected') this.kick()
    }) ?? (() => undefined)
  }

  #lost (error: PetrelError): void {
    this.#failed(error)
    clearTimeout(this.#refollow)
    this.#refollow = setTimeout(() => { this.kick() }, REFOLLOW_MS).unref()
  }

  #failed (error: unknown): void {
    const known = toPetrelError(error)
    if (!this.#ending.signal.aborted) {
      this.#error = known
      this.#deps.log('info', 'vault', { code: known.code })
      if (this.trouble !== null) this.#healLater()
    }
    this.#wake()
  }

  #requireSound (): void { if (this.trouble !== null) throw this.trouble }

  #wake (): void {
    this.#deps.vault.look()
    for (const look of [...this.#waiting]) look()
  }

  async #until (isSo: () => boolean, { signal, deadlineMs }: VaultWaitOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const look = (): void => {
      if (isSo()) resolve(undefined)
      else if (this.trouble !== null) reject(this.trouble)
    }
    this.#waiting.add(look)
    try {
      look()
      await patiently(promise, {
        clock: monotonicClock, signal, until: deadlineMs === undefined ? Infinity : monotonicClock.now() + deadlineMs,
        late: () => new DeadlineError('what the account\'s other devices wrote could not be read in time: it is tried again by itself')
      })
    } finally {
      this.#waiting.delete(look)
    }
  }
}
