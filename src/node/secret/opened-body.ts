/** What a line of a secret chat says. */
import { decodeBody, type Body } from '../../protocol/message/index.js'
import { BadInputError } from '../../protocol/wire/index.js'

/** The body; undefined when it is none that this build can read. */
export function openedBody (bytes: Uint8Array): Body | undefined {
  try {
    return decodeBody(bytes)
  } catch (error) {
    if (error instanceof BadInputError) return undefined
    throw error
  }
}
