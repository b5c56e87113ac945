/**
 * What follows when the account has revoked a device, in the design's order: the vault's key and capabilities; key
 * packages and the inbox's keys; the media secret; a new leaf in each chat. Each step is on the disk as done only when it
 * is, so it goes on after a stop at any place; each may be done twice. DESIGN section 4 (Revocation).
 */
import { shape } from '../../protocol/wire/index.js'
import type { Vault } from '../records/index.js'

/** The steps, in their order. The manifest comes before the first: without it there is no revocation. */
export const STEPS = ['vault', 'keys', 'media', 'chats'] as const
/** One of them. */
export type RevocationStep = typeof STEPS[number]

/** How each step is done. Each resolves when it is, and may be called again after it was. */
export type RevocationDeeds = Readonly<Record<RevocationStep, (signal: AbortSignal) => Promise<void>>>

const WORDS: Readonly<Record<RevocationStep, string>> = {
  vault: 'the vault\'s key', keys: 'key packages and the inbox', media: 'the files\' secret', chats: 'keys of chats'
}

const NAME = 'revocation'
const recordShape = shape.struct({ v: shape.literal(1), left: shape.array(shape.text(16), STEPS.length) })

/** Takes note, durably, that all that follows from a revocation is to be done: a node that starts with it does it. */
export async function noteRevocation (vault: Pick<Vault, 'write'>): Promise<void> { await vault.write(NAME, { v: 1, left: [...STEPS] }) }

/** See the file's head. */
export class Revocation {
  readonly #vault: Vault
  readonly #deeds: RevocationDeeds
  /** Counts revocations: one that comes while the steps run begins them anew. */
  #round = 0

  constructor (vault: Vault, deeds: RevocationDeeds) {
    this.#vault = vault
    this.#deeds = deeds
  }

  /** What is left to do, in order. */
  get left (): RevocationStep[] {
    const kept = this.#vault.get(NAME)
    if (kept === undefined) return []
    const { left } = recordShape(kept, 'revocation')
    return STEPS.filter(step => left.includes(step))
  }

  /** What is left, in words; null when nothing is. */
  get pending (): string | null {
    const { left } = this
    return left.length === 0 ? null : left.map(step => WORDS[step]).join(', ')
  }

  /** Everything is to be done, also what was under way: durable when it resolves. Write it before the manifest goes out. */
  async begin (): Promise<void> {
    this.#round++
    await noteRevocation(this.#vault)
  }

  /** Does what is left, step by step. @throws what keeps a step from being done; the steps before it stay done */
  async goOn (signal: AbortSignal): Promise<void> {
    for (let left = this.left; left.length > 0; left = this.left) {
      const [step, ...rest] = left
      if (step === undefined) return
      const round = this.#round
      await this.#deeds[step](signal)
      if (round !== this.#round) continue
      if (rest.length > 0) await this.#vault.write(NAME, { v: 1, left: rest })
      else await this.#vault.kv.batch([this.#vault.del(NAME)])
    }
  }
}
