/** Logs that the vault has had and has no more: their homes drop them, once everybody can know of the one in their place. */
import { ConflictError, decodeGenesis, ForbiddenError, LIMITS, logIdOf, NotFoundError, RIGHT, sameBytes, signerFromSeed, toPetrelError, UnsupportedError, type KeyBytes } from '../../protocol/wire/index.js'
import type { LinkCallOptions, RelayLink } from '../gateway/index.js'
import { RetryTimer } from '../retry-timer.js'
import type { FormerLog, VaultLogState } from './log-state.js'
import type { SharedVaultDeps } from './shared-vault-deps.js'
import type { VaultLog } from './vault-log.js'

type FormerDeps = Pick<SharedVaultDeps, 'account' | 'isShown' | 'log' | 'pool'>

/** What is to be dropped once another log takes the place of `before`: the oldest give way. Pure. */
export function formerAfter (before: VaultLogState | undefined): readonly FormerLog[] {
  if (before === undefined) return []
  const { genesis, former, generation: { owner } } = before
  return [...former, ...owner === null ? [] : [{ genesis, owner }]].slice(-LIMITS.vaultFormerLogs)
}

/** See the file's head. */
export class FormerLogs {
  readonly #deps: FormerDeps
  readonly #later: RetryTimer
  #dropping: Promise<void> | undefined

  /** `again` is called when a home that was away is to be asked again. */
  constructor (deps: FormerDeps, again: () => void) {
    this.#deps = deps
    this.#later = new RetryTimer(again, { first: LIMITS.vaultDropAgainMs, most: LIMITS.vaultDropAgainMs })
  }

  /** Has those dropped that `log` took the place of, beside everything else: a home that is away keeps nobody waiting. Not before all homes say which log it is now. */
  look (log: VaultLog, options: LinkCallOptions): void {
    const { account, isShown, log: note } = this.#deps
    const { former } = log.state
    if (former.length === 0 || this.#dropping !== undefined || this.#later.isOn || !account.relays.every(({ peer }) => isShown(peer))) return
    this.#dropping = this.#drop(log, former, options).catch((error: unknown) => { note('info', 'vault.former', { code: toPetrelError(error).code }) }).finally(() => { this.#dropping = undefined })
  }

  /** Ends that. */
  async stop (): Promise<void> {
    this.#later.stop()
    await this.#dropping
  }

  async #drop (log: VaultLog, former: readonly FormerLog[], options: LinkCallOptions): Promise<void> {
    const left: FormerLog[] = []
    for (const one of former) if (!await this.#isDropped(one, options)) left.push(one)
    await log.change({ former: left })
    if (left.length > 0) this.#later.later()
  }

  /** Whether nothing more is to be done: one that is gone, that another device has dropped, or whose home does not do that, is left. */
  async #isDropped ({ genesis, owner }: FormerLog, options: LinkCallOptions): Promise<boolean> {
    const log = logIdOf(genesis)
    const link = this.#linkTo(decodeGenesis(genesis).home)
    // A relay that is no home of the account any more takes no orders from it.
    if (link === undefined) return true
    for (const right of [RIGHT.append, RIGHT.mirror]) link.dropCapability(log, right)
    link.setCapability(log, RIGHT.owner, signerFromSeed(owner))
    try {
      await link.dropLog(log, options)
      return true
    } catch (error) {
      const known = toPetrelError(error)
      return [NotFoundError, ForbiddenError, ConflictError, UnsupportedError].some(type => known instanceof type)
    } finally {
      link.dropCapability(log, RIGHT.owner)
    }
  }

  #linkTo (home: KeyBytes): RelayLink | undefined {
    const { account, pool } = this.#deps
    const relay = account.relays.find(({ peer }) => sameBytes(peer, home))
    return relay === undefined ? undefined : pool.link(home, account.addrsOf(relay))
  }
}
