/** A chat's making at its first home: the log, then the commit that adds the other. Each step can be made again. */
import { decodeCaps, ENTRY_KIND, ExistsError, InternalError, PetrelError, signerFromSeed, signOwnerAction } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import { memberCapsOf } from './chat-keys.js'
import { chatKeyName } from './devices/chat-key.js'
import { dueCheckpoint } from './devices/checkpoint.js'
import { ownCommitNames } from './devices/own-commit.js'

/** Makes the log, and notes that it is there. */
export async function createLog (chat: Chat): Promise<void> {
  const { record, keys } = chat
  if (record.ownerSeed === null) throw new InternalError('only a chat\'s owner makes its log')
  // Whatever becomes of this device, another one of the account can go on with it.
  await chat.deps.vault.published([chatKeyName(record.log), ...ownCommitNames(record.commit)])
  const open = signOwnerAction({ op: 'open', log: record.log, caps: memberCapsOf(keys) }, signerFromSeed(record.ownerSeed))
  try {
    await chat.link.createLog(record.genesis, open)
  } catch (error) {
    // Made before a crash: the home keeps the first keys, which are these.
    if (!(error instanceof ExistsError)) throw error
  }
  await chat.serial.run(async () => {
    // A group begins with its creator alone: who comes in is a wish like any later one.
    const next = { ...chat.record, stage: chat.record.commit === null ? 'ready' as const : 'commit' as const }
    await chat.deps.kv.batch([...chat.recordOps(next), ...dueCheckpoint(chat, { record: next, cursor: chat.cursor })])
    chat.record = next
  })
}

/** Hands the pending commit to the home; it is adopted when the log shows it. A `signal` that ends it leaves open whether the home has it. */
export async function handCommit (chat: Chat, options: { signal?: AbortSignal } = {}): Promise<void> {
  const { record: { commit }, cursor: { lastCommit }, home: { term } } = chat
  if (commit === null) return
  // Once it stands in the log the other devices of the account must find what it led to.
  await chat.deps.vault.published(ownCommitNames(commit), options)
  if (chat.record.commit !== commit) return
  // It was made for the epoch of now. What began that may have another number since: after a takeover, or when a commit was declared void.
  const [result] = await chat.path.append([{ id: commit.id, kind: ENTRY_KIND.commit, payload: commit.payload, base: lastCommit, caps: decodeCaps(commit.caps) }], { ...options, term })
  if (result instanceof PetrelError) throw result
}
