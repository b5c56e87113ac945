/** Takes what a member calls itself: from the log, from what was before this account came, and from who let it in. */
import { openProfile } from '../../protocol/message/index.js'
import { PetrelError, sameBytes, type CheckedManifest, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import type { SignedProfile } from './names.js'

/** A profile at its place in the log: the newest counts. `at`: when it was said, ms. */
export function takeName (chat: Chat, draft: Pick<Draft, 'names' | 'ops' | 'events' | 'record'>, profile: SignedProfile, at: number): void {
  const { account } = profile
  draft.ops.push(...chat.names.ops(profile, isMemberOf(draft.record.members)))
  draft.names.push(profile)
  const heard = sameBytes(account, chat.deps.me) ? undefined : chat.deps.people?.heard(account, profile.name, at)
  if (heard === undefined) return
  draft.ops.push(...heard.ops)
  draft.events.push(...heard.events)
}

/** The changes that write names that nothing newer is known than, and keep them once they are durable. */
export function newNames ({ names, record }: Pick<Chat, 'names' | 'record'>, profiles: readonly SignedProfile[]): KeyValueOp[] {
  return profiles.filter(({ account }) => names.get(account) === undefined).flatMap(profile => names.ops(profile, isMemberOf(record.members)))
}

/** Whether an account is one of these. */
export function isMemberOf (members: ReadonlyArray<{ readonly account: KeyBytes }>): (account: KeyBytes) => boolean {
  return account => members.some(member => sameBytes(member.account, account))
}

/** Those of the profiles beside an invitation that hold: what is wrong with one costs nobody more than a name. */
export function profilesFrom (signed: readonly Uint8Array[], log: LogId, members: readonly CheckedManifest[]): SignedProfile[] {
  return signed.flatMap(bytes => {
    try {
      return [{ ...openProfile(bytes, log, members), signed: bytes }]
    } catch (error) {
      if (error instanceof PetrelError) return []
      throw error
    }
  })
}
