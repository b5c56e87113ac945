/** Calls and answers over one socket. */
import type { Socket } from 'node:net'
import { AbortedError, errorFromRpc, LIMITS, TooLargeError, UnavailableError, type MethodName, type PetrelError } from '../../protocol/api/index.js'
import { writeGathered } from './gathered.js'
import { isMessage, readMessages } from './messages.js'

interface Pending { resolve (result: unknown): void, reject (error: PetrelError): void }

// Half, since the daemon may still be ending calls that this side has aborted.
const MAX_RUNNING = LIMITS.apiCallsInFlight / 2

/** A connection that many calls share. */
export class CallConnection {
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  readonly #waiting = new Set<() => void>()
  #lost: PetrelError | undefined
  #running = 0
  #lastId = 0

  /** Takes over a connected socket. */
  constructor (socket: Socket) {
    this.#socket = socket
    // The reader hears of it too, as the end of the messages.
    socket.on('error', () => undefined)
    // The daemon waits only so long for what a connection speaks, and the first call may come much later.
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'cancel', params: { id: 0 } })}\n`)
    void this.#read()
  }

  /** Whether the daemon has gone, or this side has closed. */
  get isLost (): boolean { return this.#lost !== undefined }

  /**
   * Calls a method. Calls beyond half of LIMITS.apiCallsInFlight wait for their turn.
   *
   * @returns the result as it came
   * @throws whatever the daemon answers, AbortedError, UnavailableError when the connection is lost,
   * TooLargeError for parameters that no line can hold
   */
  async call (method: MethodName, params: object, signal?: AbortSignal): Promise<unknown> {
    const id = ++this.#lastId
    const line = `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
    if (Buffer.byteLength(line) > LIMITS.apiLineBytes) throw new TooLargeError(`the call is over the limit of ${LIMITS.apiLineBytes} bytes`)
    await this.#turn(signal)
    try {
      return await this.#exchange(id, line, signal)
    } finally {
      this.#passOn()
    }
  }

  /** Ends the connection; what waits rejects with UnavailableError. */
  close (): void { this.#lose(new UnavailableError('this connection to the daemon was closed')) }

  async #turn (signal?: AbortSignal): Promise<void> {
    if (this.#running < MAX_RUNNING) {
      this.#running++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const stop = (): void => {
        this.#waiting.delete(go)
        reject(new AbortedError(undefined, { cause: signal?.reason }))
      }
      this.#waiting.add(go)
      signal?.addEventListener('abort', stop, { once: true })
      if (signal?.aborted === true) stop()
    })
  }

  /** Hands the place of a call that has ended to the next in line. */
  #passOn (): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running--
      return
    }
    this.#waiting.delete(next)
    next()
  }

  async #exchange (id: number, line: string, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    if (this.#lost !== undefined) throw this.#lost
    let onAbort = (): void => undefined
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { resolve, reject })
        onAbort = () => {
          this.#socket.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'cancel', params: { id } })}\n`)
          reject(new AbortedError(undefined, { cause: signal?.reason }))
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        writeGathered(this.#socket, line)
      })
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#pending.delete(id)
    }
  }

  async #read (): Promise<void> {
    let cause: unknown
    try {
      for await (const message of readMessages(this.#socket)) this.#onMessage(message)
    } catch (error) {
      cause = error
    }
    this.#lose(new UnavailableError('the connection to the daemon was lost: connect again', { cause }))
  }

  #onMessage (message: unknown): void {
    if (!isMessage(message) || typeof message.id !== 'number') return
    const pending = this.#pending.get(message.id)
    if (message.error === undefined) pending?.resolve(message.result)
    else pending?.reject(errorFromRpc(message.error))
  }

  #lose (error: PetrelError): void {
    this.#lost ??= error
    this.#socket.destroy()
    for (const pending of this.#pending.values()) pending.reject(this.#lost)
  }
}
