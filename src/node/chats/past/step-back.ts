/** One entry of the way back: what it says in its epoch, or, of a commit, the epoch before it. No I/O. */
import { historyKeys, openHandshake, openLink, type HistoryKeys } from '../../../protocol/crypto/index.js'
import { cachedPolicy, decodeCommitPayload, decodeHandshake, type CommitBefore, type HistorySegment } from '../../../protocol/message/index.js'
import { DecryptError, ENTRY_KIND, openManifest, PetrelError, sameBytes, type CheckedManifest, type EntryId, type KeyBytes, type LogId, type VerifiedEntry } from '../../../protocol/wire/index.js'
import { membersBefore } from '../group/taken-away.js'
import { groupNotice } from '../group/notice.js'
import { bareRow, readAlone } from '../log-machine.js'
import type { Row } from '../row.js'
import type { RunsBack } from './runs-back.js'

/** A member, with its manifest as it was checked. */
export interface PastMember { readonly account: KeyBytes, readonly checked: CheckedManifest }

/** The group's state in one epoch, as far as entries are judged by it. */
export interface PastEpoch {
  readonly epoch: number
  readonly history: Uint8Array
  readonly keys: HistoryKeys
  readonly members: readonly PastMember[]
  readonly manifests: readonly CheckedManifest[]
  /** A group's policy. */
  readonly policy?: Uint8Array
  /** The id of the commit that began it, as the one that ended it named it; absent where the next commit is the one. */
  readonly began?: EntryId
}

/** What an entry leads to: its row, and for a commit that counts the epoch before it; `closed`: there is no way further back. */
export type StepBack = { readonly row: Row, readonly epoch?: PastEpoch } | 'closed'

const REFUSED = 'a commit that did not hold'

/** The state of an epoch from its parts. @throws ProofError for a manifest that does not hold */
export function pastEpoch (log: LogId, { epoch, history, members, policy, began }: { epoch: number, history: Uint8Array, members: readonly Uint8Array[], policy?: Uint8Array, began?: EntryId }): PastEpoch {
  const all = members.map(member)
  return { epoch, history, keys: historyKeys(history, log, epoch), members: all, manifests: all.map(({ checked }) => checked), ...policy === undefined ? {} : { policy }, ...began === undefined ? {} : { began } }
}

function member (manifest: Uint8Array): PastMember {
  const checked = openManifest(manifest)
  return { account: checked.manifest.account, checked }
}

/** Goes over an entry, which stands in the epoch `here` or is the commit that began it. */
export function stepBack (log: LogId, here: PastEpoch, entry: VerifiedEntry, segments: readonly HistorySegment[], runs: RunsBack): StepBack {
  if (entry.leaf.kind === ENTRY_KIND.commit) return backOver(log, here, entry, segments)
  return { row: readAlone(entry, { log, epoch: here.epoch, content: here.keys.content, members: here.manifests, policy: here.policy === undefined ? undefined : cachedPolicy(here.policy) }, runs) }
}

function backOver (log: LogId, here: PastEpoch, entry: VerifiedEntry, segments: readonly HistorySegment[]): StepBack {
  const held = (why: string): StepBack => ({ row: bareRow('held', entry, here, why) })
  if (entry.payload === null || here.epoch === 0) return held('the commit is gone')
  // One that its members refused may look like the beginning of an epoch whose secrets its maker knew.
  if (here.began !== undefined && !sameBytes(here.began, entry.leaf.id)) return held(REFUSED)
  try {
    const payload = decodeCommitPayload(entry.payload)
    const history = payload.link === null ? segments.find(({ epoch }) => epoch === here.epoch - 1)?.history : openLink(here.keys.link, payload.link, log, here.epoch)
    if (history === undefined) return 'closed'
    const epoch = here.epoch - 1
    const keys = historyKeys(history, log, epoch)
    const { before, began, byLink = false } = decodeHandshake(openHandshake(keys.handshake, payload.handshake, { log, epoch, id: entry.leaf.id }))
    const earlier: PastEpoch = { epoch, history, keys, ...stateBefore(here, before), ...began === undefined ? {} : { began } }
    return { row: commitRow(entry, earlier, here, { before, byLink }), epoch: earlier }
  } catch (error) {
    // One that its members refused: it began no epoch, and has no link from this one.
    if (error instanceof PetrelError) return held(error instanceof DecryptError ? REFUSED : error.message)
    throw error
  }
}

function stateBefore ({ members, manifests, policy }: PastEpoch, before: CommitBefore | undefined): Pick<PastEpoch, 'members' | 'manifests' | 'policy'> {
  const was = before?.policy ?? policy
  const shared = was === undefined ? {} : { policy: was }
  if (before === undefined) return { members, manifests, ...shared }
  const earlier = membersBefore(members, before, before.manifests.map(member))
  return { members: earlier, manifests: earlier.map(({ checked }) => checked), ...shared }
}

/** The line that members saw, or none. */
function commitRow (entry: VerifiedEntry, earlier: PastEpoch, later: PastEpoch, { before, byLink }: { before: CommitBefore | undefined, byLink: boolean }): Row {
  const state = ({ members, policy }: PastEpoch): Parameters<typeof groupNotice>[1] => ({ stage: 'ready', ...policy === undefined ? {} : { policy }, members: members.map(({ account, checked }) => ({ account, manifest: checked.bytes })) })
  const notice = before === undefined || later.policy === undefined ? undefined : groupNotice(state(earlier), state(later), { byLink })
  return notice === undefined || before === undefined ? bareRow('commit', entry, later) : { ...bareRow('service', entry, later), from: before.by, body: notice }
}
