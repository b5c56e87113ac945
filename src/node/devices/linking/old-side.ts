/**
 * Linking a new device, as a device of the account sees it. Pure: bytes come in and go out, signatures are made here,
 * everything that waits or stores is the edge's. MESSAGE.md, Linking a device.
 */
import { matchingWords } from '../../../protocol/crypto/index.js'
import {
  decodeLinkFrame, encodeLinkFrame, encodeLinkOffer, linkCommitment, linkTranscript, openLinkAnswer, openLinkWord, signLinkReveal, signLinkWord, type LinkOffer
} from '../../../protocol/message/index.js'
import { DeadlineError, ForbiddenError, PetrelError, sameBytes, type Digest, type KeyBytes, type Signer } from '../../../protocol/wire/index.js'

/** Who meets: fixed from the start. */
export interface OldFacts { readonly offer: LinkOffer, readonly device: Signer, readonly newDevice: KeyBytes }
/** The new device, once it has answered. */
export interface Stranger { readonly name: string, readonly card: Uint8Array, readonly transcript: Digest, readonly words: readonly string[] }

/** What the old side does. */
export type OldPhase =
  | { readonly name: 'offering' }
  | { readonly name: 'comparing', readonly stranger: Stranger, readonly reveal: Uint8Array, readonly here: boolean, readonly there: boolean }
  | { readonly name: 'admitting', readonly stranger: Stranger, readonly reveal: Uint8Array }
  | { readonly name: 'welcoming', readonly stranger: Stranger, readonly sealed: Uint8Array }
  | { readonly name: 'ended' }

/** The whole state. */
export interface OldState { readonly facts: OldFacts, readonly phase: OldPhase }

/** What happens. `confirm`: the person has compared the words. `admitted`: the account lists the device, and this is for it. */
export type OldInput =
  | { readonly type: 'frame', readonly bytes: Uint8Array }
  | { readonly type: 'tick' | 'late' }
  | { readonly type: 'confirm', readonly matches: boolean }
  | { readonly type: 'admitted', readonly sealed: Uint8Array }
  | { readonly type: 'failed', readonly error: PetrelError }

/** What is to be done. `end` without an error: the device has all that it needs. */
export type OldEffect =
  | { readonly type: 'send', readonly frame: Uint8Array }
  | { readonly type: 'compare' | 'admit', readonly stranger: Stranger }
  | { readonly type: 'end', readonly error: PetrelError | null }

interface OldStep { readonly state: OldState, readonly effects: readonly OldEffect[] }

/** Begins: the first frame goes out with the first tick. */
export function beginOld (facts: OldFacts): OldState { return { facts, phase: { name: 'offering' } } }

const stay = (state: OldState): OldStep => ({ state, effects: [] })
const send = (frame: Uint8Array): OldEffect => ({ type: 'send', frame })

/** One step. Frames that do not hold change nothing: whoever has seen the link can send some. */
export function stepOld (state: OldState, input: OldInput): OldStep {
  const { phase } = state
  if (phase.name === 'ended') return stay(state)
  switch (input.type) {
    case 'tick': return { state, effects: again(state) }
    case 'late': return end(state, new DeadlineError(phase.name === 'welcoming' ? 'the new device does not answer any more: it is listed now, and is not ready. Revoke it, and link it again' : 'the other device did not answer in time: begin again there'))
    case 'failed': return end(state, input.error)
    case 'confirm': return onConfirm(state, input.matches)
    case 'admitted': {
      if (phase.name !== 'admitting') return stay(state)
      const next: OldState = { ...state, phase: { name: 'welcoming', stranger: phase.stranger, sealed: input.sealed } }
      return { state: next, effects: again(next) }
    }
    case 'frame': return onFrame(state, input.bytes)
  }
}

/** What is said until it is answered. */
function again ({ facts, phase }: OldState): OldEffect[] {
  switch (phase.name) {
    case 'offering': return [send(encodeLinkFrame({ kind: 'offer', commitment: linkCommitment(encodeLinkOffer(facts.offer)) }))]
    case 'comparing': return phase.there ? [] : [send(phase.reveal)]
    case 'welcoming': return [send(encodeLinkFrame({ kind: 'welcome', sealed: phase.sealed }))]
    default: return []
  }
}

function word (state: OldState, transcript: Digest, what: 'refused' | 'over'): OldEffect {
  return send(encodeLinkFrame({ kind: 'word', record: signLinkWord(transcript, what, state.facts.device) }))
}

function end (state: OldState, error: PetrelError | null): OldStep {
  const { phase } = state
  const told = 'stranger' in phase ? [word(state, phase.stranger.transcript, error === null ? 'over' : 'refused')] : []
  return { state: { ...state, phase: { name: 'ended' } }, effects: [...told, { type: 'end', error }] }
}

function onConfirm (state: OldState, matches: boolean): OldStep {
  const { phase } = state
  if (phase.name !== 'comparing') return stay(state)
  if (!matches) return end(state, new ForbiddenError('the new device was refused: nothing was changed'))
  return admitWhenBoth(state, { ...phase, here: true })
}

/** The person has said yes on both: on one alone it may have been tricked into it. */
function admitWhenBoth (state: OldState, phase: OldPhase & { name: 'comparing' }): OldStep {
  const { stranger, reveal } = phase
  if (!phase.here || !phase.there) return stay({ ...state, phase })
  return { state: { ...state, phase: { name: 'admitting', stranger, reveal } }, effects: [{ type: 'admit', stranger }] }
}

function onFrame (state: OldState, bytes: Uint8Array): OldStep {
  try {
    const frame = decodeLinkFrame(bytes)
    if (frame?.kind === 'answer') return onAnswer(state, frame.record)
    return frame?.kind === 'word' ? onWord(state, frame.record) : stay(state)
  } catch (error) {
    if (error instanceof PetrelError) return stay(state)
    throw error
  }
}

function onAnswer (state: OldState, record: Uint8Array): OldStep {
  const { facts, phase } = state
  if (phase.name !== 'offering') return stay(state)
  const offer = encodeLinkOffer(facts.offer)
  const commitment = linkCommitment(offer)
  const { answer, body } = openLinkAnswer(record, facts.newDevice)
  if (!sameBytes(answer.commitment, commitment)) return stay(state)
  const transcript = linkTranscript(commitment, body, offer)
  const stranger = { name: answer.name, card: answer.card, transcript, words: matchingWords(transcript) }
  const reveal = encodeLinkFrame({ kind: 'reveal', record: signLinkReveal(transcript, offer, facts.device) })
  return { state: { facts, phase: { name: 'comparing', stranger, reveal, here: false, there: false } }, effects: [send(reveal), { type: 'compare', stranger }] }
}

function onWord (state: OldState, record: Uint8Array): OldStep {
  const { facts, phase } = state
  if (!('stranger' in phase)) return stay(state)
  switch (openLinkWord(record, phase.stranger.transcript, facts.newDevice)) {
    case 'agreed': return phase.name === 'comparing' ? admitWhenBoth(state, { ...phase, there: true }) : stay(state)
    case 'done': return phase.name === 'welcoming' ? end(state, null) : stay(state)
    case 'refused': return end(state, new ForbiddenError('it was refused on the new device'))
    default: return stay(state)
  }
}
