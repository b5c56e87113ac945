/** The operator's door to a running relay: one line of JSON in, one out, on a socket that its owner alone may open. */
import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { BadInputError, LIMITS, toPetrelError } from '../../protocol/wire/index.js'
import { adminSocketPath, prepareSocketFolder } from './socket-path.js'

/** Carries out a command. */
export type AdminHandler = (command: string, args: unknown, signal: AbortSignal) => Promise<unknown>

/** The open door. */
export interface AdminServer { close: () => Promise<void> }

/** Nobody types slower than this: a line must be whole by then. */
const LINE_MS = 10_000
const MAX_CONNECTIONS = 16
/** How often one who says nothing more is looked after: whether anybody is there. */
const LOOK_MS = 500

/** Opens the door of a relay that holds its directory's lock. `onError` is told of a connection that could not be accepted. */
export async function serveAdmin (directory: string, handler: AdminHandler, onError: (error: Error) => void): Promise<AdminServer> {
  const path = adminSocketPath(directory)
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    open.add(socket)
    socket.on('close', () => { open.delete(socket) })
    serve(socket, handler)
  })
  server.maxConnections = MAX_CONNECTIONS
  if (process.platform !== 'win32') {
    await prepareSocketFolder(path)
    // The store's lock is ours, so a socket that is there is a dead relay's.
    await rm(path, { force: true })
  }
  server.listen(path)
  await once(server, 'listening')
  // Without a listener one failed accept would end the whole relay.
  server.on('error', onError)
  if (process.platform !== 'win32') await chmod(path, 0o600)
  return { close: () => stop(server, open) }
}

function serve (socket: Socket, handler: AdminHandler): void {
  const ended = new AbortController()
  let line = ''
  socket.setEncoding('utf8')
  socket.setTimeout(LINE_MS, () => { socket.destroy() })
  socket.on('error', () => { socket.destroy() })
  socket.on('close', () => { ended.abort() })
  const onData = (text: string): void => {
    line += text
    const end = line.indexOf('\n')
    if (end < 0 && line.length <= LIMITS.adminLineBytes) return
    socket.off('data', onData)
    socket.resume()
    socket.setTimeout(0)
    const request = end < 0 || end > LIMITS.adminLineBytes ? undefined : line.slice(0, end)
    const stop = lookAfter(socket)
    void answer(request, handler, ended.signal).then(reply => {
      stop()
      socket.end(`${reply}\n`)
    })
  }
  socket.on('data', onData)
}

/**
 * Who has said all may wait for the answer, or be gone: only a write tells. A space before JSON is none of it. Until the
 * returned function is called.
 */
function lookAfter (socket: Socket): () => void {
  let looking: NodeJS.Timeout | undefined
  const stop = (): void => { clearInterval(looking) }
  socket.once('end', () => { looking = setInterval(() => { socket.write(' ') }, LOOK_MS).unref() })
  socket.once('close', stop)
  return stop
}

async function answer (line: string | undefined, handler: AdminHandler, signal: AbortSignal): Promise<string> {
  try {
    if (line === undefined) throw new BadInputError(`a command is a line of at most ${LIMITS.adminLineBytes} characters`)
    const { command, args } = parse(line)
    return JSON.stringify({ ok: (await handler(command, args, signal)) ?? null })
  } catch (error) {
    const { code, message, details } = toPetrelError(error)
    return JSON.stringify({ error: { code, message, details } })
  }
}

function parse (line: string): { command: string, args: unknown } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new BadInputError('the command is not JSON', { cause })
  }
  if (typeof value !== 'object' || value === null || !('command' in value) || typeof value.command !== 'string') throw new BadInputError('a command has a name')
  return { command: value.command, args: 'args' in value ? value.args : undefined }
}

async function stop (server: Server, open: Set<Socket>): Promise<void> {
  const closed = new Promise<void>(resolve => { server.close(() => { resolve() }) })
  for (const socket of open) socket.destroy()
  await closed
}
