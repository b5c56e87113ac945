/** How the chat is shown. */
import type { State } from './state.js'

/** A place where a state is shown. */
export interface View {
  /** Shows it as soon as what came before is written. */
  show (state: State): void
  /** Writes the screen anew. */
  repaint (state: State): void
  /** Lets the shell have the terminal, until the person comes back. */
  suspend (state: State): Promise<void>
  /** Resolves when all that was to be shown is written. Rejects when the terminal is gone. */
  settled (): Promise<void>
  /** Takes away what is only there to be written over. */
  close (): Promise<void>
}
