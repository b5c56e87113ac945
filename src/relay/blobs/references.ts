/**
 * Why a block is kept: an index node that is here links to it, a lease has it for its root, or an upload brought it. Each
 * reason is a record of its own, so that writing one twice does no harm. Whatever adds or takes one says so while it
 * does ({@link References.changing}): the collector leaves those blocks alone meanwhile.
 */
import { sameBytes, type Cid } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { blobKey, isLease, keptBy, linkOfReference, under } from './keys.js'

const NOTHING = new Uint8Array(0)
/** Links written at a time: a node has 1,024, and as many sealed records at once are megabytes. */
const AT_ONCE = 128

/** See the file's head. */
export class References {
  readonly #kv: KeyValueStore
  /** Blocks whose reasons are being changed, and by how many at once. */
  readonly #changing = new Map<string, number>()
  readonly #watches = new Set<Set<string>>()
  #onDropped: () => void = () => undefined
  /** The collector left something alone that was being changed: it comes back for it. */
  isWaitedFor = false

  constructor (kv: KeyValueStore) { this.#kv = kv }

  /** Calls `handler` when there may be something to collect. */
  onDropped (handler: () => void): void { this.#onDropped = handler }

  /** Like {@link changing}, for work that takes reasons away. */
  async dropping<T> (cids: readonly Cid[], work: () => Promise<T>): Promise<T> {
    try {
      return await this.changing(cids, work)
    } finally {
      this.#onDropped()
    }
  }

  /** Runs work that adds or takes reasons for these blocks; until it ends, and its writes with it, none of them is collected. */
  async changing<T> (cids: readonly Cid[], work: () => Promise<T>): Promise<T> {
    const names = cids.map(mapKey)
    for (const name of names) {
      this.#changing.set(name, (this.#changing.get(name) ?? 0) + 1)
      for (const watch of this.#watches) watch.add(name)
    }
    try {
      return await work()
    } finally {
      for (const name of names) {
        const left = (this.#changing.get(name) ?? 1) - 1
        if (left === 0) this.#changing.delete(name)
        else this.#changing.set(name, left)
      }
      if (this.isWaitedFor) this.#onDropped()
    }
  }

  /** The names of blocks whose reasons are being changed now, or begin to be until `end`. */
  watch (): { readonly changed: ReadonlySet<string>, readonly end: () => void } {
    const changed = new Set(this.#changing.keys())
    this.#watches.add(changed)
    return { changed, end: () => { this.#watches.delete(changed) } }
  }

  /** Whether there is a reason to keep the block. */
  async has (cid: Cid): Promise<boolean> {
    for await (const [key] of this.#kv.iterate({ ...under(blobKey('reference', cid)), limit: 1 })) return key.length > 0
    return false
  }

  /**
   * Whether a lease reaches the block otherwise than through these (by map key) and this root: of itself, or of what
   * stands above it. What only an upload keeps nobody has a right to yet.
   */
  async isLeasedBeside (cid: Cid, these: ReadonlySet<string>, root: Cid): Promise<boolean> {
    for await (const [key] of this.#kv.iterate(under(blobKey('reference', cid)))) {
      const link = linkOfReference(key)
      if (link === undefined ? isLease(key) && !sameBytes(cid, root) : !these.has(mapKey(link.parent)) && await this.isLeasedBeside(link.parent, these, root)) return true
    }
    return false
  }

  /** A reason more. */
  add (cid: Cid, who: Uint8Array): KeyValueOp { return { type: 'put', key: blobKey('reference', cid, who), value: NOTHING } }

  /** A reason less: the block must be looked at. */
  drop (cid: Cid, who: Uint8Array): KeyValueOp[] { return [{ type: 'del', key: blobKey('reference', cid, who) }, this.candidate(cid)] }

  /** A block to be looked at. */
  candidate (cid: Cid): KeyValueOp { return { type: 'put', key: blobKey('candidate', cid), value: NOTHING } }

  /**
   * Writes that an index node, which is here, keeps what it links to. The first link is written last, so it stands for
   * all: writes keep their order.
   */
  async addLinks (parent: Cid, links: readonly Cid[]): Promise<void> {
    const [first] = links
    if (first === undefined) return
    await this.changing(links, async () => {
      if (await this.#kv.get(blobKey('reference', first, keptBy.node(parent))) !== undefined) return
      const last: KeyValueOp = { type: 'del', key: blobKey('lost', parent) }
      for (let end = links.length; end > 0; end -= AT_ONCE) {
        const start = Math.max(0, end - AT_ONCE)
        await this.#kv.batch([...start === 0 ? [last] : [], ...links.slice(start, end).map(cid => this.add(cid, keptBy.node(parent)))], { soft: true })
      }
    })
  }

  /**
   * Takes away what index nodes have as reasons to keep a block: it stands above index nodes, so no tree has it below
   * another. Else a small tree would keep any number of large ones.
   */
  async belowNothing (cid: Cid): Promise<void> {
    const parents: Uint8Array[] = []
    for await (const [key] of this.#kv.iterate(under(blobKey('reference', cid, Uint8Array.of(1))))) parents.push(key)
    if (parents.length === 0) return
    await this.dropping([cid], () => this.#kv.batch([...parents.map((key): KeyValueOp => ({ type: 'del', key })), this.candidate(cid)]))
  }
}
