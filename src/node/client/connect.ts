/** The way to a running daemon. */
import { homedir } from 'node:os'
import { BadInputError, type Petrel } from '../../protocol/api/index.js'
import { environmentFor, socketSetting } from './config-file.js'
import { dial, type Target } from './dial.js'
import { homePaths, type HomePaths } from './paths.js'
import { CallConnection } from './call-connection.js'
import { PetrelClient } from './petrel-client.js'

/**
 * Which daemon: by its socket, by its home's paths, by an address (`unix:PATH`, `tcp:HOST:PORT`) with a token for TCP,
 * or the one that `petrel` would use here: by `home` and `profile`, PETREL_HOME, PETREL_PROFILE, PETREL_SOCKET and the
 * configuration file. With `home` or `profile`, PETREL_SOCKET does not count.
 */
export interface ConnectOptions {
  readonly socketPath?: string
  readonly paths?: Pick<HomePaths, 'socket'>
  readonly address?: string
  readonly token?: string
  /** The home directory, an absolute path. */
  readonly home?: string
  readonly profile?: string
  /** Ends connecting early; later calls have signals of their own. */
  readonly signal?: AbortSignal
}

const TCP = /^tcp:(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})$/

/**
 * Connects to a daemon. What it returns is the interface that `createNode` returns, but for `close`,
 * which ends only the connection. When the connection is lost, calls reject with UnavailableError:
 * connect again, and send with the same idempotency key.
 *
 * @throws NotRunningError when nobody listens there
 * @throws ForbiddenError when the socket or its directory belongs to somebody else
 * @throws SessionError for a token that does not hold
 * @throws BadInputError for an address that is none, AbortedError
 */
export async function connect (options: ConnectOptions = {}): Promise<Petrel> {
  const target = await targetOf(options)
  const connection = new CallConnection(await dial(target, options.signal))
  return new PetrelClient(target, connection)
}

async function targetOf ({ socketPath, paths, address, token, home, profile }: ConnectOptions): Promise<Target> {
  const path = socketPath ?? paths?.socket ?? (address?.startsWith('unix:') === true ? address.slice('unix:'.length) : undefined)
  if (path !== undefined) return { kind: 'unix', path }
  if (address === undefined) return { kind: 'unix', path: await standardSocket({ home, profile }) }
  const match = TCP.exec(address)
  const [, host, port] = match ?? []
  if (host === undefined || port === undefined) throw new BadInputError('connect needs a socketPath, or an address like unix:PATH or tcp:127.0.0.1:PORT (loopback only)')
  if (token === undefined) throw new BadInputError('a TCP address needs a token')
  return { kind: 'tcp', host: host === '[::1]' ? '::1' : host, port: Number(port), token }
}

async function standardSocket (given: Pick<ConnectOptions, 'home' | 'profile'>): Promise<string> {
  const paths = homePaths({ env: process.env, platform: process.platform, userHome: homedir(), ...given })
  return await socketSetting(paths.config, environmentFor(process.env, given)) ?? paths.socket
}
