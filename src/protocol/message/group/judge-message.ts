/** Whether a message counts in a group: judged by every member from the policy at its place in the log. Pure. */
import type { KeyBytes } from '../../wire/index.js'
import { isSaid, type Body } from '../body.js'
import { mediaKind } from '../media-file.js'
import type { GroupPolicy } from './policy.js'
import type { Permission } from './rights.js'
import { hasRight, mayAsMember, roleOf } from './role.js'

/** What the judge knows of a message. */
export interface MessagePlace {
  readonly policy: GroupPolicy
  readonly author: KeyBytes
  /** The entry's time in the log, in milliseconds. */
  readonly at: number
  /** The time of the author's last message before it that counted, for slow mode. */
  readonly lastAt?: number
  /** When it was said as slow mode counts, where that is not `at`. */
  readonly said?: number
}

/** Why a message does not count. */
export type MessageRefusal = { readonly why: 'permission', readonly permission: Permission } | { readonly why: 'notice' } | { readonly why: 'slow', readonly until: number }

/** What members need for a body; nothing for what everybody may, whoever wrote what it is about. */
function permissionsFor (body: Body): Permission[] {
  switch (body.kind) {
    case 'text': return ['sendMessages']
    case 'media': return [permissionForFile(body.as)]
    case 'album': return [...new Set(body.items.map(({ as }) => permissionForFile(as)))]
    case 'poll': return ['sendPolls']
    // Who may not write cannot go on to write by changing what it wrote.
    case 'edit': return ['sendMessages']
    case 'reaction': return body.emoji.length === 0 ? [] : ['react']
    case 'pin': return ['pinMessages']
    // Who may take back what, or end a poll, is decided where its target is known; votes, marks, names and notices are everybody's.
    case 'delete': case 'vote': case 'closePoll': case 'mark': case 'profile': case 'service': return []
    // What this build does not know is text to it.
    case 'unknown': return ['sendMessages']
  }
}

function permissionForFile (as: string): Permission {
  switch (mediaKind(as)) {
    case 'photo': return 'sendPhotos'
    case 'video': return 'sendVideos'
    case 'voice': return 'sendVoices'
    case 'audio': return 'sendAudios'
    default: return 'sendFiles'
  }
}

/** Judges a message that has somebody's valid signature. Undefined when it counts. */
export function judgeGroupMessage ({ policy, author, at, lastAt, said = at }: MessagePlace, body: Body): MessageRefusal | undefined {
  // A notice is made from a commit by whoever shows it. Of what members say, only that they leave is one.
  if (body.kind === 'service' && !(body.event === 'leave' && body.text === undefined && body.accounts === undefined)) return { why: 'notice' }
  const needed = permissionsFor(body)
  const permission = needed.find(one => !mayAsMember(policy, author, one, at))
  if (permission !== undefined) return { why: 'permission', permission }
  const role = roleOf(policy, author, at)
  if (!isSaid(body) || role === 'owner' || role === 'admin' || policy.slowMode === 0 || lastAt === undefined) return undefined
  const until = lastAt + policy.slowMode * 1000
  return said < until ? { why: 'slow', until } : undefined
}

/** Whether somebody may take back another's message. */
export function mayDeleteOthers (policy: GroupPolicy, account: KeyBytes): boolean { return hasRight(policy, account, 'deleteMessages') }
