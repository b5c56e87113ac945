/** Strangers who begin secret chats with somebody, for tests: as many as one likes. */
import { randomBytes } from 'node:crypto'
import { RecordKeys } from '../../../src/node/records/index.js'
import { openManifest, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { familyManifest } from '../vault/devices-world.js'
import type { SmallPerson } from '../small-world.js'
import { sealedBy, startWith, type Maker } from './starts.js'

// The index is written a while after what it indexes: it may be of what came before all this.
const SEARCH = (['search', 'searchMark'] as const).map(kind => new RecordKeys(new Uint8Array(32)).all(kind).gte[0])
const isSearch = (key: Uint8Array): boolean => SEARCH.includes(key[0])

/** What is more than before, once all that came was dealt with. */
export interface Grown { readonly chats: number, readonly records: number, readonly updates: number }

/** Hands beginnings of strangers, each another one and made with a key package of the node's, to the node as its home would, each so many times. @returns what grew */
export async function strangersStart (to: SmallPerson, { record, strangers, starts, times = 1 }: { record: Uint8Array, strangers: number, starts: number, times?: number }): Promise<Grown> {
  const { core } = to
  const size = async (): Promise<[number, number, number]> => {
    let records = 0
    for await (const [key] of core.store.kv.iterate({})) if (!isSearch(key)) records++
    return [core.secrets.book.all().length, records, core.updates.last]
  }
  const makers: Maker[] = Array.from({ length: strangers }, () => {
    const [account, device] = [signerFromSeed(randomBytes(32)), signerFromSeed(randomBytes(32))]
    return { device, manifest: openManifest(familyManifest(account, [device])) }
  })
  const start = await startWith(record, makers[0]!)
  const before = await size()
  for (let i = 0; i < starts; i++) {
    const { address, frame } = await sealedBy(makers[i % strangers]!, core.account.manifest, { ...start, chat: new Uint8Array(randomBytes(16)) })
    for (let n = 0; n < times; n++) await core.secrets.book.take(address, frame)
  }
  const after = await size()
  return { chats: after[0] - before[0], records: after[1] - before[1], updates: after[2] - before[2] }
}
