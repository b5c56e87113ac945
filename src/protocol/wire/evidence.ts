/**
 * Evidence: what a third person needs to see that a home contradicted itself about a log. Pure: it is made of what the
 * home signed, and judged by that alone. WIRE.md, "What proves that a home lied".
 */
import { verifyAttested, type Attested, type Statement } from './attest.js'
import { decodeCbor, encodeCbor } from './cbor.js'
import { BadInputError, PetrelError, ProofError } from './errors.js'
import { DIGEST_LENGTH, sameBytes, type Digest, type KeyBytes, type LogId } from './ids.js'
import { LIMITS } from './limits.js'
import { chainNext, decodeGenesis, decodeLeaf, logIdOf } from './log.js'
import * as shape from './shape.js'

/**
 * `fork`: the home signed two chains for one number of one term. `back`: it signed that the log ended, long after it had
 * an entry beyond that end: it kept the entry back, or went back to an older state.
 */
export type EvidenceKind = 'fork' | 'back'

/** The past of a statement: the chain's hash at some number, and the leaves from there to the statement's own number. */
export interface ChainLink { hash: Digest, leaves: Uint8Array[] }

/** Evidence as it is written down. */
export interface Evidence {
  v: 1
  kind: EvidenceKind
  /** The genesis bytes: they name the log and its first home. */
  genesis: Uint8Array
  /** Attested bytes; of `back`, the head that ended too early. */
  one: Uint8Array
  /** Attested bytes that contradict them. */
  other: Uint8Array
  /** The past of `other`, where it speaks of a later number. */
  link: ChainLink | null
  unknown?: Record<string, unknown>
}

/** What evidence proves, whoever shows it. */
export type Proof = { log: LogId, home: KeyBytes, term: number, one: Statement, other: Statement } & (
  /** Number `seq` has two hashes. */
  | { kind: 'fork', seq: number, hashes: readonly [Digest, Digest] }
  /** The home had entry `had` at `hadAt` (its own clock, ms), and signed at `endedAt` that the log ended at `seq`. */
  | { kind: 'back', seq: number, endedAt: number, had: number, hadAt: number }
)

const kind: shape.Shape<EvidenceKind> = (value, path) => {
  if (value !== 'fork' && value !== 'back') throw new BadInputError(`${path}: unknown kind of evidence`)
  return value
}
const attested = shape.bytes({ max: LIMITS.recordBytes })
const evidenceShape = shape.struct({
  v: shape.literal(1),
  kind,
  genesis: shape.bytes({ max: LIMITS.recordBytes }),
  one: attested,
  other: attested,
  link: shape.nullable(shape.struct({ hash: shape.bytes(DIGEST_LENGTH), leaves: shape.array(shape.bytes({ max: LIMITS.leafBytes }), LIMITS.evidenceLeaves, 1) }))
})

/** Evidence as canonical dag-cbor. */
export function encodeEvidence (evidence: Evidence): Uint8Array { return encodeCbor(shape.open(evidence)) }

/** Evidence from its bytes; whether it proves anything is {@link verifyEvidence}'s question. @throws BadInputError when it is none */
export function decodeEvidence (bytes: Uint8Array): Evidence { return evidenceShape(decodeCbor(bytes, LIMITS.evidenceBytes), 'evidence') }

/**
 * What evidence proves. Everything is checked; no network, no clock and no knowledge of the log is needed.
 *
 * @throws BadInputError, TooLargeError when the bytes are no evidence
 * @throws ProofError when they prove nothing
 */
export function verifyEvidence (bytes: Uint8Array): Proof {
  const evidence = decodeEvidence(bytes)
  const one = verifyAttested(evidence.one)
  const other = verifyAttested(evidence.other)
  const base = requireOneVoice(evidence.genesis, one, other)
  const past = evidence.link === null ? [] : pastOf(other.statement, evidence.link)
  return evidence.kind === 'fork' ? { ...base, ...forkOf(one.statement, other.statement, past) } : { ...base, ...backOf(one.statement, other.statement, past) }
}

