/**
 * The head of a backup: in the clear, and with the file key once for each way to open it. BACKUP.md gives the format.
 * It is part of what every chunk is bound to, so nothing in it can be changed.
 */
import { BadInputError, CorruptError, decodeCbor, DecryptError, encodeCbor, FormatError, labelledHash, LIMITS, sameBytes, shape, UnsupportedError, type Digest } from '../../wire/index.js'
import { xwingBox } from '../hpke.js'
import { CRYPTO_LABELS } from '../labels.js'
import { deriveKey, PASSWORD_COST, type PasswordCost } from '../password.js'
import { systemRandom, type RandomBytes } from '../random.js'
import { KEY_BYTES, SEAL_OVERHEAD, xopen, xseal } from '../xchacha.js'

/** What begins every backup. */
const MAGIC = new TextEncoder().encode('petrel-backup\n')
const FORMAT = 1
const ID_BYTES = 16
const SALT_BYTES = { min: 16, max: 64 }
const NO_PREFIX = new Uint8Array()
/** Bytes from which {@link backupHeadLength} tells how long the head is. */
export const BACKUP_PREFIX_BYTES = MAGIC.length + 4

/** What is to open a new backup. `phrase`: the X-Wing public key that the account's 24 words give the private part of. */
export type BackupLock =
  | { readonly kind: 'passphrase', readonly passphrase: string }
  | { readonly kind: 'phrase', readonly kem: Uint8Array }

/** What opens one. `phrase`: that private part. */
export type BackupUnlock = BackupLock

const passphraseShape = shape.struct({
  kind: shape.literal('passphrase'),
  salt: shape.bytes(SALT_BYTES),
  memoryKiB: shape.uint(LIMITS.argonMemoryKiB, 8),
  passes: shape.uint(LIMITS.argonPasses, 1),
  lanes: shape.uint(LIMITS.argonLanes, 1),
  sealed: shape.bytes(SEAL_OVERHEAD + KEY_BYTES)
})
const phraseShape = shape.struct({ kind: shape.literal('phrase'), sealed: shape.bytes(xwingBox.overhead + KEY_BYTES) })
const kindShape = shape.struct({ kind: shape.text(32) })

type Way = shape.Struct<{ kind: shape.Shape<string> }> | ReturnType<typeof passphraseShape> | ReturnType<typeof phraseShape>

// A way that a later version adds is passed over: another one may open it.
const wayShape: shape.Shape<Way> = (value, path) => {
  const { kind } = kindShape(value, path)
  return kind === 'passphrase' ? passphraseShape(value, path) : kind === 'phrase' ? phraseShape(value, path) : kindShape(value, path)
}
const headShape = shape.struct({ v: shape.literal(FORMAT), id: shape.bytes(ID_BYTES), time: shape.uint(), ways: shape.array(wayShape, LIMITS.backupLocks, 1) })

/** A backup's head. */
export interface BackupHead {
  readonly id: Uint8Array
  /** When it was begun, ms since 1970: what it has is of then. */
  readonly time: number
  /** Kinds of what opens it. */
  readonly ways: readonly Way[]
  /** What its chunks are bound to. */
  readonly hash: Digest
}

/** How to make a head. */
export interface NewBackup {
  readonly time: number
  readonly locks: readonly BackupLock[]
  readonly cost?: PasswordCost
  readonly random?: RandomBytes
  readonly signal?: AbortSignal
}

/** A new backup's head, as it stands at the file's beginning, and its file key. @throws BadInputError without a lock, for a passphrase that is none */
export async function newBackupHead ({ time, locks, cost = PASSWORD_COST, random = systemRandom, signal }: NewBackup): Promise<{ bytes: Uint8Array, head: BackupHead, key: Uint8Array }> {
  const [id, key] = [random(ID_BYTES), random(KEY_BYTES)]
  const ways: object[] = []
  for (const lock of locks) {
    if (lock.kind === 'phrase') {
      ways.push({ kind: lock.kind, sealed: await xwingBox.seal(lock.kem, key, encodeCbor([CRYPTO_LABELS.backupPhrase, id])) })
      continue
    }
    const stretch = { salt: random(SALT_BYTES.min), memoryKiB: cost.memoryKiB, passes: cost.passes, lanes: cost.lanes }
    const secret = await deriveKey(lock.passphrase, stretch.salt, cost, signal === undefined ? {} : { signal })
    ways.push({ kind: lock.kind, ...stretch, sealed: xseal(secret, key, passphrasePlace(id, stretch), NO_PREFIX, random) })
    secret.fill(0)
  }
  const body = encodeCbor({ v: FORMAT, id, time, ways })
  const bytes = new Uint8Array(BACKUP_PREFIX_BYTES + body.length)
  bytes.set(MAGIC)
  new DataView(bytes.buffer).setUint32(MAGIC.length, body.length)
  bytes.set(body, BACKUP_PREFIX_BYTES)
  return { bytes, head: readBackupHead(bytes), key }
}

