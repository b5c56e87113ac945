/** `petrel help`. */
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import { exitCodeLines } from '../help-layout.js'
import { parserOf } from '../parser.js'
import { ROOT } from '../specs/root.js'

/** A topic beside the commands. */
const EXIT_CODES = 'exit-codes'

/** Prints a command's help, as its --help does, or the exit codes. */
export const help: Handler = async ({ io }, input) => {
  const words = input.rest('command')
  if (words.length === 1 && words[0] === EXIT_CODES) {
    await io.write(`${exitCodeLines(io.columns ?? 80).join('\n')}\n`)
    return undefined
  }
  let text = ''
  let command = parserOf(ROOT, { write: part => { text += part }, columns: io.columns ?? 80 }, async () => {})
  for (const word of words) {
    const next = command.commands.find(child => child.name() === word)
    if (next === undefined) throw badInput(`there is no command "${words.join(' ').slice(0, 80)}": petrel --help lists them all`)
    command = next
  }
  command.outputHelp()
  await io.write(text)
  return undefined
}
