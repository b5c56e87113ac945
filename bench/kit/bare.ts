/** What nobody can do without who takes a chat's history: hashing the chain and the payloads, and unsealing, alone. */
import type * as Crypto from '../../src/protocol/crypto/index.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type { SmallPerson } from '../../test/node/small-world.js'

/** What that is done with: as the process that is measured has it, built or not. */
export type BareParts = Pick<typeof Crypto, 'openMessage'> & Pick<typeof Wire, 'chainNext' | 'chainStart' | 'decodeLeaf' | 'ENTRY_KIND' | 'entryHash'>

/** A chat as a person's node has it. */
export type BenchChat = ReturnType<SmallPerson['core']['chats']['all']>[number]['chat']

/** Processor seconds of this process: what else runs on the machine counts in neither. */
export function cpuSeconds (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Does that with the entries from one number on (0: all), and says in how many processor seconds. */
export async function bareHistory ({ openMessage: unseal, chainNext, chainStart, decodeLeaf, ENTRY_KIND, entryHash }: BareParts, chat: BenchChat, from = 0): Promise<number> {
  const entries = []
  while (entries.length < chat.cursor.seq) entries.push(...await chat.raw.page(entries.length, chat.cursor.seq))
  let hash = chainStart(chat.log, chat.genesis.home)
  for (const { leaf } of entries.slice(0, from)) hash = chainNext(hash, leaf)
  const begun = cpuSeconds()
  for (const { leaf, payload } of entries.slice(from)) {
    hash = chainNext(hash, leaf)
    const { id, kind } = decodeLeaf(leaf)
    if (payload === null) continue
    entryHash(payload)
    if (kind === ENTRY_KIND.data) unseal(chat.keys.content, payload, { log: chat.log, epoch: chat.keys.epoch, id })
  }
  if (Buffer.compare(hash, chat.cursor.hash) !== 0) throw new Error('the entries do not lead to the chat\'s place')
  return cpuSeconds() - begun
}
