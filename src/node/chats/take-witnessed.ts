/** Takes what the home sends, and keeps what it signed with it: for the day when it says something else. */
import { ProofError, verifyAttested, type Attested, type StoredEntry } from '../../protocol/wire/index.js'
import { heal } from './accusation.js'
import { CaughtError } from './alarm.js'
import type { Chat } from './chat.js'
import { takeEntries, type Taken } from './intake.js'
import type { Ride } from './laying.js'

/**
 * `takeEntries`, with the home's statement kept. `lie` is also set when the entries show that the home held them back.
 *
 * @throws ProofError as takeEntries
 */
export async function takeWitnessed (chat: Chat, entries: readonly StoredEntry[], head: Uint8Array, ride?: Ride): Promise<Taken> {
  const { hash } = chat.cursor
  const attested = verifyAttested(head)
  let taken: Taken
  try {
    taken = await takeEntries(chat, entries, attested, ride)
  } catch (error) {
    if (error instanceof ProofError) chat.witness.saw(attested, { before: hash, entries })
    throw error
  }
  // Of a later term: what it stands on is read first.
  if (taken.standing === 'below') return taken
  if (taken.standing === 'older' && entries.length === 0) return await older(chat, taken, attested)
  if (taken.lie !== undefined) chat.witness.saw(attested)
  if (entries.length > 0 && chat.cursor.gaps !== undefined) await heal(chat)
  const evidence = chat.witness.take(attested, hash, entries.slice(0, taken.leaves?.length), taken.leaves)
  if (evidence === null || taken.lie !== undefined) return taken
  return { ...taken, lie: new CaughtError({ kind: 'rollback', seq: chat.cursor.seq, evidence, message: 'the relay held back entries of this chat: it signed that there were none after it had them' }) }
}

/** A mirror's word of a time before: what the home has signed since decides whether the home may have signed that. */
async function older (chat: Chat, taken: Taken, attested: Attested): Promise<Taken> {
  chat.witness.saw(attested)
  const evidence = await chat.witness.prove()
  const { seq } = attested.statement
  return evidence === null ? taken : { ...taken, lie: new CaughtError({ kind: 'rollback', seq, evidence, message: `the relay signed that this chat ends at entry ${seq}, after it had signed more: it was rolled back` }) }
}
