/** A message as it nearly always is, read where it lies: see PlainItems. One with fields of a later version is not of this form. */
import { DIGEST_LENGTH, ENTRY_ID_LENGTH, isEd25519Key, itemBytes, KEY_LENGTH, LOG_ID_LENGTH, PlainItems, type Digest, type EntryId } from '../wire/index.js'
import type { Message } from './message.js'

const MAP_OF_TEN = 0xaa
const ARRAY_OF_THREE = 0x83
const START = itemBytes(MAP_OF_TEN, 'v', 1, 'id')
const TS = itemBytes('ts')
const BODY = itemBytes('body')
const CHAT = itemBytes('chat')
const SEEN = itemBytes('seen', ARRAY_OF_THREE)
const EPOCH = itemBytes('epoch')
const ACCOUNT = itemBytes('account')
const DEV_SEQ = itemBytes('dev_seq')
const PREV_OWN = itemBytes('prev_own')

/** What a message probably has, which is then not copied: its own id, and what its device said before. */
export interface Likely { readonly id?: EntryId, readonly prevOwn?: Digest | undefined }

/** The message in a signed record's body; undefined for any other form. Its body is a view. */
export function plainMessage (bytes: Uint8Array, likely?: Likely): Message | undefined {
  const items = new PlainItems(bytes)
  items.pass(START)
  const id = items.copy(ENTRY_ID_LENGTH, likely?.id)
  items.pass(TS)
  const ts = items.uint()
  items.pass(BODY)
  const body = items.view()
  items.pass(CHAT)
  const chat = items.again(LOG_ID_LENGTH)
  items.pass(SEEN)
  const term = items.uint()
  const seq = items.uint()
  const hash = items.again(DIGEST_LENGTH)
  items.pass(EPOCH)
  const epoch = items.uint()
  items.pass(ACCOUNT)
  const account = items.again(KEY_LENGTH)
  items.pass(DEV_SEQ)
  const devSeq = items.uint()
  items.pass(PREV_OWN)
  const prevOwn = items.isNull() ? null : items.copy(DIGEST_LENGTH, likely?.prevOwn)
  if (!items.isWhole || term < 1 || devSeq < 1 || !isEd25519Key(account)) return undefined
  return { v: 1, chat, epoch, id, account, devSeq, prevOwn, seen: { term, seq, hash }, ts, body }
}