/** Both statements are of one log, term and home; in the first term of the home that the log's genesis names. */
function requireOneVoice (genesisBytes: Uint8Array, one: Attested, other: Attested): Pick<Proof, 'log' | 'home' | 'term' | 'one' | 'other'> {
  const log = logIdOf(genesisBytes)
  const genesis = decodeGenesis(genesisBytes)
  const { statement: { term }, home } = one
  if (!sameBytes(one.statement.log, log) || !sameBytes(other.statement.log, log)) throw new ProofError('a statement is about another log than the one named')
  if (!sameBytes(home, other.home)) throw new ProofError('the statements are signed by two keys: two who disagree prove nothing of either')
  if (term !== other.statement.term) throw new ProofError('the statements are of two terms: a log may go on differently in a new one')
  if (term === 1 && !sameBytes(home, genesis.home)) throw new ProofError('the statements are not signed by the log\'s home')
  return { log, home, term, one: one.statement, other: other.statement }
}

/** A place that a statement vouches for; `time` is when the entry there was in the log for certain, if that is said. */
interface Place { seq: number, hash: Digest, time?: number }

function placesOf (statement: Statement): Place[] {
  const own = { seq: statement.seq, hash: statement.hash, time: statement.time }
  return statement.type === 'head' ? [own] : [own, { seq: statement.seq - 1, hash: statement.prev }]
}

/** The chain's places before a statement's own: no other leaves lead to its hash. */
function pastOf (statement: Statement, { hash: start, leaves }: ChainLink): Place[] {
  let hash = start
  const places: Place[] = []
  leaves.forEach((bytes, i) => {
    const leaf = decodeLeaf(bytes)
    if (i === 0) places.push({ seq: leaf.seq - 1, hash })
    else if (leaf.seq !== places.length + (places[0]?.seq ?? 0)) throw new ProofError('the leaves do not follow each other')
    hash = chainNext(hash, bytes)
    places.push({ seq: leaf.seq, hash, time: leaf.time })
  })
  const end = places.at(-1)
  if (end?.seq !== statement.seq || !sameBytes(end.hash, statement.hash)) throw new ProofError('the leaves do not lead to what was signed')
  return places
}

function forkOf (one: Statement, other: Statement, past: Place[]): { kind: 'fork', seq: number, hashes: [Digest, Digest] } {
  const against = [...placesOf(other), ...past]
  for (const a of placesOf(one)) {
    const b = against.find(place => place.seq === a.seq && !sameBytes(place.hash, a.hash))
    if (b !== undefined) return { kind: 'fork', seq: a.seq, hashes: [a.hash, b.hash] }
  }
  throw new ProofError('the statements do not contradict each other')
}

function backOf (one: Statement, other: Statement, past: Place[]): { kind: 'back', seq: number, endedAt: number, had: number, hadAt: number } {
  if (one.type !== 'head') throw new ProofError('only a head says where a log ends')
  for (const { seq, time } of [...past, ...placesOf(other)]) {
    if (seq > one.seq && time !== undefined && time + LIMITS.proofMarginMs <= one.time) return { kind: 'back', seq: one.seq, endedAt: one.time, had: seq, hadAt: time }
  }
  throw new ProofError('the statements do not contradict each other, or are too near to each other in time to tell')
}

/**
 * The evidence that two attested statements make, in whatever order they come; null when they prove nothing, or need
 * more leaves than a file may hold.
 *
 * @param link - the past of `other`
 */
export function evidenceOf (genesis: Uint8Array, one: Uint8Array, other: Uint8Array, link: ChainLink | null = null): Uint8Array | null {
  const kinds: readonly EvidenceKind[] = ['fork', 'back']
  const tries: Evidence[] = kinds.flatMap(k => [{ v: 1, kind: k, genesis, one, other, link }, ...link === null ? [{ v: 1 as const, kind: k, genesis, one: other, other: one, link }] : []])
  for (const evidence of tries) {
    try {
      const bytes = encodeEvidence(evidence)
      verifyEvidence(bytes)
      return bytes
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
    }
  }
  return null
}
