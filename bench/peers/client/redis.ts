/** As much of Redis's protocol as a benchmark needs: commands in one line after the other, and their replies in that order. */
import type { Socket } from 'node:net'
import { open } from './connection.js'
import { TickWrites } from './tick-writes.js'

/** A reply: a word, a number, bytes, a list of them, or nothing. */
export type Reply = string | number | Buffer | null | readonly Reply[]

const CRLF = Buffer.from('\r\n')

/** What begins there, a whole reply or how many a list has, and where it ends; nothing while it is not all there. */
function pieceAt (bytes: Buffer, at: number): { readonly reply: Reply, readonly listed: number, readonly end: number } | undefined {
  const stop = bytes.indexOf(CRLF, at)
  if (stop === -1) return undefined
  const [kind, text, next] = [String.fromCharCode(bytes[at] ?? 0), bytes.toString('latin1', at + 1, stop), stop + 2]
  const whole = (reply: Reply, end = next): ReturnType<typeof pieceAt> => ({ reply, listed: 0, end })
  if (kind === '-') throw new Error(`it refused: ${text}`)
  if (kind === '+') return whole(text)
  const number = Number(text)
  if (kind === ':') return whole(number)
  if (number === -1) return whole(null)
  if (kind === '$') return bytes.length < next + number + 2 ? undefined : whole(Buffer.from(bytes.subarray(next, next + number)), next + number + 2)
  return { reply: [], listed: number, end: next }
}

/** A client with one connection. */
export class RedisClient {
  readonly #socket: Socket
  readonly #writes: TickWrites
  readonly #open: Array<(reply: Reply) => void> = []
  /** The lists that are not all there, each in the one before it. */
  readonly #lists: Array<{ readonly list: Reply[], readonly length: number }> = []
  #rest = Buffer.alloc(0)

  private constructor (socket: Socket) {
    this.#socket = socket
    this.#writes = new TickWrites(socket)
    socket.on('data', (data: Buffer) => { this.#take(data) })
  }

  /** Connects. */
  static async connect (port: number): Promise<RedisClient> {
    const socket = await open(port, 'Redis')
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
    const all = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    let at = 0
    for (let one = pieceAt(all, at); one !== undefined; one = pieceAt(all, at)) {
      at = one.end
      if (one.listed > 0) this.#lists.push({ list: [], length: one.listed })
      else this.#whole(one.reply)
    }
    this.#rest = Buffer.from(all.subarray(at))
  }

  /** A reply is there: one in a list, which it may complete, or an answer. */
  #whole (reply: Reply): void {
    let whole = reply
    for (let last = this.#lists.at(-1); last !== undefined; last = this.#lists.at(-1)) {
      last.list.push(whole)
      if (last.list.length < last.length) return
      whole = last.list
      this.#lists.pop()
    }
    this.#open.shift()?.(whole)
  }
}
