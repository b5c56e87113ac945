/** A backup of the home while its node runs, and the card that opens one with the 24 words. */
import type { BackupOptions, BackupPoint } from '../../protocol/api/index.js'
import type { BackupLock } from '../../protocol/crypto/index.js'
import { openRecoveryCard } from '../../protocol/message/index.js'
import { sameBytes } from '../../protocol/wire/index.js'
import { writeBackup, type BackupPoint as Point } from '../backup/index.js'
import { KeptFor } from '../../relay/index.js'
import type { NodeCore } from '../core.js'
import { SECRET_OWNERS } from '../media/index.js'
import { RECOVERY_RECORD, recoveryCard } from '../vault/index.js'

/** The bytes of a backup. @throws as writeBackup */
export function backup (core: NodeCore, { passphrase, media = false, resume, signal }: BackupOptions): AsyncIterable<Uint8Array> {
  const { account, home, store, keys, now, vault } = core
  const card = recoveryCard(vault)
  const locks: BackupLock[] = [
    ...card === null ? [] : [{ kind: 'phrase' as const, kem: openRecoveryCard(card, account.key).kem }],
    ...passphrase === undefined ? [] : [{ kind: 'passphrase' as const, passphrase }]
  ]
  return writeBackup({
    home: { account: account.key, device: account.device.key, name: account.name, manifest: account.manifest.bytes, storeKey: home.storeKey, store: store.info.format },
    kv: store.kv, keys, blobs: store.blobs, now, besides: new KeptFor(store.kv, SECRET_OWNERS)
  }, { locks, media, signal: signal === undefined ? core.ending.signal : AbortSignal.any([signal, core.ending.signal]), ...resume === undefined ? {} : { resume: pointOf(resume) } })
}

function pointOf ({ head, chunk, index, tag }: BackupPoint): Point {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
  return { head: bytes(head), chunk: bytes(chunk), index, tag: bytes(tag) }
}

/** Keeps the phrase's card, durably. The vault is then sealed to the phrase by itself. @throws BadInputError, ProofError */
export async function setRecoveryCard ({ account, vault, shared }: NodeCore, text: string): Promise<void> {
  const card = new Uint8Array(Buffer.from(text, 'base64'))
  openRecoveryCard(card, account.key)
  const kept = recoveryCard(vault)
  if (kept !== null && sameBytes(kept, card)) return
  await vault.write(RECOVERY_RECORD, card)
  shared.kick()
}
