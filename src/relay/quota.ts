/**
 * Who stores how much. The truth is each log's own head; this is a sum of heads in memory. Every append tells the log's
 * whole size and not a difference, so a sum that is wrong after a failed write is right again with the next one.
 */
import { QuotaError } from '../protocol/wire/index.js'
import type { QuotaOptions } from './options.js'

interface Account { bytes: number, readonly logs: Map<string, number> }

type LogQuota = Pick<QuotaOptions, 'accountBytes' | 'accountLogs' | 'totalBytes'>

/** Sums of the logs' sizes, by the account that pays. Accounts and logs are named by their map keys. */
export class QuotaLedger {
  readonly #options: LogQuota
  readonly #accounts = new Map<string, Account>()
  #bytes = 0
  #logs = 0

  constructor (options: LogQuota) { this.#options = options }

  /** Bytes of all logs. */
  get bytes (): number { return this.#bytes }
  /** How many logs there are. */
  get logs (): number { return this.#logs }

  /** Bytes and number of an account's logs. */
  usage (account: string): { bytes: number, logs: number } {
    const held = this.#accounts.get(account)
    return { bytes: held?.bytes ?? 0, logs: held?.logs.size ?? 0 }
  }

  /** The logs an account pays for. */
  logsOf (account: string): string[] { return [...this.#accounts.get(account)?.logs.keys() ?? []] }

  /** Counts a log that is about to be made. False when it is counted already. @throws QuotaError when the account may not make one more */
  claimLog (account: string, log: string): boolean {
    if (this.#accounts.get(account)?.logs.has(log) === true) return false
    const max = this.#options.accountLogs
    if (this.usage(account).logs >= max) throw new QuotaError(`the account has ${max} logs, which is its quota: delete some, or ask the relay's operator for more`, { details: { quotaLogs: max } })
    this.observe(account, log, 0)
    return true
  }

  /** @throws QuotaError when the log may not grow to `bytes` */
  requireBytes (account: string, log: string, bytes: number): void {
    const held = this.#accounts.get(account)
    const more = bytes - (held?.logs.get(log) ?? 0)
    if (more <= 0) return
    const { accountBytes, totalBytes } = this.#options
    if ((held?.bytes ?? 0) + more > accountBytes) {
      throw new QuotaError(`the account that pays for this log has used its ${accountBytes} bytes: trim or delete logs, or ask the relay's operator for more`, { details: { quotaBytes: accountBytes } })
    }
    if (this.#bytes + more > totalBytes) throw new QuotaError('the relay is full: its operator must give it more room', { details: { full: true } })
  }

  /** Takes note of a log's size. */
  observe (account: string, log: string, bytes: number): void {
    let held = this.#accounts.get(account)
    if (held === undefined) this.#accounts.set(account, held = { bytes: 0, logs: new Map() })
    const before = held.logs.get(log)
    if (before === undefined) this.#logs++
    const more = bytes - (before ?? 0)
    held.logs.set(log, bytes)
    held.bytes += more
    this.#bytes += more
  }

  /** Forgets a log that is gone. */
  forget (account: string, log: string): void {
    const held = this.#accounts.get(account)
    const bytes = held?.logs.get(log)
    if (held === undefined || bytes === undefined) return
    held.logs.delete(log)
    held.bytes -= bytes
    this.#bytes -= bytes
    this.#logs--
    if (held.logs.size === 0) this.#accounts.delete(account)
  }
}
