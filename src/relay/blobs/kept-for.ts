/** For whom blocks are kept: what some owners alone have is told from all the rest, block by block and record by record. */
import { CID_LENGTH, type Cid } from '../../protocol/wire/index.js'
import type { KeyValueStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { aboutOf, blobKey, ownerTag, reasonOf, under, type OwnerTag } from './keys.js'

/** Index nodes whose answer is remembered: enough for a terabyte. */
const REMEMBERED = 4096

/** See the file's head. */
export class KeptFor {
  readonly #kv: KeyValueStore
  readonly #owners: ReadonlySet<string>
  /** Index nodes stand for a thousand blocks each. */
  readonly #nodes = new Map<string, boolean>()

  /** @throws BadInputError for an owner that can be none */
  constructor (kv: KeyValueStore, owners: readonly Uint8Array[]) {
    this.#kv = kv
    this.#owners = new Set(owners.map(owner => ownerTag(owner).name))
  }

  /** Whether one of them keeps a block: itself, or what leads to it. */
  async block (cid: Cid): Promise<boolean> {
    for await (const [key] of this.#kv.iterate(under(blobKey('reference', cid)))) {
      const reason = reasonOf(key)
      if (reason.parent === undefined ? this.#has(reason.owner) : await this.#node(reason.parent)) return true
    }
    return false
  }

  /** Whether a record is the blob service's, and about what one of them keeps. */
  async record (key: Uint8Array): Promise<boolean> {
    const about = aboutOf(key)
    if (about === undefined) return false
    return about.owner === undefined ? about.cid.length === CID_LENGTH && await this.block(about.cid) : this.#has(about.owner)
  }

  #has ({ name }: OwnerTag): boolean { return this.#owners.has(name) }

  async #node (cid: Cid): Promise<boolean> {
    const name = mapKey(cid)
    const known = this.#nodes.get(name)
    if (known !== undefined) return known
    const is = await this.block(cid)
    if (this.#nodes.size >= REMEMBERED) this.#nodes.clear()
    this.#nodes.set(name, is)
    return is
  }
}
