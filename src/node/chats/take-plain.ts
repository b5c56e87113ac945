/**
 * The short way of a plain text that comes among many. Nearly all of what somebody missed is that: it is judged as any
 * entry is, and then there is nothing to look up or to wait for.
 */
import type { Body } from '../../protocol/message/index.js'
import { ENTRY_KIND, PetrelError, type WalkedEntry } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import { draftPolicy } from './group/group-policy.js'
import { takeEntry } from './log-machine.js'
import { isBefore } from './take-before.js'

/** A text and nothing else: it names nobody, and there is nothing to be fetched for it. */
export function isPlain (body: Body): boolean { return body.kind === 'text' && body.entities === undefined && body.reply === undefined }

/** Whether news of what others say in this run tell only where it stands: nothing of it was told or taken back before. */
export function tellsPlaces (chat: Chat, draft: Draft): boolean { return draft.isLong && chat.back.size === 0 && chat.previews.size === 0 }

/** Takes an entry that is a plain text of somebody else, under an id that is new. False: it is something else, and nothing was changed. */
export function takePlain (chat: Chat, draft: Draft, entry: WalkedEntry): boolean {
  const { leaf: { seq, id, kind }, hash, opened } = entry
  if (kind !== ENTRY_KIND.data || opened !== null || !draft.areIdsNew || draft.isReplay || !tellsPlaces(chat, draft)) return false
  const said = draft.opened?.get(seq)
  if (said === undefined || said instanceof PetrelError || isBefore(draft, entry) || !chat.keptPromise(seq, hash, draft.left) || (chat.outbox.size > 0 && chat.outbox.get(id) !== undefined)) return false
  let isKnown = true
  const { keys: { epoch, content }, members } = draft
  const step = takeEntry(draft.cursor, entry, {
    log: chat.log, epoch, content, me: chat.deps.me, members, policy: draftPolicy(draft), opened: draft.opened, now: chat.deps.now(),
    hashAt: at => {
      const known = draft.rows.get(at)?.hash ?? chat.hashAt(at)
      isKnown &&= known !== undefined
      return known
    }
  })
  const effect = step.effects[0]
  // A hash that is only on the disk is looked at there first.
  if (!isKnown || step.effects.length !== 1 || effect?.type !== 'message' || effect.own || !isPlain(effect.body)) return false
  draft.cursor = step.cursor
  draft.rows.set(seq, step.row)
  draft.lines.put(seq, step.row)
  draft.events.push({ type: 'said', log: chat.log, seq, id })
  return true
}
