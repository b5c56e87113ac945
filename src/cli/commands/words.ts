/** The 24 words as a person gives them. They are never an argument: other users of the machine see those. */
import { open } from 'node:fs/promises'
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import type { Input } from '../input.js'
import { absolute } from '../settings.js'
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

async function readWords (file: string, { io }: Context): Promise<string> {
  if (file === '-') return Buffer.from(await io.readInput(MOST_BYTES)).toString('utf8')
  const handle = await open(absolute(file, io))
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(MOST_BYTES), 0, MOST_BYTES, 0)
    return Buffer.from(buffer.subarray(0, bytesRead)).toString('utf8')
  } finally {
    await handle.close()
  }
}
