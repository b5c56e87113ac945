/** `petrel proof verify`: needs no daemon, no home and no network. */
import { open } from 'node:fs/promises'
import { LIMITS } from '../../protocol/api/index.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import { absolute } from '../settings.js'

/** Checks a file of evidence, and says what it proves. @throws ProofError when it proves nothing */
export const verify: Handler = async ({ io, out }, input) => {
  const bytes = await fileBytes(absolute(input.argument('file'), io))
  // Loaded only here: the start of the command line may not wait for it.
  const { base32Text, peerIdText, verifyEvidence } = await import('../../protocol/wire/index.js')
  const proof = verifyEvidence(bytes)
  const facts = { kind: proof.kind === 'fork' ? 'fork' : 'rollback', relay: peerIdText(proof.home), log: base32Text(proof.log), term: proof.term, seq: proof.seq }
  const time = (ms: number): string => new Date(ms).toISOString()
  if (proof.kind === 'fork') {
    const hashes = proof.hashes.map(hash => base32Text(hash))
    await out.result({ proof: { ...facts, hashes, had: null, hadAt: null, endedAt: null } }, () => [
      `proved: relay ${facts.relay} signed two histories of log ${facts.log}`, `number ${proof.seq} in term ${proof.term} has the hashes ${hashes.join(' and ')}`
    ])
    return undefined
  }
  await out.result({ proof: { ...facts, hashes: [], had: proof.had, hadAt: time(proof.hadAt), endedAt: time(proof.endedAt) } }, () => [
    `proved: relay ${facts.relay} went back behind its own word in log ${facts.log}, or held an entry back`,
    `it had number ${proof.had} at ${time(proof.hadAt)}, and signed at ${time(proof.endedAt)} that the log ended at number ${proof.seq} (term ${proof.term}, by its own clock)`
  ])
  return undefined
}

/** A file's bytes, if it can be evidence at all. */
async function fileBytes (path: string): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size > LIMITS.evidenceBytes) throw badInput(`a file of evidence has at most ${LIMITS.evidenceBytes} bytes, and this one has ${size}`)
    return new Uint8Array(await file.readFile())
  } finally {
    await file.close()
  }
}
