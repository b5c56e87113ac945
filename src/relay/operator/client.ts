/** Asking a running relay through its operator's door. */
import { createConnection, type Socket } from 'node:net'
import { AbortedError, errorFromCode, NotRunningError, UnavailableError, type ErrorDetails } from '../../protocol/wire/index.js'
import { adminSocketPath } from './socket-path.js'

/**
 * One command and its answer.
 *
 * @throws NotRunningError when no relay runs on the directory; the relay's own error; UnavailableError when it goes away; AbortedError
 */
export async function askRelay (directory: string, command: string, args: unknown, signal?: AbortSignal): Promise<unknown> {
  if (signal?.aborted === true) throw new AbortedError()
  const socket = createConnection({ path: adminSocketPath(directory), ...signal === undefined ? {} : { signal } })
  try {
    const text = await exchange(socket, `${JSON.stringify({ command, args })}\n`, directory, signal)
    return resultOf(text)
  } finally {
    socket.destroy()
  }
}

function exchange (socket: Socket, line: string, directory: string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    socket.on('connect', () => { socket.write(line) })
    socket.on('data', (part: Buffer) => { parts.push(part) })
    socket.on('end', () => { resolve(Buffer.concat(parts).toString('utf8')) })
    socket.on('close', () => { reject(new UnavailableError('the relay went away before it answered')) })
    socket.on('error', cause => {
      const code = 'code' in cause ? cause.code : undefined
      if (signal?.aborted === true) reject(new AbortedError(undefined, { cause }))
      else if (code === 'ENOENT' || code === 'ECONNREFUSED') reject(new NotRunningError(`no relay runs on ${directory}: start it with petrel relay run`, { cause }))
      else reject(new UnavailableError('the relay cannot be asked', { cause, details: { code: String(code) } }))
    })
  })
}

function resultOf (text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new UnavailableError('the relay went away in the middle of its answer', { cause })
  }
  if (typeof value === 'object' && value !== null) {
    if ('ok' in value) return value.ok
    if ('error' in value) throw remoteError(value.error)
  }
  throw new UnavailableError('the relay\'s answer makes no sense: it may be of another version')
}

function remoteError (error: unknown): Error {
  const { code, message, details } = error as { code?: unknown, message?: unknown, details?: unknown }
  return errorFromCode(String(code), String(message), (typeof details === 'object' && details !== null ? details : {}) as ErrorDetails)
}
