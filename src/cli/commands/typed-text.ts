/** A text as it was typed, or as it stands on stdin. */
import { LIMITS } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { badInput } from '../failure.js'

/** The text that was typed, or for `-` what stands on stdin, without its last line break. @throws BadInputError when it is no UTF-8 */
export async function typedText ({ readInput }: Pick<Context, 'readInput'>, given: string): Promise<string> {
  if (given !== '-') return given
  // UTF-8 takes at most three bytes for a UTF-16 unit; one more shows that it is too long.
  const bytes = await readInput(LIMITS.textUnits * 3 + 2)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch {
    throw badInput('what came on stdin is not UTF-8 text')
  }
}
