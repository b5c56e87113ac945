/** One HTTP request to a daemon, on a connection of its own, and its end. */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { AbortedError, errorFromCode, PetrelError, UnavailableError } from '../../protocol/api/index.js'
import { reach, type Target } from './dial.js'

/** What ends a transfer of bytes early: the call's own signal, or the end of the whole client. */
export interface Until { readonly signal: AbortSignal | undefined, readonly closed: AbortSignal }

/** The most that an answer about a file may take: it is a few kilobytes. */
const ANSWER_BYTES = 256 * 1024

/** A request that was made and not yet sent. */
export class ByteCall {
  readonly request: ClientRequest
  readonly #socket: Socket
  readonly #until: Until
  readonly #over = new AbortController()
  readonly #either: AbortSignal
  #lost: unknown

  private constructor (request: ClientRequest, socket: Socket, until: Until, either: AbortSignal) {
    this.request = request
    this.#socket = socket
    this.#until = until
    this.#either = either
    request.once('error', error => { this.#lost = error })
    request.once('close', () => { this.#over.abort() })
    either.addEventListener('abort', this.#stop, { once: true })
    if (either.aborted) this.#stop()
  }

  /** Connects. @throws as dial, but for the token */
  static async open (target: Target, method: string, path: string, headers: Readonly<Record<string, string>>, until: Until): Promise<ByteCall> {
    const either = until.signal === undefined ? until.closed : AbortSignal.any([until.signal, until.closed])
    const socket = await reach(target, either)
    // Loaded only by who transfers files: a command that does not must start at once.
    const { request } = await import('node:http')
    const host = target.kind === 'tcp' ? { host: `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`, authorization: `Bearer ${target.token}` } : { host: 'localhost' }
    // The daemon may answer before it has read everything: it must not close the connection on its answer.
    return new ByteCall(request({ method, path, headers: { connection: 'keep-alive', ...host, ...headers }, createConnection: () => socket }), socket, until, either)
  }

  readonly #stop = (): void => { this.request.destroy(new AbortedError()) }

  /** Waits until more can be written, or the request is over. */
  async drained (): Promise<void> {
    await once(this.request, 'drain', { signal: this.#over.signal }).catch(() => undefined)
  }

  /** The head of the answer. @throws the error that it is */
  async answer (): Promise<IncomingMessage> {
    const [response] = await once(this.request, 'response') as [IncomingMessage]
    if (response.statusCode === 200 || response.statusCode === 206 || response.statusCode === 416) return response
    const code = response.headers['petrel-code']
    const text = await bodyOf(response)
    throw errorFromCode(typeof code === 'string' ? code : UnavailableError.code, messageIn(text))
  }

  /** What went wrong, as the caller is told: a lost connection and an end from outside in our words, all else as it is. */
  told (error: unknown): unknown {
    const { signal, closed } = this.#until
    if (signal?.aborted === true) return new AbortedError(undefined, { cause: signal.reason })
    if (closed.aborted) return new UnavailableError('this connection to the daemon was closed')
    const isOurs = error instanceof PetrelError || (error !== this.#lost && !this.#over.signal.aborted)
    return isOurs ? error : new UnavailableError('the connection to the daemon was lost: connect again', { cause: error })
  }

  /** Hangs up. Harmless twice. */
  end (): void {
    this.#either.removeEventListener('abort', this.#stop)
    this.request.on('error', () => undefined)
    this.request.destroy()
    // A request that is answered lets go of a connection that is kept alive, and no longer closes it: it would hold up the end of this process.
    this.#socket.destroy()
  }
}

/** The whole body of a short answer. @throws UnavailableError when it is not short */
export async function bodyOf (response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > ANSWER_BYTES) throw new UnavailableError('what answers there does not speak the local API')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function messageIn (text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // It says nothing that we understand.
  }
  return 'the daemon answered with an error it did not name'
}
