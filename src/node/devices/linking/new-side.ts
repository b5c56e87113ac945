/**
 * Linking, as the new device sees it: it waits, says who it is to whoever commits to being somebody, and takes what is
 * handed over once the person has said on it that the words are the same. Pure, as `old-side.ts` is.
 */
import { matchingWords } from '../../../protocol/crypto/index.js'
import {
  decodeLinkFrame, encodeLinkFrame, openLinkAnswer, openLinkReveal, openLinkWord, signLinkAnswer, signLinkWord, type LinkOffer
} from '../../../protocol/message/index.js'
import { DeadlineError, ForbiddenError, LIMITS, PetrelError, sameBytes, type Digest, type Signer } from '../../../protocol/wire/index.js'

/** Who this device is. */
export interface NewFacts { readonly device: Signer, readonly name: string, readonly card: Uint8Array }
/** Who offers to take this device in, once that is known. */
export interface Host { readonly offer: LinkOffer, readonly transcript: Digest, readonly words: readonly string[] }

interface Answered { readonly commitment: Digest, readonly body: Uint8Array, readonly frame: Uint8Array }

/** What the new side does. */
export type NewPhase =
  | { readonly name: 'waiting', readonly answered: readonly Answered[] }
  | { readonly name: 'comparing' | 'agreed', readonly host: Host }
  | { readonly name: 'taking' | 'kept', readonly host: Host }
  | { readonly name: 'ended' }

/** The whole state. */
export interface NewState { readonly facts: NewFacts, readonly phase: NewPhase }

/** What happens. Each frame comes with 32 fresh random bytes, in case it is to be answered. `kept`: what was handed over is on the disk; `not-taken`: it was not for this device, or not of that one. */
export type NewInput =
  | { readonly type: 'frame', readonly bytes: Uint8Array, readonly nonce: Uint8Array }
  | { readonly type: 'tick' | 'late' | 'kept' | 'not-taken' }
  | { readonly type: 'confirm', readonly matches: boolean }
  | { readonly type: 'failed', readonly error: PetrelError }

/** What is to be done. `take`: open what is handed over, check it, keep it. */
export type NewEffect =
  | { readonly type: 'send', readonly frame: Uint8Array }
  | { readonly type: 'compare', readonly host: Host }
  | { readonly type: 'take', readonly host: Host, readonly sealed: Uint8Array }
  | { readonly type: 'end', readonly error: PetrelError | null }

interface NewStep { readonly state: NewState, readonly effects: readonly NewEffect[] }

/** Begins to wait. */
export function beginNew (facts: NewFacts): NewState { return { facts, phase: { name: 'waiting', answered: [] } } }

const stay = (state: NewState): NewStep => ({ state, effects: [] })
const send = (frame: Uint8Array): NewEffect => ({ type: 'send', frame })

/** One step. Frames that do not hold change nothing: whoever has seen the link can send some. */
export function stepNew (state: NewState, input: NewInput): NewStep {
  const { phase } = state
  if (phase.name === 'ended') return stay(state)
  switch (input.type) {
    case 'tick': return { state, effects: phase.name === 'agreed' ? [word(state, phase.host, 'agreed')] : [] }
    // What is on the disk is there, whether the other side heard of it or not.
    case 'late': return phase.name === 'kept' ? end(state, null) : end(state, new DeadlineError(lateWords(phase)))
    case 'failed': return end(state, input.error)
    case 'confirm': return onConfirm(state, input.matches)
    case 'kept': return phase.name === 'taking' ? { state: { ...state, phase: { name: 'kept', host: phase.host } }, effects: [word(state, phase.host, 'done')] } : stay(state)
    case 'not-taken': return phase.name === 'taking' ? stay({ ...state, phase: { name: 'agreed', host: phase.host } }) : stay(state)
    case 'frame': return onFrame(state, input)
  }
}

/** What did not happen in time, and what to do about it. */
function lateWords ({ name }: NewPhase): string {
  switch (name) {
    case 'waiting': return 'no device of the account came in time, and nothing was changed: begin again, and while it waits type petrel devices approve with the link on a device that you have'
    case 'comparing': return 'nobody said in time whether the words are the same, and nothing was changed: begin again'
    default: return 'the other device did not let this one in in time: begin again. If petrel devices list shows one there that never came to be, it is this attempt, and petrel devices revoke ends it'
  }
}

