/** What a command looks like, as data: the parser, the help, the completion scripts and the schemas read it. */

/** What the shell may offer for an argument or an option's value. */
export type Candidates = 'chat' | 'contact' | 'relay' | 'request' | 'invite' | 'file' | 'directory'

/** A positional argument: `<needed>`, `[optional]`. */
export interface ArgumentSpec {
  readonly name: string
  readonly summary: string
  readonly complete?: Candidates
  /** The only words it takes. */
  readonly choices?: readonly string[]
}

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

/** What there is to say about a command, without what runs it. */
export interface CommandShape {
  readonly name: string
  readonly summary: string
  /** What the summary has no room for. */
  readonly more?: string
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Command lines that work, with what they do. */
  readonly examples?: readonly (readonly [string, string])[]
  readonly hidden?: boolean
  /** How long it may take unless --timeout says otherwise, ms; null for as long as it likes. */
  readonly timeoutMs?: number | null
  /** An option with which it may take as long as it likes after all, unless --timeout says otherwise: bytes that flow have no deadline. */
  readonly untimedWith?: string
  /** Whether it needs no home, so that neither paths nor the configuration file are looked up. */
  readonly bare?: boolean
}
