/** Judges entries by the chain's hashes, wherever those are. */
import type { Digest } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'

/** Judges an entry by the chain's hashes: the recent ones from memory, and when it names an older one, again with that from the disk. */
export async function judged<T> (chat: Chat, draft: Draft, judge: (hashAt: (seq: number) => Digest | undefined) => T | Promise<T>): Promise<T> {
  const known = (seq: number): Digest | undefined => draft.rows.get(seq)?.hash ?? chat.hashAt(seq)
  const missed: number[] = []
  const verdict = await judge(seq => {
    const hash = known(seq)
    if (hash === undefined) missed.push(seq)
    return hash
  })
  const [seq] = missed
  const row = seq === undefined ? undefined : await chat.timeline.at(seq)
  return row === undefined ? verdict : await judge(other => other === seq ? row.hash : known(other))
}