function word ({ facts }: NewState, { transcript }: Host, what: 'agreed' | 'refused' | 'done'): NewEffect {
  return send(encodeLinkFrame({ kind: 'word', record: signLinkWord(transcript, what, facts.device) }))
}

function end (state: NewState, error: PetrelError | null): NewStep {
  const { phase } = state
  const told = error !== null && 'host' in phase ? [word(state, phase.host, 'refused')] : []
  return { state: { ...state, phase: { name: 'ended' } }, effects: [...told, { type: 'end', error }] }
}

function onConfirm (state: NewState, matches: boolean): NewStep {
  const { phase } = state
  if (phase.name !== 'comparing') return stay(state)
  if (!matches) return end(state, new ForbiddenError('the words were not the same: nothing was taken. Begin again, and show the link to nobody else'))
  return { state: { ...state, phase: { name: 'agreed', host: phase.host } }, effects: [word(state, phase.host, 'agreed')] }
}

function onFrame (state: NewState, { bytes, nonce }: { readonly bytes: Uint8Array, readonly nonce: Uint8Array }): NewStep {
  try {
    const frame = decodeLinkFrame(bytes)
    switch (frame?.kind) {
      case 'offer': return onOffer(state, frame.commitment, nonce)
      case 'reveal': return onReveal(state, frame.record)
      case 'welcome': return onWelcome(state, frame.sealed)
      case 'word': return onWord(state, frame.record)
      default: return stay(state)
    }
  } catch (error) {
    if (error instanceof PetrelError) return stay(state)
    throw error
  }
}

/** Each commitment gets an answer with random bytes of its own: who knew them before it commits could search for words. */
function onOffer (state: NewState, commitment: Digest, nonce: Uint8Array): NewStep {
  const { facts, phase } = state
  if (phase.name !== 'waiting') return stay(state)
  const known = phase.answered.find(one => sameBytes(one.commitment, commitment))
  if (known !== undefined) return { state, effects: [send(known.frame)] }
  if (phase.answered.length >= LIMITS.linkOffers) return stay(state)
  const record = signLinkAnswer({ v: 1, commitment, name: facts.name, card: facts.card, nonce }, facts.device)
  const frame = encodeLinkFrame({ kind: 'answer', record })
  const { body } = openLinkAnswer(record, facts.device.key)
  return { state: { facts, phase: { name: 'waiting', answered: [...phase.answered, { commitment, body, frame }] } }, effects: [send(frame)] }
}

function onReveal (state: NewState, record: Uint8Array): NewStep {
  const { facts, phase } = state
  if (phase.name !== 'waiting') return stay(state)
  for (const { commitment, body } of phase.answered) {
    const opened = openedReveal(record, commitment, body)
    if (opened === undefined) continue
    const host = { ...opened, words: matchingWords(opened.transcript) }
    return { state: { facts, phase: { name: 'comparing', host } }, effects: [{ type: 'compare', host }] }
  }
  return stay(state)
}

function openedReveal (record: Uint8Array, commitment: Digest, body: Uint8Array): Pick<Host, 'offer' | 'transcript'> | undefined {
  try {
    return openLinkReveal(record, commitment, body)
  } catch (error) {
    if (error instanceof PetrelError) return undefined
    throw error
  }
}

function onWelcome (state: NewState, sealed: Uint8Array): NewStep {
  const { phase } = state
  // The word that it has come may have been lost.
  if (phase.name === 'kept') return { state, effects: [word(state, phase.host, 'done')] }
  if (phase.name !== 'agreed') return stay(state)
  return { state: { ...state, phase: { name: 'taking', host: phase.host } }, effects: [{ type: 'take', host: phase.host, sealed }] }
}

function onWord (state: NewState, record: Uint8Array): NewStep {
  const { phase } = state
  if (!('host' in phase)) return stay(state)
  switch (openLinkWord(record, phase.host.transcript, phase.host.offer.device)) {
    case 'refused': return phase.name === 'kept' ? end(state, null) : end(state, new ForbiddenError('it was refused on the other device'))
    case 'over': return phase.name === 'kept' ? end(state, null) : stay(state)
    default: return stay(state)
  }
}
