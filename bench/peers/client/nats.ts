/**
 * As much of NATS as a benchmark needs: lines of text with what they carry, JetStream's calls, entries that a stream
 * acknowledges, and what a consumer is pushed.
 */
import type { Socket } from 'node:net'
import { open } from './connection.js'
import { TickWrites } from './tick-writes.js'

const CRLF = '\r\n'
/** The subscription that answers come to; what a consumer pushes comes to the next ones. */
const ANSWERS = '1'
const NOTHING = Buffer.alloc(0)

interface Message { readonly subject: string, readonly subscription: string, readonly reply: string | undefined, readonly headers: string, readonly payload: Buffer }

/** The message that begins there, where it ends, or how its line reads when it is another one; nothing while it is not all there. */
function messageAt (bytes: Buffer, at: number): { readonly message?: Message, readonly line: string, readonly end: number } | undefined {
  const stop = bytes.indexOf(CRLF, at)
  if (stop === -1) return undefined
  const [line, start] = [bytes.toString('latin1', at, stop), stop + 2]
  const isPlain = line.startsWith('MSG ')
  if (!isPlain && !line.startsWith('HMSG ')) return { line, end: start }
  // A heartbeat's line has two blanks where an answer's subject would be.
  const words = line.split(/ +/)
  const length = Number(words.pop())
  const headerLength = isPlain ? 0 : Number(words.pop())
  if (bytes.length < start + length + 2) return undefined
  const [, subject = '', subscription = '', reply] = words
  const message = { subject, subscription, reply, headers: bytes.toString('latin1', start, start + headerLength), payload: bytes.subarray(start + headerLength, start + length) }
  return { message, line, end: start + length + 2 }
}

/** A client with one connection. */
export class NatsClient {
  readonly #socket: Socket
  readonly #writes: TickWrites
  readonly #inbox: string
  readonly #open = new Map<string, (answer: Buffer) => void>()
  readonly #onPush = new Map<string, (payload: Buffer) => void>()
  #onPong: () => void = () => undefined
  #rest = NOTHING
  #number = 0

  private constructor (socket: Socket, name: string) {
    this.#socket = socket
    this.#writes = new TickWrites(socket)
    this.#inbox = `_INBOX.${name}`
    socket.on('data', (data: Buffer) => { this.#take(data) })
  }

  /** Connects under a name, which no other client has. */
  static async connect (port: number, name: string): Promise<NatsClient> {
    const socket = await open(port, 'NATS')
    const client = new NatsClient(socket, name)
    socket.write(`CONNECT {"verbose":false,"pedantic":false,"headers":true,"name":"${name}","lang":"bench","version":"1","protocol":1}${CRLF}`)
    await client.#subscribe(`${client.#inbox}.*`, ANSWERS)
    return client
  }

  /** Makes a stream of one subject, in a file, without a copy elsewhere. */
  async makeStream (name: string, subject: string): Promise<void> {
    await this.#call(`STREAM.CREATE.${name}`, { name, subjects: [subject], storage: 'file', retention: 'limits', num_replicas: 1 })
  }

  /** Is pushed what comes to a stream from now on, as an ordered consumer is: in order, without acknowledgements, at the pace of its own. */
  async follow (stream: string, onPush: (payload: Buffer) => void): Promise<void> {
    const subscription = String(Number(ANSWERS) + 1 + this.#onPush.size)
    const to = `${this.#inbox}.pushed.${stream}`
    this.#onPush.set(subscription, onPush)
    await this.#subscribe(to, subscription)
    await this.#call(`CONSUMER.CREATE.${stream}`, {
      stream_name: stream,
      config: { deliver_subject: to, deliver_policy: 'new', ack_policy: 'none', max_deliver: 1, flow_control: true, idle_heartbeat: 5e9, mem_storage: true, num_replicas: 1 }
    })
  }

  /** Publishes; resolves when the stream has acknowledged it. */
  async publish (subject: string, payload: Buffer): Promise<void> {
    const answer = await this.#ask(subject, payload)
    if (answer.indexOf('"error"') !== -1) throw new Error(`it refused: ${answer.toString()}`)
  }

  end (): void { this.#socket.destroy() }

  async #call (what: string, given: object): Promise<void> { await this.publish(`$JS.API.${what}`, Buffer.from(JSON.stringify(given))) }

  async #subscribe (subject: string, subscription: string): Promise<void> {
    const answered = new Promise<void>(resolve => { this.#onPong = resolve })
    this.#socket.write(`SUB ${subject} ${subscription}${CRLF}PING${CRLF}`)
    await answered
  }

  async #ask (subject: string, payload: Buffer): Promise<Buffer> {
    const reply = `${this.#inbox}.${++this.#number}`
    return await new Promise(resolve => {
      this.#open.set(reply, resolve)
      this.#publish(`${subject} ${reply}`, payload)
    })
  }

  #publish (to: string, payload: Buffer): void {
    this.#writes.write(Buffer.concat([Buffer.from(`PUB ${to} ${payload.length}${CRLF}`), payload, Buffer.from(CRLF)]))
  }

  #take (data: Buffer): void {
    const all = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    let at = 0
    for (let one = messageAt(all, at); one !== undefined; one = at < all.length ? messageAt(all, at) : undefined) {
      at = one.end
      if (one.message !== undefined) this.#message(one.message)
      else if (one.line === 'PONG') this.#onPong()
      else if (one.line === 'PING') this.#writes.write(Buffer.from(`PONG${CRLF}`))
      else if (one.line.startsWith('-ERR')) throw new Error(`it refused: ${one.line}`)
    }
    this.#rest = Buffer.from(all.subarray(at))
  }

  #message ({ subject, subscription, reply, headers, payload }: Message): void {
    if (subscription === ANSWERS) {
      this.#open.get(subject)?.(payload)
      this.#open.delete(subject)
    } else if (headers.startsWith('NATS/1.0 100')) {
      // Whether we keep up: asked outright, or in a heartbeat of one that waits for our word.
      const asked = reply ?? /Nats-Consumer-Stalled: *(\S+)/.exec(headers)?.[1]
      if (asked !== undefined) this.#publish(asked, NOTHING)
    } else this.#onPush.get(subscription)?.(payload)
  }
}
