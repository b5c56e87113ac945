/** The version of this package. */
import { readFileSync } from 'node:fs'

function read (): string {
  const value: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'string' ? value.version : 'unknown'
}

/** The package's version, such as "0.1.0". */
export const VERSION = read()
