import { UnsupportedError } from '../../protocol/wire/index.js'
import type { Host, HostOptions } from './host-types.js'

/**
 * Builds (and starts, unless told otherwise) the libp2p host of a relay or a node.
 * @throws BadInputError for a seed that is not 32 bytes or a listen address that is no multiaddr
 */
export async function createHost (options: HostOptions): Promise<Host> {
  throw new UnsupportedError(`a host for a ${options.role} is not built yet`)
}
