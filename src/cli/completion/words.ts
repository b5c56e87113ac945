/** The tree of commands as what each place on a command line may hold. */
import { flagsOf } from '../parser.js'
import type { CommandSpec } from '../command.js'
import type { Candidates } from '../spec.js'

/** One command and what may follow it. */
export interface Place {
  /** The words before, joined by a blank; empty for `petrel` itself. */
  readonly path: string
  readonly commands: readonly { readonly name: string, readonly summary: string }[]
  readonly flags: readonly { readonly flag: string, readonly summary: string, readonly takesValue: boolean, readonly values: readonly string[], readonly complete: Candidates | undefined }[]
  /** What the positional arguments are, in order. */
  readonly arguments: readonly { readonly complete: Candidates | undefined, readonly values: readonly string[] }[]
}

/** Every place of the tree, without what is hidden. */
export function placesOf (spec: CommandSpec, path: readonly string[] = []): Place[] {
  const children = (spec.commands ?? []).filter(child => child.hidden !== true)
  const own: Place = {
    path: path.join(' '),
    commands: children.map(({ name, summary }) => ({ name, summary })),
    flags: flagsOf(spec).map(([flag, option]) => ({
      flag, summary: option.summary, takesValue: option.flags.includes('<'), values: option.choices ?? [], complete: option.complete
    })),
    arguments: (spec.arguments ?? []).map(({ complete, choices }) => ({ complete, values: choices ?? [] }))
  }
  return [own, ...children.flatMap(child => placesOf(child, [...path, child.name]))]
}

/** Text inside single quotes of a POSIX shell. */
export function quoted (text: string): string { return `'${text.replaceAll('\'', `'\\''`)}'` }
