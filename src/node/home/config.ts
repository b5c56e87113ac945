/**
 * Settings: defaults, then the configuration file (TOML), then the environment, then flags. Each later one wins.
 * What a newer Petrel or a typing error put into the file is not an error, since a node must start; it is a warning.
 */
import { parse, TomlError } from 'smol-toml'
import { BadInputError, LIMITS } from '../../protocol/wire/index.js'

/** What a setting's value is: `text`, a `list` of texts, a `switch`, a `size` in bytes, or one of some words. */
type Kind = 'text' | 'list' | 'switch' | 'size' | readonly string[]
interface Key { readonly kind: Kind, readonly env: string, readonly default: unknown, readonly doc: string }

/** Every setting: its kind, its environment variable, its default, and what it does. Help texts and docs are made from this. */
export const CONFIG_KEYS = {
  keyfile: { kind: 'text', env: 'PETREL_KEYFILE', default: '', doc: 'The key file, as an absolute path; empty: the file "key" in the home.' },
  credential: { kind: 'text', env: 'PETREL_CREDENTIAL', default: 'petrel', doc: 'The name of the systemd credential.' },
  listen: { kind: 'list', env: 'PETREL_LISTEN', default: [], doc: 'Multiaddrs the node listens on; none: it only dials.' },
  lan: { kind: 'switch', env: 'PETREL_LAN', default: false, doc: 'Others in the local network may find and dial this node; no relay is needed there.' },
  circuits: { kind: 'list', env: 'PETREL_CIRCUITS', default: [], doc: 'With lan: relays that pass on connections to this node, beside its home relays.' },
  mirrors: { kind: ['on', 'off'], env: 'PETREL_MIRRORS', default: 'on', doc: "Whether chats that live at others' relays are used through the own relay, which keeps a copy; off: their relays are visited." },
  socket: { kind: 'text', env: 'PETREL_SOCKET', default: '', doc: "The local API's socket, as an absolute path; empty: the standard place." },
  presence: { kind: ['on', 'typing', 'off'], env: 'PETREL_PRESENCE', default: 'on', doc: 'What contacts are told, and you of them: that you are here and write (on), only that you write (typing), nothing (off).' },
  media_cache: { kind: 'size', env: 'PETREL_MEDIA_CACHE', default: LIMITS.mediaCacheBytes, doc: "Bytes of others' files that are kept here, such as 5GiB: the least recently used goes first." },
  media_auto: { kind: 'size', env: 'PETREL_MEDIA_AUTO', default: LIMITS.mediaAutoBytes, doc: 'Photos and voice notes up to this size are fetched by themselves, such as 2MiB; 0: none. Whatever is larger comes when it is asked for.' },
  log_level: { kind: ['error', 'warn', 'info', 'debug'], env: 'PETREL_LOG_LEVEL', default: 'info', doc: 'How much the log tells.' }
} as const satisfies Record<string, Key>

type Keys = typeof CONFIG_KEYS
type ValueOf<K extends Kind> = K extends 'text' ? string : K extends 'switch' ? boolean : K extends 'size' ? number : K extends 'list' ? readonly string[] : K extends readonly (infer W)[] ? W : never

/** The settings in force. */
export type Config = { readonly [K in keyof Keys]: ValueOf<Keys[K]['kind']> }

/** Where settings come from. */
export interface ConfigSources {
  /** The configuration file's text, if there is one. */
  readonly file?: string
  /** The file's path, for messages. */
  readonly path?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Values from flags, by key; undefined ones are not set. */
  readonly flags?: Readonly<Record<string, unknown>>
}

/**
 * The settings and what to tell the person about the file.
 *
 * @throws BadInputError when the file is no TOML (with line and column), or a value is not of its kind (naming where it stands)
 */
export function readConfig (sources: ConfigSources): { config: Config, warnings: string[] } {
  const path = sources.path ?? 'the configuration file'
  const file = parseFile(sources.file ?? '', path)
  const warnings = Object.keys(file).filter(key => !Object.hasOwn(CONFIG_KEYS, key)).map(key => `${path}: unknown setting "${key.slice(0, 80)}" is ignored${hint(key)}`)
  const out: Record<string, unknown> = {}
  for (const [name, key] of Object.entries<Key>(CONFIG_KEYS)) {
    const flag = sources.flags?.[name]
    const text = sources.env?.[key.env]
    if (flag !== undefined) out[name] = check(key.kind, flag, `--${name.replaceAll('_', '-')}`)
    else if (text !== undefined && text !== '') out[name] = check(key.kind, fromText(key.kind, text), key.env)
    else if (Object.hasOwn(file, name)) out[name] = check(key.kind, file[name], `${path}: ${name}`)
    else out[name] = key.default
  }
  return { config: out as unknown as Config, warnings }
}

function parseFile (text: string, path: string): Record<string, unknown> {
  if (text.length > LIMITS.configBytes) throw new BadInputError(`${path} is over ${LIMITS.configBytes} bytes long`)
  try {
    return parse(text)
  } catch (cause) {
    // The library's message quotes the lines around the fault, which may hold a token.
    const where = cause instanceof TomlError ? ` at line ${cause.line}, column ${cause.column}` : ''
    throw new BadInputError(`${path} is not valid TOML${where}`)
  }
}

/** Lists are separated by commas or spaces in a variable; a switch is `true` or `false`, as in the file. */
function fromText (kind: Kind, text: string): unknown {
  if (kind === 'switch') return text === 'true' ? true : text === 'false' ? false : text
  return kind === 'list' ? text.split(/[\s,]+/).filter(part => part !== '') : text
}

function check (kind: Kind, value: unknown, where: string): unknown {
  if (kind === 'text' && typeof value === 'string') return value
  if (kind === 'switch' && typeof value === 'boolean') return value
  if (kind === 'size') {
    const bytes = typeof value === 'string' ? sizeOf(value) : value
    if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return bytes
  }
  if (kind === 'list' && Array.isArray(value) && value.every(item => typeof item === 'string')) return value
  if (typeof kind !== 'string' && typeof value === 'string' && kind.includes(value)) return value
  throw new BadInputError(`${where} must be ${said(kind)}`)
}

function said (kind: Kind): string {
  if (typeof kind !== 'string') return `one of ${kind.join(', ')}`
  return { switch: 'true or false', text: 'a text', list: 'a list of texts', size: 'a size such as 500MiB, 5GiB or a number of bytes' }[kind]
}

/** Bytes of a size as people write it; NaN for what is none. */
function sizeOf (text: string): number {
  const [, digits, unit = ''] = /^(\d{1,15}) ?(|KiB|MiB|GiB|TiB)$/.exec(text) ?? []
  return Number(digits) * 1024 ** ['', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(unit)
}

/** The known setting that was likely meant. */
function hint (key: string): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, '')
  const near = Object.keys(CONFIG_KEYS).find(known => plain(known) === plain(key))
  return near === undefined ? '' : `; did you mean "${near}"?`
}
