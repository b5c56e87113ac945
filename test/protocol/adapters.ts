/** The project's own code for each format: what it reads, and the same written again. */
import {
  decodeBody, decodeSecret, encodeSecret, decodeCommitPayload, decodeHandshake, decodePipeFrame, decodePolicy, decodeRoster, decodeVaultBatch, decodeVaultPiece, encodeBody, encodeCommitPayload, encodeHandshake, encodePipeFrame, encodePolicy, encodeRoster, encodeVaultBatch, encodeVaultPiece, formatLink, invitationFromMap, invitationToMap, openCommitStatement, openDeviceCard, openRecoveryCard, openVaultKeyEntry,
  openLeafIdentity, openLetter, openMessage, openVaultRecord, parseLink, signCommitStatement, signDeviceCard, signLeafIdentity, signLetter, signMessage, signRecoveryCard, signVaultKey, signVaultRecord,
  decodeLinkFrame, decodeLinkOffer, encodeLinkFrame, encodeLinkOffer, formatDeviceLink, openLinkAnswer, openLinkReveal, openLinkWelcome, openLinkWord, parseDeviceLink, signLinkAnswer, signLinkReveal, signLinkWelcome, signLinkWord,
  type LinkWord
} from '../../src/protocol/message/index.js'
import {
  accountOfManifestRecord, attest, checkCapability, decodeCaps, decodeCbor, decodeEvidence, decodeGenesis, decodeIndex, decodeLeaf, encodeCaps, encodeCbor, encodeEvidence, encodeGenesis, encodeIndex, encodeLeaf, openAccountDeletion, openCertificate, openDelegation, openGeneration, openKeyPackage,
  handOver, manifestRecordKey, openManifest, openOwnerAction, ownerAfter, ProofError, proveCapability, sameBytes, shape, signAccountDeletion, signCertificate, signDelegation, signGeneration, signKeyPackage, signManifest, signOwnerAction, verifyAttested, verifyEvidence,
  type CapabilityClaim, type KeyBytes, type Right, type Signer, type Statement
} from '../../src/protocol/wire/index.js'
import type { Context } from './reference/format.js'
import { Link, type Value } from './reference/cbor.js'
import { vaultRecordAdapters } from './vault-record-adapters.js'

/** What the project reads out of bytes, by the names and in the order of the specification. */
interface Reading {
  value: unknown
  /** The project's own object, in which what it did not know stands apart. */
  raw: object
  signer?: Uint8Array
  again?: (signer: Signer | undefined) => Uint8Array
}
/** @throws when the project refuses the bytes */
export type Adapter = (bytes: Uint8Array, context: Context) => Reading

const key = (context: Context, name: string): KeyBytes => context[name] as KeyBytes
const by = (signer: Signer | undefined): Signer => signer!

/** Of a statement, as an array. */
const listed = (s: Statement): unknown[] => s.type === 'receipt' ? [1, s.type, s.log, s.term, s.seq, s.prev, s.hash, s.entry, s.time] : [1, s.type, s.log, s.term, s.seq, s.hash, s.time]
const seen = ({ term, seq, hash }: { term: number, seq: number, hash: Uint8Array }): unknown[] => [term, seq, hash]

function claimOf (value: Value | undefined): CapabilityClaim {
  const [log, right, verifier, prover, nonce] = value as [Uint8Array, Right, Uint8Array, Uint8Array, Uint8Array]
  return { log, right, verifier, prover, nonce }
}

/** A batch of the vectors as the project takes it. */
function statementsOf (batch: Value): Statement[] {
  return (batch as Value[][]).map(one => {
    if (one[1] === 'head') {
      const [, type, log, term, seq, hash, time] = one as [1, 'head', Uint8Array, number, number, Uint8Array, number]
      return { type, log, term, seq, hash, time }
    }
    const [, type, log, term, seq, prev, hash, entry, time] = one as [1, 'receipt', Uint8Array, number, number, Uint8Array, Uint8Array, Uint8Array, number]
    return { type, log, term, seq, prev, hash, entry, time }
  })
}

/** The attested bytes of one statement of a batch. */
export const attestAgain = (batch: Value, index: number, home: Signer): Uint8Array => attest(statementsOf(batch), home)[index]!

