import { UnsupportedError } from '../../protocol/wire/index.js'
import type { CreateHomeOptions, NewHome } from './types.js'

/**
 * Makes a home: a device key, a store key, and an account that certifies the device. The account key and
 * the phrase exist only while this runs; the disk never sees them.
 *
 * @throws ExistsError when a home is there already; nothing is changed
 * @throws BadInputError for a bad phrase, name or passphrase, or a directory that others can write
 * @throws AbortedError by signal
 */
export async function createHome (options: CreateHomeOptions): Promise<NewHome> {
  throw new UnsupportedError(`no home can be made at ${options.dir} yet`)
}
