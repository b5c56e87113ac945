/** A command's arguments and options, read by kind. */
import { badInput } from './failure.js'
import { parseDuration } from './duration.js'
import { optionName } from './specs/global.js'
import type { CommandShape, OptionSpec } from './spec.js'

/** What was typed after the command's name. Names are long flags without dashes: `idempotency-key`. */
export interface Input {
  /** A positional argument that must be there. */
  argument (name: string): string
  /** A positional argument that may be absent. */
  maybe (name: string): string | undefined
  /** All the words of a last argument that takes several. */
  rest (name: string): readonly string[]
  /** Whether a switch is on. */
  flag (name: string): boolean
  /** An option's text. */
  text (name: string): string | undefined
  /** Every text of an option that may be given several times. */
  texts (name: string): readonly string[]
  /** An option's number: an integer, or milliseconds for a duration. */
  number (name: string): number | undefined
}

/** An option's text as a number of its kind. @throws CliError ERR_BAD_INPUT */
function parseNumber (option: OptionSpec, text: string): number {
  if (option.kind === 'duration') return parseDuration(text, `--${optionName(option.flags)}`)
  const value = Number(text)
  const most = option.kind === 'port' ? 65_535 : Number.MAX_SAFE_INTEGER
  if (!/^\d{1,16}$/.test(text) || value > most) throw badInput(`--${optionName(option.flags)} needs a whole number${option.kind === 'port' ? ' up to 65535' : ''}, not "${text.slice(0, 40)}"`)
  return value
}

/** What the parser found, by attribute name. */
export interface Parsed {
  readonly arguments: readonly (string | readonly string[] | undefined)[]
  readonly options: Readonly<Record<string, unknown>>
  /** Words after a group's own arguments that name none of its commands. */
  readonly excess: readonly string[]
}

const camel = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** The input of one command. @throws CliError ERR_BAD_INPUT for a value that is not of its kind */
export function inputOf (spec: CommandShape, parsed: Parsed): Input {
  const positions = new Map((spec.arguments ?? []).map((argument, i) => [argument.name.replace(/[<>[\].]/g, ''), i]))
  const positional = (name: string): string | readonly string[] | undefined => {
    const at = positions.get(name)
    if (at === undefined) throw new TypeError(`${spec.name} has no argument ${name}`)
    return parsed.arguments[at]
  }
  const maybe = (name: string): string | undefined => {
    const value = positional(name)
    return typeof value === 'string' ? value : undefined
  }
  const raw = (name: string): unknown => parsed.options[camel(name)]
  for (const option of spec.options ?? []) checkKind(option, raw(optionName(option.flags)))
  return {
    maybe,
    rest: name => { const value = positional(name); return Array.isArray(value) ? value as readonly string[] : [] },
    argument: name => {
      const value = maybe(name)
      if (value === undefined || value === '') throw badInput(value === '' ? `${name.toUpperCase()} is empty` : `${name.toUpperCase()} is missing`)
      return value
    },
    flag: name => raw(name) === true,
    text: name => { const value = raw(name); return typeof value === 'string' ? value : undefined },
    texts: name => { const value = raw(name); return Array.isArray(value) ? value as string[] : [] },
    number: name => {
      const value = raw(name)
      const option = (spec.options ?? []).find(o => optionName(o.flags) === name)
      return typeof value !== 'string' || option === undefined ? undefined : parseNumber(option, value)
    }
  }
}

/** Everything is checked before the command runs, so that a wrong value at the end of a line undoes nothing. */
function checkKind (option: OptionSpec, value: unknown): void {
  // What a script got from an unset variable is no value.
  if (value === '' || (Array.isArray(value) && value.includes(''))) throw badInput(`--${optionName(option.flags)} is empty`)
  if (typeof value === 'string' && option.kind !== undefined && option.kind !== 'text') parseNumber(option, value)
}
