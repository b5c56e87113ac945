/**
 * What a commit makes of a group's state, told backwards: so that who comes later, and holds the keys of what was before,
 * can walk back over it and judge the older entries by the members and the policy of their epoch. Pure.
 */
import type { CommitBefore } from '../../../protocol/message/index.js'
import { ProofError, sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'
import type { ChatMember, ChatRecord } from '../chat-record.js'

type State = Pick<ChatRecord, 'members' | 'policy'>

const nameOf = (account: KeyBytes): string => Buffer.from(account).toString('hex')
const inOrder = (accounts: readonly KeyBytes[]): KeyBytes[] => [...accounts].sort((a, b) => Buffer.compare(a, b))

/** What stood before a commit by `by`: undefined when it leaves members and policy as they are. */
export function takenAway (before: State, after: State, by: KeyBytes): CommitBefore | undefined {
  const [was, is] = [before, after].map(({ members }) => new Map(members.map(({ account, manifest }) => [nameOf(account), manifest])))
  const gone = before.members.filter(({ account, manifest }) => {
    const there = is?.get(nameOf(account))
    return there === undefined || (there !== manifest && !sameBytes(there, manifest))
  })
  const added = inOrder(after.members.map(({ account }) => account).filter(account => was?.has(nameOf(account)) !== true))
  const isOther = before.policy !== undefined && (after.policy === undefined || !sameBytes(before.policy, after.policy))
  if (gone.length === 0 && added.length === 0 && !isOther) return undefined
  const manifests = gone.sort((a, b) => Buffer.compare(a.account, b.account)).map(({ manifest }) => manifest)
  return { by, manifests, added, ...isOther && before.policy !== undefined ? { policy: before.policy } : {} }
}

/** Checks what a commit says of what was before it. @throws ProofError when it was something else */
export function requireTakenAway (before: State, after: State, by: KeyBytes, told: CommitBefore | undefined): void {
  const was = takenAway(before, after, by)
  if (was === undefined && told === undefined) return
  if (was === undefined || told === undefined || !sameBytes(was.by, told.by) || !sameList(was.manifests, told.manifests) || !sameList(was.added, told.added) || !sameList([was.policy].filter(isThere), [told.policy].filter(isThere))) {
    throw new ProofError('the commit says something else of the group before it than it was')
  }
}

const isThere = (bytes: Uint8Array | undefined): bytes is Uint8Array => bytes !== undefined

function sameList (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean { return a.length === b.length && a.every((one, i) => sameBytes(one, b[i] ?? new Uint8Array())) }

/** The members before a commit, from those after it. `given`: those whose manifests the commit names as of before it. */
export function membersBefore<T extends Pick<ChatMember, 'account'>> (after: readonly T[], { added }: Pick<CommitBefore, 'added'>, given: readonly T[]): T[] {
  const out = new Set([...added, ...given.map(({ account }) => account)].map(nameOf))
  return [...after.filter(({ account }) => !out.has(nameOf(account))), ...given]
}
