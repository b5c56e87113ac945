/** The command line's grammar: commander's commands made from the specs. */
import { Argument, Command, Option } from 'commander'
import { examplesHelp, exitCodeLines, helpLayout } from './help-layout.js'
import type { Parsed } from './input.js'
import { GLOBAL_OPTIONS, optionName } from './specs/global.js'
import type { CommandSpec } from './command.js'
import type { ArgumentSpec, OptionSpec } from './spec.js'

/** Takes what was parsed. */
export type OnCommand = (spec: CommandSpec, parsed: Parsed) => Promise<void>

/** Where the parser writes help. Errors are thrown instead. */
export interface HelpSink { write (text: string): void, columns: number }

/** The parser for a whole tree of commands. It throws commander's CommanderError instead of exiting. */
export function parserOf (root: CommandSpec, sink: HelpSink, onCommand: OnCommand): Command {
  const program = commandOf(root, sink, onCommand)
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option))
  // The command `version` prints it: commander only tells that it was asked for, by the code `commander.version`.
  program.version('', '-V, --version', 'print the version')
  program.addHelpText('after', () => ['', 'Exit codes:', ...exitCodeLines(sink.columns)].join('\n'))
  return program
}

function commandOf (spec: CommandSpec, sink: HelpSink, onCommand: OnCommand): Command {
  const command = new Command(spec.name)
  command.exitOverride().configureOutput({ writeOut: text => { sink.write(text) }, writeErr: text => { sink.write(text) }, outputError: () => undefined, getOutHelpWidth: () => sink.columns, getErrHelpWidth: () => sink.columns })
  command.configureHelp({ ...helpLayout, showGlobalOptions: true }).allowExcessArguments(false).helpCommand(false).helpOption('-h, --help', 'show this help')
  command.summary(spec.summary).description(spec.more === undefined ? capital(spec.summary) : `${capital(spec.summary)}.\n\n${spec.more.replaceAll('\n', ' ')}`)
  for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument))
  for (const option of spec.options ?? []) command.addOption(optionOf(option))
  for (const child of spec.commands ?? []) command.addCommand(commandOf(child, sink, onCommand), { hidden: child.hidden === true })
  if (spec.examples !== undefined) command.addHelpText('after', examplesHelp(spec.examples, sink.columns))
  if (spec.load !== undefined) {
    // A word after a group that is none of its commands is said better by us than as one argument too many.
    if (spec.commands !== undefined) command.allowExcessArguments(true)
    command.action(async () => {
      const excess = command.args.slice(spec.arguments?.length ?? 0)
      await onCommand(spec, { arguments: command.processedArgs as (string | undefined)[], options: command.optsWithGlobals(), excess: spec.commands === undefined ? [] : excess })
    })
  }
  return command
}

function argumentOf (spec: ArgumentSpec): Argument {
  const argument = new Argument(spec.name, spec.summary)
  return spec.choices === undefined ? argument : argument.choices(spec.choices)
}

function optionOf (spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary)
  if (spec.choices !== undefined) option.choices(spec.choices)
  if (spec.many === true) option.argParser((value: string, before: readonly string[] | undefined) => [...before ?? [], value])
  return option
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Every long flag of a command, with its spec: what completion offers. */
export function flagsOf (spec: CommandSpec): readonly (readonly [string, OptionSpec])[] {
  return [...spec.options ?? [], ...GLOBAL_OPTIONS].map(option => [`--${optionName(option.flags)}`, option] as const)
}
