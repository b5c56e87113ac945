/** Where things are on this machine. Pure: environment, flags and platform are parameters, so the CLI needs no disk to know. */
import { createHash } from 'node:crypto'
import { posix, win32 } from 'node:path'
import { BadInputError } from '../../protocol/wire/errors.js'

/** What decides where things are. */
export interface PathsInput {
  /** `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `process.platform`. */
  readonly platform: string
  /** The person's home directory (`os.homedir()`). */
  readonly userHome: string
  /** `--home DIR`: before PETREL_HOME. */
  readonly home?: string | undefined
  /** `--profile NAME`: before PETREL_PROFILE. */
  readonly profile?: string | undefined
}

/** Where one identity's things are, as absolute paths. */
export interface HomePaths {
  /** The profile's name, or null for the default identity. */
  readonly profile: string | null
  /** The home directory: keystore and store. */
  readonly home: string
  /** The configuration file (it may not exist). */
  readonly config: string
  /** The local API's unix socket, or named pipe on Windows. */
  readonly socket: string
  /** Where a relay of this identity keeps its own store and key. */
  readonly relay: string
  /** The daemon's log file. */
  readonly log: string
}

/** A unix socket's path has room for 108 bytes on Linux and 104 on macOS, the closing zero included. */
const SOCKET_PATH_BYTES = 103
const PROFILE = /^[a-z0-9][a-z0-9_-]{0,31}$/

/**
 * Finds the paths: `--home`, else PETREL_HOME, holds everything; else the XDG base directories do (Windows:
 * LOCALAPPDATA and APPDATA). A profile has its own place below.
 *
 * @throws BadInputError for a profile name other than 1 to 32 of a-z, 0-9, - and _, or a home that is not an absolute path
 */
export function homePaths (input: PathsInput): HomePaths {
  const profile = profileName(input.profile ?? input.env.PETREL_PROFILE)
  const path = input.platform === 'win32' ? win32 : posix
  const below = profile === null ? [] : ['profiles', profile]
  const root = input.home ?? nonEmpty(input.env.PETREL_HOME)
  if (root !== undefined && !path.isAbsolute(root)) throw new BadInputError(`the home directory must be an absolute path, got "${root.slice(0, 200)}"`)
  const bases = root === undefined ? standardBases(input, path) : { data: root, config: root, runtime: undefined }
  const home = path.join(bases.data, ...below)
  return {
    profile,
    home,
    config: path.join(bases.config, ...below, 'config.toml'),
    socket: socketPath(input, home, bases.runtime, path),
    relay: path.join(home, 'relay'),
    log: path.join(home, 'daemon.log')
  }
}

type Path = typeof posix
interface Bases { data: string, config: string, runtime: string | undefined }

function nonEmpty (text: string | undefined): string | undefined { return text === '' ? undefined : text }

function profileName (name: string | undefined): string | null {
  if (name === undefined || name === '') return null
  if (!PROFILE.test(name)) throw new BadInputError(`"${name.slice(0, 80)}" is no profile name: 1 to 32 of a-z, 0-9, - and _, not starting with - or _`)
  return name
}

function standardBases (input: PathsInput, path: Path): Bases {
  const { env, userHome } = input
  // The XDG specification says that relative paths in its variables are to be ignored.
  const absolute = (value: string | undefined): string | undefined => value !== undefined && path.isAbsolute(value) ? value : undefined
  if (input.platform === 'win32') {
    return {
      data: path.join(absolute(env.LOCALAPPDATA) ?? path.join(userHome, 'AppData', 'Local'), 'petrel'),
      config: path.join(absolute(env.APPDATA) ?? path.join(userHome, 'AppData', 'Roaming'), 'petrel'),
      runtime: undefined
    }
  }
  const runtime = absolute(env.XDG_RUNTIME_DIR)
  return {
    data: path.join(absolute(env.XDG_DATA_HOME) ?? path.join(userHome, '.local', 'share'), 'petrel'),
    config: path.join(absolute(env.XDG_CONFIG_HOME) ?? path.join(userHome, '.config'), 'petrel'),
    runtime: runtime === undefined ? undefined : path.join(runtime, 'petrel')
  }
}

/** In the runtime directory under a name made from the home, since two homes must never share a socket; else in the home itself. */
function socketPath (input: PathsInput, home: string, runtime: string | undefined, path: Path): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  if (input.platform === 'win32') return `\\\\.\\pipe\\petrel-${name}`
  const preferred = runtime === undefined ? path.join(home, 'api.sock') : path.join(runtime, `${name}.sock`)
  if (Buffer.byteLength(preferred) <= SOCKET_PATH_BYTES) return preferred
  const fallback = input.env.XDG_RUNTIME_DIR
  if (fallback !== undefined && path.isAbsolute(fallback)) {
    const short = path.join(fallback, 'petrel', `${name}.sock`)
    if (Buffer.byteLength(short) <= SOCKET_PATH_BYTES) return short
  }
  throw new BadInputError(`the home directory's path is too long for a unix socket in it (${SOCKET_PATH_BYTES} bytes): choose a shorter one, or set XDG_RUNTIME_DIR`)
}
