/** One JSON-RPC connection: reading at the client's pace, and its end. */
import type { Socket } from 'node:net'
import { AbortedError, RPC_CODES, toPetrelError, UnavailableError, type Petrel } from '../../../protocol/api/index.js'
import type { Logger } from '../../../relay/index.js'
import { LineSplitter } from '../../client/index.js'
import type { Gate } from '../gate.js'
import type { ApiLimits } from '../types.js'
import { answer, type Answer, type AnswerContext } from './answer.js'
import { InFlightCalls } from './in-flight.js'
import { LineWriter } from './line-writer.js'
import { errorOf, parseLine, type RpcItem } from './message.js'

/** What a connection works with. */
export interface ConnectionContext {
  readonly petrel: Petrel
  readonly gate: Gate
  readonly limits: ApiLimits
  readonly log: Logger
  /** Aborts when the server wants to stop: nothing new is begun, streams end, calls in flight may finish. */
  readonly draining: AbortSignal
}

/** Serves a socket until either side ends it. Never throws. Destroying the socket aborts its calls. */
export async function serveJsonRpc (socket: Socket, context: ConnectionContext): Promise<void> {
  await new Connection(socket, context).run()
}

class Connection {
  readonly #socket: Socket
  readonly #context: ConnectionContext
  readonly #gone = new AbortController()
  readonly #writer: LineWriter
  readonly #inFlight: InFlightCalls
  readonly #answers: AnswerContext
  readonly #tasks = new Set<Promise<void>>()

  constructor (socket: Socket, context: ConnectionContext) {
    this.#socket = socket
    this.#context = context
    this.#writer = new LineWriter(socket, context.limits.apiWriteBytes, this.#gone.signal)
    this.#inFlight = new InFlightCalls(context.limits.apiCallsInFlight)
    this.#answers = { petrel: context.petrel, gate: context.gate, log: context.log, inFlight: this.#inFlight, writer: this.#writer, token: null }
  }

  async run (): Promise<void> {
    const { gate, limits, draining } = this.#context
    const onGone = (): void => {
      this.#gone.abort()
      this.#inFlight.abortAll(new AbortedError('the client is gone'), 'all')
    }
    const onDrain = (): void => {
      this.#probe(true)
      this.#inFlight.abortAll(new UnavailableError('the daemon is stopping'), 'subscriptions')
    }
    this.#socket.once('close', onGone)
    this.#socket.once('end', () => { this.#probe(draining.aborted || this.#inFlight.streams) })
    if (this.#socket.destroyed) onGone()
    draining.addEventListener('abort', onDrain, { once: true })
    const unknown = setTimeout(() => { if (gate.scope(this.#answers.token) === null) this.#socket.destroy() }, limits.apiSniffMs)
    const ask = setInterval(() => { this.#probe(true) }, limits.apiKeepAliveMs)
    try {
      await this.#read()
      while (this.#tasks.size > 0) await Promise.all(this.#tasks)
      await this.#flush()
    } finally {
      clearTimeout(unknown)
      clearInterval(ask)
      draining.removeEventListener('abort', onDrain)
      this.#socket.destroy()
    }
  }

  /**
   * Whoever closed its sending side still gets what it asked for, if it is there: a client that went away
   * looks the same until something is written to it.
   */
  #probe (worthIt: boolean): void {
    if (worthIt && this.#socket.readableEnded && this.#tasks.size > 0) this.#writer.notify({ method: 'keepalive' })
  }

  /** Reads until the client or the server wants no more. */
  async #read (): Promise<void> {
    const { draining, limits } = this.#context
    const splitter = new LineSplitter(limits.apiLineBytes)
    const stop = AbortSignal.any([draining, this.#gone.signal])
    await new Promise<void>(resolve => {
      const onData = (chunk: Buffer): void => {
        try {
          for (const line of splitter.push(chunk)) this.#onLine(line)
        } catch (error) {
          // A line that is too long has no end to go on from.
          this.#writer.write(errorOf(null, toPetrelError(error), RPC_CODES.invalidRequest))
          finish()
        }
        this.#socket.pause()
        void this.#writer.ready().then(() => { if (!stop.aborted) this.#socket.resume() })
      }
      const onEnd = (): void => {
        this.#onLine(splitter.rest())
        finish()
      }
      const finish = (): void => {
        this.#socket.off('data', onData).off('end', onEnd)
        stop.removeEventListener('abort', finish)
        // What comes now is thrown away, but its end is still heard.
        this.#socket.resume()
        resolve()
      }
      stop.addEventListener('abort', finish, { once: true })
      if (stop.aborted) { finish(); return }
      this.#socket.on('data', onData).on('end', onEnd)
      this.#socket.resume()
    })
  }

  #onLine (line: Buffer): void {
    if (line.every(byte => byte === 0x20 || byte === 0x0d || byte === 0x09)) return
    const { batch, items } = parseLine(line, this.#context.limits.apiBatchItems)
    const answers = items.map(async item => await this.#onItem(item))
    const task = Promise.all(answers).then(async done => { await this.#send(done, batch) })
    this.#tasks.add(task)
    void task.finally(() => { this.#tasks.delete(task) })
  }

  async #onItem (item: RpcItem): Promise<Answer> {
    return item.bad === undefined ? await answer(item.request, this.#answers) : { response: item.bad }
  }

  async #send (answers: Answer[], batch: boolean): Promise<void> {
    const responses = answers.map(({ response }) => response).filter(response => response !== undefined)
    if (batch && responses.length > 0) this.#writer.write(responses)
    if (!batch) for (const response of responses) this.#writer.write(response)
    if (answers.some(({ hangUp }) => hangUp === true)) this.#socket.destroySoon()
    await Promise.all(answers.map(async ({ follow }) => { await follow?.() }))
  }

  /** Ends the sending side and waits until the last line has left. */
  async #flush (): Promise<void> {
    await new Promise<void>(resolve => {
      if (this.#gone.signal.aborted) { resolve(); return }
      this.#gone.signal.addEventListener('abort', () => { resolve() }, { once: true })
      this.#socket.end(() => { resolve() })
    })
  }
}
