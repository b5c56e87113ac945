/** Deletions that are not done yet: whoever asks for such a block afterwards waits for its end. */
import { decodeCid, type Cid } from '../../protocol/wire/index.js'
import { nameOf } from './checks.js'

/** See the file's head. */
export class Deletions {
  readonly #underWay = new Map<string, Promise<unknown>>()

  /** The blocks, each once, and their deletion, from this moment on. @throws BadInputError for what is no CID */
  run<T> (cids: readonly Cid[], work: (distinct: Cid[]) => Promise<T>): Promise<T> {
    const distinct = new Map(cids.map(cid => [nameOf(decodeCid(cid)), cid]))
    const done = work([...distinct.values()])
    const settled = done.then(() => undefined, () => undefined)
    for (const name of distinct.keys()) this.#underWay.set(name, settled)
    void settled.then(() => { for (const name of distinct.keys()) if (this.#underWay.get(name) === settled) this.#underWay.delete(name) })
    return done
  }

  /** Resolves when none of the blocks is being deleted. */
  async over (cids: readonly Cid[]): Promise<void> {
    if (this.#underWay.size > 0) await Promise.all(cids.flatMap(cid => this.#underWay.get(nameOf(cid)) ?? []))
  }
}
