/**
 * The life of one link as a pure machine: what it is doing, and what is to be done about each thing that happens.
 * The edge (link-core.ts) dials, opens sessions and keeps the one timer that {@link alarmAt} asks for.
 */
import { AdmissionError, BadInputError, DeadlineError, ForbiddenError, ProofError, SessionError, UnavailableError, type PetrelError, type Role } from '../../protocol/wire/index.js'
import { askedWaitMs, backoffMs, type LinkTiming, type Moment } from './timing.js'
import type { LinkStatus } from './types.js'

/** What a link is doing. Times are the edge's monotonic milliseconds. */
export type LinkPhase =
  | { readonly name: 'idle' }
  /** Dialling and shaking hands, or opening a session on the channel. `refusal`: a refused link that asks again. */
  | { readonly name: 'dialing' | 'opening', readonly until: number, readonly refusal: PetrelError | null }
  | { readonly name: 'ready', readonly role: Role, readonly since: number, readonly expiresAt: number, readonly renewAt: number, readonly renewing: boolean }
  | { readonly name: 'waiting', readonly until: number }
  | { readonly name: 'refused', readonly until: number, readonly refusal: PetrelError }
  | { readonly name: 'closed' }

/** A link's whole state. */
export interface LinkMachine {
  readonly phase: LinkPhase
  /** Counts dials: what an earlier attempt still reports is stale. */
  readonly attempt: number
  /** Counts sessions: a call names the one it was refused in. */
  readonly session: number
  /** Failures in a row. */
  readonly failures: number
  readonly lastError: PetrelError | null
  /** Addresses of the same relay that a Moved notice named: dials go there until a session is open. */
  readonly movedTo: readonly string[]
  /** What the relay was told is old by now: if it says no, it is asked anew at once; if it has said yes, the renewal is a new session. */
  readonly changed: boolean
}

/** What happens to a link. `attempt` and `session` say to which one. */
export type LinkInput =
  | { readonly type: 'start' | 'poke' | 'alarm' | 'close' }
  /** What an attempt does or says is new. */
  | { readonly type: 'changed', readonly what: 'addrs' | 'token' | 'manifest' }
  | { readonly type: 'dialed', readonly attempt: number }
  | { readonly type: 'opened' | 'renewed', readonly attempt: number, readonly expiresMs: number, readonly role: Role }
  | { readonly type: 'failed' | 'renew-failed', readonly attempt: number, readonly error: PetrelError }
  | { readonly type: 'session-lost', readonly session: number, readonly error: PetrelError }
  | { readonly type: 'lost', readonly attempt: number, readonly error: PetrelError | undefined }
  | { readonly type: 'moved', readonly attempt: number, readonly sameRelay: readonly string[], readonly retryMs: number }

/** What is to be done. */
export type LinkEffect =
  | { readonly type: 'dial', readonly attempt: number, readonly movedTo: readonly string[] }
  | { readonly type: 'open' | 'renew' | 'probe' | 'drain', readonly attempt: number }
  /** Give up the attempt's channel or dial; `hangUp`: the connection under it may be dead too. */
  | { readonly type: 'cut', readonly attempt: number, readonly error: PetrelError, readonly hangUp: boolean }
  /** A session is there: prove capabilities, follow logs, let calls go. */
  | { readonly type: 'session', readonly session: number }
  | { readonly type: 'end', readonly attempt: number }

/** A step's outcome. */
export interface LinkStep { readonly state: LinkMachine, readonly effects: readonly LinkEffect[] }

/** A link that was not started. */
export const NEW_LINK: LinkMachine = { phase: { name: 'idle' }, attempt: 0, session: 0, failures: 0, lastError: null, movedTo: [], changed: false }

/** When the machine wants an `alarm`, or null. */
export function alarmAt ({ phase }: LinkMachine): number | null {
  switch (phase.name) {
    case 'dialing': case 'opening': case 'waiting': case 'refused': return phase.until
    case 'ready': return phase.renewing ? phase.expiresAt : phase.renewAt
    default: return null
  }
}

/** The state as others see it. A refused link that asks again stays refused until it is let in. */
export function statusOf ({ phase, lastError }: LinkMachine): LinkStatus {
  switch (phase.name) {
    case 'ready': return { state: 'connected', role: phase.role, lastError: null }
    case 'waiting': case 'closed': return { state: phase.name, role: null, lastError }
    case 'refused': return { state: 'refused', role: null, lastError: phase.refusal }
    case 'idle': return { state: 'connecting', role: null, lastError }
    default: return phase.refusal === null ? { state: 'connecting', role: null, lastError } : { state: 'refused', role: null, lastError: phase.refusal }
  }
}

const stay = (state: LinkMachine): LinkStep => ({ state, effects: [] })

