/** Goes on at the place that another device of the account has come to, where the log cannot be followed there from here. */
import type { Chat } from '../chat.js'
import { engineFor, keysOf } from '../chat-keys.js'
import { manifestsOf } from '../member-manifests.js'
import { devicePast, pastOp } from '../past/past-record.js'
import { showRights } from '../rights.js'
import { chatKeyName, decodeChatKey, isFurther, type ChatKey } from './chat-key.js'

/** What the vault has of a chat, if that is of a later epoch than this device is in, or of a later term. */
export function laterKey ({ deps: { vault }, log, record, cursor }: Chat): ChatKey | undefined {
  const data = vault.get(chatKeyName(log))
  if (data === undefined) return undefined
  const key = decodeChatKey(data)
  return isFurther(key, { cursor }) && (key.record.epoch > record.epoch || key.cursor.term > cursor.term) ? key : undefined
}

/**
 * Takes a chat as another device has it, durably, in the chat's turn. What lies between is opened backwards; what this
 * device wished of the group, and has on its way, stays. Whoever follows the log begins anew.
 */
export async function jump (chat: Chat, { record: later, cursor: place }: ChatKey): Promise<void> {
  const { deps, record, cursor } = chat
  const engine = engineFor(manifestsOf(later.members), deps.now, deps.mls)
  const keys = await keysOf(engine, engine.decodeState(later.mls), later.gpq, later.log)
  const next = { ...later, commit: null, ...record.intents === undefined ? {} : { intents: record.intents }, ...record.move === undefined ? {} : { move: record.move } }
  const { snapshots: _snapshots, ...at } = { ...place, read: Math.max(place.read, cursor.read), alarm: cursor.alarm, runs: place.runs.all().reduce((runs, run) => runs.with(run), cursor.runs) }
  const past = devicePast(next, at)
  const snapshots = (cursor.snapshots ?? []).map(seq => chat.snapshots.del(seq))
  await deps.updates.write([...chat.recordOps(next), ...chat.cursorOps(at), ...past === undefined ? [] : [pastOp(chat, { ...past, told: true })], ...snapshots], [{ type: 'chat', chat: chat.id, title: chat.title, change: past === undefined ? 'history' : 'older' }])
  chat.record = next
  chat.cursor = at
  chat.keys = keys
  showRights(chat)
}
