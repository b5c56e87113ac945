/** The entry of the `petrel` command. Loads only the grammar: help answers at once, and a command brings its own code. */
import { CommanderError } from 'commander'
import type { Doors } from './doors.js'
import { EXIT } from './exit-codes.js'
import { processIo, type Io } from './io.js'
import { parserOf } from './parser.js'
import { ROOT } from './specs/root.js'
import { VERSION } from './specs/tools.js'

/** What a test puts in place of the process and the other layers. */
export interface Surroundings { readonly io: Io, readonly doors?: Doors }

/** How long what is left in the process may still run, ms. */
const LEFTOVERS_MS = 1000

/** Runs one command line in this process and sets its exit code. */
export async function main (argv: readonly string[]): Promise<void> {
  const code = await run(argv, { io: await processIo() })
  process.exitCode = code
  // All is written and closed: a timer that a library left behind (yamux's lives on for 45 s) must not keep the process.
  setTimeout(() => { process.exit(code) }, LEFTOVERS_MS).unref()
}

/** Runs one command line. Never throws: an error is written to stderr and told by the exit code. */
export async function run (argv: readonly string[], { io, doors }: Surroundings): Promise<number> {
  let code: number = EXIT.ok
  let help = ''
  const json = wantsJson(argv)
  const parser = parserOf(ROOT, { write: text => { help += text }, columns: io.columns ?? 80 }, async (spec, parsed) => {
    const { perform } = await import('./perform.js')
    code = await perform(spec, parsed, { io, json, ...(doors === undefined ? {} : { doors }) })
  })
  try {
    await parser.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    const { misused, perform, written } = await import('./perform.js')
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.version') return await perform(VERSION, { arguments: [], options: { json }, excess: [] }, { io, json })
    return error.exitCode === 0 ? await written(io, help) : await misused(error, help, { io, json })
  }
}

function wantsJson (argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}
