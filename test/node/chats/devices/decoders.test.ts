/** The decoders of what other devices keep of chats in the vault: whatever the bytes, a value or an error that a caller can act on. Run longer by `npm run fuzz`. */
import { decodeChatKey } from '../../../../src/node/chats/devices/chat-key.js'
import { decodeOwnCommit } from '../../../../src/node/chats/devices/own-commit.js'
import { decodeReadPlace } from '../../../../src/node/chats/devices/read-place.js'
import { decodeCbor, LIMITS } from '../../../../src/protocol/wire/index.js'
import { vectorsOf, withstands, type Target } from '../../../protocol/damage.js'
import { vaultRecordFormats } from '../../../protocol/reference/vault-records.js'

const data = (bytes: Uint8Array): unknown => decodeCbor(bytes, LIMITS.vaultRecordBytes)
const target = (format: string, decode: (value: unknown) => unknown): Target => ({
  name: format, of: [], valid: vectorsOf('vault-records', format), decode: b => decode(data(b)), reference: b => vaultRecordFormats[format]!.take(b, {})
})

describe('the decoders of what devices keep of chats for each other', () => {
  for (const one of [target('chat key', decodeChatKey), target('own commit', decodeOwnCommit), target('read place', decodeReadPlace)]) it(`of the format ${one.name} take what is valid, and meet everything else as a second implementation does`, () => { withstands(one) })
})
