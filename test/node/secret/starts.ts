/** Beginnings of secret chats that bad people make, for tests. */
import { randomBytes } from 'node:crypto'
import { leafIdentityFor } from '../../../src/node/chats/index.js'
import { SecretStarts, type SealedStart } from '../../../src/node/secret/starts.js'
import { createSecretMls, startSecret } from '../../../src/protocol/crypto/index.js'
import type { SecretStart } from '../../../src/protocol/message/index.js'
import { openKeyPackage, type CheckedManifest, type Signer } from '../../../src/protocol/wire/index.js'

const mls = createSecretMls({ validateCredential: () => true, now: Date.now })

/** Who makes it: a device, and the manifest of an account that it shows. */
export interface Maker { readonly device: Signer, readonly manifest: CheckedManifest }

/** A beginning with a key package; within, its leaf is of `leaf`. */
export async function startWith (record: Uint8Array, leaf: Maker): Promise<SecretStart> {
  const { record: { bundle }, hash } = openKeyPackage(record)
  const now = Date.now()
  const own = await mls.createKeyPackage({ identity: leafIdentityFor(leaf.manifest, leaf.device), notBefore: now - 1000, notAfter: now + 3600_000 })
  const chat = new Uint8Array(randomBytes(16))
  const { welcome } = await startSecret({ mls, now: Date.now }, { chat, keyPackage: own.private, peer: bundle })
  return { chat, welcome, keyPackage: hash, timer: 0 }
}

/** It, sealed for an account's device, in a letter of `maker`, which says it is of the account that its manifest is of, or of another. */
export async function sealedBy (maker: Maker, to: CheckedManifest, secret: SecretStart, account = maker.manifest.manifest.account, time = Date.now()): Promise<SealedStart> {
  const starts = new SecretStarts({ account, device: maker.device, manifest: () => maker.manifest, inboxes: () => [], now: () => time })
  return await starts.seal(to, secret.keyPackage, { secret })
}
