/** What a command looks like, as data: the parser, the help, the completion scripts and the schemas read it. */
import type { Context } from './context.js'
import type { Input } from './input.js'

/** What the shell may offer for an argument or an option's value. */
export type Candidates = 'chat' | 'contact' | 'relay' | 'request' | 'invite' | 'file' | 'directory'

/** A positional argument: `<needed>`, `[optional]`. */
export interface ArgumentSpec { readonly name: string, readonly summary: string, readonly complete?: Candidates }

/** How an option's text is read. `duration` gives milliseconds. */
export type ValueKind = 'text' | 'integer' | 'duration' | 'port'

/** An option. `flags` as in `-n, --name <text>`; without `<…>` it is a switch. */
export interface OptionSpec {
  readonly flags: string
  readonly summary: string
  readonly kind?: ValueKind
  readonly choices?: readonly string[]
  /** May be given several times. */
  readonly many?: boolean
  readonly complete?: Candidates
}

/** Runs a command. The number is its exit code, 0 when there is none. */
export type Handler = (context: Context, input: Input) => Promise<number | undefined>

/** A command, or a group of them. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** What the summary has no room for. */
  readonly more?: string
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Command lines that work, with what they do. */
  readonly examples?: readonly (readonly [string, string])[]
  readonly commands?: readonly CommandSpec[]
  readonly hidden?: boolean
  /** Loads the code that runs it, only when it runs. A group without one shows its help. */
  readonly load?: () => Promise<Handler>
  /** How long it may take unless --timeout says otherwise, ms; null for as long as it likes. */
  readonly timeoutMs?: number | null
  /** Whether it needs no home, so that neither paths nor the configuration file are looked up. */
  readonly bare?: boolean
}
