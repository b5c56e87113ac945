/** A command: its shape, and the code that runs it. */
import type { Context } from './context.js'
import type { Input } from './input.js'
import type { CommandShape } from './spec.js'

/** Runs a command. The number is its exit code, 0 when there is none. */
export type Handler = (context: Context, input: Input) => Promise<number | undefined>

/** A command, or a group of them. */
export interface CommandSpec extends CommandShape {
  readonly commands?: readonly CommandSpec[]
  /** Loads the code that runs it, only when it runs. A group without one shows its help. */
  readonly load?: () => Promise<Handler>
}
