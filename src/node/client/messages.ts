/** What comes from the daemon, message by message, at the reader's pace. */
import type { Socket } from 'node:net'
import { LIMITS, UnavailableError } from '../../protocol/api/index.js'
import { LineSplitter } from './line-splitter.js'

/** A JSON object; what is in it is not checked. */
export type Message = Readonly<Record<string, unknown>>

/** Whether a parsed value can be a message. */
export function isMessage (value: unknown): value is Message { return typeof value === 'object' && value !== null && !Array.isArray(value) }

/**
 * The messages until the daemon ends the connection. Leaving the loop early keeps the socket open; what
 * has been read of it and not yielded is lost, so leave only when nothing more is expected.
 *
 * @throws UnavailableError for lines that are no JSON or longer than LIMITS.apiReplyBytes
 */
export async function * readMessages (socket: Socket): AsyncGenerator<unknown, void> {
  const splitter = new LineSplitter(LIMITS.apiReplyBytes)
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    for (const line of splitter.push(chunk as Buffer)) {
      if (line.length > 0) yield parse(line)
    }
  }
}

function parse (line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch (cause) {
    throw new UnavailableError('what answers there does not speak the local API', { cause })
  }
}
