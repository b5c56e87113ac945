/** Files of secret chats at the terminal: sent, and saved where the person says. */
import { basename } from 'node:path'
import { ExistsError, type SecretLine } from '../../protocol/api/index.js'
import { targetsOf } from '../commands/media-get.js'
import { secretItems } from '../commands/secret-files.js'
import { codeOf } from '../failure.js'
import { saveFile } from '../saved-file.js'
import { bytesText } from '../terminal/time.js'
import { inHome, takeIn, type FileOptions } from './send-file.js'
import type { SecretErrandArguments } from './state.js'

/** Takes a file in, sealed under a key of its own, and says it. @throws NotFoundError, BadInputError, TooLargeError, and what the node says */
export async function sendSecretFile ({ secret, path, caption, replyTo }: SecretErrandArguments['attach-secret'], options: FileOptions): Promise<SecretLine> {
  const { petrel, signal } = options
  const media = await takeIn(path, options, { secret: true })
  return await petrel.sendSecret(secret, caption, { media: [media], signal, ...replyTo === null ? {} : { replyTo } })
}

/** Saves the files of a line; gives what to say. @throws ExistsError, BadInputError, ProofError, and what the node or the disk says */
export async function saveSecretFiles ({ secret, line, path }: SecretErrandArguments['save-secret'], { petrel, signal, context, progress }: Omit<FileOptions, 'tell'>): Promise<string[]> {
  const items = secretItems(petrel, secret, line, undefined)
  const targets = await targetsOf(context, items, path === null ? undefined : inHome(path, context.io.userHome))
  const said: string[] = []
  try {
    for (const [i, { file, read }] of items.entries()) {
      let [bytes, shown] = [0, -1]
      const target = targets[i] ?? ''
      await saveFile({ path: target, size: file.size, sha256: file.sha256, force: false }, start => read(petrel, start, signal), more => {
        bytes += more
        const percent = file.size === 0 ? 100 : Math.floor(bytes / file.size * 100)
        if (percent !== shown) progress(`a file: receiving, ${percent} %`)
        shown = percent
      }).catch((error: unknown) => { throw codeOf(error) === 'ERR_EXISTS' ? new ExistsError(`${basename(target)} is there already: /save ${line.number} PLACE`) : error })
      said.push(`saved: ${target}  ${bytesText(file.size)}`)
    }
  } finally {
    progress(null)
  }
  return said
}
