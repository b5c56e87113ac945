/**
 * One follow as a pure machine: where it stands in its log, and which of the entries that arrive are next.
 * The edge (follows.ts) asks the relay, hands entries over and waits.
 */
import {
  DeadlineError, InternalError, ProofError, RateLimitError, ReadOnlyError, SessionError, UnavailableError, type PetrelError
} from '../../protocol/wire/index.js'
import { askedWaitMs, backoffMs, type LinkTiming } from './timing.js'

/** How a follow stands. */
export interface FollowMachine {
  /** `idle`: no session, or a wait before asking again. `asking`: the relay was asked. `following`: it said yes. */
  readonly phase: 'idle' | 'asking' | 'following' | 'ended'
  /** The last entry that was handed over. */
  readonly position: number
  /** Errors that may pass, since the last entry or session: the wait before asking again grows with them. */
  readonly failures: number
  /** Gaps and ends that made no sense, since the last entry or session: too many are a proof. */
  readonly doubts: number
}

/** What happens to a follow. */
export type FollowInput =
  /** A new session is there. */
  | { readonly type: 'session' }
  /** The session is gone. */
  | { readonly type: 'lost' }
  /** The wait is over. */
  | { readonly type: 'again' }
  /** The relay said yes. */
  | { readonly type: 'accepted' }
  /** The relay said no. */
  | { readonly type: 'failed', readonly error: PetrelError }
  /** The relay ended what it had said yes to. */
  | { readonly type: 'ended', readonly error: PetrelError }
  /** It cannot go on: who takes the entries failed, or the relay sent what makes no sense. */
  | { readonly type: 'broken', readonly error: PetrelError }
  /** Entries `first` to `last` arrived. */
  | { readonly type: 'entries', readonly first: number, readonly last: number }
  | { readonly type: 'stop' }

/** What is to be done. */
export type FollowEffect =
  /** Ask for what comes after `after`; `stopFirst`: end the relay's present follow before. */
  | { readonly type: 'ask', readonly after: number, readonly stopFirst: boolean }
  /** Hand over the arrived entries but the first `skip`. */
  | { readonly type: 'deliver', readonly skip: number }
  | { readonly type: 'wait', readonly ms: number }
  | { readonly type: 'session-lost', readonly error: PetrelError }
  /** Over. `stopFirst`: the relay still follows. */
  | { readonly type: 'end', readonly error: PetrelError | null, readonly stopFirst: boolean }

/** A step's outcome. */
export interface FollowStep { readonly state: FollowMachine, readonly effects: readonly FollowEffect[] }

/** A follow that starts after entry `after`. */
export const newFollow = (after: number): FollowMachine => ({ phase: 'idle', position: after, failures: 0, doubts: 0 })

/** A relay that leaves out entries this often in a row is not asked any more. */
const MAX_GAPS = 3

/** One step. `random` is from 0 up to 1. */
export function stepFollow (state: FollowMachine, input: FollowInput, random: number, timing: LinkTiming): FollowStep {
  if (state.phase === 'ended') return { state, effects: [] }
  switch (input.type) {
    case 'session': return ask({ ...state, failures: 0, doubts: 0 }, state.phase !== 'idle')
    case 'again': return state.phase === 'idle' ? ask(state, false) : { state, effects: [] }
    case 'lost': return { state: { ...state, phase: 'idle' }, effects: [] }
    case 'accepted': return { state: state.phase === 'asking' ? { ...state, phase: 'following' } : state, effects: [] }
    case 'failed': return onFailed(state, input.error, random, timing)
    case 'ended': return onEnded(state, input.error, random, timing)
    case 'entries': return onEntries(state, input.first, input.last)
    case 'broken': return end(state, input.error)
    case 'stop': return end(state, null)
  }
}

function ask (state: FollowMachine, stopFirst: boolean): FollowStep {
  return { state: { ...state, phase: 'asking' }, effects: [{ type: 'ask', after: state.position, stopFirst }] }
}

function end (state: FollowMachine, error: PetrelError | null): FollowStep {
  return { state: { ...state, phase: 'ended' }, effects: [{ type: 'end', error, stopFirst: state.phase !== 'idle' }] }
}

function onFailed (state: FollowMachine, error: PetrelError, random: number, timing: LinkTiming): FollowStep {
  if (state.phase === 'idle') return { state, effects: [] }
  const idle: FollowMachine = { ...state, phase: 'idle', failures: state.failures + 1 }
  if (error instanceof SessionError) return { state: idle, effects: [{ type: 'session-lost', error }] }
  if (!mayPass(error)) return { state: { ...state, phase: 'ended' }, effects: [{ type: 'end', error, stopFirst: false }] }
  return { state: idle, effects: [{ type: 'wait', ms: Math.max(backoffMs(state.failures, random, timing), askedWaitMs(error, timing)) }] }
}

function onEntries (state: FollowMachine, first: number, last: number): FollowStep {
  const next = state.position + 1
  // A relay answers a follow before it sends anything of it: what comes earlier is an earlier one's.
  if (state.phase !== 'following' || last < next) return { state, effects: [] }
  if (first <= next) return { state: { ...state, position: last, failures: 0, doubts: 0 }, effects: [{ type: 'deliver', skip: next - first }] }
  if (state.doubts >= MAX_GAPS) return end(state, new ProofError(`the relay leaves out entry ${next} of a log again and again`, { details: { expected: next, got: first } }))
  return ask({ ...state, doubts: state.doubts + 1 }, true)
}

/**
 * A relay ends a follow when a key was replaced or a new session began, and its word may come late. So it is asked
 * once more, with what is proved now: only its answer to that is final, or its ending it again without an entry.
 */
function onEnded (state: FollowMachine, error: PetrelError, random: number, timing: LinkTiming): FollowStep {
  // The same holds for its end.
  if (state.phase !== 'following') return { state, effects: [] }
  if (error instanceof SessionError || mayPass(error) || state.doubts > 0) return onFailed(state, error, random, timing)
  return ask({ ...state, doubts: state.doubts + 1 }, false)
}

/** Whether an error may pass by itself, so that asking again later makes sense. */
function mayPass (error: PetrelError): boolean {
  return [UnavailableError, DeadlineError, RateLimitError, ReadOnlyError, InternalError].some(type => error instanceof type)
}
