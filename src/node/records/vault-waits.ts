/** Who waits until records stand in the vault's log. */
import { AbortedError, DeadlineError, toPetrelError } from '../../protocol/wire/index.js'
import type { VaultEntry } from './vault-entry.js'

/** How to wait for the vault's log. */
export interface VaultWaitOptions { readonly signal?: AbortSignal, readonly deadlineMs?: number }
/** What brings shared records to the log, once there is one. */
export interface VaultSharing {
  /** Called when a shared record was changed here, durably. */
  changed (): void
  /** Resolves when the account's other devices' changes up to now are here. @throws UnavailableError, DeadlineError, AbortedError, ProofError */
  current (options: VaultWaitOptions): Promise<void>
  /** What stands in the way of the log for good; null while nothing does. */
  readonly trouble: Error | null
}

interface Wait {
  /** The versions that are awaited. */
  readonly versions: Map<string, number>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** See the file's head. */
export class VaultWaits {
  readonly #durable: (name: string) => VaultEntry | undefined
  readonly #all = new Set<Wait>()

  /** `durable`: what is on the disk of a record. */
  constructor (durable: (name: string) => VaultEntry | undefined) { this.#durable = durable }

  /** Resolves when the log has these versions or later ones. @throws the sharing's trouble, AbortedError, DeadlineError */
  async wait (versions: ReadonlyArray<readonly [name: string, version: number]>, sharing: VaultSharing, { signal, deadlineMs }: VaultWaitOptions): Promise<void> {
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const wait: Wait = { versions: new Map(versions), resolve: () => { resolve(undefined) }, reject }
    const onAbort = (): void => { reject(new AbortedError(undefined, { cause: signal?.reason })) }
    const timer = deadlineMs === undefined ? undefined : setTimeout(() => { reject(new DeadlineError('the account\'s other devices and its relay could not be told in time: it is tried again by itself')) }, deadlineMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#all.add(wait)
    try {
      this.#look(wait, sharing)
      await promise
    } finally {
      this.#all.delete(wait)
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** A record that is awaited is written again under a higher version, since another device was first. */
  raise (name: string, version: number): void {
    for (const { versions } of this.#all) if (versions.has(name)) versions.set(name, version)
  }

  /** Looks again. Without a log nobody waits. */
  look (sharing: VaultSharing | undefined): void { for (const wait of this.#all) this.#look(wait, sharing) }

  #look (wait: Wait, sharing: VaultSharing | undefined): void {
    for (const [name, version] of wait.versions) if (sharing === undefined || this.#stands(name, version)) wait.versions.delete(name)
    if (wait.versions.size === 0) wait.resolve()
    else if (sharing?.trouble != null) wait.reject(toPetrelError(sharing.trouble))
  }

  #stands (name: string, version: number): boolean {
    const entry = this.#durable(name)
    // What was removed for good before it was ever told is not to be told.
    if (entry === undefined) return version === 0
    return entry.base === null ? entry.version >= version : entry.base >= version
  }
}
