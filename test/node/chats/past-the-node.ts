/** What a member's node would never send: sealed and appended past all that it looks at. */
import assert from 'node:assert/strict'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { sealMessage } from '../../../src/protocol/crypto/index.js'
import { signMessage } from '../../../src/protocol/message/index.js'
import { ENTRY_KIND, PetrelError, type EntryId } from '../../../src/protocol/wire/index.js'
import { eventually, type SmallPerson } from '../small-world.js'

/** Appends a body under an id; gives the number that the log had before. Resolves when its node has read it. */
export async function appendPast ({ chat, pump }: ChatSession, who: Pick<SmallPerson, 'account' | 'device'>, id: EntryId, body: Uint8Array): Promise<number> {
  const isQuiet = (): boolean => chat.outbox.all().every(({ error }) => error !== null)
  // A mark of its own that were on its way would have the same number: a device that says two things under one is taken for a copied one.
  do {
    pump.start()
    await eventually(isQuiet)
    await pump.stop()
  } while (!isQuiet())
  const { log, keys: { epoch, content }, cursor: { term, seq, hash, runs }, link } = chat
  const run = runs.get(who.device.key)
  const signed = signMessage({ v: 1, chat: log, epoch, id, account: who.account.key, devSeq: (run?.devSeq ?? 0) + 1, prevOwn: run?.entry ?? null, seen: { term, seq, hash }, ts: Date.now(), body }, who.device)
  await link.ready()
  const [result] = await link.append(log, [{ id, kind: ENTRY_KIND.data, payload: sealMessage(content, signed, { log, epoch, id }) }])
  assert.ok(result !== undefined && !(result instanceof PetrelError))
  await eventually(() => chat.cursor.seq > seq)
  pump.start()
  return seq
}
