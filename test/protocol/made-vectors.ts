/** What stands in test/vectors/formats, made anew by the second implementation in reference/, which knows nothing of src/. */
import { argon2id } from 'hash-wasm'
import { BACKUP_PASSPHRASE, BACKUP_SALT, backupVectors } from './reference/backup.js'
import { vectorsOf, type Cases } from './reference/cases.js'
import type { Value, ValueMap } from './reference/cbor.js'
import type { Format } from './reference/format.js'
import { frameVectors } from './reference/frame-cases.js'
import { hashVectors } from './reference/hashes.js'
import { mediaVectors } from './reference/media.js'
import { messageCases } from './reference/message-cases.js'
import { messageFormats } from './reference/message.js'
import { vaultRecordCases } from './reference/vault-record-cases.js'
import { vaultRecordFormats } from './reference/vault-records.js'
import { chainVectors, wireCases } from './reference/wire-cases.js'
import { wireFormats } from './reference/wire.js'

const how = 'A byte string is {"hex": …}, a link {"cid": …}. `value` is the format\'s own map or array (of a signed record, the body), `seed` the Ed25519 seed of its signer, `context` what the reader knows. `refused` bytes must be refused.'
const formats = (about: string, made: Record<string, Format>, cases: Cases): ValueMap => ({ about, ...vectorsOf(made, cases) })

/** Each file of the folder by its name. */
export async function madeVectors (): Promise<Record<string, Value>> {
  return {
    wire: formats(`WIRE.md. ${how} Of an attested statement, \`value\` is [the whole batch, the index of this one]; of a capability proof, [log, right, verifier, prover, nonce], and the bytes are the signature.`, wireFormats, wireCases),
    message: formats(`MESSAGE.md. ${how} The bytes of a link are its text.`, messageFormats, messageCases),
    'vault-records': formats(`RECORDS.md. ${how}`, vaultRecordFormats, vaultRecordCases),
    chain: chainVectors(),
    hashes: hashVectors(),
    frames: frameVectors(),
    media: mediaVectors(),
    // Argon2id is no format of ours: the library makes what it gives.
    backup: backupVectors(await argon2id({ password: BACKUP_PASSPHRASE, salt: BACKUP_SALT, memorySize: 8, iterations: 1, parallelism: 1, hashLength: 32, outputType: 'binary' }))
  }
}
