/**
 * Those whom a wish adds, as their relays show them now. Who cannot be asked holds up nobody else: it is asked again
 * later, ever more rarely.
 */
import { XWING_PUBLIC_BYTES } from '../../../protocol/crypto/index.js'
import { BadInputError, ForbiddenError, LIMITS, NotFoundError, ProofError, TooLargeError, toPetrelError, type KeyBytes, type PetrelError } from '../../../protocol/wire/index.js'
import { accountName } from '../member-manifests.js'
import type { Candidate } from './make-commit.js'

/** Somebody who is not added, and why. `waits`: it is as soon as it can be asked. */
export interface NotAdded { readonly account: KeyBytes, readonly error: PetrelError, readonly waits: boolean }

/** What asking came to. */
export interface Asked { readonly ready: Candidate[], readonly not: NotAdded[] }

const AT_ONCE = 8
const REST_MS = { first: 1000, most: 5 * 60_000 } as const
/** A sealed path: for each leaf under an empty node a key and 48 bytes, and the committer's leaf. */
const PATH_BYTES = { leaf: 88, base: 2048 } as const
/** What handshake and padding leave of an entry. */
const ROOM = Math.floor(LIMITS.commitBytes * 0.94)

/** Asks for them. One for each chat: who was just asked in vain is let be for a while. */
export class Candidates {
  readonly #ask: (account: KeyBytes, options: { signal: AbortSignal }) => Promise<Candidate>
  readonly #now: () => number
  readonly #resting = new Map<string, { until: number, ms: number, error: PetrelError }>()

  constructor (ask: (account: KeyBytes, options: { signal: AbortSignal }) => Promise<Candidate>, now: () => number) {
    this.#ask = ask
    this.#now = now
  }

  /** Asks for all of them, some at a time. @throws AbortedError by signal */
  async of (accounts: readonly KeyBytes[], signal: AbortSignal): Promise<Asked> {
    const asked: Asked = { ready: [], not: [] }
    const rest = accounts.values()
    const work = async (): Promise<void> => {
      for (const account of rest) {
        const found = await this.#one(account, signal)
        if ('error' in found) asked.not.push(found)
        else asked.ready.push(found)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    signal.throwIfAborted()
    return asked
  }

  async #one (account: KeyBytes, signal: AbortSignal): Promise<Candidate | NotAdded> {
    const name = accountName(account)
    const resting = this.#resting.get(name)
    if (resting !== undefined && resting.until > this.#now()) return { account, error: resting.error, waits: true }
    try {
      return await this.#ask(account, { signal })
    } catch (cause) {
      const error = toPetrelError(cause)
      if (isFinal(error)) return { account, error, waits: false }
      this.letBe(account, error)
      return { account, error, waits: true }
    }
  }

  /** It is asked again later: it could not be, or what it gave was of no use. @returns the error */
  letBe (account: KeyBytes, error: PetrelError): PetrelError {
    const name = accountName(account)
    const ms = Math.min((this.#resting.get(name)?.ms ?? REST_MS.first / 2) * 2, REST_MS.most)
    this.#resting.set(name, { until: this.#now() + ms, ms, error })
    return error
  }

  /** Those who could not be asked are, later, whatever was said. @returns the first error */
  letAllBe (not: readonly NotAdded[]): PetrelError | undefined {
    for (const { account, error, waits } of not) if (!waits) this.letBe(account, error)
    return not[0]?.error
  }
}

/** As many of them, in order, as one commit's entry takes; at least one. @param members - of the group, @param hasPath - the commit renews its maker's leaf */
export function whatFits (candidates: readonly Candidate[], { members, hasPath }: { members: number, hasPath: boolean }): Candidate[] {
  let room = ROOM - PATH_BYTES.base - (hasPath ? PATH_BYTES.leaf * members : 0)
  const fit: Candidate[] = []
  for (const candidate of candidates) {
    room -= candidate.keyPackage.length - XWING_PUBLIC_BYTES + candidate.manifest.bytes.length
    if ((room < 0 || fit.length >= LIMITS.groupAdds) && fit.length > 0) break
    fit.push(candidate)
  }
  return fit
}

/** Whether trying again is of no use. */
export function isFinal (error: unknown): error is PetrelError {
  return error instanceof ForbiddenError || error instanceof BadInputError || error instanceof NotFoundError || error instanceof TooLargeError || error instanceof ProofError
}
