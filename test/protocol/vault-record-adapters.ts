/** The node's own code for the formats of RECORDS.md: what it reads, and the same written again. */
import { decodeChatKey, encodeChatKey } from '../../src/node/chats/devices/chat-key.js'
import { decodeOwnCommit, encodeOwnCommit } from '../../src/node/chats/devices/own-commit.js'
import { decodeReadPlace, encodeReadPlace } from '../../src/node/chats/devices/read-place.js'
import { decodeCbor, encodeCbor, LIMITS } from '../../src/protocol/wire/index.js'
import type { Adapter } from './adapters.js'

const data = (bytes: Uint8Array): unknown => decodeCbor(bytes, LIMITS.vaultRecordBytes)

export const vaultRecordAdapters: Record<string, Adapter> = {
  'chat key': b => {
    const key = decodeChatKey(data(b))
    return { value: encodeChatKey(key), raw: key, again: () => encodeCbor(encodeChatKey(key)) }
  },
  'own commit': b => {
    const commit = decodeOwnCommit(data(b))
    return { value: encodeOwnCommit(commit), raw: commit, again: () => encodeCbor(encodeOwnCommit(commit)) }
  },
  'read place': b => {
    const seq = decodeReadPlace(data(b))
    return { value: encodeReadPlace(seq), raw: { seq }, again: () => encodeCbor(encodeReadPlace(seq)) }
  }
}
