/** The line of the commit by which this account went out, for a device that comes later: what stands below it opens with the keys of the epoch that it ended. */
import { openHandshake } from '../../../protocol/crypto/index.js'
import { decodeCommitPayload, decodeHandshake } from '../../../protocol/message/index.js'
import { ENTRY_KIND, PetrelError, sameBytes, type KeyBytes, type VerifiedEntry } from '../../../protocol/wire/index.js'
import type { Chat } from '../chat.js'
import { LOST_LEAF } from '../devices/other-commit.js'
import { groupNotice } from '../group/notice.js'
import { bareRow } from '../log-machine.js'
import type { Row } from '../row.js'
import type { PastEpoch } from './step-back.js'

/** Undefined for every other entry: the account is in, or went out elsewhere. */
export function outRow ({ log, record, cursor, deps: { me } }: Pick<Chat, 'log' | 'record' | 'cursor' | 'deps'>, here: PastEpoch, entry: VerifiedEntry): Row | undefined {
  if (record.stage !== 'out' || entry.leaf.kind !== ENTRY_KIND.commit || entry.leaf.seq !== cursor.seq || here.epoch !== record.epoch) return undefined
  const by = committerOf(log, here, entry)
  // Nobody takes their own leaf out.
  if (by !== undefined && sameBytes(by, me)) return { ...bareRow('held', entry, here, LOST_LEAF), from: me }
  const notice = groupNotice({ ...record, stage: 'ready' }, record, { byLink: false, me })
  return notice === undefined ? bareRow('commit', entry, here) : { ...bareRow('service', entry, here), from: by ?? me, body: notice }
}

function committerOf (log: Uint8Array, { epoch, keys }: PastEpoch, { leaf: { id }, payload }: VerifiedEntry): KeyBytes | undefined {
  if (payload === null) return undefined
  try {
    return decodeHandshake(openHandshake(keys.handshake, decodeCommitPayload(payload).handshake, { log, epoch, id })).before?.by
  } catch (error) {
    if (error instanceof PetrelError) return undefined
    throw error
  }
}
