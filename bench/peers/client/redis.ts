/** As much of Redis's protocol as a benchmark needs: commands in one line after the other, and their replies in that order. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { TickWrites } from './tick-writes.js'

/** A reply: a word, a number, bytes, a list of them, or nothing. */
export type Reply = string | number | Buffer | null | readonly Reply[]

const CRLF = Buffer.from('\r\n')

/** The reply that begins there, and where it ends; nothing while it is not all there. */
function replyAt (bytes: Buffer, at: number): { readonly reply: Reply, readonly end: number } | undefined {
  const stop = bytes.indexOf(CRLF, at)
  if (stop === -1) return undefined
  const [kind, text, next] = [String.fromCharCode(bytes[at] ?? 0), bytes.toString('latin1', at + 1, stop), stop + 2]
  if (kind === '-') throw new Error(`it refused: ${text}`)
  if (kind === '+') return { reply: text, end: next }
  const number = Number(text)
  if (kind === ':') return { reply: number, end: next }
  if (number === -1) return { reply: null, end: next }
  if (kind === '$') return bytes.length < next + number + 2 ? undefined : { reply: Buffer.from(bytes.subarray(next, next + number)), end: next + number + 2 }
  const list: Reply[] = []
  let end = next
  for (let i = 0; i < number; i++) {
    const one = replyAt(bytes, end)
    if (one === undefined) return undefined
    list.push(one.reply)
    end = one.end
  }
  return { reply: list, end }
}

/** A client with one connection. */
export class RedisClient {
  readonly #socket: Socket
  readonly #writes: TickWrites
  readonly #open: Array<(reply: Reply) => void> = []
  #pieces: Buffer[] = []

  private constructor (socket: Socket) {
    this.#socket = socket
    this.#writes = new TickWrites(socket)
    socket.on('data', (data: Buffer) => { this.#take(data) })
  }

  /** Connects. */
  static async connect (port: number): Promise<RedisClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.setNoDelay(true)
    return new RedisClient(socket)
  }

  /** Asks, and gives the reply. */
  async ask (...words: ReadonlyArray<string | Buffer>): Promise<Reply> {
    const parts = words.flatMap(word => {
      const bytes = typeof word === 'string' ? Buffer.from(word) : word
      return [Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF]
    })
    return await new Promise(resolve => {
      this.#open.push(resolve)
      this.#writes.write(Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]))
    })
  }

  end (): void { this.#socket.destroy() }

  #take (data: Buffer): void {
    this.#pieces.push(data)
    const all = this.#pieces.length === 1 ? data : Buffer.concat(this.#pieces)
    let at = 0
    for (let one = replyAt(all, at); one !== undefined; one = at < all.length ? replyAt(all, at) : undefined) {
      at = one.end
      this.#open.shift()?.(one.reply)
    }
    this.#pieces = at < all.length ? [all.subarray(at)] : []
  }
}
