/** `petrel completion`. */
import { bashScript, fishScript, zshScript } from '../completion/index.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import { ROOT } from '../specs/root.js'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** Prints the script for a shell. */
export const completion: Handler = async ({ io }, input) => {
  const shell = input.argument('shell')
  if (!(shell === 'bash' || shell === 'zsh' || shell === 'fish')) throw badInput(`there is no completion for "${shell.slice(0, 40)}": bash, zsh or fish`)
  await io.write(SCRIPTS[shell](ROOT))
  return undefined
}
