/** What a wish to join by a link leads to. Pure. */
import { LIMITS } from '../../protocol/wire/index.js'
import type { GroupLinkRecord } from './link-record.js'
import type { JoinRecord } from './join-record.js'

/** What a refusal is told as: nothing of the group is in it. */
export type Refusal = 'declined' | 'expired' | 'used' | 'member' | 'refused'

/** `ignore`: nothing is said; `ask`: a person decides; `admit`: it is added, and the link counts it; `bar`: it is kept out of the group, and is told once in a while. */
export type JoinVerdict = { readonly do: 'ignore' | 'ask' | 'admit' | 'bar' } | { readonly do: 'answer', readonly k: Refusal | 'pending' }

/** What a wish is judged by. */
export interface JoinPlace {
  /** The link; undefined when this account has none of that name (any more). */
  readonly link: Pick<GroupLinkRecord, 'expiresAt' | 'uses' | 'used' | 'approve'> | undefined
  /** What the same account asked before by the same link. */
  readonly before: Pick<JoinRecord, 'step' | 'time' | 'receivedAt'> | undefined
  /** Whether the group keeps it out now. */
  readonly isBanned: boolean
  /** The letter's time. */
  readonly time: number
  readonly now: number
  readonly isMember: boolean
  /** Whether the asker is a contact, or came by a link before: it reaches this account without the link's key, so no relay tells it that the link has ended. */
  readonly isKnown: boolean
  /** Whether this account is in the group itself, and there is room in it. */
  readonly isOpen: boolean
}

const IGNORE: JoinVerdict = { do: 'ignore' }

/** See the file's head. */
export function judgeJoin ({ link, before, time, now, isMember, isKnown, isOpen, isBanned }: JoinPlace): JoinVerdict {
  // It came in another way, and would wait for ever.
  if (isMember && before === undefined) return { do: 'answer', k: 'member' }
  // Its invitation is on its way, or was there long ago.
  if (isMember || before?.step === 'wished') return IGNORE
  // A relay can hand out an old letter again.
  if (before !== undefined && time <= before.time) return IGNORE
  if (before?.step === 'pending') return { do: 'answer', k: 'pending' }
  if (before?.step === 'declined') return { do: 'answer', k: 'declined' }
  // A stranger who has no link of this account learns nothing, not even that.
  if (link === undefined) return isKnown ? { do: 'answer', k: 'expired' } : IGNORE
  if (link.expiresAt !== null && link.expiresAt <= now) return { do: 'answer', k: 'expired' }
  if (isUsedUp(link)) return { do: 'answer', k: 'used' }
  if (!isOpen) return { do: 'answer', k: 'refused' }
  if (isBanned) return before?.step === 'barred' && before.receivedAt + LIMITS.joinAgainMs > now ? IGNORE : { do: 'bar' }
  return { do: link.approve ? 'ask' : 'admit' }
}

/** Whether nobody else may come in by a link. */
export function isUsedUp ({ uses, used }: Pick<GroupLinkRecord, 'uses' | 'used'>): boolean { return uses !== null && used >= uses }
