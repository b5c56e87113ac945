/** Which protocol a connection speaks, by its first bytes. */
import type { Socket } from 'node:net'

/** JSON-RPC lines, HTTP/2 (gRPC), or HTTP/1.1 (Connect). */
export type Spoken = 'json-rpc' | 'http2' | 'http1'

// RFC 9113 section 3.4: what every HTTP/2 connection begins with. No HTTP/1 method shares its first four bytes.
const HTTP2_PREFACE = Buffer.from('PRI ')
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b

/**
 * The protocol that these first bytes belong to, or null when there are too few. An HTTP request begins
 * with a letter, so a web page, which can only speak HTTP, is never taken for JSON-RPC.
 */
function classify (bytes: Buffer): Spoken | null {
  if (bytes.length === 0) return null
  if (bytes[0] === OPEN_BRACE || bytes[0] === OPEN_BRACKET) return 'json-rpc'
  const known = Math.min(bytes.length, HTTP2_PREFACE.length)
  if (!bytes.subarray(0, known).equals(HTTP2_PREFACE.subarray(0, known))) return 'http1'
  return known === HTTP2_PREFACE.length ? 'http2' : null
}

/**
 * Waits for a connection's first bytes and puts them back. The socket stays paused.
 *
 * @returns null when it ended, failed, said nothing in time, or `signal` aborted; it is destroyed then
 */
export async function sniff (socket: Socket, deadlineMs: number, signal: AbortSignal): Promise<Spoken | null> {
  return await new Promise(resolve => {
    const seen: Buffer[] = []
    const timer = setTimeout(() => { finish(null) }, deadlineMs)
    const onData = (chunk: Buffer): void => {
      seen.push(chunk)
      const spoken = classify(Buffer.concat(seen))
      if (spoken !== null) finish(spoken)
    }
    const onEnd = (): void => { finish(null) }
    const finish = (spoken: Spoken | null): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onEnd)
      socket.off('data', onData).off('end', onEnd).off('close', onEnd)
      socket.pause()
      if (spoken === null) socket.destroy()
      else socket.unshift(Buffer.concat(seen))
      resolve(spoken)
    }
    signal.addEventListener('abort', onEnd, { once: true })
    socket.on('data', onData).on('end', onEnd).on('close', onEnd)
    if (signal.aborted) finish(null)
    else socket.resume()
  })
}
