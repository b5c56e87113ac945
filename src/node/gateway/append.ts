/** Appends as they travel, and what the relay's answers are worth. Pure. */
import { encodeCaps, entryHash, pb, ProofError, sameBytes, type Append, type LogId } from '../../protocol/wire/index.js'
import { errorFromFailure } from '../../relay/net/index.js'
import { placedAlone, placesOfRun, receiptIn } from './append-run.js'
import type { Placed } from './placed.js'
import type { AppendResult } from './types.js'

/** An append request's bytes. */
export function appendRequest (log: LogId, items: readonly Append[], pipeline: number | undefined): Uint8Array {
  return pb.AppendRequest.encode({ log, items: items.map(item), runs: items.length > 1, ...pipeline === undefined ? {} : { pipeline } })
}

function item ({ id, kind, payload, base, caps, erasers, expectHead, expectTerm }: Append): pb.AppendItem {
  return {
    id, kind, payload,
    erasers: erasers ?? [],
    ...base === undefined ? {} : { base },
    ...caps === undefined ? {} : { caps: encodeCaps(caps) },
    ...expectHead === undefined ? {} : { expectHead },
    ...expectTerm === undefined ? {} : { expectTerm }
  }
}

/** One result per item, in order. @throws ProofError when the reply is not about these items */
export function appendResults (log: LogId, items: readonly Append[], reply: Uint8Array): AppendResult[] {
  const { outcomes, run } = pb.AppendReply.decode(reply, { limits: { outcomes: items.length, run: { earlier: items.length } } })
  if (run !== undefined && outcomes.length === 0) return runResults(log, items, run)
  if (outcomes.length !== items.length) throw new ProofError(`the relay gave ${outcomes.length} answers to ${items.length} appends`)
  return items.map((one, i) => result(log, one, outcomes[i] as pb.AppendOutcome))
}

function runResults (log: LogId, items: readonly Append[], run: pb.AppendRun): AppendResult[] {
  try {
    return placesOfRun(log, items, run).map(receipt => ({ receipt, duplicate: false }))
  } catch (error) {
    const wrong = asProof(error)
    return items.map(() => wrong)
  }
}

function asProof (error: unknown): ProofError { return error instanceof ProofError ? error : new ProofError('the relay\'s receipt makes no sense', { cause: error }) }

function result (log: LogId, append: Append, outcome: pb.AppendOutcome): AppendResult {
  if (outcome.failure !== undefined) return errorFromFailure(outcome.failure)
  try {
    if (outcome.receipt === undefined) throw new ProofError('the relay gave neither a receipt nor a refusal')
    return { receipt: checkedReceipt(log, append, outcome.receipt, outcome.duplicate), duplicate: outcome.duplicate }
  } catch (error) {
    return asProof(error)
  }
}

function checkedReceipt (log: LogId, append: Append, bytes: Uint8Array, duplicate: boolean): Placed {
  const said = receiptIn(bytes, log)
  const { statement } = said
  // A duplicate may name an earlier sealing of the same message: its author knows them all.
  if (!duplicate && !sameBytes(statement.entry, entryHash(append.payload))) throw new ProofError('the relay\'s receipt is for another payload', { details: { seq: statement.seq } })
  return placedAlone(said)
}
