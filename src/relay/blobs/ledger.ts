/** Whose blobs take how much: sums in memory of the leases and uploads that are kept. Owners go by their tags' names. */
import { LIMITS, QuotaError } from '../../protocol/wire/index.js'
import type { QuotaOptions } from '../options.js'
import type { LeaseRecord } from './records.js'

/** What one owner has, or all. */
export interface MediaUsage {
  readonly leases: number
  /** Bytes of leased blobs and of open uploads. */
  readonly bytes: number
}

interface Account { leases: number, bytes: number, uploads: number, coming: number }

type ChargedLease = Pick<LeaseRecord, 'size' | 'state'> | undefined

/** What the sums are held against. */
export type MediaQuota = Pick<QuotaOptions, 'mediaBytes' | 'mediaFileBytes' | 'mediaTotalBytes'>

/** See the file's head. */
export class MediaLedger {
  readonly #quota: MediaQuota
  /** Bytes of blocks that are here. */
  readonly #stored: () => number
  readonly #accounts = new Map<string, Account>()
  #leases = 0
  #bytes = 0
  #coming = 0

  constructor (quota: MediaQuota, stored: () => number) {
    this.#quota = quota
    this.#stored = stored
  }

  /** All leases, and the bytes of their blobs and of open uploads, shared ones counted for each owner. */
  get all (): MediaUsage { return { leases: this.#leases, bytes: this.#bytes } }

  /** Leases of one owner that may wait for blocks. A node's own store has no quota: its cache, of which many files are here in part, has a bound of its own. */
  get mostComing (): number { return this.#quota.mediaBytes === Infinity ? Infinity : LIMITS.comingLeasesPerAccount }

  /** What an owner has. */
  usage (owner: string): MediaUsage & { readonly uploads: number, readonly coming: number } {
    const { leases = 0, bytes = 0, uploads = 0, coming = 0 } = this.#accounts.get(owner) ?? {}
    return { leases, bytes, uploads, coming }
  }

  /**
   * @param bytes what is to come
   * @param free what of the owner's goes at the same time
   * @throws QuotaError when there is no room for it
   */
  require (owner: string, bytes: number, free = 0): void {
    const { mediaBytes, mediaFileBytes, mediaTotalBytes } = this.#quota
    if (bytes > mediaFileBytes) throw new QuotaError(`this relay takes files of at most ${mediaFileBytes} bytes`, { details: { quotaFileBytes: mediaFileBytes } })
    if (this.usage(owner).bytes - free + bytes > mediaBytes) {
      throw new QuotaError(`the account has used its ${mediaBytes} bytes for files: delete some, or ask the relay's operator for more`, { details: { quotaBytes: mediaBytes } })
    }
    if (this.#stored() + this.#coming - free + bytes > mediaTotalBytes) throw new QuotaError('the relay has no room for more files: its operator must give it more', { details: { full: true } })
  }

  /** Counts a lease as it is now instead of as it was; undefined: there is none. */
  lease (owner: string, before: ChargedLease, after: ChargedLease): void {
    const leases = Number(after !== undefined) - Number(before !== undefined)
    this.#leases += leases
    this.#count(owner, chargeOf(after) - chargeOf(before), account => {
      account.leases += leases
      account.coming += Number(after?.state === 'coming') - Number(before?.state === 'coming')
    })
  }

  /** Sets room aside for a blob that is coming, once for all who lease it, or gives it back. */
  reserve (size: number, sign: 1 | -1): void { this.#coming += sign * size }

  /** Counts an upload, or takes one off. Its bytes are still to come, or are here already: they count as if they were to come. */
  upload (owner: string, bytes: number, sign: 1 | -1): void {
    this.#coming += sign * bytes
    this.#count(owner, sign * bytes, account => { account.uploads += sign })
  }

  #count (owner: string, bytes: number, change: (account: Account) => void): void {
    let account = this.#accounts.get(owner)
    if (account === undefined) this.#accounts.set(owner, account = { leases: 0, bytes: 0, uploads: 0, coming: 0 })
    account.bytes += bytes
    this.#bytes += bytes
    change(account)
    if (account.leases === 0 && account.uploads === 0) this.#accounts.delete(owner)
  }
}

/** One that is coming keeps sources in memory, whatever its size. */
function chargeOf (lease: ChargedLease): number {
  if (lease === undefined) return 0
  return lease.state === 'coming' ? Math.max(lease.size, LIMITS.comingLeaseBytes) : lease.size
}
