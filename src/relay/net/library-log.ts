/**
 * What libp2p says of itself: nothing, unless the environment asks for it (`DEBUG=libp2p:*`). The library makes its loggers
 * anew for each connection, stream and call, three functions each, and asks the system each time whether it writes to a
 * terminal.
 */
import type { ComponentLogger, Logger } from '@libp2p/interface'

const nothing = (): void => undefined
const silent: Logger = Object.assign(nothing.bind(undefined), { error: nothing, trace: nothing, enabled: false, newScope: () => silent })

/** The logger of a host, among libp2p's options; nothing where the library's own is asked for. */
export function libraryLog (): { readonly logger?: ComponentLogger } {
  return (process.env['DEBUG'] ?? '') === '' ? { logger: { forComponent: () => silent } } : {}
}
