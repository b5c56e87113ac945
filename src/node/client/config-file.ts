/** What a client needs of the configuration file; the daemon reads the rest of it. */
import { readFile } from 'node:fs/promises'
import { BadInputError, LIMITS } from '../../protocol/api/index.js'

/** The configuration file's text, or undefined when there is no such file. @throws BadInputError when it is too long */
export async function configText (path: string): Promise<string | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  if (text.length > LIMITS.configBytes) throw new BadInputError(`${path} is over ${LIMITS.configBytes} bytes long`)
  return text
}

/**
 * The environment as it counts for a home that was named outright, by a flag or an option: PETREL_SOCKET is left out,
 * since a variable that leads to another identity's node must not win over the name of this one.
 */
export function environmentFor (env: Readonly<Record<string, string | undefined>>, named: { readonly home?: string | undefined, readonly profile?: string | undefined }): Readonly<Record<string, string | undefined>> {
  if (named.home === undefined && named.profile === undefined) return env
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PETREL_SOCKET'))
}

/**
 * The socket that PETREL_SOCKET or the configuration file names, undefined for the standard place. The daemon reads
 * the same setting.
 *
 * @throws BadInputError for a file that is too long or no TOML
 */
export async function socketSetting (config: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const given = env.PETREL_SOCKET ?? ''
  if (given !== '') return given
  const text = await configText(config)
  if (text === undefined) return undefined
  const { parse } = await import('smol-toml')
  let socket: unknown
  try {
    socket = parse(text).socket
  } catch (error) {
    // The parser's message would quote the file: only the place is taken from it.
    const place = error instanceof Error && 'line' in error && 'column' in error ? ` at line ${String(error.line)}, column ${String(error.column)}` : ''
    throw new BadInputError(`${config} is not valid TOML${place}`)
  }
  return typeof socket === 'string' && socket !== '' ? socket : undefined
}
