/**
 * Writes test/vectors/formats from the second implementation in reference/, which knows nothing of src/. Run it only
 * when a format changes on purpose (`npx tsx` this file): the tests hold both implementations to the files.
 */
import { mkdirSync } from 'node:fs'
import { argon2id } from 'hash-wasm'
import { BACKUP_PASSPHRASE, BACKUP_SALT, backupVectors } from './reference/backup.js'
import { frameVectors } from './reference/frame-cases.js'
import { mediaVectors } from './reference/media.js'
import { messageCases } from './reference/message-cases.js'
import { messageFormats } from './reference/message.js'
import { wireCases, chainVectors } from './reference/wire-cases.js'
import { wireFormats } from './reference/wire.js'
import { vectorsOf } from './reference/cases.js'
import { vaultRecordCases } from './reference/vault-record-cases.js'
import { vaultRecordFormats } from './reference/vault-records.js'
import { writeJson, writeVectors } from './vectors.js'

mkdirSync(new URL('../vectors/formats/', import.meta.url), { recursive: true })
const how = 'A byte string is {"hex": …}, a link {"cid": …}. `value` is the format\'s own map or array (of a signed record, the body), `seed` the Ed25519 seed of its signer, `context` what the reader knows. `refused` bytes must be refused.'
writeVectors('wire', { about: `WIRE.md. ${how} Of an attested statement, \`value\` is [the whole batch, the index of this one]; of a capability proof, [log, right, verifier, prover, nonce], and the bytes are the signature.`, ...vectorsOf(wireFormats, wireCases) })
writeVectors('message', { about: `MESSAGE.md. ${how} The bytes of a link are its text.`, ...vectorsOf(messageFormats, messageCases) })
writeVectors('vault-records', { about: `RECORDS.md. ${how}`, ...vectorsOf(vaultRecordFormats, vaultRecordCases) })
writeJson('chain', chainVectors())
writeJson('frames', frameVectors())
writeJson('media', mediaVectors())
// Argon2id is no format of ours: the library makes what it gives.
writeJson('backup', backupVectors(await argon2id({ password: BACKUP_PASSPHRASE, salt: BACKUP_SALT, memorySize: 8, iterations: 1, parallelism: 1, hashLength: 32, outputType: 'binary' })))
