/** The 24 words as a person gives them. They are never an argument: other users of the machine see those. */
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import type { Input } from '../input.js'
import { readStart } from '../secret-file.js'
import { askSecret } from '../terminal/ask.js'

/** 24 words of at most eight letters fit with much room. */
const MOST_BYTES = 4096

/** The words from `--words-file` (`-`: stdin), or from the person. @throws BadInputError when nobody can be asked */
export async function wordsOf (context: Context, input: Input): Promise<string> {
  const file = input.text('words-file')
  if (file !== undefined) return await readWords(file, context)
  if (!context.io.interactive) throw badInput('the 24 words are needed: give --words-file FILE (- for stdin)')
  return await askSecret('The 24 words, with spaces between them (they are not shown): ', context.signal)
}

async function readWords (file: string, { io, readInput }: Context): Promise<string> {
  return Buffer.from(file === '-' ? await readInput(MOST_BYTES) : await readStart(file, io, MOST_BYTES)).toString('utf8')
}