/** One step. Inputs of earlier attempts and sessions change nothing. */
export function stepLink (state: LinkMachine, input: LinkInput, moment: Moment, timing: LinkTiming): LinkStep {
  if (state.phase.name === 'closed') return stay(state)
  if ('attempt' in input && input.attempt !== state.attempt) return stay(state)
  switch (input.type) {
    case 'start': return state.phase.name === 'idle' ? dial(state, null, moment, timing) : stay(state)
    case 'close': return { state: { ...state, phase: { name: 'closed' } }, effects: [{ type: 'end', attempt: state.attempt }] }
    case 'alarm': return onAlarm(state, moment, timing)
    case 'poke': return state.phase.name === 'ready' ? { state, effects: [{ type: 'probe', attempt: state.attempt }] } : hurry(state, moment, timing)
    case 'changed': return onChanged(state, input.what, moment, timing)
    case 'dialed': return state.phase.name === 'dialing' ? open(state, state.phase.refusal, moment, timing) : stay(state)
    case 'opened': return state.phase.name === 'opening' ? onOpened(state, input, moment) : stay(state)
    case 'failed': return state.phase.name === 'dialing' || state.phase.name === 'opening' ? fail(state, input.error, isRefusal(input.error), moment, timing) : stay(state)
    case 'renewed': return onRenewed(state, input, moment)
    case 'renew-failed': return onRenewFailed(state, input.error, moment, timing)
    case 'session-lost': return onSessionLost(state, input, moment, timing)
    case 'lost': return onLost(state, input.error, moment, timing)
    case 'moved': return onMoved(state, input, moment, timing)
  }
}

function dial (state: LinkMachine, refusal: PetrelError | null, { now }: Moment, timing: LinkTiming): LinkStep {
  const attempt = state.attempt + 1
  return {
    state: { ...state, attempt, changed: false, phase: { name: 'dialing', until: now + timing.attemptMs, refusal } },
    effects: [{ type: 'dial', attempt, movedTo: state.movedTo }]
  }
}

function open (state: LinkMachine, refusal: PetrelError | null, { now }: Moment, timing: LinkTiming): LinkStep {
  return {
    state: { ...state, changed: false, phase: { name: 'opening', until: now + timing.attemptMs, refusal } },
    effects: [{ type: 'open', attempt: state.attempt }]
  }
}

/** A person or the system says that now is a good time. */
function hurry (state: LinkMachine, moment: Moment, timing: LinkTiming): LinkStep {
  const { name } = state.phase
  return name === 'waiting' || name === 'refused' ? dial({ ...state, failures: 0 }, null, moment, timing) : stay(state)
}

function onChanged (state: LinkMachine, what: 'addrs' | 'token' | 'manifest', moment: Moment, timing: LinkTiming): LinkStep {
  switch (state.phase.name) {
    // Opening reads what is newest, so only the way there matters now.
    case 'dialing': return what === 'addrs' ? redial(state, new UnavailableError('the relay\'s addresses were replaced'), moment, timing) : stay(state)
    case 'opening': return stay({ ...state, changed: true })
    // A token may raise a guest. A manifest is shown at the next renewal, which is a new session then.
    case 'ready': return what === 'token' ? open(state, null, moment, timing) : stay({ ...state, changed: state.changed || what === 'manifest' })
    case 'waiting': return what === 'manifest' ? stay(state) : hurry(state, moment, timing)
    default: return hurry(state, moment, timing)
  }
}

/** Gives up this attempt for one that begins at once. */
function redial (state: LinkMachine, error: PetrelError, moment: Moment, timing: LinkTiming): LinkStep {
  const next = dial({ ...state, failures: 0, lastError: error }, null, moment, timing)
  return { state: next.state, effects: [{ type: 'cut', attempt: state.attempt, error, hangUp: false }, ...next.effects] }
}

function onAlarm (state: LinkMachine, moment: Moment, timing: LinkTiming): LinkStep {
  const { phase } = state
  const due = alarmAt(state)
  if (due === null || moment.now < due) return stay(state)
  switch (phase.name) {
    case 'waiting': return dial(state, null, moment, timing)
    case 'refused': return dial(state, phase.refusal, moment, timing)
    case 'dialing': case 'opening':
      return fail(state, new DeadlineError(`the relay did not let this node in within ${timing.attemptMs} ms`), false, moment, timing)
    case 'ready':
      if (phase.renewing || state.changed) return open(state, null, moment, timing)
      return { state: { ...state, phase: { ...phase, renewing: true } }, effects: [{ type: 'renew', attempt: state.attempt }] }
    default: return stay(state)
  }
}

/** Renewed when three quarters are over, give or take, so that clients that came together do not renew together. */
function sessionTimes (expiresMs: number, { now, random }: Moment): { expiresAt: number, renewAt: number } {
  return { expiresAt: now + expiresMs, renewAt: now + expiresMs * (0.7 + 0.1 * random) }
}

function onOpened (state: LinkMachine, input: { expiresMs: number, role: Role }, moment: Moment): LinkStep {
  const session = state.session + 1
  const phase = { name: 'ready', role: input.role, since: moment.now, ...sessionTimes(input.expiresMs, moment), renewing: false } as const
  return { state: { ...state, session, movedTo: [], lastError: null, phase }, effects: [{ type: 'session', session }] }
}

