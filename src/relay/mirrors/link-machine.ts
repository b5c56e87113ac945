/** How a relay keeps its channel to another home: when to dial, how long to wait, when to let go. Pure. */
import { LIMITS } from '../../protocol/wire/index.js'

/** Where the link stands. `failures` in a row. */
export type LinkState =
  | { readonly at: 'idle' }
  | { readonly at: 'dialing', readonly failures: number }
  | { readonly at: 'open', readonly failures: number, readonly since: number }
  | { readonly at: 'waiting', readonly failures: number }

/** What happens to it. Times in ms, `random` from 0 up to 1. */
export type LinkInput =
  /** Somebody needs the home now: a wait is cut short. */
  | { readonly type: 'needed' }
  | { readonly type: 'opened', readonly now: number }
  | { readonly type: 'lost', readonly now: number, readonly random: number, readonly retryMs?: number }
  /** The wait is over. */
  | { readonly type: 'due' }
  /** Nobody has a log there any more. */
  | { readonly type: 'unneeded' }

/** What is to be done. */
export type LinkEffect = { readonly type: 'dial' } | { readonly type: 'wait', readonly ms: number } | { readonly type: 'close' }

/** The next state. */
export function stepLink (state: LinkState, input: LinkInput): { state: LinkState, effects: LinkEffect[] } {
  const stay = { state, effects: [] }
  switch (input.type) {
    case 'needed': return state.at === 'idle' || state.at === 'waiting' ? dial(failuresOf(state)) : stay
    case 'due': return state.at === 'waiting' ? dial(state.failures) : stay
    case 'opened': return state.at === 'dialing' ? { state: { at: 'open', failures: state.failures, since: input.now }, effects: [] } : stay
    case 'unneeded': return state.at === 'idle' ? stay : { state: { at: 'idle' }, effects: [{ type: 'close' }] }
    case 'lost': {
      if (state.at !== 'dialing' && state.at !== 'open') return stay
      const held = state.at === 'open' && input.now - state.since >= LIMITS.linkStableMs
      const failures = held ? 0 : state.failures
      return { state: { at: 'waiting', failures: failures + 1 }, effects: [{ type: 'wait', ms: waitMs(failures, input) }] }
    }
  }
}

function dial (failures: number): { state: LinkState, effects: LinkEffect[] } { return { state: { at: 'dialing', failures }, effects: [{ type: 'dial' }] } }

function failuresOf (state: LinkState): number { return state.at === 'idle' ? 0 : state.failures }

/** Full jitter below a bound that doubles, so that mirrors do not come back to a home in step; a tenth of the base at least. */
function waitMs (failures: number, { random, retryMs = 0 }: { random: number, retryMs?: number }): number {
  const top = Math.min(LIMITS.linkRetryCapMs, LIMITS.linkRetryBaseMs * 2 ** Math.min(failures, 30))
  return Math.max(LIMITS.linkRetryBaseMs / 10, top * random, Math.min(retryMs, LIMITS.linkAwayMs))
}
