import { accountFromPhrase, newPhrase, normalizePhrase, systemRandom } from '../../protocol/crypto/index.js'
import { cleanName } from '../../protocol/message/index.js'
import { BadInputError, LIMITS, signCertificate, signManifest, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import { beginHome } from './make-home.js'
import { makeRecoveryCard } from './recovery-card.js'
import type { CreateHomeOptions, NewHome } from './types.js'
import { wipe } from './unlock.js'

/**
 * Makes a home: a device key, a store key, and an account that certifies the device. The account key and
 * the phrase exist only while this runs; the disk never sees them.
 *
 * @throws ExistsError when a home is there already; nothing is changed
 * @throws BadInputError for a bad phrase, name or passphrase, or a directory that others can write
 * @throws ForbiddenError for a directory of another user
 * @throws AbortedError by signal
 */
export async function createHome (options: CreateHomeOptions): Promise<NewHome> {
  const { random = systemRandom, now = Date.now } = options
  const name = checkName(options.name)
  // What the person typed is checked before the disk is touched.
  const words = options.phrase === undefined ? newPhrase(random) : normalizePhrase(options.phrase)
  const making = await beginHome({ ...options, random })
  const storeKey = random(32)
  try {
    const device = making.device.key
    const phrase = accountFromPhrase(words)
    const { account, manifest } = foundAccount(phrase.signer, device, now())
    const recovery = await makeRecoveryCard(phrase, now())
    phrase.recoverySeed.fill(0)
    await making.finish({ account, storeKey, name, manifest, recovery })
    return { words, account, device, manifest }
  } finally {
    wipe(storeKey)
    await making.close()
  }
}

/** A name as it is kept: without blanks around it. @throws BadInputError for one that cannot be */
export function checkName (name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || !trimmed.isWellFormed() || Buffer.byteLength(trimmed) > LIMITS.nameBytes) {
    throw new BadInputError(`a name has 1 to ${LIMITS.nameBytes} bytes of UTF-8`)
  }
  // It is shown on other people's terminals.
  if (cleanName(trimmed) !== trimmed) throw new BadInputError('a name has no control characters')
  return trimmed
}

/** The one use of the account key: it certifies the first device and signs the first manifest. */
function foundAccount (signer: Signer, device: KeyBytes, time: number): { account: KeyBytes, manifest: Uint8Array } {
  const account = signer.key
  const cert = signCertificate({ v: 1, account, device, time }, signer)
  const manifest = signManifest({
    v: 1, account, generation: 1, version: 1, prev: null, devices: [{ key: device, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time
  }, signer)
  return { account, manifest }
}
