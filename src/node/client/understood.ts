/** What the daemon said, or an error that blames the right side. */
import { UnsupportedError } from '../../protocol/api/index.js'

/** The result of reading an answer. @throws UnsupportedError when the daemon's answer does not fit this build's contract */
export function understood <T> (read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new UnsupportedError(`the daemon answered with what this version does not understand (${cause instanceof Error ? cause.message : 'unknown'}): update one of them`, { cause })
  }
}
