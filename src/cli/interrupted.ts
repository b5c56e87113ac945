/** The end of a command from outside. */
import { EXIT, type ExitCode } from './exit-codes.js'

/** Why a command was ended from outside: the reason of its signal. */
export interface Interruption extends Error { readonly name: 'Interrupted', readonly exit: ExitCode }

/** The reason for a signal of the system. */
export function interrupted (exit: typeof EXIT.interrupted | typeof EXIT.terminated): Interruption {
  return Object.assign(new Error(exit === EXIT.interrupted ? 'interrupted' : 'terminated'), { name: 'Interrupted' as const, exit })
}

/** A signal's reason, if it is an interruption. */
export function interruptionOf (reason: unknown): Interruption | undefined {
  return reason instanceof Error && reason.name === 'Interrupted' && 'exit' in reason ? reason as Interruption : undefined
}
