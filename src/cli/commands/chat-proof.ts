/** `petrel chats show --proof` and `petrel chats resume`. */
import { writeFile } from 'node:fs/promises'
import { NotFoundError, type ChatProof } from '../../protocol/api/index.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import { absolute } from '../settings.js'
import { oneLine } from '../terminal/safe-text.js'
import { standingLines } from '../terminal/standing.js'
import { shortTime } from '../terminal/time.js'

/** Shows what a chat's relay was caught at, and writes the evidence down. */
export const showProof: Handler = async ({ io, out, signal, withPetrel }, input) => {
  const words = input.argument('chat')
  if (input.number('limit') !== undefined || input.number('before') !== undefined) throw badInput('--proof shows no messages: leave out --limit and --before')
  const [page, proofs] = await withPetrel(async petrel => await Promise.all([petrel.showChat(words, { signal, limit: 1 }), petrel.listProofs(words, { signal })]))
  const output = input.text('output')
  const written = output === undefined ? null : absolute(output, io)
  if (written !== null) await writeProof(proofs, written)
  const { chat } = page
  await out.result({ chat, proofs, written }, () => [
    ...standingLines(chat, io.now()),
    ...proofs.map(({ n, at, message }) => `proof ${n}, ${shortTime(at, io.now())}: ${oneLine(message)}`),
    ...proofs.length === 0 ? [`no evidence against the relay of ${oneLine(chat.title)} is kept`] : [],
    ...written === null ? [] : [`wrote proof ${proofs.at(-1)?.n ?? 0} to ${oneLine(written)}; whoever has it can check it: petrel proof verify`]
  ])
  return undefined
}

/** The newest proof as a file, which must not be there yet. */
async function writeProof (proofs: readonly ChatProof[], path: string): Promise<void> {
  const newest = proofs.at(-1)
  if (newest === undefined) throw new NotFoundError('there is no evidence to write')
  await writeFile(path, Buffer.from(newest.evidence, 'base64'), { flag: 'wx', mode: 0o644 })
}

/** Goes on after an alarm. */
export const resume: Handler = async ({ io, out, signal, withPetrel }, input) => {
  const chat = await withPetrel(async petrel => await petrel.resumeChat(input.argument('chat'), { signal }))
  await out.result({ chat }, () => [`${oneLine(chat.title)}: sending goes on`, ...standingLines(chat, io.now())])
  return undefined
}
