/** `petrel proof verify`: needs no daemon, no home and no network. */
import { open } from 'node:fs/promises'
import { LIMITS } from '../../protocol/api/index.js'
import { badInput, codeOf } from '../failure.js'
import type { Handler } from '../command.js'
import { absolute } from '../settings.js'

/** Checks a file of evidence, and says what it proves. @throws ProofError when it proves nothing */
export const verify: Handler = async ({ io, out }, input) => {
  const bytes = await fileBytes(absolute(input.argument('file'), io))
  // Loaded only here: the start of the command line may not wait for it.
  const { base32Text, peerIdText, verifyEvidence } = await import('../../protocol/wire/index.js')
  const proof = read(() => verifyEvidence(bytes))
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

/** Says of what is something else altogether that it is: the decoder's words alone tell nobody. */
function read<T> (verify: () => T): T {
  try {
    return verify()
  } catch (error) {
    if (codeOf(error) !== 'ERR_BAD_INPUT' || !(error instanceof Error)) throw error
    throw badInput(`this is no file of evidence: ${error.message}`)
  }
}

/** A file's bytes, if it can be evidence at all. */
async function fileBytes (path: string): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(LIMITS.evidenceBytes + 1)
    let length = 0
    // Not by the file's size: a device or a pipe has none, and may have no end.
    for (let more = -1; more !== 0 && length < bytes.length; length += more) more = (await file.read(bytes, length, bytes.length - length)).bytesRead
    if (length > LIMITS.evidenceBytes) throw badInput(`a file of evidence has at most ${LIMITS.evidenceBytes} bytes, and this one has more`)
    return bytes.slice(0, length)
  } finally {
    await file.close()
  }
}
