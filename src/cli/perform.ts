/** Runs a command that was parsed, and says how it ended. */
import type { CommanderError } from 'commander'
import { contextOf } from './context.js'
import { countdown } from './countdown.js'
import { realDoors, type Doors } from './doors.js'
import { capitals } from './help-layout.js'
import { EXIT } from './exit-codes.js'
import { badInput, codeOf, failureOf } from './failure.js'
import { homeFlags } from './home.js'
import { inputOf, type Parsed } from './input.js'
import type { Io } from './io.js'
import { failureText } from './output.js'
import { settingsOf } from './settings.js'
import type { CommandSpec } from './command.js'

/** What surrounds a run. `json`: errors as JSON. */
export interface Run { readonly io: Io, readonly json: boolean, readonly doors?: Doors }

/** The exit code of a command's run; its error, if it has one, stands on stderr. */
export async function perform (spec: CommandSpec, parsed: Parsed, { io, json, doors = realDoors }: Run): Promise<number> {
  let signal = io.signal
  let flags = ''
  try {
    const [word] = parsed.excess
    if (word !== undefined) throw badInput(`${spec.name} has no command "${word.slice(0, 40)}"; it has ${(spec.commands ?? []).map(c => c.name).join(', ')}`)
    const settings = settingsOf(parsed.options, io, spec)
    flags = homeFlags(settings)
    const input = inputOf(spec, parsed)
    const time = settings.timeoutMs === null ? undefined : countdown(settings.timeoutMs)
    if (time !== undefined) signal = AbortSignal.any([io.signal, time.signal])
    const handler = await spec.load?.()
    return await handler?.(contextOf(io, settings, doors, { signal, time }), input) ?? EXIT.ok
  } catch (error) {
    return await fail(error, { io, json }, signal, flags)
  }
}

/** Help on stdout. */
export async function written (io: Io, help: string): Promise<number> {
  try {
    await io.write(help)
    return EXIT.ok
  } catch (error) {
    return await fail(error, { io, json: false }, io.signal)
  }
}

/** The parser's complaint in our words. A group without a command shows its help. */
export async function misused (error: CommanderError, help: string, run: Run): Promise<number> {
  const bare = error.code === 'commander.help'
  if (bare && !run.json) {
    await run.io.writeError(help).catch(() => undefined)
    return EXIT.usage
  }
  const words = error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?')
  return await fail(badInput(bare ? 'a command is missing' : named(words)), run, run.io.signal)
}

/** What is put in, as the help names it. */
function named (words: string): string {
  return words.replace(/^missing required argument '([\w-]+)'$/, (_, name: string) => `${name.toUpperCase()} is missing`).replace(/^option '[^']*'/, capitals)
}

async function fail (error: unknown, { io, json }: Run, signal: AbortSignal, flags = ''): Promise<number> {
  // The reader of our output has gone: that is its right, and nobody is left to be told.
  if (codeOf(error) === 'EPIPE') return EXIT.ok
  const failure = failureOf(error, signal)
  const trace = io.env.PETREL_DEBUG === '1' && error instanceof Error ? `${error.stack ?? ''}\n` : ''
  try {
    await io.writeError(trace + failureText(failure, json, flags))
  } catch {
    // Without stderr the exit code says it.
  }
  return failure.exit
}