function passphrasePlace (id: Uint8Array, { salt, memoryKiB, passes, lanes }: PasswordCost & { readonly salt: Uint8Array }): Uint8Array {
  return encodeCbor([CRYPTO_LABELS.backupPassphrase, id, salt, memoryKiB, passes, lanes])
}

/** How long a backup's head is, from its first {@link BACKUP_PREFIX_BYTES}. @throws CorruptError when it is no backup */
export function backupHeadLength (prefix: Uint8Array): number {
  if (prefix.length < BACKUP_PREFIX_BYTES || !sameBytes(prefix.subarray(0, MAGIC.length), MAGIC)) throw new CorruptError('this is no backup of a home')
  const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(MAGIC.length)
  if (length > LIMITS.backupHeaderBytes) throw new CorruptError(`the backup's head would take ${length} bytes, over the limit of ${LIMITS.backupHeaderBytes}`)
  return BACKUP_PREFIX_BYTES + length
}

/** A backup's head from its bytes. @throws FormatError for a later format; CorruptError when it is none */
export function readBackupHead (bytes: Uint8Array): BackupHead {
  if (backupHeadLength(bytes) !== bytes.length) throw new CorruptError('the backup\'s head is cut off')
  try {
    const value = decodeCbor(bytes.subarray(BACKUP_PREFIX_BYTES), LIMITS.backupHeaderBytes)
    const { v } = shape.struct({ v: shape.uint(undefined, 1) })(value, 'backup')
    if (v > FORMAT) throw new FormatError(`the backup was written by a newer Petrel (format ${v}, this one reads ${FORMAT}): update Petrel`)
    const { id, time, ways } = headShape(value, 'backup')
    return { id, time, ways, hash: labelledHash(CRYPTO_LABELS.backupHead, bytes) }
  } catch (cause) {
    if (cause instanceof BadInputError) throw new CorruptError('the backup\'s head was damaged', { cause })
    throw cause
  }
}

/**
 * The file key of a backup, 32 bytes.
 *
 * @throws DecryptError for another passphrase, or another account's words
 * @throws UnsupportedError when nothing of this kind opens it
 */
export async function openBackupHead ({ id, ways }: BackupHead, unlock: BackupUnlock, signal?: AbortSignal): Promise<Uint8Array> {
  for (const way of ways) {
    if (way.kind !== unlock.kind) continue
    if (unlock.kind === 'phrase' && 'sealed' in way) {
      try {
        return await xwingBox.open(unlock.kem, way.sealed, encodeCbor([CRYPTO_LABELS.backupPhrase, id]))
      } catch (cause) {
        if (!(cause instanceof DecryptError)) throw cause
        throw new DecryptError('the backup does not open: the words are another account\'s', { cause })
      }
    }
    if (unlock.kind === 'passphrase' && 'salt' in way) {
      const secret = await deriveKey(unlock.passphrase, way.salt, way, signal === undefined ? {} : { signal })
      try {
        return xopen(secret, way.sealed, passphrasePlace(id, way), 'the backup')
      } catch (cause) {
        throw new DecryptError('the backup does not open: the passphrase is wrong', { cause })
      } finally {
        secret.fill(0)
      }
    }
  }
  throw new UnsupportedError(`the backup does not open with ${WORDS[unlock.kind] ?? unlock.kind}: it opens with ${ways.map(({ kind }) => WORDS[kind] ?? kind).join(' or ')}`)
}

/** What opens backups, as a person knows it. Ways of a later version go by their own names. */
const WORDS: Readonly<Record<string, string | undefined>> = { passphrase: 'a passphrase', phrase: 'the 24 words' }