function onRenewed (state: LinkMachine, input: { expiresMs: number, role: Role }, moment: Moment): LinkStep {
  if (state.phase.name !== 'ready') return stay(state)
  return stay({ ...state, phase: { ...state.phase, role: input.role, ...sessionTimes(input.expiresMs, moment), renewing: false } })
}

function onRenewFailed (state: LinkMachine, error: PetrelError, moment: Moment, timing: LinkTiming): LinkStep {
  const { phase } = state
  if (phase.name !== 'ready') return stay(state)
  if (error instanceof SessionError && !isStanding(error)) return open({ ...state, lastError: error }, null, moment, timing)
  if (isRefusal(error)) return fail(state, error, true, moment, timing)
  const again = moment.now + Math.max(backoffMs(3, moment.random, timing), askedWaitMs(error, timing))
  if (again >= phase.expiresAt) return open({ ...state, lastError: error }, null, moment, timing)
  return stay({ ...state, phase: { ...phase, renewAt: again, renewing: false } })
}

function onSessionLost (state: LinkMachine, input: { session: number, error: PetrelError }, moment: Moment, timing: LinkTiming): LinkStep {
  const { phase } = state
  if (phase.name !== 'ready' || input.session !== state.session) return stay(state)
  if (isStanding(input.error)) return fail(state, input.error, true, moment, timing)
  // A relay that gives sessions and does not honour them must not be asked in a tight loop.
  if (moment.now - phase.since < timing.stableMs && state.failures > 0) return fail(state, input.error, false, moment, timing)
  const failures = moment.now - phase.since < timing.stableMs ? state.failures + 1 : 0
  return open({ ...state, failures, lastError: input.error }, null, moment, timing)
}

function onLost (state: LinkMachine, error: PetrelError | undefined, moment: Moment, timing: LinkTiming): LinkStep {
  const { name } = state.phase
  if (name !== 'opening' && name !== 'ready') return stay(state)
  const reason = error ?? new UnavailableError('the relay closed the connection')
  // Only what is about this node's standing counts here: a fault of the moment is worth a new try.
  return fail(state, reason, isStanding(reason), moment, timing)
}

function onMoved (state: LinkMachine, input: { sameRelay: readonly string[], retryMs: number }, moment: Moment, timing: LinkTiming): LinkStep {
  const { name } = state.phase
  if (name !== 'opening' && name !== 'ready') return stay(state)
  const drain: LinkEffect = { type: 'drain', attempt: state.attempt }
  const lastError = new UnavailableError('the relay asked this node to come back later')
  // A relay that sends this node on again and again is met more and more slowly, as one that is away.
  const failures = isStable(state, moment, timing) ? 0 : state.failures
  const moved = { ...state, failures: failures + 1, movedTo: input.sameRelay, lastError }
  // At other addresses it is met at once; else everybody comes back spread over a quarter of the time.
  if (input.sameRelay.length > 0 && failures === 0) {
    const next = dial(moved, null, moment, timing)
    return { state: next.state, effects: [drain, ...next.effects] }
  }
  const away = input.sameRelay.length > 0 ? 0 : Math.min(input.retryMs, timing.awayMs) * (1 + moment.random / 4)
  const until = moment.now + Math.max(away, backoffMs(failures, moment.random, timing))
  // The next attempt's number, so that the old channel's end is stale news.
  return { state: { ...moved, attempt: state.attempt + 1, phase: { name: 'waiting', until } }, effects: [drain] }
}

/** Whether the present session has held long enough to end the counting of failures. */
function isStable ({ phase }: LinkMachine, { now }: Pick<Moment, 'now'>, timing: LinkTiming): boolean {
  return phase.name === 'ready' && now - phase.since >= timing.stableMs
}

function fail (state: LinkMachine, error: PetrelError, refused: boolean, { now, random }: Moment, timing: LinkTiming): LinkStep {
  const failures = isStable(state, { now }, timing) ? 0 : state.failures
  const cut: LinkEffect = { type: 'cut', attempt: state.attempt, error, hangUp: error instanceof UnavailableError || error instanceof DeadlineError }
  if (state.changed) return redial(state, error, { now, random }, timing)
  const after: LinkPhase = refused
    ? { name: 'refused', refusal: error, until: now + timing.refusedMs * (1 + random / 4) }
    : { name: 'waiting', until: now + Math.max(backoffMs(failures, random, timing), askedWaitMs(error, timing)) }
  return { state: { ...state, failures: failures + 1, lastError: error, phase: after }, effects: [cut] }
}

/** Whether an error is about who this device is: its account is not let in, or the device was revoked. */
function isStanding (error: PetrelError): boolean {
  return error instanceof AdmissionError || error instanceof ForbiddenError || (error instanceof SessionError && error.details.revoked === true)
}

/**
 * Whether the same question will get the same no: somebody must bring a token, correct an address or a manifest, or
 * look. Not so an UnsupportedError: a relay that is starting does not speak the gateway's protocol yet.
 */
function isRefusal (error: PetrelError): boolean {
  return isStanding(error) || error instanceof ProofError || error instanceof BadInputError
}
