/** What stands for something longer, or for a secret, by a hash: WIRE.md, Hashes, and MESSAGE.md. */
import { read, type ValueMap } from './cbor.js'
import { fill, type Cases } from './cases.js'
import type { Format } from './format.js'
import { messageCases } from './message-cases.js'
import { messageFormats } from './message.js'
import { hash, sha256 } from './proof.js'
import { wireCases } from './wire-cases.js'
import { manifestHash, wireFormats } from './wire.js'

/** The body of a signed record, as it was signed. */
const bodyOf = (record: Uint8Array): Uint8Array => (read(record, 2 ** 20) as Uint8Array[])[0]!

/** The hash of each kind, from a record's bytes or a grant's seed. */
export const hashes = {
  manifest: (bytes: Uint8Array) => manifestHash(bodyOf(bytes)),
  'key package': (bytes: Uint8Array) => sha256(bytes),
  'vault key': (bytes: Uint8Array) => hash('petrel/v1 vault key hash', bodyOf(bytes)),
  'inbox grant': (seed: Uint8Array) => hash('petrel/v1 inbox grant', seed)
} satisfies Record<string, (from: Uint8Array) => Uint8Array>

/** All of it. */
export function hashVectors (): ValueMap {
  const one = (of: keyof typeof hashes, from: Uint8Array, context = {}): ValueMap => ({ of, context, from, hash: Uint8Array.from(hashes[of](from)) })
  const records = (of: 'manifest' | 'key package' | 'vault key', { good }: Cases, formats: Record<string, Format>): ValueMap[] =>
    good.filter(({ format }) => format === of).map(({ value, seed, context }) => one(of, Uint8Array.from(formats[of]!.make(value, seed)), context))
  return {
    about: 'What stands for a record by its hash, and names a grant: `from` is the signed record\'s bytes, or the seed of the grant\'s key, `context` what the reader of the record knows.',
    hashes: [...records('manifest', wireCases, wireFormats), ...records('key package', wireCases, wireFormats), ...records('vault key', messageCases, messageFormats), one('inbox grant', fill(32)), one('inbox grant', fill(32, 200))]
  }
}
