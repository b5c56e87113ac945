/** What the command line itself asks of a home, without loading the node. */
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '../protocol/api/index.js'
import { badInput, codeOf } from './failure.js'
import type { Settings } from './settings.js'

/** Whether the home holds an identity. */
export async function homeIsThere (home: string): Promise<boolean> {
  try {
    await access(join(home, 'keystore'))
    return true
  } catch {
    return false
  }
}

/** How this command line names its home, for commands that are proposed to the person. */
export function homeFlags ({ home, profile }: Settings): string {
  return `${home === undefined ? '' : ` --home ${home}`}${profile === undefined ? '' : ` --profile ${profile}`}`
}

/** The configuration file's text, or undefined when there is no such file. @throws BadInputError when it is too long */
export async function configText (path: string): Promise<string | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
  if (text.length > LIMITS.configBytes) throw badInput(`${path} is over ${LIMITS.configBytes} bytes long`)
  return text
}

/** The socket that PETREL_SOCKET or the configuration file names, undefined for the standard place. The daemon reads the same setting. */
export async function socketSetting (config: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const given = env.PETREL_SOCKET ?? ''
  if (given !== '') return given
  const text = await configText(config)
  if (text === undefined) return undefined
  const { parse } = await import('smol-toml')
  let socket: unknown
  try {
    socket = parse(text).socket
  } catch {
    // The parser's message would quote the file.
    throw badInput(`${config} is not valid TOML`)
  }
  return typeof socket === 'string' && socket !== '' ? socket : undefined
}
