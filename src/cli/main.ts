/** The entry of the `petrel` command. Loads only what a command needs: help answers at once. */
import { CommanderError } from 'commander'
import { contextOf } from './context.js'
import { realDoors, type Doors } from './doors.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { badInput, codeOf, failureOf } from './failure.js'
import { inputOf } from './input.js'
import { processIo, type Io } from './io.js'
import { failureText } from './output.js'
import { parserOf } from './parser.js'
import { settingsOf } from './settings.js'
import type { CommandSpec, Handler } from './spec.js'
import { ROOT } from './specs/root.js'

/** What a test puts in place of the process and the other layers. */
export interface Surroundings { readonly io?: Io, readonly doors?: Doors }

/** Runs one command line in this process and sets its exit code. */
export async function main (argv: readonly string[]): Promise<void> {
  process.exitCode = await run(argv, { io: await processIo() })
}

/** Runs one command line. Never throws: an error is written to stderr and told by the exit code. */
export async function run (argv: readonly string[], surroundings: Surroundings & { readonly io: Io }): Promise<number> {
  const { io, doors = realDoors } = surroundings
  const json = wantsJson(argv)
  // A command's own signal ends with its timeout too; until one runs there is only the interruption.
  let signal = io.signal
  let help = ''
  let code: number = EXIT.ok
  const parser = parserOf(ROOT, { write: text => { help += text }, columns: io.columns ?? 80 }, async (spec, _path, parsed) => {
    const settings = settingsOf(parsed.options, io, spec)
    const input = inputOf(spec, parsed)
    if (settings.timeoutMs !== null) signal = AbortSignal.any([io.signal, AbortSignal.timeout(settings.timeoutMs)])
    const handler = await load(spec)
    code = await handler(contextOf(io, settings, doors, signal), input) ?? EXIT.ok
  })
  try {
    await parser.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    return await ended(error, { io, json, help, signal })
  }
}

async function load (spec: CommandSpec): Promise<Handler> {
  if (spec.load === undefined) throw new TypeError(`${spec.name} has nothing to run`)
  return await spec.load()
}

interface Ending { io: Io, json: boolean, help: string, signal: AbortSignal }

async function ended (error: unknown, { io, json, help, signal }: Ending): Promise<ExitCode> {
  try {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) { await io.write(help); return EXIT.ok }
      return await fail(io, usageError(error, help), json, io.signal)
    }
    // The reader of our output has gone: that is its right, and nobody is left to be told.
    if (codeOf(error) === 'EPIPE') return EXIT.ok
    return await fail(io, error, json, signal)
  } catch (cause) {
    return codeOf(cause) === 'EPIPE' ? EXIT.ok : EXIT.failure
  }
}

async function fail (io: Io, error: unknown, json: boolean, signal: AbortSignal): Promise<ExitCode> {
  const failure = failureOf(error, signal)
  if (io.env.PETREL_DEBUG === '1' && error instanceof Error) await io.writeError(`${error.stack ?? ''}\n`)
  await io.writeError(failureText(failure, json))
  return failure.exit
}

/** Commander's complaint in our words. A group without a command shows its help. */
function usageError (error: CommanderError, help: string): Error {
  if (error.code === 'commander.help') return badInput(help.trimEnd())
  return badInput(error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?'))
}

function wantsJson (argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}
