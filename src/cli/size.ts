/** Sizes as people write them: `500MiB`, `20GiB`, or a number of bytes. */
import { badInput } from './failure.js'

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 }

/** Bytes of a size. `name` is what the person wrote it for. @throws CliError ERR_BAD_INPUT */
export function parseSize (text: string, name: string): number {
  const [, digits, unit] = /^(\d{1,15}) ?(|KiB|MiB|GiB|TiB)$/.exec(text) ?? []
  const bytes = Number(digits) * (UNITS[unit ?? ''] ?? NaN)
  if (!Number.isSafeInteger(bytes) || bytes === 0) throw badInput(`${name} needs a size such as 500MiB or 20GiB, not "${text.slice(0, 40)}"`)
  return bytes
}