export const adapters: Record<string, Adapter> = {
  ...vaultRecordAdapters,
  genesis: b => {
    const genesis = decodeGenesis(b)
    return { value: shape.open(genesis), raw: genesis, again: () => encodeGenesis(genesis) }
  },
  caps: b => {
    const caps = decodeCaps(b)
    return { value: shape.open(caps), raw: caps, again: () => encodeCaps(caps) }
  },
  leaf: b => {
    const leaf = decodeLeaf(b)
    return { value: [1, leaf.seq, leaf.id, leaf.kind, leaf.base, leaf.caps, leaf.erasers, leaf.time, leaf.entry], raw: leaf, again: () => encodeLeaf(leaf) }
  },
  'owner action': b => {
    const { action, signer } = openOwnerAction(b)
    // An order is acted on or kept as its bytes: what it does not know is not among its values.
    return { value: { v: 1, ...action, ...'caps' in action ? { caps: encodeCaps(action.caps) } : {} }, raw: action, signer, again: s => signOwnerAction(action, by(s)) }
  },
  certificate: (b, context) => {
    const { certificate, signer } = openCertificate(b, key(context, 'account'), key(context, 'device'))
    return { value: shape.open(certificate), raw: certificate, signer, again: s => signCertificate(certificate, by(s)) }
  },
  generation: (b, context) => {
    const record = openGeneration(b, key(context, 'account'), context.generation as number)
    return { value: shape.open(record), raw: record, signer: key(context, 'account'), again: s => signGeneration(record, by(s)) }
  },
  manifest: b => {
    const { manifest, signer } = openManifest(b)
    return { value: shape.open(manifest), raw: manifest, signer, again: s => signManifest(manifest, by(s)) }
  },
  'manifest record key': b => {
    const account = accountOfManifestRecord(b)
    return { value: account, raw: {}, again: () => manifestRecordKey(account) }
  },
  'key package': b => {
    const { record, device } = openKeyPackage(b)
    return { value: shape.open(record), raw: record, signer: device, again: s => signKeyPackage(record, by(s)) }
  },
  'account deletion': b => {
    const { signer, ...deletion } = openAccountDeletion(b)
    return { value: { v: 1, ...deletion }, raw: deletion, signer, again: s => signAccountDeletion(deletion, by(s)) }
  },
  attested: b => {
    const { statement, home } = verifyAttested(b)
    return { value: listed(statement), raw: statement, signer: home }
  },
  evidence: b => {
    const evidence = decodeEvidence(b)
    verifyEvidence(b)
    return { value: shape.open(evidence), raw: evidence, again: () => encodeEvidence(evidence) }
  },
  'index node': b => {
    const node = decodeIndex(b)
    return { value: { ...shape.open(node), links: node.links.map(cid => new Link(cid)) }, raw: node, again: () => encodeIndex(node) }
  },
  capability: (b, context) => {
    const claim = claimOf(context.claim)
    if (!checkCapability(claim, key(context, 'key'), b)) throw new ProofError('the proof does not hold')
    return { value: context.claim, raw: claim, signer: key(context, 'key'), again: s => proveCapability(claim, by(s)) }
  },
  handover: (b, context) => {
    const { handover, ...caps } = decodeCaps(b)
    const [log, owner] = [key(context, 'log'), key(context, 'key')]
    if (caps.owner === undefined || handover === undefined || !sameBytes(ownerAfter(log, { ...caps, handover }, owner), caps.owner)) throw new ProofError('the key was not handed over')
    return { value: [log, shape.open(caps)], raw: caps, signer: owner, again: s => encodeCaps(handOver(log, { ...caps, owner: caps.owner! }, by(s))) }
  },
  delegation: b => {
    const { delegation, key: signer } = openDelegation(b)
    return { value: shape.open(delegation), raw: delegation, signer, again: s => signDelegation(delegation, by(s)) }
  },
  body: b => {
    const body = decodeBody(b)
    if (body.kind === 'unknown') return { value: decodeCbor(body.bytes, b.length), raw: { unknown: { [body.name]: body.fallback } }, again: () => encodeBody(body) }
    const { kind, ...rest } = body
    return { value: { k: kind, ...shape.open(rest) }, raw: body, again: () => encodeBody(body) }
  },
  'group policy': b => {
    const policy = decodePolicy(b)
    return { value: { v: 1, ...shape.open(policy) }, raw: policy, again: () => encodePolicy(policy) }
  },
  message: b => {
    const { message, device } = openMessage(b)
    const { devSeq, prevOwn, seen: at, ...rest } = message
    return { value: { ...shape.open(rest), dev_seq: devSeq, prev_own: prevOwn, seen: seen(at), ...at.home === undefined ? {} : { seen_at: at.home } }, raw: message, signer: device, again: s => signMessage(message, by(s)) }
  },
  roster: b => {
    const roster = decodeRoster(b)
    return { value: shape.open(roster), raw: roster, again: () => encodeRoster(roster) }
  },
  handshake: b => {
    const handshake = decodeHandshake(b)
    return { value: shape.open(handshake), raw: handshake, again: () => encodeHandshake(handshake) }
  },
  'commit payload': b => {
    const payload = decodeCommitPayload(b)
    return { value: shape.open(payload), raw: payload, again: () => encodeCommitPayload(payload) }
  },
  'commit statement': b => {
    const { statement, device } = openCommitStatement(b)
    return { value: { ...shape.open(statement), seen: seen(statement.seen), ...statement.seen.home === undefined ? {} : { seen_at: statement.seen.home } }, raw: statement, signer: device, again: s => signCommitStatement(statement, by(s)) }
  },
  'device link': b => {
    const link = parseDeviceLink(new TextDecoder().decode(b))
    return { value: link, raw: {}, again: () => new TextEncoder().encode(formatDeviceLink(link)) }
  },
  'link frame': b => {
    const frame = decodeLinkFrame(b)
    if (frame === undefined) {
      const value = decodeCbor(b, b.length) as { k: string }
      return { value, raw: { unknown: { [value.k]: 0 } }, again: () => b }
    }
    const { kind, ...rest } = frame
    return { value: { v: 1, k: kind, ...shape.open(rest) }, raw: frame, again: () => encodeLinkFrame(frame) }
  },
  'link offer': b => {
    const offer = decodeLinkOffer(b)
    return { value: shape.open(offer), raw: offer, again: () => encodeLinkOffer(offer) }
  },
  'link answer': (b, context) => {
    const { answer } = openLinkAnswer(b, key(context, 'device'))
    return { value: shape.open(answer), raw: answer, signer: key(context, 'device'), again: s => signLinkAnswer(answer, by(s)) }
  },
  'link reveal': (b, context) => {
    const { offer, transcript } = openLinkReveal(b, key(context, 'commitment'), key(context, 'answer'))
    return { value: { v: 1, transcript, offer: encodeLinkOffer(offer) }, raw: {}, signer: offer.device, again: s => signLinkReveal(transcript, encodeLinkOffer(offer), by(s)) }
  },
  'link word': (b, context) => {
    const transcript = key(context, 'transcript')
    const word = openLinkWord(b, transcript, key(context, 'device'))
    return { value: { v: 1, transcript, word }, raw: {}, signer: key(context, 'device'), again: s => signLinkWord(transcript, word as LinkWord, by(s)) }
  },
  'link welcome': (b, context) => {
    const welcome = openLinkWelcome(b, key(context, 'transcript'), key(context, 'device'))
    return { value: shape.open(welcome), raw: welcome, signer: key(context, 'device'), again: s => signLinkWelcome(welcome, by(s)) }
  },
  'leaf identity': (b, context) => {
    const { identity, device } = openLeafIdentity(b, key(context, 'leafKey'))
    return { value: shape.open(identity), raw: identity, signer: device, again: s => signLeafIdentity(identity, by(s)) }
  },
  'vault record': (b, context) => {
    const { record, device } = openVaultRecord(b, key(context, 'account'), context.name as string | undefined)
    return { value: shape.open(record), raw: record, signer: device, again: s => signVaultRecord(record, by(s)) }
  },
  'device card': b => {
    const card = openDeviceCard(b)
    return { value: shape.open(card), raw: card, signer: card.device, again: s => signDeviceCard(card, by(s)) }
  },
  'recovery card': (b, context) => {
    const card = openRecoveryCard(b, key(context, 'account'))
    return { value: shape.open(card), raw: card, signer: card.account, again: s => signRecoveryCard(card, by(s)) }
  },
  'vault key': (b, context) => {
    const { entry, device } = openVaultKeyEntry(b, key(context, 'account'), key(context, 'log'))
    return { value: shape.open(entry), raw: entry, signer: device, again: s => signVaultKey(entry, by(s)) }
  },
  'vault piece': b => {
    const piece = decodeVaultPiece(b)
    return { value: [1, piece.after, piece.index, piece.count, piece.bytes], raw: piece, again: () => encodeVaultPiece(piece) }
  },
  'vault batch': b => {
    const batch = decodeVaultBatch(b)
    return { value: shape.open(batch), raw: batch, again: () => encodeVaultBatch(batch) }
  },
  invitation: b => {
    const invitation = invitationFromMap(decodeCbor(b, 64 * 1024))
    return { value: { ...shape.open(invitation), at: seen(invitation.at) }, raw: invitation, again: () => encodeCbor(invitationToMap(invitation)) }
  },
  'pipe frame': b => {
    const frame = decodePipeFrame(b)
    if (frame === undefined) {
      const value = decodeCbor(b, b.length) as { k: string }
      return { value, raw: { unknown: { [value.k]: 0 } }, again: () => b }
    }
    const { kind, ...rest } = frame
    return { value: { v: 1, k: kind, ...shape.open(rest) }, raw: frame, again: () => encodePipeFrame(frame) }
  },
  'secret message': b => {
    const message = decodeSecret(b)
    if (message.kind === 'unknown') {
      const value = decodeCbor(b, b.length) as { k: string }
      return { value, raw: { unknown: { [value.k]: 0 } }, again: () => b }
    }
    const { kind, got: { through, later }, ...rest } = message
    return { value: { v: 1, k: kind, got: [through, [...later]], ...shape.open(rest) }, raw: message, again: () => encodeSecret(message) }
  },
  letter: (b, context) => {
    const { letter, device } = openLetter(b, key(context, 'to'), key(context, 'inbox'))
    const value: Record<string, unknown> = shape.open(letter)
    if (letter.chat !== undefined) value.chat = { ...shape.open(letter.chat), at: seen(letter.chat.at) }
    return { value, raw: letter, signer: device, again: s => signLetter(letter, by(s)) }
  },
  link: b => {
    const link = parseLink(new TextDecoder().decode(b))
    return { value: link, raw: link, again: () => Buffer.from(formatLink(link)) }
  }
}
